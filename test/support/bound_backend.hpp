#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "runtime/stark/prover/backend.hpp"

namespace ashlar::test {

/// What bound backends did, over all that were made.
struct backend_record {
  std::atomic<u32> made{0}, alive{0};
  std::atomic<u32> handles{0};  ///< tables, trees and codewords that are alive
  std::atomic<u64> calls{0};
  std::atomic<u32> strays{0};  ///< calls and ends on another thread than the backend's
  std::thread::id thread;      ///< of the backend that was made last
  /// Called in each call, with its number from 1 over all backends; what it throws, the call
  /// throws.
  std::function<void(u64)> fault;
};

/// The CPU's backend in the manner of a GPU's: it and what it makes belong to the thread that made
/// it, and everything that happens elsewhere is noted. The record must outlive it.
std::unique_ptr<stark::prover_backend> make_bound_backend(backend_record& record);

}  // namespace ashlar::test
