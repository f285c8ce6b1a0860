#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/blake3_lanes.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/hash/many.hpp"
#include "runtime/stark/hash/sponge.hpp"

namespace ashlar::stark {

namespace {

void poseidon2_rows(const row_hash_job& job) noexcept {
  for (std::size_t i = 0; i < job.n; ++i) {
    u64 words[4];
    poseidon2_sponge(
        job.columns.size(), job.each, [&](std::size_t j) { return job.columns[j][job.first + i]; },
        words);
    for (unsigned k = 0; k < 4; ++k) store_le64(job.out[i].data() + 8 * k, words[k]);
  }
}

void keccak_rows(const row_hash_job& job) {
  bytes row(8 * job.columns.size());
  for (std::size_t i = 0; i < job.n; ++i) {
    for (std::size_t j = 0; j < job.columns.size(); ++j)
      store_number(hash_kind::keccak, row.data() + 8 * j, job.columns[j][job.first + i]);
    job.out[i] = crypto::keccak256(row);
  }
}

}  // namespace

void hash_rows(hash_kind kind, const row_hash_job& job) noexcept {
  switch (kind) {
    case hash_kind::blake3:
      return crypto::blake3_hash_columns(
          {job.columns.data(), job.columns.size(), job.first, job.n, job.out->data()});
    case hash_kind::poseidon2:
      return poseidon2_rows(job);
    case hash_kind::keccak:
      return keccak_rows(job);
  }
}

void hash_nodes(hash_kind kind, const hash256* pairs, hash256* out, std::size_t n) noexcept {
  if (kind == hash_kind::blake3) return crypto::blake3_nodes(pairs, out, n);
  for (std::size_t i = 0; i < n; ++i) out[i] = hash_node(kind, pairs[2 * i], pairs[2 * i + 1]);
}

}  // namespace ashlar::stark
