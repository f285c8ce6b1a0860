#include <catch2/catch.hpp>

#include "runtime/stark/machine/memory_plan.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/prover/cpu_memory.hpp"
#include "runtime/stark/verifier/constraint_eval.hpp"
#include "test/unit/chips/run_tables.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

/// About 8 cycles a turn, over some memory.
riscv::program work(u32 turns) {
  using op = riscv::operation;
  test::program_writer w;
  w.load_immediate(5, 0x100).load_immediate(6, turns).load_immediate(7, 1);
  const u32 loop = w.pc();
  w.emit(op::lw, 8, 5, 0, 0)
      .emit(op::mul, 9, 7, 6)
      .emit(op::xor_, 7, 9, 8)
      .emit(op::sw, 32, 5, 7, 4)
      .emit(op::add, 5, 5, 0, 4)
      .emit(op::and_, 5, 5, 0, 0xfff)
      .emit(op::add, 6, 6, 0, ~0u)
      .emit(op::bne, 32, 6, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 7, 0x40 + 4 * i);
  return w.finish(0x40);
}

std::vector<u8> heights_of(const machine_tables& t) {
  std::vector<u8> out;
  for (const matrix& m : t.main) out.push_back(static_cast<u8>(m.height_log2()));
  return out;
}

template <class List>
segment_memory counted(const machine_tables& t) {
  std::vector<air_shape> shapes;
  List::each([&]<class Chip>() { shapes.push_back(verifier_air_of<Chip>().shape); });
  std::vector<const air_shape*> all;
  for (const air_shape& s : shapes) all.push_back(&s);
  return memory_of_segment(insecure_test, all, heights_of(t));
}

/// What a run of one segment takes by the count.
std::size_t counted_bytes(const riscv::program& p) {
  riscv::tracer tracer(p, {});
  riscv::segment s;
  REQUIRE(tracer.next(s).ok());
  REQUIRE(s.last);
  const segment_memory one = counted<execution_chips>(tables_of(machine_kind::execution, s, p));
  const segment_memory memory = counted<memory_chips>(
      memory_tables(p, tracer.touched_memory(), s.registers, 1, *tracer.result().output));
  return std::max(one.peak_bytes + memory.key_bytes, one.held_bytes + memory.peak_bytes);
}

struct attempt {
  result<proved_run, run_prove_failure> run;
  std::size_t peak;
};
attempt prove(const riscv::program& p, u32 cycles, std::size_t budget = ~std::size_t{0}) {
  const auto backend = make_cpu_backend(2, budget);
  const run_proving_key key = make_run_key(insecure_test, *backend, p);
  run_proof_options options;
  options.segments.cycles = cycles;
  auto run = prove_run(insecure_test, key, *backend, p, {}, options);
  return {std::move(run), backend->memory_bytes_peak()};
}

}  // namespace

TEST_CASE("the memory of a proof is what was counted") {
  for (const u32 turns : {10u, 500u, 5000u}) {
    const riscv::program p = work(turns);
    const attempt a = prove(p, 1u << 20);
    REQUIRE(a.run.ok());
    const std::size_t expected = counted_bytes(p);
    INFO(turns << " turns: " << a.peak << " bytes, counted " << expected);
    CHECK(a.peak <= expected + expected / 8);
    CHECK(a.peak >= expected - expected / 50);
  }
}

TEST_CASE("a proof that does not fit the budget is refused, and nothing is lost by it") {
  const riscv::program p = work(5000);
  const attempt cut = prove(p, 1u << 13);
  REQUIRE(cut.run.ok());
  const std::size_t budget = cut.peak + cut.peak / 8;
  REQUIRE(budget < counted_bytes(p));

  const auto backend = make_cpu_backend(2, budget);
  const run_proving_key key = make_run_key(insecure_test, *backend, p);
  const auto whole = prove_run(insecure_test, key, *backend, p, {});
  REQUIRE_FALSE(whole.ok());
  const auto* why = std::get_if<prove_failure>(&whole.error().what);
  REQUIRE(why != nullptr);
  CHECK(why->what == prove_error::out_of_memory);
  CHECK(whole.error().text().find("memory budget") != std::string::npos);
  CHECK(backend->memory_bytes_peak() <= budget);

  // The same backend and key go on.
  run_proof_options options;
  options.segments.cycles = 1u << 13;
  const auto smaller = prove_run(insecure_test, key, *backend, p, {}, options);
  REQUIRE(smaller.ok());
  CHECK(smaller->proof == cut.run->proof);
  CHECK(backend->memory_bytes_peak() <= budget);
}

