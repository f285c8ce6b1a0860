#pragma once

#include <utility>

#include "runtime/stark/hash/hash.hpp"
#include "runtime/stark/verifier/proof_reader.hpp"
#include "runtime/stark/verifier/proof_source.hpp"

namespace ashlar::stark {

/// A proof's bytes (PROTOCOL.md), in its hash's encoding.
class byte_source final : public proof_source {
 public:
  byte_source(bytes_view data, hash_kind hash) noexcept : reader_(data), hash_(hash) {}

  u8 byte() override;
  u64 number() override;
  hash256 digest() override;
  void extensions(std::span<gl3> out) override;
  opened_row row(u32 n, const row_challenge& challenge) override;
  opened_leaf leaf(unsigned fold_log2, gl x, const gl3& beta) override;
  void climb(hash256& node, u32 index, unsigned depth) override;

  source_state state() const noexcept override {
    if (reader_.truncated()) return source_state::truncated;
    return canonical_ ? source_state::good : source_state::not_canonical;
  }
#ifndef ASHLAR_GUEST
  byte_source* whole() noexcept override {
    return this;
  }
#endif
  /// What was not read yet.
  bytes_view rest() const noexcept {
    return reader_.rest();
  }

  // The parts of row, leaf and climb, for whoever hashes otherwise. Empty: truncated.

  /// The encodings of n elements.
  bytes_view elements(std::size_t n);
  /// n digests.
  bytes_view digests(std::size_t n);
  /// A row's and a leaf's values; zero where `encoded` is empty.
  gl3 row_value(bytes_view encoded, const row_challenge& challenge) const noexcept;
  std::pair<gl3, gl3> leaf_values(bytes_view encoded, gl x, const gl3& beta) const noexcept;

 private:
  gl element(const u8* at) const noexcept {
    return gl(load_number(hash_, at));
  }

  proof_reader reader_;
  hash_kind hash_;
  bool canonical_ = true;
};

}  // namespace ashlar::stark
