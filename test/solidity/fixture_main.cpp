#include <bit>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/circuit/builder.hpp"
#include "runtime/stark/circuit/witness.hpp"
#include "test/solidity/fixture.hpp"
#include "test/solidity/spoken_toy.hpp"

// solidity_fixture DIR: makes proofs of small machines, the contracts that verify them, and what
// tests of the contracts need: DIR/src/NAME.sol and DIR/fixtures/NAME.bin. Deterministic.

namespace ashlar::stark {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, bytes_view data) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  out.close();
  if (!out) {
    std::fprintf(stderr, "solidity_fixture: cannot write %s\n", file.c_str());
    std::exit(1);
  }
}
void write(const fs::path& file, std::string_view text) {
  write(file, bytes_view(reinterpret_cast<const u8*>(text.data()), text.size()));
}

hash256 output_of(u8 last) {
  hash256 out;
  for (unsigned i = 0; i < 32; ++i) out[i] = static_cast<u8>(17 * i + 3);
  out[31] = last;
  return out;
}

bytes prove(const proof_params& params, const proving_key& key, prover_backend& backend,
            segment_trace trace) {
  std::vector<segment_trace> traces;
  traces.push_back(std::move(trace));
  auto proofs = prove_segments(params, key, backend, std::move(traces));
  ensure(proofs.ok());
  return std::move(proofs.value().front());
}

void write_constraints(const fs::path& dir, const l1_machine& machine) {
  const proof_plan plan(machine);
  const auto parts = constraint_parts(machine, plan);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    // A slice says nothing by itself.
    const u32 all = machine.key.airs[parts[i].first_table]->verifier.shape.total_constraints();
    if (parts[i].of.first != 0 || parts[i].of.end != all) continue;
    const std::string contract = machine.name + "Constraints" + std::to_string(i);
    const auto cases = constraint_cases(machine, parts[i], 5 + i);
    write(dir / "fixtures" / (contract + ".bin"), constraint_fixture_bytes(contract, cases));
  }
}

void make(const fs::path& dir, const l1_machine& machine, const hash256& output, bytes_view proof,
          const hash256& other_output, bytes_view other, bool with_cases = true) {
  const proof_plan plan(machine);
  write(dir / "src" / (machine.name + ".sol"), verifier_source(machine));
  write_constraints(dir, machine);
  ensure(proof.size() == plan.proof_bytes(machine.params.queries));
  const auto cases =
      with_cases ? tamper_set(machine, plan, proof, other, output, 11) : std::vector<tampered>();
  std::size_t accepted = 0;
  for (const tampered& t : cases) accepted += t.accepted;
  const std::size_t parts = constraint_parts(machine, plan).size();
  write(dir / "fixtures" / (machine.name + ".bin"),
        fixture_bytes(machine, plan, parts, output, proof, other_output, other, cases));
  std::printf("%s: %zu bytes, %zu tampered proofs of which the native verifier takes %zu\n",
              machine.name.c_str(), proof.size(), cases.size(), accepted);
}

