#include "runtime/base/ensure.hpp"
#include "runtime/types/batch_diff.hpp"
#include "runtime/types/pubdata.hpp"
#include "test/fuzz/target.hpp"
#include "test/support/batch_workload.hpp"

namespace ashlar::fuzz {

namespace {

/// A state where every leaf index has an answer, so that resolving goes deep: even leaves are
/// accounts, odd ones slots of the account before.
class any_state final : public leaf_source {
 public:
  std::optional<leaf_content> at(u64 leaf_index) override {
    if (leaf_index < 2 || leaf_index > 1'000'000) return std::nullopt;
    if (leaf_index % 2 == 1)
      return leaf_content{owner(leaf_index - 1), std::pair{u256{leaf_index}, u256{77}}};
    account_fields fields;
    fields.nonce = leaf_index;
    fields.balance = u256{1} << 70;
    return leaf_content{owner(leaf_index), fields};
  }
  std::optional<u64> account_leaf(const address& who) override {
    const u64 index = load_be64(who.data());
    if (index < 2 || index > 1'000'000 || owner(index) != who) return std::nullopt;
    return index;
  }
  std::optional<u64> slot_leaf(const address&, const u256&) override { return std::nullopt; }

 private:
  static address owner(u64 index) {
    address a;
    store_be64(a.data(), index);
    return a;
  }
};

}  // namespace

std::vector<bytes> seeds() {
  std::vector<bytes> out;
  test::batch_workload work(5);
  for (int i = 0; i < 4; ++i) out.push_back(work.next(2, 10).native.pubdata);
  test::batch_workload small(6);
  for (int i = 0; i < 6; ++i) out.push_back(small.next(1, 1).native.pubdata);
  return out;
}

void check(bytes_view input) {
  const auto p = decode_pubdata(input);
  if (!p) {
    ensure(p.error().at <= input.size());
    return;
  }
  ensure(equal(encode_pubdata(*p), input));
  any_state before;
  const auto diff = resolve(*p, before);
  // One diff has one encoding.
  if (diff) ensure(make_pubdata(*diff) == *p);
}

}  // namespace ashlar::fuzz
