#include <bit>
#include <cmath>
#include <functional>

#include <catch2/catch.hpp>

#include "runtime/riscv/tracer.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/machine/segment_rows.hpp"
#include "runtime/stark/verifier/constraint_eval.hpp"
#include "test/support/mixer_program.hpp"

using namespace ashlar;
using namespace ashlar::stark;
using op = riscv::operation;

namespace {

// A program whose code lies above so much RAM.
test::program_writer above(u32 ram_bytes) {
  test::program_writer w;
  w.program.ram_bytes = ram_bytes;
  w.program.base = w.program.entry = std::bit_ceil(ram_bytes);
  return w;
}

// Does one thing over and over, 32 times a turn.
riscv::program hammer(u32 turns, const std::function<void(test::program_writer&)>& once) {
  test::program_writer w = above(1u << 22);
  w.load_immediate(5, 0x4000).load_immediate(6, turns).load_immediate(7, 0x1234567);
  w.emit(op::sw, 32, 5, 7);  // a modulus
  const u32 loop = w.pc();
  for (u32 i = 0; i < 32; ++i) once(w);
  w.emit(op::add, 6, 6, 0, ~0u).emit(op::bne, 32, 6, 0, loop);
  return w.finish(0x40);
}

struct habit {
  std::string name;
  std::function<void(test::program_writer&)> once;
  bool calls = false;  ///< 24 at once
};
// A program each that fills one table and hardly any other.
std::vector<habit> habits() {
  const auto instruction = [](op o, u8 rd, u8 rs1, u8 rs2, u32 imm = 0) {
    return [=](test::program_writer& w) { w.emit(o, rd, rs1, rs2, imm); };
  };
  const auto call = [](riscv::ecall number, std::vector<u32> arguments) {
    return [=](test::program_writer& w) {
      // Registers keep their values, so only the first call of a turn sets them.
      w.load_immediate(17, static_cast<u32>(number));
      u8 r = 10;
      for (u32 a : arguments) w.load_immediate(r++, a);
      for (u32 i = 0; i < 24; ++i) w.emit(op::ecall, 32, 0, 0);
    };
  };
  using riscv::ecall;
  return {
      {"add", instruction(op::add, 8, 7, 7)},
      {"word", instruction(op::lw, 8, 5, 0)},
      {"compare", instruction(op::slt, 8, 7, 5)},
      {"bitwise", instruction(op::xor_, 8, 7, 5)},
      {"shift", instruction(op::sll, 8, 7, 5)},
      {"sub_word", instruction(op::sb, 32, 5, 7)},
      {"mul_div", instruction(op::divu, 8, 7, 5)},
      {"copy", call(ecall::copy_words, {0x8000, 0x4000, 300}), true},
      {"mod256", call(ecall::mod256_mul_add, {0x100, 0x120, 0x140, 0x160, 0x180}), true},
      {"mod384", call(ecall::mod384_mul_add, {0x4100, 0x4130, 0x4160, 0x4190, 0x4000}), true},
      {"blake3", call(ecall::blake3_compress, {0x100, 0x100, 0x140, 0, 64}), true},
      {"keccak", call(ecall::keccak_f1600, {0x100}), true},
      {"touched words",
       [](test::program_writer& w) { w.emit(op::sw, 32, 5, 7).emit(op::add, 5, 5, 0, 4); }},
  };
}

// The segments of a run, each of which must fit the shape that the run was cut by.
u32 cut_by(const segment_shape& shape, const riscv::program& p, std::span<const u32> input = {}) {
  riscv::tracer tracer(p, input, limits_of(shape), {}, calls_of<execution_chips>());
  riscv::segment s;
  do {
    const auto step = tracer.next(s);
    INFO((step.ok() ? "" : riscv::describe(step.error())));
    REQUIRE(step.ok());
    REQUIRE(fits(s, shape));
    const segment_shape* cheapest = cheapest_shape(s);
    REQUIRE(cheapest != nullptr);
    REQUIRE(cheapest <= &shape);
  } while (!s.last);
  return s.index;
}

}  // namespace

TEST_CASE("shapes: from cheap to dear, none beyond the largest") {
  double before = 0;
  for (const segment_shape& shape : segment_shapes) {
    CAPTURE(shape.name);
    double cells = 0;
    execution_chips::each([&]<class Chip>() {
      const air_shape table = verifier_air_of<Chip>().shape;
      if (table.fixed_width != 0) return;
      const u8 height = shape.height_log2(Chip::name);
      CHECK(height <= largest_shape.height_log2(Chip::name));
      CHECK(height >= table_height_log2_min);
      cells += std::exp2(height) * (table.main_width + gl3::degree * table.aux_columns());
    });
    CHECK(cells > before);
    before = cells;
  }
  CHECK(std::is_sorted(std::begin(memory_shapes), std::end(memory_shapes)));
}

