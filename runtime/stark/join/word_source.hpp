#pragma once

#include "runtime/stark/verifier/proof_source.hpp"

namespace ashlar::stark {

/// Reads the words of a guest's private input as the guest does (runtime/guest/proof_input.hpp):
/// the plain twin of its calls. An element of a row, a leaf or a sibling may be any two words,
/// which stand for their residue, as the chips have it; elsewhere two words of p and above are
/// refused.
class word_source final : public proof_source {
 public:
  explicit word_source(std::span<const u32> words) noexcept : rest_(words) {}

  u8 byte() override;
  u64 number() override;
  hash256 digest() override;
  void extensions(std::span<gl3> out) override;
  opened_row row(u32 n, const row_challenge& challenge) override;
  opened_leaf leaf(unsigned fold_log2, gl x, const gl3& beta) override;
  void climb(hash256& node, u32 index, unsigned depth) override;
  source_state state() const noexcept override { return state_; }

  std::span<const u32> rest() const noexcept { return rest_; }

 private:
  void fail(source_state why) noexcept {
    if (state_ == source_state::good) state_ = why;
  }
  /// The next element, any two words.
  gl residue() noexcept;
  gl canonical() noexcept;

  std::span<const u32> rest_;
  source_state state_ = source_state::good;
};

}  // namespace ashlar::stark
