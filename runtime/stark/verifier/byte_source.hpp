#pragma once

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
  /// What was not read yet.
  bytes_view rest() const noexcept { return reader_.rest(); }

 private:
  gl element(const u8* at) noexcept;
  void check_digests(bytes_view digests) noexcept;

  proof_reader reader_;
  hash_kind hash_;
  bool canonical_ = true;
};

}  // namespace ashlar::stark
