#pragma once

#include <algorithm>
#include <chrono>

/// Seconds of the fastest of `runs` runs of `work`. For the peers, which are compiled outside of
/// this build.
template <class Work>
double best_s(unsigned runs, const Work& work) {
  double best = 1e9;
  for (unsigned i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}