TEST_CASE("every budget, however small, gives a proof or the error") {
  const riscv::program p = work(100);
  const attempt whole = prove(p, 1u << 20);
  REQUIRE(whole.run.ok());
  const auto key_bytes = [&] {
    const auto backend = make_cpu_backend(1);
    (void)make_run_key(insecure_test, *backend, p);
    return backend->memory_bytes_peak();
  }();
  unsigned refused = 0;
  for (std::size_t part = 0; part <= 16; ++part) {
    const std::size_t budget = key_bytes + (whole.peak - key_bytes) * part / 16;
    const attempt a = prove(p, 1u << 20, budget);
    CHECK(a.peak <= budget);
    if (a.run.ok())
      CHECK(a.run->proof == whole.run->proof);
    else
      CHECK(std::get<prove_failure>(a.run.error().what).what == prove_error::out_of_memory);
    refused += !a.run.ok();
  }
  CHECK(refused >= 8);
}

TEST_CASE("segments are as large as the budget lets them be") {
  const riscv::program p = work(5000);
  const auto all = plan_memory(insecure_test, p, ~std::size_t{0});
  REQUIRE(all.ok());
  CHECK(all->segments.add == riscv::segment_limits{}.add);
  const auto half = plan_memory(insecure_test, p, all->total_bytes() - 1);
  REQUIRE(half.ok());
  CHECK(half->segments.mul_div == riscv::segment_limits{}.mul_div / 2);
  CHECK(half->total_bytes() < all->total_bytes());
  const auto none = plan_memory(insecure_test, p, 1 << 20);
  REQUIRE_FALSE(none.ok());
  const auto least = plan_memory(insecure_test, p, none.error());
  REQUIRE(least.ok());
  CHECK(least->total_bytes() == none.error());
  CHECK_FALSE(plan_memory(insecure_test, p, none.error() - 1).ok());

  // And they fit: a program that fills many cycles of the smallest.
  const auto backend = make_cpu_backend(2, least->backend_bytes);
  const run_proving_key key = make_run_key(insecure_test, *backend, p);
  run_proof_options options;
  options.segments = least->segments;
  const auto run = prove_run(insecure_test, key, *backend, p, {}, options);
  REQUIRE(run.ok());
  CHECK(run->segments > 1);
  CHECK(backend->memory_bytes_peak() <= least->backend_bytes);
}

TEST_CASE("a smaller budget's segments hold no more of anything") {
  const riscv::program p = work(10);
  unsigned plans = 0;
  riscv::segment_limits before;
  for (std::size_t budget = ~std::size_t{0};; ++plans) {
    const auto plan = plan_memory(insecure_test, p, budget);
    if (!plan) break;
    CAPTURE(budget);
    for (const auto limit : riscv::segment_limit_members)
      CHECK(plan->segments.*limit <= before.*limit);
    before = plan->segments;
    budget = plan->total_bytes() - 1;
  }
  CHECK(plans >= 4);
}

TEST_CASE("segments of the recursion machine fit the plan made for them") {
  // given: a program that absorbs without end
  using op = riscv::operation;
  test::program_writer w;
  w.load_immediate(6, 400).load_immediate(17, 23).load_immediate(10, 0x40).load_immediate(11,
                                                                                          0x200);
  const u32 loop = w.pc();
  w.emit(op::ecall, 32, 0, 0).emit(op::add, 6, 6, 0, ~0u).emit(op::bne, 32, 6, 0, loop);
  const riscv::program p = w.finish(0x40);
  const auto none = plan_memory(insecure_test, p, 1 << 20, machine_kind::recursion);
  REQUIRE_FALSE(none.ok());
  const auto least = plan_memory(insecure_test, p, none.error(), machine_kind::recursion);
  REQUIRE(least.ok());
  // when: it is proved in the smallest segments
  const auto backend = make_cpu_backend(2, least->backend_bytes);
  const run_proving_key key = make_run_key(insecure_test, *backend, p, machine_kind::recursion);
  run_proof_options options;
  options.segments = least->segments;
  const auto run = prove_run(insecure_test, key, *backend, p, {}, options);
  // then
  REQUIRE(run.ok());
  CHECK(run->segments >= 4);
  CHECK(backend->memory_bytes_peak() <= least->backend_bytes);
}
