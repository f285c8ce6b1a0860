#include "runtime/base/ensure.hpp"
#include "runtime/types/rlp.hpp"
#include "test/fuzz/target.hpp"

namespace ashlar::fuzz {

namespace {

/// Reads every item as the reader sees it and writes it again. False where the reader refused.
bool copy_items(rlp::reader from, bytes& to, u32 depth) {
  while (!from.empty()) {
    if (from.next_is_list()) {
      auto list = from.next_list();
      if (!list || depth == 0) return false;
      rlp::list_scope scope(to);
      if (!copy_items(*list, to, depth - 1)) return false;
    } else {
      const auto s = from.next_string();
      if (!s) return false;
      rlp::encode_string(to, *s);
    }
  }
  return true;
}

/// Every typed read gives an error or a value that encodes to what was read.
void read_typed(bytes_view input) {
  rlp::reader numbers(input), wide(input), flags(input), fixed(input), raw(input);
  while (!raw.empty()) {
    const bytes_view before = raw.rest();
    const auto item = raw.next_raw();
    if (!item) break;
    ensure(item->size() + raw.rest().size() == before.size());
  }
  while (!numbers.empty()) {
    const bytes_view before = numbers.rest();
    const auto n = numbers.next_u64();
    if (!n) break;
    bytes again;
    rlp::encode_u64(again, *n);
    ensure(equal(again, before.first(before.size() - numbers.rest().size())));
  }
  while (!wide.empty()) {
    const bytes_view before = wide.rest();
    const auto n = wide.next_u256();
    if (!n) break;
    bytes again;
    rlp::encode_u256(again, *n);
    ensure(equal(again, before.first(before.size() - wide.rest().size())));
  }
  while (!flags.empty() && flags.next_bool()) {
  }
  while (!fixed.empty() && fixed.next_fixed<20>()) {
  }
}

}  // namespace

std::vector<bytes> seeds() {
  std::vector<bytes> out;
  bytes flat;
  rlp::encode_u64(flat, 0);
  rlp::encode_u64(flat, 127);
  rlp::encode_u64(flat, 128);
  rlp::encode_u256(flat, ~u256{});
  rlp::encode_fixed(flat, address{});
  out.push_back(flat);
  bytes nested;
  {
    rlp::list_scope outer(nested);
    rlp::encode_string(nested, bytes(60, 7));
    rlp::list_scope inner(nested);
    rlp::encode_u64(nested, 1024);
    rlp::list_scope empty(nested);
  }
  out.push_back(nested);
  bytes deep;
  for (int i = 0; i < 40; ++i) deep.push_back(0xc0 + static_cast<u8>(40 - i - 1));
  out.push_back(deep);
  bytes big;
  {
    rlp::list_scope list(big);
    rlp::encode_string(big, bytes(300, 1));
  }
  out.push_back(big);
  return out;
}

void check(bytes_view input) {
  constexpr u32 depth_max = 64;
  bytes again;
  const bool copied = copy_items(rlp::reader(input), again, depth_max);
  if (copied) ensure(equal(again, input));
  // `check` takes one whole item.
  if (rlp::check(input, depth_max).ok()) ensure(copied);
  read_typed(input);
}

}  // namespace ashlar::fuzz
