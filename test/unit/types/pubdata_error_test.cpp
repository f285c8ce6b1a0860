#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/types/batch_diff.hpp"

using namespace ashlar;
using code = pubdata_error_code;

namespace {

constexpr const char* front =
    "01"
    "0105"
    "00";  // version, one block at time 5, no header
const std::string account_0 = "0000000000000000000000000000000000000000";
const std::string account_1 = "0000000000000000000000000000000000000001";

/// Sections in order, as hex: codes, known leaves, new accounts, new slots, logs.
bytes sections(const std::string& codes, const std::string& known, const std::string& accounts,
               const std::string& slots, const std::string& logs) {
  return *from_hex(front + codes + known + accounts + slots + logs);
}

code error_of(const bytes& raw) {
  const auto p = decode_pubdata(raw);
  REQUIRE_FALSE(p.ok());
  return p.error().code;
}

code error_of(std::string_view hex) {
  return error_of(*from_hex(hex));
}

/// One account leaf with balance 256 at 0, one slot leaf with value 256 at 1.
class two_leaves final : public leaf_source {
 public:
  std::optional<leaf_content> at(u64 i) override {
    account_fields f;
    f.balance = u256{256};
    if (i == 0) return leaf_content{address{}, f};
    if (i == 1) return leaf_content{address{}, std::pair{u256{9}, u256{256}}};
    return std::nullopt;
  }
  std::optional<u64> account_leaf(const address& who) override {
    return who.is_zero() ? std::optional<u64>{0} : std::nullopt;
  }
  std::optional<u64> slot_leaf(const address& who, const u256& slot) override {
    return who.is_zero() && slot == u256{9} ? std::optional<u64>{1} : std::nullopt;
  }
};

code resolve_error(const bytes& raw) {
  two_leaves state;
  const auto p = decode_pubdata(raw);
  REQUIRE(p);
  const auto diff = resolve(*p, state);
  REQUIRE_FALSE(diff.ok());
  return diff.error().code;
}

}  // namespace

TEST_CASE("the smallest pubdata is one block and five empty sections") {
  const bytes raw = sections("00", "00", "00", "00", "00");
  const auto p = decode_pubdata(raw);
  REQUIRE(p);
  CHECK(p->timestamps == std::vector{unix_seconds{5}});
  CHECK(encode_pubdata(*p) == raw);
}

TEST_CASE("each fault of pubdata's frame has its own error") {
  CHECK(error_of("") == code::bad_version);
  CHECK(error_of("02") == code::bad_version);
  CHECK(error_of("0100") == code::no_blocks);
  CHECK(error_of("0101") == code::truncated);
  CHECK(error_of("01018500") == code::bad_varint);
  CHECK(error_of("0101ffffffffffffffffff02") == code::bad_varint);
  CHECK(error_of("0102ffffffffffffffffff0101"
                 "00") == code::out_of_range);
  CHECK(error_of("01010502") == code::bad_header);
  CHECK(error_of("010105"
                 "01"
                 "e000"
                 "00000000") == code::bad_header);  // seven appended fields
  CHECK(error_of(sections("00", "00", "00", "00", "0000")) == code::trailing_bytes);
  CHECK(error_of(sections("00", "ffffff7f", "", "", "")) == code::truncated);
}

TEST_CASE("each fault of codes and changes has its own error") {
  // 0x00 hashes to bc36..., 0x01 to 5fe7...
  REQUIRE(crypto::keccak256(bytes{1}) < crypto::keccak256(bytes{0}));
  CHECK(error_of(sections("02"
                          "00"
                          "0100",
                          "00", "00", "00", "00")) == code::empty_code);
  CHECK(error_of(sections("02"
                          "0100"
                          "0101",
                          "00", "00", "00", "00")) == code::codes_unsorted);
  CHECK(error_of(sections("01"
                          "0100",
                          "00", "00", "00", "00")) == code::code_unused);
  CHECK(error_of(sections("00",
                          "01"
                          "00"
                          "c001",
                          "00", "00", "00")) == code::bad_code_reference);
  CHECK(error_of(sections("00",
                          "01"
                          "00"
                          "64",
                          "00", "00", "00")) == code::bad_change);
  CHECK(error_of(sections("00",
                          "01"
                          "00"
                          "00",
                          "00", "00", "00")) == code::nothing_changed);
  CHECK(error_of(sections("00",
                          "01"
                          "00"
                          "80",
                          "00", "00", "00")) == code::nothing_changed);
  CHECK(error_of(sections("00",
                          "01"
                          "00"
                          "0200ff",
                          "00", "00", "00")) == code::leading_zero);
  // An addition of four bytes has a head of its own no more.
  CHECK(error_of(sections("00",
                          "01"
                          "00"
                          "8f04"
                          "01020304",
                          "00", "00", "00")) == code::not_shortest);
  CHECK(error_of(sections("00",
                          "01"
                          "00"
                          "b0"
                          "ffffffffffffffffff01",
                          "00", "00", "00")) == code::out_of_range);
  CHECK(error_of(sections("00",
                          "01"
                          "ffffffffffffffffff01"
                          "0101",
                          "00", "00", "00")) == code::out_of_range);
}

