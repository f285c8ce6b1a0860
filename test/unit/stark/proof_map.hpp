#pragma once

#include "runtime/stark/verifier/byte_source.hpp"

namespace ashlar::stark {

/// Where the verifier read what in a proof's bytes.
enum class read_kind { byte, number, digest, extensions, row, leaf, siblings };
struct proof_read {
  read_kind kind;
  std::size_t offset, length;
};

/// Notes every read of a proof.
class mapping_source final : public proof_source {
 public:
  mapping_source(bytes_view data, hash_kind hash) noexcept
      : from_(data, hash), size_(data.size()) {}

  std::vector<proof_read> reads;

  u8 byte() override {
    note(read_kind::byte);
    return from_.byte();
  }
  u64 number() override {
    note(read_kind::number);
    return from_.number();
  }
  hash256 digest() override {
    note(read_kind::digest);
    return from_.digest();
  }
  void extensions(std::span<gl3> out) override {
    note(read_kind::extensions);
    from_.extensions(out);
  }
  opened_row row(u32 n, const row_challenge& challenge) override {
    note(read_kind::row);
    return from_.row(n, challenge);
  }
  opened_leaf leaf(unsigned fold_log2, gl x, const gl3& beta) override {
    note(read_kind::leaf);
    return from_.leaf(fold_log2, x, beta);
  }
  void climb(hash256& node, u32 index, unsigned depth) override {
    note(read_kind::siblings);
    from_.climb(node, index, depth);
  }
  source_state state() const noexcept override { return from_.state(); }
  /// The reads, each with its length.
  std::vector<proof_read> finished() {
    for (std::size_t i = 0; i < reads.size(); ++i)
      reads[i].length = (i + 1 < reads.size() ? reads[i + 1].offset : size_ - from_.rest().size()) -
                        reads[i].offset;
    return reads;
  }

 private:
  void note(read_kind kind) { reads.push_back({kind, size_ - from_.rest().size(), 0}); }
  byte_source from_;
  std::size_t size_;
};

}  // namespace ashlar::stark
