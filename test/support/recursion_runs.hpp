#pragma once

#include <map>

#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/recursion_prover/recursion_prover.hpp"

namespace ashlar::test {

using namespace stark;

/// About 4 bits; whole paths.
inline constexpr proof_params insecure_recursion = {
    "insecure_recursion", hash_kind::poseidon2, 1, 3, 1, 3, 2, 0, 2, 20, 20, 8192, false};

/// A shelf in memory. It may be full, and counts what it is asked.
struct shelf_in_memory final : proof_shelf {
  std::map<hash256, bytes> values;
  bool is_full = false;
  u32 kept = 0;

  std::optional<bytes> find(const hash256& name) override {
    const auto at = values.find(name);
    return at == values.end() ? std::nullopt : std::optional(at->second);
  }
  status<std::string> keep(const hash256& name, bytes_view value) override {
    if (is_full) return fail(std::string("no space left"));
    ++kept;
    values[name].assign(value.begin(), value.end());
    return nothing{};
  }
  void drop(const hash256& name) override { values.erase(name); }
};

/// Real proofs of runs of a small program that stands for the one that applies batches, with
/// parameters that a test can prove many times, and the plan of recursion over them. The program
/// takes the words of its output and a few more, mixes them, and commits to the output.
class recursion_runs {
 public:
  /// The one of all tests of a program: it takes a second to make.
  static recursion_runs& shared();

  /// A run of two segments or more that gives this output.
  proved_run prove(const hash256& output);
  /// Two runs that tests share.
  const proved_run& run(unsigned i) const { return runs_[i]; }
  std::vector<hash256> outputs() const { return {runs_[0].output, runs_[1].output}; }
  const recursion_plan& plan() const { return plan_; }
  prover_backend& backend() { return *backend_; }

 private:
  recursion_runs();

  std::unique_ptr<prover_backend> backend_ = make_cpu_backend(2);
  riscv::program program_;
  run_proving_key key_;
  std::vector<proved_run> runs_;
  recursion_plan plan_;
};

}  // namespace ashlar::test
