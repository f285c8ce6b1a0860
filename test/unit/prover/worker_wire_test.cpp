#include "actors/prover/worker_wire.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::prover;

namespace {

hash256 filled(u8 byte) {
  hash256 h;
  h.data_.fill(byte);
  return h;
}

/// The message comes back, and no other length of its bytes is one.
template <class T, class Decode>
void check_one_form(const T& message, Decode decode) {
  const bytes raw = wire::encode(message);
  REQUIRE(decode(raw));
  CHECK(*decode(raw) == message);
  for (std::size_t n = 0; n < raw.size(); ++n) CHECK_FALSE(decode(bytes_view(raw).first(n)));
  bytes longer = raw;
  longer.push_back(0);
  CHECK_FALSE(decode(longer));
}

}  // namespace

TEST_CASE("each message of workers comes back as it was, and has one form") {
  check_one_form(wire::hello{wire::version, "gpu-1", filled(3), "proven128", 8},
                 wire::decode_hello);
  check_one_form(wire::renew{batch_number{7}, epoch{u64{3} << 32}, 2, 4, 9, 1'000'000'007},
                 wire::decode_renew);
  check_one_form(wire::offer{batch_number{7}, epoch{9}, u64{1} << 33, 5, 6}, wire::decode_offer);
  check_one_form(wire::give_up{batch_number{7}, epoch{9}, "out of memory"}, wire::decode_give_up);
  check_one_form(wire::job{batch_number{7}, epoch{9}, 4'000, 123'456, 1}, wire::decode_job);
  check_one_form(wire::retry{wire::version, batch_number{7}}, wire::decode_retry);
  check_one_form(std::string("no"), wire::decode_text);
}

TEST_CASE("a text that claims to be long takes no memory, and one that is long is cut") {
  bytes raw(4);
  store_le32(raw.data(), 0xffffffff);
  CHECK_FALSE(wire::decode_text(raw));
  store_le32(raw.data(), wire::text_bytes_max + 1);
  raw.resize(4 + wire::text_bytes_max + 1);
  CHECK_FALSE(wire::decode_text(raw));
  CHECK(wire::decode_text(wire::encode(std::string(5'000, 'x')))->size() == wire::text_bytes_max);
}

TEST_CASE("an offer of nothing is none") {
  CHECK_FALSE(wire::decode_offer(wire::encode(wire::offer{batch_number{1}, epoch{1}, 0, 1, 1})));
}

TEST_CASE("random bytes are taken or refused, never worse") {
  std::mt19937_64 random(20'261'127);
  for (int i = 0; i < 20'000; ++i) {
    bytes raw(random() % 80);
    for (u8& b : raw) b = static_cast<u8>(random() % 3 == 0 ? random() : 0);
    (void)wire::decode_hello(raw);
    (void)wire::decode_renew(raw);
    (void)wire::decode_offer(raw);
    (void)wire::decode_give_up(raw);
    (void)wire::decode_job(raw);
    (void)wire::decode_retry(raw);
    (void)wire::decode_text(raw);
  }
}
