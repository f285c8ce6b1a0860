#pragma once

#include <map>

#include "runtime/stark/prover/crew.hpp"
#include "runtime/stark/recursion_prover/circuit_catalog.hpp"
#include "runtime/stark/recursion_prover/circuit_prover.hpp"

namespace ashlar::stark {

/// The provers of a catalog's circuits on one backend, each recorded when it is first asked for. As
/// many keep their fixed columns as there is memory for beside the proof that is made; of the
/// others they are committed to again.
class prover_pool {
 public:
  /// `memory_bytes_max`: of the backend. Both outlive this. `workers`: threads that fill tables for
  /// it, 0: one a processor.
  prover_pool(const circuit_catalog& catalog, prover_backend& backend,
              std::size_t memory_bytes_max = ~std::size_t{0}, unsigned workers = 0)
      : catalog_(catalog), backend_(backend), memory_bytes_max_(memory_bytes_max), crew_(workers) {}

  /// Makes room for one proof of this circuit and gives its prover, which stays where it is. The
  /// error is a sentence: the circuit cannot be recorded, or needs more memory than there may be.
  result<circuit_prover*, std::string> prover(std::size_t circuit);
  /// The same without making room: for its `run` alone.
  result<circuit_prover*, std::string> recorded(std::size_t circuit);
  /// digest_of all circuits, by number. Those that were not asked for yet are recorded, many at the
  /// same time. The error is as of `prover`, for the first one that has one.
  result<std::vector<hash256>, std::string> digests();

  /// How many have their fixed columns at hand.
  std::size_t ready() const noexcept;
  /// The most that one of the circuits needs that were asked for.
  std::size_t peak_bytes() const noexcept;

 private:
  struct entry {
    std::unique_ptr<circuit_prover> prover;
    u64 used = 0;  // when it was last asked for
  };
  void make_room(std::size_t circuit);
  void add(std::size_t number, circuit recorded);

  const circuit_catalog& catalog_;
  prover_backend& backend_;
  std::size_t memory_bytes_max_;
  crew crew_;
  std::map<std::size_t, entry> entries_;
  u64 asked_ = 0;
};

}  // namespace ashlar::stark
