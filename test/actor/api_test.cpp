#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <catch2/catch.hpp>

#include "actors/api/actors.hpp"
#include "actors/api/errors.hpp"
#include "actors/api/inspect.hpp"
#include "runtime/base/hex.hpp"
#include "test/actor/system_fixture.hpp"

using namespace ashlar;

namespace {

template <class T>
std::string wire(caf::actor_system& system, T value) {
  std::vector<char> buffer;
  caf::binary_serializer sink{system, buffer};
  REQUIRE_FALSE(sink(value));
  return to_hex({reinterpret_cast<const u8*>(buffer.data()), buffer.size()});
}

template <class T>
T unwire(caf::actor_system& system, const std::string& hex) {
  const bytes raw = *from_hex(hex);
  const std::vector<char> buffer(raw.begin(), raw.end());
  caf::binary_deserializer source{system, buffer};
  T value;
  REQUIRE_FALSE(source(value));
  return value;
}

hash256 filled(u8 byte) {
  hash256 h;
  h.data_.fill(byte);
  return h;
}

}  // namespace

TEST_CASE("small messages have fixed bytes on the wire") {
  test::system_fixture fixture;
  const api::head_event head{block_number{7}, filled(0xab), unix_seconds{9}, 300};
  CHECK(wire(fixture.system(), head) ==
        "0x0000000000000007"
        "abababababababababababababababababababababababababababababababab"
        "0000000000000009000000000000012c");
  const api::batch_sealed sealed{batch_number{1}, block_number{2}, block_number{3}};
  CHECK(wire(fixture.system(), sealed) == "0x000000000000000100000000000000020000000000000003");
}

TEST_CASE("messages come back from the wire as they went") {
  test::system_fixture fixture;
  api::l1_batch_event event{batch_number{4}, batch_stage::proved, 99, filled(3), true, false};
  const auto back = unwire<api::l1_batch_event>(fixture.system(), wire(fixture.system(), event));
  CHECK(back.number == event.number);
  CHECK(back.stage == event.stage);
  CHECK(back.l1_block == event.l1_block);
  CHECK(back.l1_txn == event.l1_txn);
  CHECK(back.reorged);
  CHECK_FALSE(back.final);

  api::role_status status{"publisher", false, "bumping", "L1 fee above the cap", {{"sent", 3}}};
  const auto again = unwire<api::role_status>(fixture.system(), wire(fixture.system(), status));
  CHECK(again.role == status.role);
  CHECK_FALSE(again.healthy);
  CHECK(again.waits_for == status.waits_for);
  CHECK(again.counters == status.counters);
}

TEST_CASE("an error keeps its code and says what happened") {
  const caf::error e = api::make_error(api::errc::not_found, "no batch 7");
  CHECK(api::to_errc(e) == api::errc::not_found);
  CHECK(api::to_text(e) == "not_found: no batch 7");
  CHECK(api::to_errc(caf::make_error(caf::sec::request_timeout)) == api::errc::none);
  CHECK(api::to_text(caf::make_error(caf::sec::request_timeout)) == "request_timeout");
  CHECK(api::to_text(caf::error{}) == "none");
}

TEST_CASE("every code has a text of its own") {
  std::set<std::string> seen;
  for (u8 i = 0; i <= static_cast<u8>(api::errc::failed); ++i)
    CHECK(seen.insert(api::to_text(static_cast<api::errc>(i))).second);
  std::set<std::string> drops;
  for (u8 i = 0; i <= static_cast<u8>(api::drop_code::not_confirmed_in_time); ++i)
    CHECK(drops.insert(api::to_text(static_cast<api::drop_code>(i))).second);
  CHECK(seen.count("unknown") == 0);
  CHECK(drops.count("unknown") == 0);
}
