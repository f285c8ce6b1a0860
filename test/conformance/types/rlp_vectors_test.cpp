#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/types/rlp.hpp"
#include "test/conformance/types/vectors.hpp"

// RLPTests of ethereum/tests: `in` is a value to encode, or VALID or INVALID; `out` its bytes.

using namespace ashlar;
namespace json = boost::json;

namespace {

/// Decimal digits of any number to big-endian bytes: some vectors are wider than 256 bits.
bytes from_decimal(std::string_view digits) {
  bytes out;
  for (char c : digits) {
    u32 carry = static_cast<u32>(c - '0');
    for (std::size_t i = out.size(); i-- > 0;) {
      carry += out[i] * 10u;
      out[i] = static_cast<u8>(carry);
      carry >>= 8;
    }
    if (carry != 0) out.insert(out.begin(), static_cast<u8>(carry));
  }
  return out;
}

void encode(bytes& to, const json::value& in) {
  if (in.is_array()) {
    rlp::list_scope list{to};
    for (const json::value& item : in.as_array()) encode(to, item);
  } else if (in.is_string() && in.as_string().starts_with('#')) {
    rlp::encode_string(to, from_decimal(std::string_view{in.as_string()}.substr(1)));
  } else if (in.is_string()) {
    const json::string& s = in.as_string();
    rlp::encode_string(to, {reinterpret_cast<const u8*>(s.data()), s.size()});
  } else {
    rlp::encode_u64(to, in.to_number<u64>());
  }
}

/// Decodes with the reader and encodes what was read.
void copy_item(bytes& to, rlp::reader& in) {
  if (in.next_is_list()) {
    auto inside = in.next_list();
    REQUIRE(inside);
    rlp::list_scope list{to};
    while (!inside->empty()) copy_item(to, *inside);
    return;
  }
  auto string = in.next_string();
  REQUIRE(string);
  rlp::encode_string(to, *string);
}

}  // namespace

TEST_CASE("RLP vectors decode, encode or are refused as published") {
  const auto folder = conformance::vectors_of("rlp_tests");
  if (!folder) return;
  std::size_t encoded = 0, valid = 0, invalid = 0;
  for (const auto& file : conformance::json_files(*folder)) {
    const json::value tests = conformance::read_json(file);
    for (const auto& [name, test] : tests.as_object()) {
      INFO(file.string() << " " << std::string_view{name});
      const json::value& in = test.at("in");
      const auto out = from_hex(std::string_view{test.at("out").as_string()});
      const bool is_text = in.is_string();
      if (is_text && in.as_string() == "INVALID") {
        ++invalid;
        // An odd number of digits is not even bytes.
        CHECK((!out || !rlp::check(*out).ok()));
        continue;
      }
      REQUIRE(out);
      CHECK(rlp::check(*out).ok());
      bytes copy;
      rlp::reader reader{*out};
      copy_item(copy, reader);
      CHECK(reader.finish().ok());
      CHECK(copy == *out);
      if (is_text && in.as_string() == "VALID") {
        ++valid;
        continue;
      }
      ++encoded;
      bytes ours;
      encode(ours, in);
      CHECK(ours == *out);
    }
  }
  std::cout << "rlp vectors: " << encoded << " encoded, " << valid << " valid, " << invalid
            << " refused, 0 skipped\n";
  CHECK(encoded + valid + invalid > 0);
}
