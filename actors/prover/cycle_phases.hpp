#pragma once

#include <string>
#include <vector>

#include "runtime/riscv/ecall.hpp"
#include "runtime/riscv/profile.hpp"

namespace ashlar::prover {

/// A function of the guest and the phase of a batch that its cycles, with all that it calls, belong
/// to. None of them calls another. test/unit/guest holds the names to the program.
struct phase_function {
  const char* phase;
  const char* function;
};
inline constexpr phase_function phase_functions[] = {
    {"decoding", "ashlar::stf::decode_batch_witness"},
    {"decoding", "ashlar::decode_txn"},
    {"signature", "ashlar::recover_senders"},
    {"execution", "ashlar::stf::batch_run::add_block"},
    {"tree", "ashlar::tree::witness_tree::open"},
    {"tree", "ashlar::tree::witness_tree::apply"},
    {"tree", "ashlar::stf::witness_reader::open"},
    {"pubdata", "ashlar::make_pubdata"},
    {"pubdata", "ashlar::encode_pubdata"},
    {"pubdata", "ashlar::evm::state::diff"},
};

struct phase_cycles {
  std::string phase;
  u64 cycles = 0;
};

/// Cycles by phase, in the order above; the last is what belongs to none. Their sum is the run's.
inline std::vector<phase_cycles> cycles_by_phase(const riscv::profile& p) {
  std::vector<phase_cycles> out;
  u64 rest = p.run.cycles;
  for (const phase_function& f : phase_functions) {
    if (out.empty() || out.back().phase != f.phase) out.push_back({f.phase});
    const auto at = p.functions.find(f.function);
    if (at == p.functions.end()) continue;
    out.back().cycles += at->second.total;
    rest -= at->second.total;
  }
  out.push_back({"other", rest});
  return out;
}

/// The calls that the machine of executions answers with chips of their own: what a batch costs
/// besides its cycles, each of which a call is one of. test/unit/guest holds the list to the
/// machine.
struct counted_call {
  const char* name;
  riscv::ecall call;
};
inline constexpr counted_call counted_calls[] = {
    {"blake3", riscv::ecall::blake3_compress}, {"keccak", riscv::ecall::keccak_f1600},
    {"mod256", riscv::ecall::mod256_mul_add},  {"mod384", riscv::ecall::mod384_mul_add},
    {"copy", riscv::ecall::copy_words},        {"read", riscv::ecall::read},
};

/// How often a run made it.
inline u64 times_called(const riscv::run_result& run, riscv::ecall call) {
  return run.ecalls[static_cast<std::size_t>(call)];
}

}  // namespace ashlar::prover
