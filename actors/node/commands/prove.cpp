#include <filesystem>
#include <fstream>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/commands/commands.hpp"
#include "actors/node/process/whole_file.hpp"
#include "actors/node/proving/engine_config.hpp"
#include "actors/node/proving/guest_program.hpp"
#include "actors/prover/batch_prover.hpp"
#include "actors/prover/cycle_phases.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/riscv/machine.hpp"
#include "runtime/riscv/profile.hpp"
#include "runtime/stark/circuit/machine.hpp"
#include "runtime/stark/recursion_prover/recursion_prover.hpp"
#include "runtime/stark/verifier/counts.hpp"

namespace ashlar::node {
namespace {

int refuse(int code, const std::string& why) {
  fmt::print(stderr, "ashlar: {}\n", why);
  return code;
}

engine_config engine_of(const prove_command& c) {
  engine_config out;
  out.guest = c.guest;
  out.params = c.params;
  out.backend = c.backend;
  out.device = c.device;
  out.threads = c.workers;
  out.memory_bytes_max = u64{c.memory_mib} << 20;
  out.any_guest = true;
  return out;
}

/// Any program may be proved by hand; that it is not a chain's is said.
void warn_unless_pinned(const std::string& path) {
  const auto guest = read_guest(path);
  if (!guest) return;
  if (const auto why = why_not_pinned(*guest); !why.empty())
    fmt::print(stderr, "ashlar: note: {}\n", why);
}

template <class List>
stark::machine_counts counts_of(std::string name, const stark::proof_params& params,
                                u32 segments = stark::segments_max) {
  std::vector<stark::air_shape> shapes;
  List::each([&]<class Chip>() { shapes.push_back(stark::shape_of<Chip>()); });
  std::vector<const stark::air_shape*> all;
  for (const auto& s : shapes) all.push_back(&s);
  return stark::count_machine(std::move(name), all,
                              stark::tallest_log2(params, stark::batch_size(all)), segments);
}

/// The machines whose proofs are made with a set. The outermost one is of one part.
std::vector<stark::machine_counts> machines_of(const stark::proof_params& p) {
  if (p == stark::outer128 || p == stark::circuit128 || p == stark::leaf128)
    return {counts_of<stark::circuit_chips>("circuit", p, 1)};
  const auto memory = counts_of<stark::memory_chips>("memory", p);
  if (p == stark::join128) return {counts_of<stark::recursion_chips>("recursion", p), memory};
  return {counts_of<stark::execution_chips>("execution", p), memory};
}

int print_profile(const prove_command& c, bytes_view guest, bytes_view witness) {
  const auto program = riscv::load_elf(guest, riscv::guest_ram_bytes);
  if (!program) return refuse(2, std::string("guest program: ") + riscv::describe(program.error()));
  const auto functions = riscv::function_symbols(guest);
  if (!functions)
    return refuse(2, std::string("guest symbols: ") + riscv::describe(functions.error()));
  const auto run = riscv::run_profiled(*program, riscv::input_words(witness), *functions);
  if (!run) return refuse(1, riscv::describe(run.error()));
  fmt::print("{:>14} {:>7}  phase\n", "cycles", "share");
  for (const auto& [phase, cycles] : prover::cycles_by_phase(*run))
    fmt::print("{:>14} {:>6.1f}%  {}\n", cycles,
               100.0 * static_cast<double>(cycles) / static_cast<double>(run->run.cycles), phase);
  fmt::print("\n{:>14} {:>7}  call of\n", "calls", "");
  for (const auto& [name, call] : prover::counted_calls)
    fmt::print("{:>14} {:>7}  {}\n", prover::times_called(run->run, call), "", name);
  fmt::print("\n");
  std::vector<std::pair<std::string, riscv::profile::share>> rows(run->functions.begin(),
                                                                  run->functions.end());
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.second.total > b.second.total; });
  fmt::print("{:>14} {:>14}  function\n", "total cycles", "own cycles");
  for (std::size_t i = 0; i < rows.size() && i < 40; ++i)
    fmt::print("{:>14} {:>14}  {}\n", rows[i].second.total, rows[i].second.own, rows[i].first);
  fmt::print("{:>14} {:>14}  all\n", run->run.cycles, run->run.cycles);
  if (const auto written = write_whole(c.profile, run->folded_text()); !written)
    return refuse(1, written.error());
  return 0;
}

}  // namespace

