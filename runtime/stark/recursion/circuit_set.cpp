#include "runtime/stark/recursion/circuit_set.hpp"

#include <bit>

#include "runtime/stark/circuit/machine.hpp"

namespace ashlar::stark {

const std::vector<verifier_air>& circuit_airs() {
  static const std::vector<verifier_air> airs = [] {
    std::vector<verifier_air> out;
    circuit_chips::each([&]<class Chip>() { out.push_back(verifier_air_of<Chip>()); });
    return out;
  }();
  return airs;
}

circuit_key circuit_key::of(const verifying_key& key) {
  ensure(key.fixed_height_log2.size() == circuit_chips::size);
  return {key.fixed_root, key.digest(), {key.fixed_height_log2[0], key.fixed_height_log2[1]}};
}

verifying_key circuit_key::verifier() const {
  verifying_key out;
  for (const verifier_air& air : circuit_airs()) out.airs.push_back(&air);
  out.fixed_height_log2 = {heights.alu, heights.sponge};
  out.fixed_root = fixed_root;
  out.given_digest = digest;
  return out;
}

hash256 circuit_key::leaf() const {
  ensure(is_digest(hash_kind::poseidon2, fixed_root));
  std::vector<gl> all;
  for (unsigned i = 0; i < 4; ++i) all.push_back(gl(load_le64(fixed_root.data() + 8 * i)));
  for (gl word : elements_of_bytes({digest.data(), digest.size()})) all.push_back(word);
  all.push_back(gl(u32{heights.alu}));
  all.push_back(gl(u32{heights.sponge}));
  return hash_elements(hash_kind::poseidon2, all);
}

unsigned set_depth(std::size_t members) {
  ensure(members != 0);
  return static_cast<unsigned>(std::bit_width(members - 1));
}

circuit_set::circuit_set(std::vector<circuit_key> members) : members_(std::move(members)) {
  levels_.emplace_back(std::size_t{1} << set_depth(members_.size()));
  for (std::size_t i = 0; i < members_.size(); ++i) levels_[0][i] = members_[i].leaf();
  while (levels_.back().size() != 1) {
    const std::vector<hash256>& below = levels_.back();
    std::vector<hash256> level;
    for (std::size_t i = 0; i < below.size(); i += 2)
      level.push_back(hash_node(hash_kind::poseidon2, below[i], below[i + 1]));
    levels_.push_back(std::move(level));
  }
}

std::vector<hash256> circuit_set::path(std::size_t member) const {
  ensure(member < size());
  std::vector<hash256> out;
  for (unsigned level = 0; level < depth(); ++level)
    out.push_back(levels_[level][(member >> level) ^ 1]);
  return out;
}

}  // namespace ashlar::stark
