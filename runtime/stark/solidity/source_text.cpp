#include "runtime/stark/solidity/source_text.hpp"

#include "runtime/base/ensure.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::stark {

std::string filled(std::string_view text, const text_values& values) {
  std::string out;
  for (;;) {
    const std::size_t open = text.find('$');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const std::size_t close = text.find('$', open + 1);
    ensure(close != std::string_view::npos);
    const auto at = values.find(text.substr(open + 1, close - open - 1));
    ensure(at != values.end());
    out += at->second;
    text = text.substr(close + 1);
  }
}

std::string hex_literal(const hash256& value) {
  return to_hex({value.data(), value.size()});
}

std::string hex_literal(u64 value) {
  u8 b[8];
  store_be64(b, value);
  std::string digits = to_hex({b, 8}).substr(2);
  const std::size_t first = digits.find_first_not_of('0');
  digits = first == std::string::npos ? "00" : digits.substr(first & ~std::size_t{1});
  return "0x" + digits;
}

std::string packed_literal(const gl3& value) {
  u256 word;
  for (unsigned i = 3; i-- > 0;) word = (word << 85) | u256(value.c[i].value());
  std::string digits = to_hex({word.to_be().data(), 32}).substr(2);
  const std::size_t first = digits.find_first_not_of('0');
  return "0x" + (first == std::string::npos ? "00" : digits.substr(first & ~std::size_t{1}));
}

std::string lanes_literal(u64 times, u64 value) {
  u256 lane = u256(times) * u256(value), word = lane | (lane << 85) | (lane << 170);
  return hex_literal(word.to_be());
}

std::string number(u64 value) {
  return std::to_string(value);
}

}  // namespace ashlar::stark