TEST_CASE("shapes: the limits of a shape fill its tables and no more") {
  for (const segment_shape& shape : segment_shapes) {
    const riscv::segment_limits limits = limits_of(shape);
    execution_chips::each([&]<class Chip>() {
      CAPTURE(shape.name, Chip::name);
      const auto rows = rows_of(Chip::name, limits);
      REQUIRE(rows.has_value() == (verifier_air_of<Chip>().shape.fixed_width == 0));
      if (rows) CHECK(table_height(*rows) == std::size_t{1} << shape.height_log2(Chip::name));
    });
  }
}

TEST_CASE("shapes: what is proved alone is cut as the largest shape is") {
  const riscv::segment_limits limits = limits_of(largest_shape);
  const riscv::segment_limits by_default;
  for (const auto limit : riscv::segment_limit_members) CHECK(limits.*limit == by_default.*limit);
}

TEST_CASE("shapes: whatever a program does over and over, its segments fit") {
  for (const habit& h : habits()) {
    CAPTURE(h.name);
    // The smallest, and the one that all others fit in.
    CHECK(cut_by(segment_shapes[0], hammer(h.calls ? 100 : 2'000, h.once)) > 1);
    CHECK(cut_by(largest_shape, hammer(h.calls ? 100 : 20'000, h.once)) > 1);
  }
}

TEST_CASE("shapes: reads are cut where their table is full") {
  const riscv::program p = hammer(20, [](test::program_writer& w) {
    w.call(riscv::ecall::read, {0x4000, 1000, 0});
  });
  const std::vector<u32> input(20 * 32 * 1000, 7);
  CHECK(cut_by(segment_shapes[0], p, input) > 100);
  CHECK(cut_by(largest_shape, p, input) > 4);
}

TEST_CASE("shapes: a shaped run has the heights of its shapes, and verifies") {
  proof_params params = insecure_test;
  params.height_log2_max = params.narrow_log2_max = 20;
  const riscv::program p = hammer(1'500, habits()[0].once);
  const auto backend = make_cpu_backend(2);
  const run_proving_key key = make_run_key(params, *backend, p);
  const run_key verifier = key.verifier();
  run_proof_options options;
  options.segments = limits_of(segment_shapes[0]);
  options.shaped = true;
  const auto run = prove_run(params, key, *backend, p, {}, options);
  REQUIRE(run.ok());
  CHECK(verify_run(params, verifier, run->output, run->proof).ok());
  CHECK(run->segments == 2);
  const auto parts = read_run(p.entry, run->proof);
  REQUIRE(parts.ok());
  const auto heights = heights_of(segment_shapes[0], verifier.execution);
  for (const bytes_view& segment : parts->segments)
    CHECK(read_commitment(verifier.execution, segment)->heights_log2 == heights);
  CHECK(read_commitment(verifier.memory, parts->memory)->heights_log2 ==
        memory_heights_of(memory_shapes[0], verifier.memory));
  // The same run as low as it can be: the same claims and output.
  options.shaped = false;
  const auto low = prove_run(params, key, *backend, p, {}, options);
  REQUIRE(low.ok());
  CHECK(low->output == run->output);
  CHECK(low->proof != run->proof);
}

TEST_CASE("shapes: a run with too much memory is refused before it is proved") {
  // given: copies that touch 2,048 words each, all of them others
  constexpr u32 words = 1024, most = 1u << memory_shapes[std::size(memory_shapes) - 1];
  constexpr u32 calls = most / (2 * words) + 1;
  test::program_writer w = above(8 * words * calls);
  w.load_immediate(6, calls).load_immediate(17, static_cast<u32>(riscv::ecall::copy_words));
  w.load_immediate(10, 0).load_immediate(11, 4 * words).load_immediate(12, words);
  const u32 loop = w.pc();
  w.emit(op::ecall, 32, 0, 0)
      .emit(op::add, 10, 10, 0, 8 * words)
      .emit(op::add, 11, 11, 0, 8 * words)
      .emit(op::add, 6, 6, 0, ~0u)
      .emit(op::bne, 32, 6, 0, loop);
  const riscv::program p = w.finish(0x40);
  // when, then
  const auto backend = make_cpu_backend(1);
  const run_proving_key key = make_run_key(insecure_test, *backend, p);
  run_proof_options options;
  options.shaped = true;
  const auto run = prove_run(insecure_test, key, *backend, p, {}, options);
  REQUIRE_FALSE(run.ok());
  const auto* failure = std::get_if<too_much_memory>(&run.error().what);
  REQUIRE(failure != nullptr);
  CHECK(failure->words > failure->words_max);
  CHECK(run.error().text().find("words of memory") != std::string::npos);
}
