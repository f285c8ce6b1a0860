#include "actors/node/proving/engine_config.hpp"

#include "actors/node/proving/guest_program.hpp"
#include "cuda/backend/backend.hpp"
#include "runtime/riscv/program.hpp"

namespace ashlar::node {
namespace {

std::string mib(u64 n) {
  return std::to_string(n >> 20) + " MiB";
}

result<bytes, std::string> guest_of(const engine_config& c) {
  return c.any_guest ? read_guest(c.guest) : read_pinned(c.guest);
}

prover::batch_prover_config config_of(const engine_config& c) {
  prover::batch_prover_config out;
  out.params = *prover::find_params(c.params);
  out.workers = c.threads;
  out.memory_bytes_max = c.memory_bytes_max;
  return out;
}

}  // namespace

std::string why_no_device(u32 device) {
  if (const auto count = static_cast<u32>(std::max(0, cuda::device_count())); device < count)
    return {};
  // Whatever opening it says: there is no CUDA in this build, no driver, or no such device.
  const auto opened = cuda::make_cuda_backend({static_cast<int>(device), 0});
  return opened ? std::string() : opened.error().text;
}

prover::backend_maker cuda_maker(u32 device, u64 device_memory_bytes_max) {
  return [options = cuda::gpu_options{static_cast<int>(device), device_memory_bytes_max}]()
             -> result<std::unique_ptr<stark::prover_backend>, std::string> {
    auto made = cuda::make_cuda_backend(options);
    if (!made) return fail("device " + std::to_string(options.device) + ": " + made.error().text);
    return std::unique_ptr<stark::prover_backend>(std::move(*made));
  };
}

std::string engine_config::validate() const {
  if (prover::find_params(params) == nullptr)
    return "params: no secure set is named " + params +
           "; there are proven128, proven100 and segment128";
  if (!is_backend(backend)) return "backend must be cpu or cuda";
  if (threads > 1'024) return "threads must be 0 to 1024";
  if (memory_bytes_max != 0 && memory_bytes_max < riscv::guest_ram_bytes)
    return "memory_bytes_max is under what the program's memory alone takes (" +
           std::to_string(riscv::guest_ram_bytes) + "); 0 takes what fits this machine";
  if (device > 1'023) return "device must be 0 to 1023";
  if (device_memory_bytes_max == 0) return "device_memory_bytes_max must be 1 or more";
  return {};
}

std::string engine_plan::memory_text() const {
  return "segments of " + std::to_string(proving.config.segments.cycles) + " cycles need " +
         mib(proving.needed_bytes) + " of " + mib(config.memory_bytes_max);
}

result<engine_plan, std::string> plan_engine(const engine_config& c, u32 memory_percent,
                                             const machine_memory& machine) {
  if (auto why = c.validate(); !why.empty()) return fail(std::move(why));
  engine_plan out{c, {}};
  if (c.memory_bytes_max > machine.bytes)
    return fail("memory_bytes_max is " + mib(c.memory_bytes_max) + ", more than the " +
                mib(machine.bytes) + " of " + machine.source +
                ": lower it, or set 0 for what fits");
  if (c.memory_bytes_max == 0) out.config.memory_bytes_max = machine.bytes / 100 * memory_percent;
  if (c.backend == "cuda")
    if (const auto why = why_no_device(c.device); !why.empty())
      return fail("backend = \"cuda\": " + why);
  auto config = config_of(out.config);
  if (c.backend == "cuda") config.backend = cuda_maker(c.device, c.device_memory_bytes_max);
  ASHLAR_TRY(const bytes guest, guest_of(c));
  auto proving = prover::plan_proving(guest, config);
  if (!proving)
    return fail(proving.error() + "; there are " + mib(machine.bytes) + " of " + machine.source);
  out.proving = std::move(*proving);
  return out;
}

result<engine_plan, std::string> plan_engine(const engine_config& c, u32 memory_percent) {
  ASHLAR_TRY(const machine_memory machine, memory_of_machine());
  return plan_engine(c, memory_percent, machine);
}

result<engine_plan, std::string> plan_checker(const engine_config& c) {
  if (auto why = c.validate(); !why.empty()) return fail(std::move(why));
  engine_plan out{c, {}};
  out.config.memory_bytes_max = 0;
  ASHLAR_TRY(const bytes guest, guest_of(c));
  ASHLAR_TRY(out.proving, prover::plan_proving(guest, config_of(out.config)));
  return out;
}

result<std::unique_ptr<prover::proof_engine>, std::string> open_engine(engine_plan plan) {
  ASHLAR_TRY(auto prover, prover::batch_prover::open(std::move(plan.proving)));
  return prover::make_batch_engine(std::move(prover));
}

result<std::unique_ptr<prover::proof_checker>, std::string> open_checker(const engine_plan& plan) {
  ASHLAR_TRY(auto key, prover::make_batch_key(plan.proving));
  return prover::make_batch_checker(std::move(key));
}

}  // namespace ashlar::node
