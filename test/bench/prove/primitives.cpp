#include "test/bench/prove/primitives.hpp"

#include <random>

#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/blake3_lanes.hpp"
#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/ntt/ntt.hpp"
#include "runtime/stark/ntt/ntt_kernels.hpp"
#include "runtime/stark/prover/cell_pool.hpp"
#include "test/bench/prove/peers.hpp"

namespace ashlar::bench {

using namespace stark;

namespace {

template <class Work>
double best_s(unsigned runs, const Work& work) {
  double best = 0;
  for (unsigned i = 0; i < runs; ++i) {
    const double start = now_s();
    work();
    const double took = now_s() - start;
    if (i == 0 || took < best) best = took;
  }
  return best;
}

template <class Figures>
std::optional<double> peer_value(const std::optional<Figures>& peer, double Figures::*figure) {
  return peer ? std::optional(*peer.*figure) : std::nullopt;
}

/// Columns some lines apart, as the backend keeps them, in huge pages where there are any.
struct columns {
  columns(std::size_t height, std::size_t count)
      : stride(height + 72),
        cells(std::make_shared<cell_pool>(0), stride * count),
        height(height),
        count(count) {
    std::mt19937_64 rng(1);
    for (std::size_t i = 0; i < stride * count; ++i) cells.data()[i] = gl(rng());
  }
  gl* at(std::size_t j) { return cells.data() + j * stride; }

  std::size_t stride;
  cell_buffer cells;
  std::size_t height, count;
};

void time_transforms(unsigned runs, std::vector<row>& rows) {
  constexpr unsigned log2 = 20;
  columns c(std::size_t{1} << log2, 32);
  std::vector<gl> expected(c.at(0), c.at(0) + c.height), got = expected;
  ntt::interpolate_scalar(expected.data(), log2);
  interpolate(got.data(), log2);
  require(got == expected, "interpolation is wrong");
  ntt::evaluate_coset_scalar(got.data(), expected.data(), log2, domain_shift);
  evaluate_coset(got.data(), got.data(), log2, domain_shift);
  require(got == expected, "evaluation is wrong");

  const double elements = static_cast<double>(c.height * c.count) / 1e6;
  const double there = best_s(runs, [&] {
    for (std::size_t j = 0; j < c.count; ++j) interpolate(c.at(j), log2);
  });
  const double back = best_s(runs, [&] {
    for (std::size_t j = 0; j < c.count; ++j) evaluate_coset(c.at(j), c.at(j), log2, domain_shift);
  });
  rows.push_back({"NTT 2^20 x 32, to coefficients, one core", elements / there, "M elements/s",
                  "required at least", 80.0, runs});
  rows.push_back({"NTT 2^20 x 32, to a coset, one core", elements / back, "M elements/s",
                  "required at least", 80.0, runs});
  const auto peer = ask_goldilocks(runs);
  rows.push_back({"NTT 2^20 x 32, to coefficients, beside goldilocks", elements / there,
                  "M elements/s", "0xPolygonHermez/goldilocks",
                  peer_value(peer, &transform_figures::to_coefficients), runs});
  rows.push_back({"NTT 2^20 x 32, to a coset, beside goldilocks", elements / back, "M elements/s",
                  "0xPolygonHermez/goldilocks", peer_value(peer, &transform_figures::to_values),
                  runs});
}

void time_rows(unsigned runs, const std::optional<hash_figures>& peer, std::vector<row>& rows) {
  columns c(std::size_t{1} << 18, 200);
  std::vector<const u64*> at;
  for (std::size_t j = 0; j < c.count; ++j) at.push_back(reinterpret_cast<const u64*>(c.at(j)));
  std::vector<hash256> out(c.height), expected(32);
  crypto::blake3_hash_columns_scalar({at.data(), at.size(), 1000, 32, expected[0].data()});
  const double s = best_s(runs, [&] {
    crypto::blake3_hash_columns({at.data(), at.size(), 0, c.height, out[0].data()});
  });
  require(std::equal(expected.begin(), expected.end(), out.begin() + 1000), "row hashes are wrong");
  const double gb_s = 8e-9 * static_cast<double>(c.height * c.count) / s;
  rows.push_back({"BLAKE3 of trace rows, 200 columns, one core", gb_s, "GB/s", "required at least",
                  4.0, runs});
  rows.push_back({"BLAKE3 of trace rows, beside one long message", gb_s, "GB/s", "BLAKE3's C code",
                  peer_value(peer, &hash_figures::long_message_gb_s), runs});
}

void time_nodes(unsigned runs, const std::optional<hash_figures>& peer, std::vector<row>& rows) {
  constexpr std::size_t n = 1 << 20;
  std::vector<hash256> pairs(2 * n), out(n);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i][i % 32] = static_cast<u8>(i * 7 + 1);
  const double s =
      best_s(runs, [&] { crypto::blake3_nodes(pairs.data(), out.data(), out.size()); });
  require(out[77] == crypto::blake3_node(pairs[154], pairs[155]), "nodes are wrong");
  const double m_s = static_cast<double>(n) / s / 1e6;
  rows.push_back(
      {"BLAKE3 of 64-byte nodes, one core", m_s, "M/s", "required at least", 60.0, runs});
  rows.push_back({"BLAKE3 of 64-byte nodes, beside the official code", m_s, "M/s",
                  "BLAKE3's C code", peer_value(peer, &hash_figures::nodes_m_s), runs});
}

}  // namespace

void time_primitives(unsigned runs, std::vector<row>& rows) {
  say("transforms and hashes");
  time_transforms(runs, rows);
  // A run takes hundredths of a second, so the best of a few is chance.
  const unsigned hash_runs = 5 * runs;
  const auto peer = ask_blake3(hash_runs);
  time_rows(hash_runs, peer, rows);
  time_nodes(hash_runs, peer, rows);
}

}  // namespace ashlar::bench
