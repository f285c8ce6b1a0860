#pragma once

#include <string>
#include <vector>

#include "runtime/riscv/machine.hpp"
#include "runtime/stf/apply_batch.hpp"

namespace ashlar::test {

/// Holds the guest program to the native state-transition function, on all processors: batches are
/// asked about one by one and run some dozens at a time.
class guest_runs {
 public:
  struct tally {
    u64 same = 0, other = 0;
    std::vector<std::string> too_long;  ///< given up at `cycles_max`: nothing is known of these
    /// Natively applied, in the guest too much for its RAM: it ends with a code and no public
    /// input.
    std::vector<std::string> out_of_memory;
    u64 cycles = 0, cycles_longest = 0;
    std::string longest;
    std::vector<std::string> complaints;  ///< of `other`, the first 50
  };

  /// `program` outlives the object.
  guest_runs(const riscv::program& program, u64 cycles_max)
      : program_(program), cycles_max_(cycles_max) {}

  /// What the native function made of this witness: the guest must leave the same public input, or
  /// refuse for the same reason and leave none.
  void ask(std::string name, bytes witness,
           const result<stf::batch_result, stf::batch_error>& native);

  /// All answers.
  const tally& finish();

 private:
  struct question {
    std::string name;
    bytes witness;
    u32 exit_code;
    std::optional<hash256> output;
  };
  void run_waiting();
  void note(const question& q, const result<riscv::run_result, riscv::trap>& got);

  const riscv::program& program_;
  const u64 cycles_max_;
  std::vector<question> waiting_;
  tally tally_;
};

}  // namespace ashlar::test
