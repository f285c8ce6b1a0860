#include "runtime/types/rlp.hpp"

namespace ashlar::rlp {
namespace {

constexpr std::size_t short_payload_max = 55;

unsigned length_bytes(std::size_t n) noexcept {
  unsigned count = 0;
  for (; n != 0; n >>= 8) ++count;
  return count;
}

/// Writes at most 9 bytes, gives their number.
std::size_t write_header(u8* to, u8 short_base, std::size_t payload_bytes) noexcept {
  if (payload_bytes <= short_payload_max) {
    to[0] = static_cast<u8>(short_base + payload_bytes);
    return 1;
  }
  const unsigned count = length_bytes(payload_bytes);
  to[0] = static_cast<u8>(short_base + short_payload_max + count);
  for (unsigned i = 0; i < count; ++i)
    to[1 + i] = static_cast<u8>(payload_bytes >> (8 * (count - 1 - i)));
  return 1 + count;
}

/// At most 32 bytes, big-endian.
u256 number_of(bytes_view digits) noexcept {
  u256 out;
  const u8* end = digits.data() + digits.size();
  std::size_t left = digits.size();
  u64* limb = out.limb;
  for (; left >= 8; left -= 8) *limb++ = load_be64(end -= 8);
  if (left == 0) return out;
  u64 top = 0;
  for (const u8* p = digits.data(); p != end; ++p) top = (top << 8) | *p;
  *limb = top;
  return out;
}

void append_header(bytes& to, u8 short_base, std::size_t payload_bytes) {
  if (payload_bytes <= short_payload_max) {
    to.push_back(static_cast<u8>(short_base + payload_bytes));
    return;
  }
  u8 header[9];
  append(to, bytes_view{header, write_header(header, short_base, payload_bytes)});
}

}  // namespace

const char* to_text(error_code code) noexcept {
  switch (code) {
    case error_code::too_short:
      return "the input ends inside an item";
    case error_code::non_canonical_length:
      return "a length is not in its shortest form";
    case error_code::non_canonical_byte:
      return "a single byte is not in its shortest form";
    case error_code::expected_string:
      return "a list stands where a string was due";
    case error_code::expected_list:
      return "a string stands where a list was due";
    case error_code::leading_zero:
      return "an integer has a leading zero";
    case error_code::integer_too_large:
      return "an integer is too large for its field";
    case error_code::wrong_length:
      return "a fixed-size string has the wrong size";
    case error_code::oversize:
      return "an item is over its size limit";
    case error_code::end_of_list:
      return "the list ends before its last item";
    case error_code::trailing_bytes:
      return "bytes follow the last item";
    case error_code::too_deep:
      return "lists are nested too deeply";
  }
  return "unknown";
}

result<reader::item, error> reader::peek(u64 limit) const noexcept {
  if (rest_.empty()) return fail(error{error_code::end_of_list, 1, 0});
  const u8 first = rest_[0];
  if (first < 0x80) return item{false, 0, 1};
  const bool is_list = first >= 0xc0;
  const unsigned tag = first - (is_list ? 0xc0 : 0x80);
  const u64 left = rest_.size() - 1;
  u64 payload = tag;
  unsigned count = 0;
  if (tag > short_payload_max) {
    count = static_cast<unsigned>(tag - short_payload_max);
    if (left < count) return fail(error{error_code::too_short, count, left});
    if (rest_[1] == 0) return fail(error{error_code::non_canonical_length, 1, 0});
    payload = 0;
    for (unsigned i = 0; i < count; ++i) payload = (payload << 8) | rest_[1 + i];
    if (payload <= short_payload_max)
      return fail(error{error_code::non_canonical_length, short_payload_max + 1, payload});
  }
  if (payload > limit) return fail(error{error_code::oversize, limit, payload});
  if (payload > left - count) return fail(error{error_code::too_short, payload, left - count});
  if (!is_list && tag == 1 && rest_[1] < 0x80)
    return fail(error{error_code::non_canonical_byte, 0x80, rest_[1]});
  return item{is_list, 1 + count, static_cast<std::size_t>(payload)};
}

result<bytes_view, error> reader::next_string(u64 limit) noexcept {
  // Nearly all are short; whatever is wrong is told below.
  if (const std::size_t tag = rest_.empty() ? 0 : rest_[0] ^ 0x80u;
      tag <= short_payload_max && tag < rest_.size() && tag <= limit &&
      !(tag == 1 && rest_[1] < 0x80)) {
    const bytes_view payload = rest_.subspan(1, tag);
    rest_ = rest_.subspan(1 + tag);
    return payload;
  }
  ASHLAR_TRY(const item next, peek(limit));
  if (next.is_list) return fail(error{error_code::expected_string});
  const bytes_view payload = rest_.subspan(next.header_bytes, next.payload_bytes);
  rest_ = rest_.subspan(next.header_bytes + next.payload_bytes);
  return payload;
}

result<reader, error> reader::next_list(u64 limit) noexcept {
  ASHLAR_TRY(const item next, peek(limit));
  if (!next.is_list) return fail(error{error_code::expected_list});
  const bytes_view payload = rest_.subspan(next.header_bytes, next.payload_bytes);
  rest_ = rest_.subspan(next.header_bytes + next.payload_bytes);
  return reader{payload};
}

result<bytes_view, error> reader::next_raw() noexcept {
  ASHLAR_TRY(const item next, peek(~0ull));
  const std::size_t size = next.header_bytes + next.payload_bytes;
  const bytes_view whole = rest_.first(size);
  rest_ = rest_.subspan(size);
  return whole;
}

result<bytes_view, error> reader::next_integer(u64 bytes_max) noexcept {
  ASHLAR_TRY(const bytes_view digits, next_string());
  if (!digits.empty() && digits[0] == 0) return fail(error{error_code::leading_zero, 1, 0});
  if (digits.size() > bytes_max)
    return fail(error{error_code::integer_too_large, bytes_max, digits.size()});
  return digits;
}

result<u64, error> reader::next_u64() noexcept {
  ASHLAR_TRY(const bytes_view digits, next_integer(8));
  u64 value = 0;
  for (u8 digit : digits) value = (value << 8) | digit;
  return value;
}

result<u256, error> reader::next_u256() noexcept {
  ASHLAR_TRY(const bytes_view digits, next_integer(32));
  return number_of(digits);
}

result<bool, error> reader::next_bool() noexcept {
  ASHLAR_TRY(const u64 value, next_u64());
  if (value > 1) return fail(error{error_code::integer_too_large, 1, value});
  return value == 1;
}

status<error> check(bytes_view whole, u32 depth_max) noexcept {
  // Items are walked in one flat pass: a list's header is stepped into, and where each open list
  // ends is remembered in a fixed array, so that depth costs no recursion on small stacks.
  constexpr u32 depth_limit = 1024;
  ensure(depth_max <= depth_limit);
  std::size_t ends[depth_limit];
  u32 depth = 0;
  std::size_t at = 0;
  std::size_t items_at_top = 0;
  while (true) {
    while (depth > 0 && at == ends[depth - 1]) --depth;
    if (depth == 0) {
      if (items_at_top == 1) break;
      ++items_at_top;
    }
    const std::size_t end = depth == 0 ? whole.size() : ends[depth - 1];
    reader here{whole.subspan(at, end - at)};
    if (here.next_is_list()) {
      ASHLAR_TRY(const reader inside, here.next_list());
      if (depth == depth_max) return fail(error{error_code::too_deep, depth_max, depth + 1});
      ends[depth] = end - here.rest().size();
      at = ends[depth] - inside.rest().size();
      ++depth;
    } else {
      ASHLAR_CHECK(here.next_string());
      at = end - here.rest().size();
    }
  }
  return reader{whole.subspan(at)}.finish();
}

std::size_t header_bytes(std::size_t payload_bytes) noexcept {
  return payload_bytes <= short_payload_max ? 1 : 1 + length_bytes(payload_bytes);
}

void encode_string(bytes& to, bytes_view string) {
  if (string.size() != 1 || string[0] >= 0x80) append_header(to, 0x80, string.size());
  append(to, string);
}

void encode_u64(bytes& to, u64 value) {
  if (value != 0 && value < 0x80) {
    to.push_back(static_cast<u8>(value));
    return;
  }
  u8 digits[8];
  store_be64(digits, value);
  const unsigned count = value == 0 ? 0 : 8 - static_cast<unsigned>(__builtin_clzll(value)) / 8;
  to.push_back(static_cast<u8>(0x80 + count));
  append(to, bytes_view{digits + 8 - count, count});
}

void encode_u256(bytes& to, const u256& value) {
  const hash256 digits = value.to_be();
  const unsigned count = value.byte_length();
  encode_string(to, bytes_view{digits.data() + 32 - count, count});
}

void encode_list_header(bytes& to, std::size_t payload_bytes) {
  append_header(to, 0xc0, payload_bytes);
}

u8* write_list_header(u8* to, std::size_t payload_bytes) noexcept {
  return to + write_header(to, 0xc0, payload_bytes);
}

u8* write_string(u8* to, bytes_view string) noexcept {
  if (string.size() != 1 || string[0] >= 0x80) to += write_header(to, 0x80, string.size());
  if (!string.empty()) std::memcpy(to, string.data(), string.size());
  return to + string.size();
}

void list_scope::close() {
  if (to_ == nullptr) return;
  bytes& out = *to_;
  to_ = nullptr;
  const std::size_t payload_bytes = out.size() - begin_ - expected_;
  u8 header[9];
  const std::size_t width = write_header(header, 0xc0, payload_bytes);
  if (width != expected_) {
    if (width > expected_) out.resize(begin_ + width + payload_bytes);
    u8* const at = out.data() + begin_;
    std::memmove(at + width, at + expected_, payload_bytes);
    out.resize(begin_ + width + payload_bytes);
  }
  std::copy(header, header + width, out.data() + begin_);
}

}  // namespace ashlar::rlp
