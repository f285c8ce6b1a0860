#include "runtime/types/pubdata_bytes.hpp"

namespace ashlar {
namespace {

constexpr u8 sizes = 33;  // a magnitude has 0 to 32 bytes

}  // namespace

void put_varint(bytes& to, u64 value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<u8>(value | 0x80));
  to.push_back(static_cast<u8>(value));
}

void put_magnitude(bytes& to, const u256& value) {
  for (unsigned i = magnitude_bytes(value); i-- > 0;)
    to.push_back(static_cast<u8>(value.limb[i / 8] >> (8 * (i % 8))));
}

u8 change_head(const value_change& change) noexcept {
  return static_cast<u8>(static_cast<u8>(change.op) * sizes + change.magnitude.byte_length());
}

result<u8, pubdata_error> pubdata_reader::next_byte() noexcept {
  if (left() == 0) return refuse(pubdata_error_code::truncated);
  return all_[at_++];
}

result<bytes_view, pubdata_error> pubdata_reader::next_bytes(u64 count) noexcept {
  if (count > left()) return refuse(pubdata_error_code::truncated);
  const bytes_view out = all_.subspan(at_, static_cast<std::size_t>(count));
  at_ += out.size();
  return out;
}

result<u64, pubdata_error> pubdata_reader::next_varint() noexcept {
  u64 value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    ASHLAR_TRY(const u8 byte, next_byte());
    const u64 digit = byte & 0x7f;
    if ((digit << shift) >> shift != digit) return refuse(pubdata_error_code::bad_varint);
    value |= digit << shift;
    if (byte < 0x80) {
      if (byte == 0 && shift != 0) return refuse(pubdata_error_code::bad_varint);
      return value;
    }
  }
  return refuse(pubdata_error_code::bad_varint);
}

result<std::size_t, pubdata_error> pubdata_reader::next_count(u64 item_bytes) noexcept {
  ASHLAR_TRY(const u64 count, next_varint());
  if (count > left() / item_bytes) return refuse(pubdata_error_code::truncated);
  return static_cast<std::size_t>(count);
}

result<u256, pubdata_error> pubdata_reader::next_magnitude(u8 size) noexcept {
  if (size >= sizes) return refuse(pubdata_error_code::bad_change);
  ASHLAR_TRY(const bytes_view digits, next_bytes(size));
  if (size != 0 && digits[0] == 0) return refuse(pubdata_error_code::leading_zero);
  return u256::from_be(digits);
}

result<value_change, pubdata_error> pubdata_reader::next_change(u8 head) noexcept {
  if (head >= change_heads) return refuse(pubdata_error_code::bad_change);
  const change_op op = static_cast<change_op>(head / sizes);
  const u8 size = head % sizes;
  if (size == 0 && op != change_op::full) return refuse(pubdata_error_code::nothing_changed);
  ASHLAR_TRY(const u256 magnitude, next_magnitude(size));
  return value_change{op, magnitude};
}

}  // namespace ashlar
