// What one verification takes in each layer of the recursion to a proof for L1: operations on field
// elements and permutations of the hash, which are the rows of a circuit's two tables. Of leaves,
// the largest of all shapes. The numbers are the code's, and the same on every machine.
//   bench_recursion
#include <algorithm>
#include <cstdio>

#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/prover/backend.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"
#include "test/bench/rows/rows.hpp"
#include "test/support/guest_file.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

// What is required of the verification of one part of a batch's proof, in cycles of a machine. A
// circuit has none; a row of either table is the nearest there is.
constexpr double required_cycles = 3e6;

struct layer {
  std::string what;
  std::size_t first, count;  // of the catalog's circuits; the largest speaks for all
  bool is_required = false;
};

std::vector<layer> layers_of(const circuit_catalog& all) {
  using c = circuit_catalog;
  const std::size_t memories = all.plan().memory_shapes.size(),
                    segments = all.plan().segment_shapes.size();
  return {{"leaf, one segment", c::first_leaf + memories, segments, true},
          {"leaf, a run's memory", c::first_leaf, memories, true},
          {"wrap, one leaf", c::wrap, 1},
          {"join of two leaves", c::leaf_join, 1},
          {"join of two", c::join, 1},
          {"complete, one batch", c::complete, 1},
          {"outer, a list of batches", all.outer(), 1}};
}

std::vector<bench::row> rows_of(const circuit_catalog& all) {
  std::vector<bench::row> out;
  for (const layer& l : layers_of(all)) {
    std::size_t alu = 0, sponge = 0;
    for (std::size_t i = l.first; i < l.first + l.count; ++i) {
      const auto made = all.record(i);
      bench::require(made.ok(), made.ok() ? "" : made.error());
      if (made->alu.size() + made->sponge.size() <= alu + sponge) continue;
      alu = made->alu.size();
      sponge = made->sponge.size();
    }
    bench::require(alu != 0 && sponge != 0, l.what + " verifies nothing");
    bench::row r;
    r.name = "recursion: " + l.what;
    r.value = static_cast<double>(alu + sponge);
    r.unit = "rows, " + std::to_string(sponge) + " of them permutations";
    if (l.is_required) {
      r.peer = "required at most, cycles";
      r.peer_value = required_cycles;
    }
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace

int main() {
  const auto backend = make_cpu_backend();
  const riscv::program program = test::guest_program(ASHLAR_STF_ELF);
  const circuit_catalog all(
      secure_plan(make_run_key(recursion_base_params, *backend, program).verifier()));
  std::printf("%s\n", bench::to_json(rows_of(all)).c_str());
}
