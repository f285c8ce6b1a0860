#pragma once

#include "runtime/stark/verifier/proof_source.hpp"

namespace ashlar::guest {

/// A proof in the private input, read word by word as it is verified: rows, leaves and paths by
/// calls of the machine that hash them and leave nothing in RAM but what they come to. The plain
/// twin is stark/join/word_source.hpp. An input that ends early is a trap.
class proof_input final : public stark::proof_source {
 public:
  u8 byte() override;
  u64 number() override;
  hash256 digest() override;
  void extensions(std::span<stark::gl3> out) override;
  stark::opened_row row(u32 n, const stark::row_challenge& challenge) override;
  stark::opened_leaf leaf(unsigned fold_log2, stark::gl x, const stark::gl3& beta) override;
  void climb(hash256& node, u32 index, unsigned depth) override;
  stark::source_state state() const noexcept override {
    return good_ ? stark::source_state::good : stark::source_state::not_canonical;
  }

 private:
  bool good_ = true;
};

}  // namespace ashlar::guest