int run_prove(const prove_command& c) {
  const auto witness = read_whole(c.witness);
  if (!witness) return refuse(2, witness.error());
  if (!c.profile.empty()) {
    if (const auto writable = check_writable(c.profile); !writable)
      return refuse(2, writable.error());
    const auto guest = read_guest(c.guest);
    if (!guest) return refuse(2, guest.error());
    return print_profile(c, *guest, *witness);
  }
  if (c.out.empty()) return refuse(2, "prove: --out says where the proof goes");
  if (const auto writable = check_writable(c.out); !writable) return refuse(2, writable.error());
  auto plan = plan_engine(engine_of(c), memory_percent_alone);
  if (!plan) return refuse(2, plan.error());
  warn_unless_pinned(c.guest);
  fmt::print(stderr, "ashlar: {}\n", plan->memory_text());
  auto prover = prover::batch_prover::open(std::move(plan->proving));
  if (!prover) return refuse(1, prover.error());
  const std::string program = to_hex((*prover)->key().commitment());
  fmt::print(stderr, "ashlar: program {}\n", program);
  const auto proof = (*prover)->prove(*witness, [](const stark::run_progress& p) {
    fmt::print(stderr, "ashlar: segment {} of {} proved ({} cycles in all)\n", p.segments_done,
               p.segments, p.cycles);
  });
  if (!proof) return refuse(1, proof.error());
  if (const auto written = write_whole(c.out, proof->file); !written)
    return refuse(1, written.error());
  const boost::json::object out{{"public_input", to_hex(proof->public_input_hash)},
                                {"program", program},
                                {"params", c.params},
                                {"cycles", proof->cycles},
                                {"segments", proof->segments},
                                {"proof_bytes", proof->file.size()},
                                {"prove_seconds", proof->prove_seconds},
                                {"verify_seconds", proof->verify_seconds}};
  fmt::print("{}\n", boost::json::serialize(out));
  return 0;
}

int run_verify(const prove_command& c) {
  const auto proof = read_whole(c.out);
  if (!proof) return refuse(2, proof.error());
  if (const auto outer = stark::decode_outer(*proof))
    return run_verify_outer({{}, c.public_inputs, {}, c.keys_folder, c.guest}, *outer);
  if (c.public_inputs.size() != 1) return refuse(2, "--public-input: a proof of one batch has one");
  const auto input = fixed_from_hex<32>(c.public_inputs.front());
  if (!input) return refuse(2, "--public-input: expected 32 bytes of hex");
  const auto plan = plan_checker(engine_of(c));
  if (!plan) return refuse(2, plan.error());
  warn_unless_pinned(c.guest);
  const auto verifier = open_checker(*plan);
  if (!verifier) return refuse(1, verifier.error());
  if (const auto accepted = (*verifier)->check(*input, *proof); !accepted)
    return refuse(1, "refused: " + accepted.error());
  fmt::print("accepted: {} by program {}\n", to_hex(*input),
             to_hex((*verifier)->program_commitment()));
  return 0;
}

int run_proof_params(const proof_params_command& c) {
  const stark::proof_params* params = stark::find_secure_set(c.params);
  if (params == nullptr) return refuse(2, "--params: no secure set is named " + c.params);
  std::vector<stark::machine_counts> machines;
  for (auto& machine : machines_of(*params)) {
    if (machine.batch <= params->batch_max)
      machines.push_back(std::move(machine));
    else
      fmt::print("# {}: {} pairs in a batch, more than the {} of {}\n", machine.name, machine.batch,
                 params->batch_max, params->name);
  }
  if (c.soundcalc) {
    fmt::print("{}", stark::soundcalc_toml(*params, machines));
    return 0;
  }
  for (const auto& machine : machines) {
    fmt::print("{}: {} columns, {} pairs in a batch, {} constraints\n", machine.name,
               machine.columns, machine.batch, machine.constraints);
    for (const auto& component : stark::security_of(*params, machine))
      fmt::print("  {:<32} {:>8.2f} bits\n", component.name, component.bits);
    fmt::print("  {:<32} {:>8.2f} bits\n", "least", stark::security_bits(*params, machine));
  }
  return 0;
}

}  // namespace ashlar::node
