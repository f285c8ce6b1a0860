#include "runtime/base/ensure.hpp"
#include "runtime/tree/memory_tree.hpp"
#include "runtime/tree/witness.hpp"
#include "runtime/tree/witness_builder.hpp"
#include "runtime/tree/witness_tree.hpp"
#include "test/fuzz/target.hpp"
#include "test/unit/tree/tree_workload.hpp"

namespace ashlar::fuzz {

namespace {

struct sample {
  tree::memory_tree tree;
  tree::workload work{17};
  sample() { ensure(tree.apply(work.updates(60, 0)).ok()); }
};

const sample& fixed_sample() {
  static const sample s;
  return s;
}

/// What an accepted witness says of a leaf is what the tree has there.
void check_against(const tree::memory_tree& real, const tree::witness& w,
                   const tree::witness_tree& seen) {
  for (const tree::placed_leaf& p : w.leaves) {
    const auto slot = seen.lookup(p.content.key);
    if (!slot || *slot == nullptr) continue;
    ensure((*slot)->index == p.index && real.at(p.index).key == p.content.key &&
           real.at(p.index).value == (*slot)->content.value);
  }
}

}  // namespace

std::vector<bytes> seeds() {
  std::vector<bytes> out{tree::encode({})};
  sample s = fixed_sample();
  for (int i = 0; i < 8; ++i) {
    const auto b = s.work.next(s.work.below(6), s.work.below(6), 60);
    out.push_back(tree::encode(tree::make_witness(s.tree, b.reads, b.updates)));
  }
  return out;
}

void check(bytes_view input) {
  const auto w = tree::decode_witness(input);
  if (w) ensure(equal(tree::encode(*w), input));
  const tree::memory_tree& real = fixed_sample().tree;
  const auto seen = tree::witness_tree::open(input, real.state());
  if (!seen) return;
  ensure(w.ok());
  check_against(real, *w, *seen);
  std::vector<tree::update> updates;
  for (const tree::placed_leaf& p : w->leaves)
    if (updates.empty() || updates.back().key < p.content.key)
      updates.push_back({p.content.key, hash256{}});
  if (const auto after = seen->apply(updates)) {
    tree::memory_tree copy = real;
    const auto really = copy.apply(updates);
    ensure(really.ok() && *really == *after);
  }
}

}  // namespace ashlar::fuzz