TEST_CASE("each fault of new entries and logs has its own error") {
  const std::string nonce_1 = "90";
  CHECK(error_of(sections("00", "00", "02" + account_1 + nonce_1 + account_0 + nonce_1, "00",
                          "00")) == code::accounts_unsorted);
  CHECK(error_of(sections("00", "00", "01" + account_1 + "0101", "00", "00")) == code::bad_change);
  CHECK(error_of(sections("00", "00", "01" + account_1 + "8f4305", "00", "00")) ==
        code::not_shortest);  // a replacement where an addition is as short
  const std::string one_slot =
      "01"
      "00"
      "0105";
  CHECK(decode_pubdata(sections("00", "00", "00",
                                "01"
                                "01" +
                                    one_slot,
                                "00"))
            .ok());
  CHECK(error_of(sections("00", "00", "00",
                          "01"
                          "02" +
                              one_slot,
                          "00")) == code::bad_owner);
  CHECK(error_of(sections("00", "00", "01" + account_1 + nonce_1,
                          "01"
                          "00" +
                              account_1 + one_slot,
                          "00")) == code::bad_owner);
  CHECK(error_of(sections("00", "00", "00",
                          "01"
                          "01"
                          "00"
                          "000000",
                          "00")) == code::empty_owner);
  CHECK(error_of(sections("00", "00", "00",
                          "02"
                          "03" +
                              one_slot + "01" + one_slot,
                          "00")) == code::owners_unsorted);
  CHECK(error_of(sections("00", "00", "00",
                          "01"
                          "01"
                          "01"
                          "00"
                          "42"
                          "00",
                          "00")) == code::nothing_changed);
  CHECK(error_of(sections("00", "00", "00",
                          "01"
                          "01"
                          "01"
                          "00"
                          "4305",
                          "00")) == code::not_shortest);
  const std::string last_slot(64, 'f');
  CHECK(error_of(sections("00", "00", "00",
                          "01"
                          "01"
                          "02"
                          "20" +
                              last_slot +
                              "0105"
                              "00"
                              "0105",
                          "00")) == code::out_of_range);
  const std::string hash(64, '0');
  CHECK(decode_pubdata(sections("00", "00", "00", "00",
                                "01"
                                "01"
                                "00" +
                                    hash))
            .ok());
  CHECK(error_of(sections("00", "00", "00", "00",
                          "01"
                          "03"
                          "00" +
                              hash)) == code::bad_log);
  CHECK(error_of(sections("00", "00", "00", "00",
                          "01"
                          "01"
                          "808004" +
                              hash)) == code::out_of_range);
}

TEST_CASE("each fault against the state has its own error") {
  CHECK(resolve_error(sections("00",
                               "01"
                               "02"
                               "0101",
                               "00", "00", "00")) == code::unknown_leaf);
  CHECK(resolve_error(sections("00",
                               "01"
                               "00"
                               "0101",
                               "00", "00", "00")) == code::wrong_leaf_kind);
  CHECK(resolve_error(sections("00",
                               "01"
                               "01"
                               "90",
                               "00", "00", "00")) == code::wrong_leaf_kind);
  // 256 -> 255 is a subtraction of one byte; a replacement of one byte comes second.
  CHECK(resolve_error(sections("00",
                               "01"
                               "01"
                               "43ff",
                               "00", "00", "00")) == code::not_shortest);
  CHECK(resolve_error(sections("00",
                               "01"
                               "01"
                               "44"
                               "0100",
                               "00", "00", "00")) == code::not_shortest);
  CHECK(resolve_error(sections("00", "00", "01" + account_0 + "90", "00", "00")) ==
        code::already_exists);
  CHECK(resolve_error(sections("00", "00", "00",
                               "01"
                               "01"
                               "01"
                               "0109"
                               "0105",
                               "00")) == code::already_exists);
  CHECK(resolve_error(sections("00", "00", "00",
                               "01"
                               "00" +
                                   account_0 +
                                   "01"
                                   "00"
                                   "0105",
                               "00")) == code::bad_owner);
  CHECK(resolve_error(sections("00", "00", "00",
                               "01"
                               "03"
                               "01"
                               "00"
                               "0105",
                               "00")) == code::wrong_leaf_kind);
}
