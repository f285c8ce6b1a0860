// The transforms of 0xPolygonHermez/goldilocks on one core, as a peer of bench_prove; not part of
// this build: see test/bench/README.md.
//   goldilocks_peer RUNS
// 32 columns of 2^20 elements, best of the runs. They may lie one after the other or a row at a
// time: what counts is the faster. Prints millions of elements a second to coefficients, and back.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ntt_goldilocks.hpp>
#include <random>
#include <vector>

#include "test/bench/prove/peer/best.hpp"

namespace {

using element = Goldilocks::Element;
constexpr unsigned size_log2 = 20;
constexpr uint64_t size = uint64_t{1} << size_log2, columns = 32;

/// The value at point number 12345 by Horner's rule, and the way back.
bool is_right(NTT_Goldilocks& ntt, const element* from) {
  const std::vector<element> coefficients(from, from + size);
  std::vector<element> values(size), again(size), source = coefficients;
  ntt.NTT(values.data(), source.data(), size);
  const element x = Goldilocks::exp(Goldilocks::w(size_log2), 12345);
  element sum = Goldilocks::zero();
  for (uint64_t i = size; i-- > 0;) sum = sum * x + coefficients[i];
  if (Goldilocks::toU64(sum) != Goldilocks::toU64(values[12345])) return false;
  ntt.INTT(again.data(), values.data(), size);
  return std::equal(again.begin(), again.end(), coefficients.begin(),
                    [](const element& a, const element& b) {
                      return Goldilocks::toU64(a) == Goldilocks::toU64(b);
                    });
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const auto runs = static_cast<unsigned>(std::max(1, std::atoi(arguments[1])));
  NTT_Goldilocks ntt(size, 1);
  std::vector<element> cells(size * columns), buffer(size * columns);
  std::mt19937_64 rng(1);
  for (element& e : cells) e = Goldilocks::fromU64(rng() % GOLDILOCKS_PRIME);
  if (!is_right(ntt, cells.data())) {
    std::fprintf(stderr, "goldilocks: the transforms are wrong\n");
    return 1;
  }
  const auto time = [&](bool inverse) {
    const auto one = [&](element* at, uint64_t width) {
      if (inverse)
        ntt.INTT(at, at, size, width, buffer.data());
      else
        ntt.NTT(at, at, size, width, buffer.data());
    };
    const double one_by_one = best_s(runs, [&] {
      for (uint64_t j = 0; j < columns; ++j) one(cells.data() + j * size, 1);
    });
    const double row_by_row = best_s(runs, [&] { one(cells.data(), columns); });
    return static_cast<double>(size * columns) / 1e6 / std::min(one_by_one, row_by_row);
  };
  const double there = time(true), back = time(false);
  std::printf("%.2f %.2f\n", there, back);
}
