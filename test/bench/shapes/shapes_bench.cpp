// The segments of the base program, and the shapes that they get (run/shapes.hpp): rows of every
// table, cells as they are, padded to the next power of two, and in the shape. To choose shapes by.
//   bench_shapes [--largest SHAPE] [--rows] [--witness FILE]...
// With witnesses, as a node keeps them in `witnesses`, of those batches alone.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "runtime/base/hex.hpp"
#include "runtime/riscv/tracer.hpp"
#include "runtime/stark/machine/fixed.hpp"
#include "runtime/stark/machine/segment_rows.hpp"
#include "runtime/stark/verifier/constraint_eval.hpp"
#include "runtime/stark/verifier/layout.hpp"
#include "runtime/types/batch.hpp"
#include "test/bench/riscv/transfer_batches.hpp"
#include "test/bench/rows/rows.hpp"
#include "test/support/batch_workload.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

struct options {
  const segment_shape* largest = &largest_shape;
  bool rows = false;
  std::vector<std::string> witnesses;
};

options parse(int count, char** arguments) {
  options o;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--rows") == 0) {
      o.rows = true;
    } else if (i + 1 < count && std::strcmp(arguments[i], "--witness") == 0) {
      o.witnesses.emplace_back(arguments[++i]);
    } else if (i + 1 < count && std::strcmp(arguments[i], "--largest") == 0) {
      o.largest = nullptr;
      for (const segment_shape& s : segment_shapes)
        if (s.name == arguments[i + 1]) o.largest = &s;
      bench::require(o.largest != nullptr, std::string("no shape ") + arguments[++i]);
    } else {
      bench::give_up(std::string("unknown option ") + arguments[i]);
    }
  }
  return o;
}

struct cells {
  double used = 0, padded = 0, shaped = 0;
};

// Main, auxiliary and quotient columns of the tables whose height is the segment's.
cells cells_of(const riscv::segment& s, const segment_shape& shape, bool print_rows) {
  cells out;
  execution_chips::each([&]<class Chip>() {
    const air_shape table = verifier_air_of<Chip>().shape;
    const auto rows = rows_of(Chip::name, s);
    if (!rows) return;
    const double columns = table.main_width + gl3::degree * table.aux_columns() + quotient_columns;
    out.used += columns * static_cast<double>(*rows);
    out.padded += columns * static_cast<double>(table_height(*rows));
    out.shaped += columns * static_cast<double>(1u << shape.height_log2(Chip::name));
    if (print_rows) std::printf(" %s=%zu", std::string(Chip::name).c_str(), *rows);
  });
  return out;
}

/// Gives the batch's public input.
hash256 measure(const std::string& name, const riscv::program& program, bytes_view witness,
                const options& o) {
  const auto input = riscv::input_words(witness);
  riscv::tracer tracer(program, input, limits_of(*o.largest), {}, calls_of<execution_chips>());
  riscv::segment s;
  cells sum;
  double cycles = 0;
  do {
    bench::require(tracer.next(s).ok(), "a trap");
    const segment_shape* shape = cheapest_shape(s);
    bench::require(shape != nullptr, "a segment without a shape");
    std::printf("%s, segment %u: %u cycles, %s,", name.c_str(), s.index, s.cycles,
                std::string(shape->name).c_str());
    const cells c = cells_of(s, *shape, o.rows);
    std::printf(" cells %.1f M, padded %.1f M, shaped %.1f M\n", c.used / 1e6, c.padded / 1e6,
                c.shaped / 1e6);
    sum = {sum.used + c.used, sum.padded + c.padded, sum.shaped + c.shaped};
    cycles += s.cycles;
  } while (!s.last);
  std::printf(
      "%s: %u segments, %.0f cycles; cells a cycle %.1f, padded %.1f, shaped %.1f; %zu "
      "words of memory\n",
      name.c_str(), s.index, cycles, sum.used / cycles, sum.padded / cycles, sum.shaped / cycles,
      program.image.size() + tracer.touched_words());
  bench::require(tracer.result().output.has_value(), name + " gives no public input");
  return *tracer.result().output;
}

void measure(const std::string& name, const riscv::program& program,
             const test::memory_chain::sealed& batch, const options& o) {
  bench::require(measure(name, program, stf::encode_batch_witness(batch.witness), o) ==
                     public_input_hash(batch.native.input),
                 name + " gives another public input");
}

bytes read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  bench::require(in.good(), path + " cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

// A transaction that has so many points of a blob evaluated, which are two pairings each.
test::memory_chain::sealed point_evaluations(unsigned calls) {
  const bytes input = *from_hex(
      "0x01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b"
      "564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306"
      "24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1"
      "8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca2"
      "5f26936857bc3a7c2539ea8ec3a952b7873033e038326e87ed3e1276fd140253"
      "fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a");
  bytes code = *from_hex("0x365f5f37");  // calldatacopy(0, 0, calldatasize)
  for (unsigned i = 0; i < calls; ++i)
    // pop(staticcall(gas, 10, 0, calldatasize, 0, 0))
    append(code, *from_hex("0x5f5f365f600a5afa50"));
  test::memory_state state;
  const address caller{{0x9e}};
  state.put(test::test_key(0).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  state.put(caller, {1, {}, evm::empty_code_hash, 0}, code);
  test::memory_chain chain(state);
  return chain.seal(
      {{unix_seconds{1'700'000'000},
        {test::signed_txn(chain.config, test::test_key(0), 0, caller, {}, input, 10'000'000)}}});
}

}  // namespace

int main(int count, char** arguments) {
  const options o = parse(count, arguments);
  const riscv::program program = test::guest_program(ASHLAR_STF_ELF);
  for (const std::string& path : o.witnesses) measure(path, program, read(path), o);
  if (!o.witnesses.empty()) return 0;
  measure("10 ether transfers", program, bench::ether_transfers(10), o);
  measure("100 ether transfers", program, bench::ether_transfers(100), o);
  measure("100 token transfers", program, bench::token_transfers(100), o);
  for (u64 seed = 1; seed <= 2; ++seed)
    measure("100 mixed transactions, seed " + std::to_string(seed), program,
            test::batch_workload(seed).next(4, 25), o);
  measure("10 point evaluations", program, point_evaluations(10), o);
}