// Chips of the real machines, for their constraints alone: no proof is made.
template <class... Chips>
void make_chips(const fs::path& dir, const std::string& name, chip_list<Chips...>) {
  const prover_air airs[] = {prover_air_of<Chips>()...};
  proving_key key;
  l1_machine machine{name, insecure_keccak, key, {}, {}, output_of(99), 126'000};
  for (const prover_air& a : airs) {
    key.airs.push_back(&a);
    key.key.airs.push_back(&a.verifier);
    key.key.fixed_height_log2.push_back(a.verifier.shape.fixed_width == 0 ? 0 : 9);
    machine.heights_log2.push_back(9);
    auto& sources = machine.publics.emplace_back();
    for (u32 i = 0; i < a.verifier.shape.public_count; ++i) sources.push_back({true, i % 8, {}});
  }
  write(dir / "src" / (name + ".sol"), verifier_source(machine));
  write_constraints(dir, machine);
}

// Machines that the native verifier does not look at have no contracts.
void refuse_others(const l1_machine& machine) {
  ensure(check_machine(machine).ok());
  const auto refused = [&](auto&& change) {
    l1_machine other = machine;
    change(other);
    ensure(!check_machine(other).ok());
  };
  for (std::size_t t = 0; t < machine.heights_log2.size(); ++t) {
    refused([&](l1_machine& m) { m.heights_log2[t] = 40; });
    refused([&](l1_machine& m) { m.heights_log2[t] = 0; });
    if (machine.key.key.fixed_height_log2[t] != 0)
      refused([&](l1_machine& m) { ++m.heights_log2[t]; });
    refused([&](l1_machine& m) { m.publics[t].emplace_back(); });
  }
  refused([](l1_machine& m) { m.heights_log2.pop_back(); });
  refused([](l1_machine& m) { m.program_set_root = {}; });
}

void make_toy(const fs::path& dir, const std::string& name, const toy::heights& h,
              unsigned speaker_log2, std::size_t call_bytes_max) {
  const proof_params& params = insecure_keccak;
  const toy::spoken_machine airs;
  const auto backend = make_cpu_backend(1);
  const proving_key key = make_proving_key(params, *backend, airs.list(), airs.fixed());
  const hash256 output = output_of(1), other_output = output_of(2);
  segment_trace trace = airs.trace(h, speaker_log2, output);
  l1_machine machine{name, params, key, {}, {}, output_of(99), call_bytes_max};
  for (const matrix& m : trace.main)
    machine.heights_log2.push_back(static_cast<u8>(std::countr_zero(m.height())));
  for (const auto& table : trace.publics) {
    auto& sources = machine.publics.emplace_back();
    for (gl v : table) sources.push_back({false, 0, v});
  }
  for (u32 i = 0; i < 8; ++i) machine.publics.back()[i] = {true, i, {}};
  refuse_others(machine);
  const bytes proof = prove(params, key, *backend, std::move(trace)),
              other = prove(params, key, *backend, airs.trace(h, speaker_log2, other_output));
  make(dir, machine, output, proof, other_output, other);
}

// A circuit that hashes 8 x `blocks` elements and evaluates them as a polynomial, and is told its
// public values: with its input, but for those.
struct recorded {
  circuit made;
  std::vector<gl> input;
};
recorded record_circuit(u32 blocks) {
  circuit_builder b;
  const wire z = b.input();
  const auto row = b.open(8 * blocks, 8);
  b.assert_equal(row.digest, b.input_quad());
  b.assert_equal(b.horner(row.quads, z), b.input());
  for (const wire& word : b.publics()) b.assert_equal(word, b.input_base());
  recorded out{b.finish(), {}};
  std::mt19937_64 rng(3);
  const gl3 at{gl(rng()), gl(rng()), gl(rng())};
  u64 state[12] = {};
  state[8] = 8 * u64{blocks} + (u64{8} << 32);
  gl3 value;
  out.input.assign(std::begin(at.c), std::end(at.c));
  for (u32 i = 0; i < blocks; ++i) {
    u64 cells[8];
    for (u64& c : cells) {
      const gl e(rng());
      out.input.push_back(e);
      value = value * at + e;
      c = e.value();
    }
    crypto::poseidon2_absorb(state, cells);
  }
  for (unsigned i = 0; i < 4; ++i) out.input.push_back(gl(state[i]));
  out.input.insert(out.input.end(), std::begin(value.c), std::end(value.c));
  return out;
}

bytes prove_circuit(const proof_params& params, const proving_key& key, prover_backend& backend,
                    const recorded& r, const hash256& output) {
  std::array<gl, 8> publics;
  for (unsigned i = 0; i < 8; ++i) publics[i] = gl(u64{load_le32(output.data() + 4 * i)});
  std::vector<gl> input = r.input;
  input.insert(input.end(), publics.begin(), publics.end());
  auto w = run_circuit(r.made, input, publics);
  ensure(w.ok());
  return prove(params, key, backend, {std::move(w->main), w->public_lists()});
}

void make_circuit(const fs::path& dir, const std::string& name, const proof_params& params,
                  u32 blocks, bool with_cases) {
  const prover_air airs[] = {prover_air_of<alu_chip>(), prover_air_of<sponge_chip>()};
  const auto backend = make_cpu_backend(2);
  const recorded r = record_circuit(blocks);
  const proving_key key = make_proving_key(params, *backend, {&airs[0], &airs[1]}, r.made.fixed());
  const hash256 output = output_of(1), other_output = output_of(2);
  l1_machine machine{name, params, key, {}, {}, output_of(99), 126'000};
  for (bool of_sponge : {false, true})
    machine.heights_log2.push_back(static_cast<u8>(r.made.height_log2(of_sponge)));
  machine.publics.resize(2);
  for (u32 i = 0; i < 8; ++i) machine.publics[0].push_back({true, i, {}});
  const bytes proof = prove_circuit(params, key, *backend, r, output);
  const bytes other = with_cases ? prove_circuit(params, key, *backend, r, other_output) : proof;
  make(dir, machine, output, proof, other_output, other, with_cases);
}

}  // namespace
}  // namespace ashlar::stark

int main(int argc, char** argv) {
  using namespace ashlar::stark;
  if (argc == 3 && std::string_view(argv[2]) == "outer") {
    // As the outermost layer is to be: rate 1/16, FRI by 16, sponge 2^15 and alu 2^16 rows.
    const proof_params params = {"outer", hash_kind::keccak, 4, 55, 20, 4, 5, 6, 5, 20, 24, 4096,
                                 false};
    make_circuit(argv[1], "Outer", params, 32'000, false);
    return 0;
  }
  if (argc != 2) {
    std::fprintf(stderr, "usage: solidity_fixture DIR [outer]\n");
    return 2;
  }
  make_chips(argv[1], "Memory", memory_chips{});
  make_chips(argv[1], "Chips",
             chip_list<output_chip, boundary_chip, add_chip, bitwise_chip, shift_chip, compare_chip,
                       mul_div_chip, word_chip, sub_word_chip, read_chip, copy_chip, ext3_chip>{});
  make_toy(argv[1], "Toy", {5, 6, 7, 3}, 2, 126'000);
  // One height for most tables, so that FRI folds by 4, and many small transactions.
  make_toy(argv[1], "Even", {8, 8, 8, 8}, 8, 9'000);
  make_circuit(argv[1], "Circuit", insecure_keccak, 50, true);
  return 0;
}
