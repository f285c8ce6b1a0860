#include "runtime/types/account_change.hpp"

namespace ashlar {
namespace {

constexpr u8 account_head = 0x80, code_flag = 0x40;
constexpr unsigned nonce_shift = 4;
constexpr u8 nonce_long = 3;
constexpr u8 balance_long = 15;
// Balances move by 2^24 to 2^80 wei more often than not: those sizes need no head of their own.
constexpr unsigned short_size_min = 4, short_size_max = 10;
constexpr u8 short_sizes = short_size_max - short_size_min + 1;

u8 balance_code(const value_change& change) noexcept {
  const unsigned size = change.magnitude.byte_length();
  if (change.op == change_op::full || size < short_size_min || size > short_size_max)
    return balance_long;
  const u8 base = change.op == change_op::add ? 1 : 1 + short_sizes;
  return static_cast<u8>(base + size - short_size_min);
}

}  // namespace

void put_account_change(bytes& to, const account_change& change) {
  ensure(!change.is_nothing());
  u8 head = account_head;
  if (change.code) head |= code_flag;
  const u8 nonce =
      static_cast<u8>(change.nonce_added < nonce_long ? change.nonce_added : nonce_long);
  head = static_cast<u8>(head | nonce << nonce_shift);
  const u8 balance = change.balance ? balance_code(*change.balance) : 0;
  to.push_back(static_cast<u8>(head | balance));
  if (nonce == nonce_long) put_varint(to, change.nonce_added - nonce_long);
  if (balance == balance_long) to.push_back(change_head(*change.balance));
  if (change.balance) put_magnitude(to, change.balance->magnitude);
  if (change.code) put_varint(to, *change.code);
}

result<account_change, pubdata_error> next_account_change(pubdata_reader& in, u8 head, u64 codes) {
  if (head < account_head) return in.refuse(pubdata_error_code::bad_change);
  if (head == account_head) return in.refuse(pubdata_error_code::nothing_changed);
  account_change change;
  change.nonce_added = (head >> nonce_shift) & nonce_long;
  if (change.nonce_added == nonce_long) {
    ASHLAR_TRY(const u64 above, in.next_varint());
    if (above > ~0ull - nonce_long) return in.refuse(pubdata_error_code::out_of_range);
    change.nonce_added += above;
  }
  const u8 balance = head & balance_long;
  if (balance == balance_long) {
    ASHLAR_TRY(const u8 own_head, in.next_byte());
    ASHLAR_TRY(change.balance, in.next_change(own_head));
    if (balance_code(*change.balance) != balance_long)
      return in.refuse(pubdata_error_code::not_shortest);
  } else if (balance != 0) {
    const bool adds = balance <= short_sizes;
    const u8 size = static_cast<u8>(balance - (adds ? 1 : 1 + short_sizes) + short_size_min);
    ASHLAR_TRY(const u256 magnitude, in.next_magnitude(size));
    change.balance = value_change{adds ? change_op::add : change_op::subtract, magnitude};
  }
  if (head & code_flag) {
    ASHLAR_TRY(change.code, in.next_varint());
    if (*change.code > codes) return in.refuse(pubdata_error_code::bad_code_reference);
  }
  return change;
}

}  // namespace ashlar
