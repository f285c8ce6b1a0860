#pragma once

#include <memory>
#include <string>

#include "actors/node/process/machine_memory.hpp"
#include "actors/prover/proof_engine.hpp"

namespace ashlar::node {

/// How much threads that prove yield to others (setpriority): confirmations come first.
inline constexpr int background_niceness = 15;

/// Whether a configuration may name a backend so.
inline bool is_backend(std::string_view name) noexcept {
  return name == "cpu" || name == "cuda";
}
/// Why proving on this device is out of the question here: no CUDA in this build, no driver, no
/// such device. Empty where it is not.
std::string why_no_device(u32 device);
/// Makes backends on a device that take at most so many bytes of its memory.
prover::backend_maker cuda_maker(u32 device, u64 device_memory_bytes_max);

/// What a node or a worker proves with.
struct engine_config {
  std::string guest;  ///< the guest program's ELF file; empty: the one of this build
  std::string params = "proven128";
  std::string backend = "cpu";  ///< or cuda
  u32 threads = 0;              ///< 0: one a processor
  /// The most that proving may take; cuts runs into segments that fit (memory_plan.hpp). 0: a share
  /// of what this machine has, see plan_engine.
  u64 memory_bytes_max = 0;
  u32 device = 0;                                ///< with cuda: which, as its driver counts
  u64 device_memory_bytes_max = 16'000'000'000;  ///< with cuda: of the device's own memory
  /// Whether it may be another program than the pinned one; no configuration file says so.
  bool any_guest = false;

  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

/// A share of the machine's memory, in percent, for who proves beside the roles of a node, and for
/// a process that does nothing else.
inline constexpr u32 memory_percent_in_node = 50, memory_percent_alone = 80;

/// What an engine will be made of, as far as that is known before its key is made: cheap. The
/// error, a sentence, is for the operator: no guest program or another than chains of this build
/// prove; a memory budget over what the machine has (`machine`), or under what the smallest
/// segments need; no such device, or a build without CUDA.
struct engine_plan {
  engine_config config;  ///< with the budget in place of 0
  prover::proving_plan proving;
  /// "segments of 1048576 cycles need 5800 MiB of ... MiB": for the log.
  std::string memory_text() const;
};
result<engine_plan, std::string> plan_engine(const engine_config& c, u32 memory_percent,
                                             const machine_memory& machine);
/// The same on this machine.
result<engine_plan, std::string> plan_engine(const engine_config& c, u32 memory_percent);
/// For who checks alone: neither device nor budget play a part.
result<engine_plan, std::string> plan_checker(const engine_config& c);

/// Makes the program's key: some tenths of a second, more behind other work. The error is a
/// sentence.
result<std::unique_ptr<prover::proof_engine>, std::string> open_engine(engine_plan plan);
/// The same for who checks alone, on this machine's processors whatever the backend.
result<std::unique_ptr<prover::proof_checker>, std::string> open_checker(const engine_plan& plan);

}  // namespace ashlar::node
