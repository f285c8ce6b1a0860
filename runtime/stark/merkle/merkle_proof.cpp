#include "runtime/stark/merkle/merkle_proof.hpp"

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/blake3.hpp"

namespace ashlar::stark {

std::vector<u32> parents_of(const std::vector<u32>& from, unsigned shift) {
  std::vector<u32> out;
  out.reserve(from.size());
  for (u32 i : from) {
    const u32 parent = shift >= 32 ? 0 : i >> shift;
    if (out.empty() || out.back() != parent) out.push_back(parent);
  }
  return out;
}

std::optional<hash256> root_from_openings(const std::vector<opened_level>& levels,
                                          sibling_reader& siblings) {
  ensure(!levels.empty() && !levels[0].index.empty());
  std::vector<u32> index = levels[0].index;
  std::vector<hash256> digest = levels[0].digest;
  std::size_t joined = 1;
  for (unsigned level = levels[0].level_log2; level-- > 0;) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < index.size(); ++out) {
      const bool has_both = i + 1 < index.size() && index[i + 1] == (index[i] ^ 1);
      hash256 pair[2];
      if (has_both) {
        pair[0] = digest[i];
        pair[1] = digest[i + 1];
      } else {
        const u8* sibling = siblings.next();
        if (sibling == nullptr) return std::nullopt;
        pair[index[i] & 1] = digest[i];
        pair[(index[i] & 1) ^ 1] = hash256::copy_of(sibling);
      }
      index[out] = index[i] >> 1;
      digest[out] = crypto::blake3_node(pair[0], pair[1]);
      i += has_both ? 2 : 1;
    }
    index.resize(out);
    digest.resize(out);
    if (joined < levels.size() && levels[joined].level_log2 == level) {
      ensure(levels[joined].index == index);
      for (std::size_t i = 0; i < out; ++i)
        digest[i] = crypto::blake3_node(digest[i], levels[joined].digest[i]);
      ++joined;
    }
  }
  ensure(joined == levels.size());
  return digest[0];
}

}  // namespace ashlar::stark
