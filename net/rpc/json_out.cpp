#include "net/rpc/json_out.hpp"

#include <charconv>
#include <cmath>

namespace ashlar::rpc {
namespace {

/// "00".."ff", two characters a byte.
struct hex_table {
  char pairs[512];
  constexpr hex_table() : pairs() {
    constexpr char digits[] = "0123456789abcdef";
    for (int i = 0; i < 256; ++i) {
      pairs[2 * i] = digits[i >> 4];
      pairs[2 * i + 1] = digits[i & 15];
    }
  }
};
constexpr hex_table hex;

/// Length of the UTF-8 sequence at `p`, 0 where it is not one (RFC 3629).
std::size_t utf8_length(const u8* p, std::size_t left) noexcept {
  const auto tail = [&](std::size_t i) { return i < left && (p[i] & 0xc0) == 0x80; };
  if (p[0] < 0x80) return 1;
  if (p[0] >= 0xc2 && p[0] <= 0xdf) return tail(1) ? 2 : 0;
  if (p[0] >= 0xe0 && p[0] <= 0xef) {
    if (!tail(1) || !tail(2)) return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)) return 0;
    return 3;
  }
  if (p[0] >= 0xf0 && p[0] <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

void append_quantity(std::string& out, u64 v) {
  char digits[20] = {'"', '0', 'x'};
  const auto end = std::to_chars(digits + 3, digits + 19, v, 16).ptr;
  *end = '"';
  out.append(digits, end + 1);
}

void append_quantity(std::string& out, const u256& v) {
  if (v.fits_u64()) return append_quantity(out, v.low());
  out += '"';
  out += to_quantity(v);
  out += '"';
}

void append_data(std::string& out, bytes_view data) {
  const std::size_t at = out.size();
  out.resize(at + 4 + 2 * data.size());
  char* p = out.data() + at;
  *p++ = '"';
  *p++ = '0';
  *p++ = 'x';
  for (const u8 b : data) {
    std::memcpy(p, hex.pairs + 2 * b, 2);
    p += 2;
  }
  *p = '"';
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  const u8* p = reinterpret_cast<const u8*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    const u8 c = p[i];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
      ++i;
    } else if (c < 0x20) {
      out += "\\u00";
      out.append(hex.pairs + 2 * c, 2);
      ++i;
    } else if (const std::size_t n = utf8_length(p + i, text.size() - i)) {
      out.append(text.substr(i, n));
      i += n;
    } else {
      out += "\\ufffd";
      ++i;
    }
  }
  out += '"';
}

void append_decimal(std::string& out, i64 v) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
}

void append_double(std::string& out, double v) {
  if (!std::isfinite(v)) v = 0;
  char digits[40];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
}

}  // namespace ashlar::rpc
