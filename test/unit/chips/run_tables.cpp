#include "test/unit/chips/run_tables.hpp"

namespace ashlar::test {

namespace {

template <class List>
std::vector<stark::checked_table> checked_tables(stark::machine_tables t,
                                                 std::vector<stark::matrix> fixed) {
  std::vector<stark::checked_table> all;
  std::size_t i = 0;
  List::each([&]<class Chip>() {
    all.push_back({&stark::checked<Chip>, std::move(t.main[i]), std::move(fixed[i]),
                   std::move(t.publics[i])});
    ++i;
  });
  return all;
}

}  // namespace

run_tables run_and_fill(const riscv::program& p, std::span<const u32> input,
                        const riscv::segment_limits& limits, stark::machine_kind machine) {
  run_tables run{machine, {}, {}, {}};
  riscv::tracer tracer(p, input, limits);
  do {
    run.segments.emplace_back();
    const auto step = tracer.next(run.segments.back());
    if (!step.ok()) throw std::runtime_error(riscv::describe(step.error()));
  } while (!run.segments.back().last);
  for (const auto& s : run.segments)
    run.parts.push_back(stark::with_chips_of(machine, [&]<class Chips>() {
      return checked_tables<Chips>(stark::tables_of(machine, s, p),
                                   stark::segment_fixed(machine, p));
    }));
  run.output = tracer.result().output.value();
  run.parts.push_back(checked_tables<stark::memory_chips>(
      stark::memory_tables(p, tracer.touched_memory(), run.segments.back().registers,
                           static_cast<u32>(run.segments.size()), run.output),
      stark::memory_fixed(p)));
  return run;
}

std::string check_run(const run_tables& run) {
  std::vector<stark::bus_message> global;
  for (std::size_t i = 0; i < run.parts.size(); ++i)
    if (const auto failure = stark::check_tables(run.parts[i], global))
      return "part " + std::to_string(i) + ": " + failure->text();
  const auto failure = stark::balance(global);
  return failure ? failure->text() : std::string();
}

}  // namespace ashlar::test
