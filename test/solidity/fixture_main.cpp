#include <bit>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "runtime/stark/chips/machines.hpp"
#include "test/solidity/fixture.hpp"
#include "test/solidity/guest_verdict.hpp"
#include "test/solidity/spoken_toy.hpp"
#include "test/solidity/stated_circuit.hpp"

// solidity_fixture DIR: makes proofs of small machines, the contracts that verify them, and what
// tests of the contracts need: DIR/src/NAME.sol and DIR/fixtures/NAME.bin. Deterministic.

namespace ashlar::stark {
namespace {

namespace fs = std::filesystem;

// Canonical, and no two elements alike.
hash256 set_root() {
  return digest_of({gl(0x1f2e3d4c5b6a7988u), gl(3u), gl(gl::modulus - 1), gl(0x0102030405060708u)});
}

subject subject_of(std::mt19937_64& rng, unsigned batches) {
  subject out;
  for (unsigned i = 0; i < batches; ++i) {
    hash256& input = out.inputs.emplace_back();
    for (unsigned k = 0; k < 32; k += 8) store_be64(input.data() + k, rng());
  }
  out.list = list_digest(out.inputs);
  return out;
}

std::array<gl, 8> stated(const subject& s) {
  return stated_values(s.list, set_root());
}

// The digests of lists, by the native function: empty, of patterns, and random.
void write_lists(const fs::path& dir) {
  std::mt19937_64 rng(8);
  std::vector<std::vector<hash256>> lists(1);
  hash256 ones;
  std::fill(ones.begin(), ones.end(), u8{0xff});
  lists.push_back({hash256{}});
  lists.push_back({ones, hash256{}, ones});
  for (unsigned n : {1u, 2u, 3u, 7u, 40u}) lists.push_back(subject_of(rng, n).inputs);
  word_writer w;
  w.number(lists.size());
  for (const auto& list : lists) {
    w.number(list.size());
    for (const hash256& input : list) w.digest(input);
    w.digest(list_digest(list));
    w.digest(list_output({}, list));
  }
  write_file(dir / "fixtures" / "Lists.bin", w.out);
}

bytes prove(const proof_params& params, const proving_key& key, prover_backend& backend,
            segment_trace trace) {
  std::vector<segment_trace> traces;
  traces.push_back(std::move(trace));
  auto proofs = prove_segments(params, key, backend, std::move(traces));
  ensure(proofs.ok());
  return std::move(proofs.value().front());
}

// Chips of the real machines, for their constraints alone: no proof is made.
template <class... Chips>
void make_chips(const fs::path& dir, const std::string& name, chip_list<Chips...>) {
  const prover_air airs[] = {prover_air_of<Chips>()...};
  proving_key key;
  l1_machine machine{name, insecure_keccak, key, {}, {}, 126'000};
  for (const prover_air& a : airs) {
    key.airs.push_back(&a);
    key.key.airs.push_back(&a.verifier);
    key.key.fixed_height_log2.push_back(a.verifier.shape.fixed_width == 0 ? 0 : 9);
    machine.heights_log2.push_back(9);
    auto& sources = machine.publics.emplace_back();
    for (u32 i = 0; i < a.verifier.shape.public_count; ++i) sources.push_back(stated_source(i % 8));
  }
  write_file(dir / "src" / (name + ".sol"), verifier_source(machine));
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
}

void make_toy(const fs::path& dir, const std::string& name, const toy::heights& h,
              unsigned speaker_log2, std::size_t call_bytes_max) {
  const proof_params& params = insecure_keccak;
  const toy::spoken_machine airs;
  const auto backend = make_cpu_backend(1);
  const proving_key key = make_proving_key(params, *backend, airs.list(), airs.fixed());
  std::mt19937_64 rng(6);
  subject of = subject_of(rng, 3), other = subject_of(rng, 1);
  const segment_trace trace = airs.trace(h, speaker_log2, stated(of));
  l1_machine machine{name, params, key, {}, {}, call_bytes_max};
  for (const matrix& m : trace.main)
    machine.heights_log2.push_back(static_cast<u8>(std::countr_zero(m.height())));
  for (const auto& table : trace.publics) {
    auto& sources = machine.publics.emplace_back();
    for (gl v : table) sources.push_back({public_source::kind::constant, 0, v});
  }
  for (u32 i = 0; i < 8; ++i) machine.publics.back()[i] = stated_source(i);
  refuse_others(machine);
  for (subject* s : {&of, &other})
    s->proof = prove(params, key, *backend, airs.trace(h, speaker_log2, stated(*s)));
  write_fixture(dir, machine, set_root(), of, other, true);
}

void make_circuit(const fs::path& dir, const std::string& name, const proof_params& params,
                  u32 blocks) {
  stated_circuit circuit(name, params, blocks);
  std::mt19937_64 rng(9);
  subject of = subject_of(rng, 5), other = subject_of(rng, 2);
  of.proof = circuit.prove(stated(of));
  other.proof = circuit.prove(stated(other));
  const guest_verifier guest(ASHLAR_CIRCUIT_CHECK_ELF, circuit.machine(), set_root());
  write_fixture(dir, circuit.machine(), set_root(), of, other, true, &guest);
}

// A circuit as tall as the outermost layer that chains have pinned, with its parameters.
void make_outer(const fs::path& dir) {
  stated_circuit circuit("Outer", outer128, 16'000);
  std::string heights;
  for (const u8 h : circuit.machine().heights_log2)
    heights += (heights.empty() ? "" : " ") + std::to_string(h);
  if (heights != ASHLAR_PINNED_OUTER_HEIGHTS) {
    std::fprintf(stderr, "solidity_fixture: a circuit of heights %s for one of %s\n",
                 heights.c_str(), ASHLAR_PINNED_OUTER_HEIGHTS);
    std::exit(1);
  }
  std::mt19937_64 rng(9);
  subject of = subject_of(rng, 5);
  of.proof = circuit.prove(stated(of));
  write_fixture(dir, circuit.machine(), set_root(), of, of, false);
}

}  // namespace
}  // namespace ashlar::stark

int main(int argc, char** argv) {
  using namespace ashlar::stark;
  if (argc == 3 && std::string_view(argv[2]) == "outer") {
    make_outer(argv[1]);
    return 0;
  }
  if (argc != 2) {
    std::fprintf(stderr, "usage: solidity_fixture DIR [outer]\n");
    return 2;
  }
  write_lists(argv[1]);
  make_chips(argv[1], "Memory", memory_chips{});
  make_chips(argv[1], "Chips",
             chip_list<output_chip, boundary_chip, add_chip, bitwise_chip, shift_chip, compare_chip,
                       mul_div_chip, word_chip, sub_word_chip, read_chip, copy_chip, ext3_chip>{});
  make_toy(argv[1], "Toy", {5, 6, 7, 3}, 2, 126'000);
  // One height for most tables, so that FRI folds by 4, and many small transactions.
  make_toy(argv[1], "Even", {8, 8, 8, 8}, 8, 9'000);
  make_circuit(argv[1], "Circuit", insecure_keccak, 50);
  return 0;
}
