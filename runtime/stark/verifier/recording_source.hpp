#pragma once

#include "runtime/stark/verifier/byte_source.hpp"

namespace ashlar::stark {

/// Reads a proof's bytes, and writes down what a guest reads from its private input to verify the
/// same proof: a byte as a word, leaves twice, all else once, in words of the bytes. What it wrote
/// down is of use where the proof was accepted.
class recording_source final : public proof_source {
 public:
  /// Reads through `from`, appends to `words`; both must outlive this.
  recording_source(byte_source& from, std::vector<u32>& words) noexcept
      : from_(from), words_(words) {}

  u8 byte() override {
    const u8 out = from_.byte();
    words_.push_back(out);
    return out;
  }
  u64 number() override {
    const bytes_view before = from_.rest();
    const u64 out = from_.number();
    write_down(before);
    return out;
  }
  hash256 digest() override {
    const bytes_view before = from_.rest();
    const hash256 out = from_.digest();
    write_down(before);
    return out;
  }
  void extensions(std::span<gl3> out) override {
    const bytes_view before = from_.rest();
    from_.extensions(out);
    write_down(before);
  }
  opened_row row(u32 n, const row_challenge& challenge) override {
    const bytes_view before = from_.rest();
    const opened_row out = from_.row(n, challenge);
    write_down(before);
    return out;
  }
  opened_leaf leaf(unsigned fold_log2, gl x, const gl3& beta) override {
    const bytes_view before = from_.rest();
    const opened_leaf out = from_.leaf(fold_log2, x, beta);
    write_down(before);
    write_down(before);
    return out;
  }
  void climb(hash256& node, u32 index, unsigned depth) override {
    const bytes_view before = from_.rest();
    from_.climb(node, index, depth);
    write_down(before);
  }
  source_state state() const noexcept override { return from_.state(); }

 private:
  // What was read since the rest was `before`.
  void write_down(bytes_view before) {
    const std::size_t count = before.size() - from_.rest().size();
    for (std::size_t at = 0; at < count; at += 4) words_.push_back(load_le32(before.data() + at));
  }

  byte_source& from_;
  std::vector<u32>& words_;
};

}  // namespace ashlar::stark
