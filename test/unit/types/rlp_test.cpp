#include "runtime/types/rlp.hpp"

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

using namespace ashlar;
using rlp::error;
using rlp::error_code;

namespace {

bytes hex(std::string_view text) {
  auto raw = from_hex(text);
  REQUIRE(raw);
  return *raw;
}

template <class T>
error_code code_of(const result<T, error>& r) {
  REQUIRE_FALSE(r.ok());
  return r.error().code;
}

}  // namespace

TEST_CASE("integers encode in their shortest form and come back") {
  const u64 values[] = {0,      1,      0x7f,       0x80,        0xff,        0x100,
                        0xffff, 0x1234, 0xffffffff, 0x100000000, ~0ull >> 8u, ~0ull};
  for (u64 value : values) {
    bytes out, wide;
    rlp::encode_u64(out, value);
    rlp::encode_u256(wide, value);
    CHECK(out == wide);
    rlp::reader in{out};
    CHECK(*in.next_u64() == value);
    CHECK(in.finish().ok());
  }
  bytes out;
  rlp::encode_u64(out, 0);
  rlp::encode_u64(out, 1024);
  CHECK(to_hex(out) == "0x80820400");
}

TEST_CASE("strings and nested lists have the published encodings") {
  bytes out;
  {
    rlp::list_scope list{out};
    rlp::encode_string(out, hex("0x636174"));
    rlp::encode_string(out, hex("0x646f67"));
  }
  CHECK(to_hex(out) == "0xc88363617483646f67");
  out.clear();
  rlp::encode_string(out, bytes(56, 'a'));
  CHECK(out.size() == 58);
  CHECK(out[0] == 0xb8);
  CHECK(out[1] == 56);
  out.clear();
  {
    rlp::list_scope list{out};
    rlp::encode_string(out, bytes(1024, 'b'));
  }
  CHECK(to_hex(bytes_view{out}.first(6)) == "0xf90403b90400");
  rlp::reader in{out};
  auto list = in.next_list();
  REQUIRE(list);
  CHECK(list->next_string()->size() == 1024);
  CHECK(list->finish().ok());
}

TEST_CASE("a list header of known size equals the one written afterwards") {
  for (std::size_t size : {0u, 1u, 55u, 56u, 255u, 256u, 65535u, 65536u}) {
    bytes known, after;
    rlp::encode_list_header(known, size);
    CHECK(known.size() == rlp::header_bytes(size));
    known.resize(known.size() + size, 1);
    {
      rlp::list_scope list{after};
      after.resize(size, 1);
    }
    CHECK(known == after);
  }
}

TEST_CASE("each malformed item has its own error") {
  auto string_error = [](std::string_view text) {
    const bytes raw = hex(text);
    return code_of(rlp::reader{raw}.next_string());
  };
  CHECK(string_error("0x") == error_code::end_of_list);
  CHECK(string_error("0x83aabb") == error_code::too_short);
  CHECK(string_error("0xb8") == error_code::too_short);
  CHECK(string_error("0xbfffffffffffffffff00") == error_code::too_short);
  CHECK(string_error("0xb80100") == error_code::non_canonical_length);
  CHECK(string_error("0xb9003800") == error_code::non_canonical_length);
  CHECK(string_error("0x8100") == error_code::non_canonical_byte);
  CHECK(string_error("0x817f") == error_code::non_canonical_byte);
  CHECK(string_error("0xc0") == error_code::expected_string);

  const bytes string = hex("0x80"), integer = hex("0x8200ff"), zero = hex("0x00");
  const bytes nine = hex("0x89010000000000000000"), two = hex("0x02");
  CHECK(code_of(rlp::reader{string}.next_list()) == error_code::expected_list);
  CHECK(code_of(rlp::reader{integer}.next_u64()) == error_code::leading_zero);
  CHECK(code_of(rlp::reader{zero}.next_u64()) == error_code::leading_zero);
  CHECK(code_of(rlp::reader{nine}.next_u64()) == error_code::integer_too_large);
  CHECK(rlp::reader{nine}.next_u256().ok());
  CHECK(code_of(rlp::reader{two}.next_bool()) == error_code::integer_too_large);
  CHECK(rlp::reader{two}.finish().error() == error{error_code::trailing_bytes, 0, 1});

  const bytes three = hex("0x83aabbcc");
  CHECK(rlp::reader{three}.next_fixed<4>().error() == error{error_code::wrong_length, 4, 3});
  CHECK(rlp::reader{three}.next_string(2).error() == error{error_code::oversize, 2, 3});
}

TEST_CASE("a whole item is checked to its full depth") {
  CHECK(rlp::check(hex("0xc7c0c1c0c3c0c1c0")).ok());
  CHECK(rlp::check(hex("0x80")).ok());
  CHECK(code_of(rlp::check(hex("0x"))) == error_code::end_of_list);
  CHECK(code_of(rlp::check(hex("0xc2c181"))) == error_code::too_short);
  CHECK(code_of(rlp::check(hex("0xc28100"))) == error_code::non_canonical_byte);
  CHECK(code_of(rlp::check(hex("0xc0c0"))) == error_code::trailing_bytes);
  // Six lists, one inside the other.
  const bytes nested = hex("0xc5c4c3c2c1c0");
  CHECK(rlp::check(nested, 6).ok());
  CHECK(rlp::check(nested, 5).error() == error{error_code::too_deep, 5, 6});
}
