#include "runtime/base/hex.hpp"

namespace ashlar {
namespace {

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(bytes_view data) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.resize(2 + 2 * data.size());
  out[0] = '0';
  out[1] = 'x';
  for (std::size_t i = 0; i < data.size(); ++i) {
    out[2 + 2 * i] = digits[data[i] >> 4];
    out[3 + 2 * i] = digits[data[i] & 15];
  }
  return out;
}

std::optional<bytes> from_hex(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  if (text.size() % 2 != 0) return std::nullopt;
  bytes out(text.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<u8>(high << 4 | low);
  }
  return out;
}

}  // namespace ashlar
