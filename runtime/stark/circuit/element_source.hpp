#pragma once

#include "runtime/stark/verifier/byte_source.hpp"

namespace ashlar::stark {

/// Reads a proof's bytes, of Poseidon2, and writes down what a circuit that verifies it takes as
/// input. Of use where the proof was accepted.
class element_source final : public proof_source {
  // What is read, written down.
  template <class F>
  auto noted(F&& read) {
    const bytes_view before = from_.rest();
    auto out = read();
    const std::size_t count = before.size() - from_.rest().size();
    for (std::size_t at = 0; at + 8 <= count; at += 8)
      elements_.push_back(gl(load_le64(before.data() + at)));
    return out;
  }

 public:
  /// Reads through `from`, appends to `elements`; both must outlive this.
  element_source(byte_source& from, std::vector<gl>& elements) noexcept
      : from_(from), elements_(elements) {}
  u8 byte() override { return from_.byte(); }  // heights: constants of the circuit
  u64 number() override {
    return noted([&] { return from_.number(); });
  }
  hash256 digest() override {
    return noted([&] { return from_.digest(); });
  }
  void extensions(std::span<gl3> out) override {
    noted([&] {
      from_.extensions(out);
      return 0;
    });
  }
  opened_row row(u32 n, const row_challenge& challenge) override {
    return noted([&] { return from_.row(n, challenge); });
  }
  opened_leaf leaf(unsigned fold_log2, gl x, const gl3& beta) override {
    return noted([&] { return from_.leaf(fold_log2, x, beta); });
  }
  void climb(hash256& node, u32 index, unsigned depth) override {
    noted([&] {
      from_.climb(node, index, depth);
      return 0;
    });
  }
  source_state state() const noexcept override { return from_.state(); }

 private:
  byte_source& from_;
  std::vector<gl>& elements_;
};

}  // namespace ashlar::stark
