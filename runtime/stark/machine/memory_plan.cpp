#include "runtime/stark/machine/memory_plan.hpp"

#include <algorithm>
#include <bit>

#include "runtime/riscv/ecall.hpp"
#include "runtime/stark/machine/fixed.hpp"
#include "runtime/stark/machine/segment_rows.hpp"
#include "runtime/stark/verifier/constraint_eval.hpp"

namespace ashlar::stark {

namespace {

template <class List>
std::vector<air_shape> shapes_of_chips() {
  std::vector<air_shape> out;
  List::each([&]<class Chip>() { out.push_back(verifier_air_of<Chip>().shape); });
  return out;
}
const std::vector<air_shape>& segment_table_shapes(machine_kind machine) {
  return with_chips_of(machine, []<class Chips>() -> const std::vector<air_shape>& {
    static const std::vector<air_shape> shapes = shapes_of_chips<Chips>();
    return shapes;
  });
}
const std::vector<air_shape>& memory_table_shapes() {
  static const std::vector<air_shape> shapes = shapes_of_chips<memory_chips>();
  return shapes;
}
std::vector<const air_shape*> pointers(const std::vector<air_shape>& shapes) {
  std::vector<const air_shape*> out;
  for (const air_shape& s : shapes) out.push_back(&s);
  return out;
}

u8 height_log2_of(std::size_t rows) {
  return static_cast<u8>(std::bit_width(table_height(rows)) - 1);
}

std::size_t trace_bytes(std::span<const air_shape* const> shapes, std::span<const u8> heights) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < shapes.size(); ++i)
    out += (sizeof(gl) * shapes[i]->main_width) << heights[i];
  return out;
}

// A vector that grows may have twice the room that it needs.
std::size_t record_bytes(const riscv::segment_limits& l) {
  // The hashing call with the largest record for its operands.
  const auto hashing = [&](riscv::ecall call, std::size_t bytes) {
    return l.hash_operands / riscv::hash_operands_of(call) * bytes;
  };
  const std::size_t calls =
      std::max({hashing(riscv::ecall::open_row, sizeof(riscv::open_row_record)),
                hashing(riscv::ecall::climb, sizeof(riscv::climb_record)),
                hashing(riscv::ecall::absorb, sizeof(riscv::absorb_record))});
  const std::size_t instructions =
      (std::size_t{l.add} + l.bitwise + l.shift + l.compare + l.mul_div) *
          sizeof(riscv::alu_record) +
      (std::size_t{l.word} + l.sub_word) * sizeof(riscv::memory_record) +
      l.calls * sizeof(riscv::system_record);
  return 2 *
         (instructions + l.blake3 * sizeof(riscv::blake3_record) +
          l.keccak * sizeof(riscv::keccak_record) + l.mod256 * sizeof(riscv::mod256_record) +
          l.mod384 * sizeof(riscv::mod384_record) + l.ext3 * sizeof(riscv::ext3_record) +
          l.permutations * sizeof(riscv::permutation_record) + calls +
          l.read_words * sizeof(riscv::write_access) + l.copied_words * sizeof(riscv::copied_word) +
          l.memory_words * sizeof(riscv::memory_boundary));
}

}  // namespace

std::vector<u8> worst_heights(machine_kind machine, const riscv::segment_limits& limits,
                              const riscv::program& program) {
  const std::vector<air_shape>& shapes = segment_table_shapes(machine);
  const std::vector<matrix> fixed = segment_fixed(machine, program);
  std::vector<u8> out;
  for (std::size_t i = 0; i < shapes.size(); ++i)
    out.push_back(fixed[i].height() != 0 ? static_cast<u8>(fixed[i].height_log2())
                                         : height_log2_of(rows_of(shapes[i].name, limits).value()));
  return out;
}

memory_plan memory_of_run(const proof_params& params, const riscv::program& program,
                          const riscv::segment_limits& limits, machine_kind machine) {
  const auto execution = pointers(segment_table_shapes(machine)),
             memory = pointers(memory_table_shapes());
  const std::vector<u8> heights = worst_heights(machine, limits, program);
  const std::vector<matrix> fixed = memory_fixed(program);
  std::vector<u8> memory_heights;
  for (std::size_t i = 0; i < memory.size(); ++i)
    memory_heights.push_back(fixed[i].height() != 0
                                 ? static_cast<u8>(fixed[i].height_log2())
                                 : height_log2_of(program.image.size() + limits.memory_words));
  const segment_memory one = memory_of_segment(params, execution, heights);
  const segment_memory last = memory_of_segment(params, memory, memory_heights);
  memory_plan out{limits, 0, 0};
  // Both keys are there all the time. A run's only segment waits while its memory is proved, and
  // that proof's own tables are gone before it goes on.
  const std::size_t peak =
      std::max(one.peak_bytes + last.key_bytes, one.held_bytes + last.peak_bytes);
  out.backend_bytes = peak + peak / 8;
  constexpr std::size_t process_bytes = std::size_t{64} << 20;
  const std::size_t stamps_bytes = std::size_t{2} * program.ram_bytes;
  // The next segment's tables, and blocks that are kept for those after it.
  const std::size_t next_bytes = trace_bytes(execution, heights);
  const std::size_t kept_bytes = std::min(next_bytes, kept_cell_blocks_bytes_max);
  out.other_bytes = process_bytes + record_bytes(limits) + next_bytes + kept_bytes +
                    program.ram_bytes + stamps_bytes +
                    program.code.size() * sizeof(riscv::instruction) +
                    program.image.size() * sizeof(riscv::image_word);
  return out;
}

namespace {

bool holds(const segment_shape& large, const segment_shape& small) {
  bool out = true;
  execution_chips::each([&]<class Chip>() {
    out = out && large.height_log2(Chip::name) >= small.height_log2(Chip::name);
  });
  return out;
}

// From the largest segments down. On the machine of executions, those of shapes that hold all that
// the smaller ones hold: others have little room for what some program does all the time.
std::vector<riscv::segment_limits> limits_to_try(machine_kind machine) {
  std::vector<riscv::segment_limits> out;
  if (machine == machine_kind::execution) {
    const segment_shape* last = &segment_shapes[0];
    for (const segment_shape& shape : segment_shapes) {
      if (!holds(shape, *last)) continue;
      out.push_back(limits_of(shape));
      last = &shape;
    }
    std::ranges::reverse(out);
    return out;
  }
  const riscv::segment_limits most;
  for (unsigned k = 0; k <= 8; ++k) {
    const auto part = [&](u32 limit, u32 least = 1) { return std::max(limit >> k, least); };
    riscv::segment_limits l;
    for (const auto limit : riscv::segment_limit_members) l.*limit = part(most.*limit);
    l.permutations = part(most.permutations, riscv::ecall_words_max);
    l.hash_operands = part(most.hash_operands, 32);
    l.read_words = part(most.read_words, riscv::ecall_words_max);
    l.copied_words = part(most.copied_words, riscv::ecall_words_max);
    l.memory_words = part(most.memory_words, 4 * riscv::ecall_words_max);
    out.push_back(l);
  }
  return out;
}

}  // namespace

result<memory_plan, std::size_t> plan_memory(const proof_params& params,
                                             const riscv::program& program,
                                             std::size_t budget_bytes, machine_kind machine) {
  std::size_t smallest = 0;
  for (const riscv::segment_limits& limits : limits_to_try(machine)) {
    const memory_plan plan = memory_of_run(params, program, limits, machine);
    if (plan.total_bytes() <= budget_bytes) return plan;
    smallest = plan.total_bytes();
  }
  return fail(smallest);
}

}  // namespace ashlar::stark
