#include "runtime/base/vector_code.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/blake3_lanes.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/hash/many.hpp"
#include "runtime/stark/hash/poseidon2_kernels.hpp"
#include "runtime/stark/hash/sponge.hpp"

namespace ashlar::stark {

namespace {

void poseidon2_rows(const row_hash_job& job) noexcept {
  poseidon2_rows_job rest{job.columns.data(),
                          job.columns.size(),
                          job.first,
                          job.n,
                          job.each,
                          first_block(job.columns.size(), job.each),
                          sponge_start(job.columns.size(), job.each),
                          job.out->data()};
  [[maybe_unused]] const auto by = [&](void (*kernel)(const poseidon2_rows_job&) noexcept,
                                       std::size_t width) {
    poseidon2_rows_job whole = rest;
    whole.n -= whole.n % width;
    if (whole.n != 0) kernel(whole);
    rest.first += whole.n;
    rest.n -= whole.n;
    rest.out += sizeof(hash256) * whole.n;
  };
#if defined(__x86_64__)
  const vector_code code = chosen_vector_code();
  if (code == vector_code::avx512) by(poseidon2_rows_avx512, poseidon2_rows_at_once_avx512);
  if (code != vector_code::scalar) by(poseidon2_rows_avx2, poseidon2_rows_at_once_avx2);
#endif
  poseidon2_rows_scalar(rest);
}

void poseidon2_nodes(const u8* pairs, u8* out, std::size_t n) noexcept {
  [[maybe_unused]] const auto by = [&](void (*kernel)(const u8*, u8*, std::size_t) noexcept,
                                       std::size_t width) {
    const std::size_t whole = n - n % width;
    if (whole != 0) kernel(pairs, out, whole);
    pairs += 2 * sizeof(hash256) * whole;
    out += sizeof(hash256) * whole;
    n -= whole;
  };
#if defined(__x86_64__)
  const vector_code code = chosen_vector_code();
  if (code == vector_code::avx512) by(poseidon2_nodes_avx512, poseidon2_rows_at_once_avx512);
  if (code != vector_code::scalar) by(poseidon2_nodes_avx2, poseidon2_rows_at_once_avx2);
#endif
  poseidon2_nodes_scalar(pairs, out, n);
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

void poseidon2_rows_scalar(const poseidon2_rows_job& job) noexcept {
  for (std::size_t i = 0; i < job.n; ++i) {
    u64 words[4];
    poseidon2_sponge(
        job.count, job.each, [&](std::size_t j) { return job.columns[j][job.first + i]; }, words);
    for (unsigned k = 0; k < 4; ++k) store_le64(job.out + 32 * i + 8 * k, words[k]);
  }
}

void poseidon2_nodes_scalar(const u8* pairs, u8* out, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    u64 words[4];
    poseidon2_sponge(
        hash_block_max, hash_block_max,
        [&](std::size_t j) { return load_le64(pairs + 64 * i + 8 * j); }, words);
    for (unsigned k = 0; k < 4; ++k) store_le64(out + 32 * i + 8 * k, words[k]);
  }
}

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
  if (kind == hash_kind::poseidon2) return poseidon2_nodes(pairs->data(), out->data(), n);
  for (std::size_t i = 0; i < n; ++i) out[i] = hash_node(kind, pairs[2 * i], pairs[2 * i + 1]);
}

}  // namespace ashlar::stark
