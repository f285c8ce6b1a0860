#include "runtime/stark/machine/memory_plan.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "runtime/riscv/ecall.hpp"
#include "runtime/stark/machine/fixed.hpp"
#include "runtime/stark/verifier/constraint_eval.hpp"

namespace ashlar::stark {

namespace {

template <class List>
std::vector<air_shape> shapes_of_chips() {
  std::vector<air_shape> out;
  List::each([&]<class Chip>() { out.push_back(verifier_air_of<Chip>().shape); });
  return out;
}
const std::vector<air_shape>& segment_shapes(machine_kind machine) {
  return with_chips_of(machine, []<class Chips>() -> const std::vector<air_shape>& {
    static const std::vector<air_shape> shapes = shapes_of_chips<Chips>();
    return shapes;
  });
}
const std::vector<air_shape>& memory_shapes() {
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

/// Whether a chip's rows are permutations that some call makes: the calls share their limit.
bool takes_permutations(std::string_view chip) {
  return chip == open_row_chip::name || chip == climb_chip::name || chip == absorb_chip::name;
}

/// Rows of a chip that has a limit to itself; nothing for those that share one.
std::optional<std::size_t> rows_of(std::string_view chip, const riscv::segment_limits& limits) {
  if (chip == boundary_chip::name) return riscv::register_count + limits.memory_words;
  if (chip == read_chip::name) return limits.read_words;
  if (chip == copy_chip::name) return limits.copied_words;
  if (chip == ext3_chip::name) return limits.ext3;
  if (chip == mod256_chip::name) return limits.mod256;
  if (chip == blake3_chip::name) return limits.blake3;
  if (chip == blake3_rounds_chip::name) return std::size_t{14} * limits.blake3;
  if (chip == poseidon2_chip::name) return limits.permutations;
  if (chip == cell_pair_chip::name) return limits.hash_operands;
  if (chip == keccak_chip::name) return std::size_t{keccak::words} * limits.keccak;
  if (chip == keccak_sheets_chip::name) return std::size_t{5 * keccak::rounds} * limits.keccak;
  if (chip == keccak_planes_chip::name) return std::size_t{10 * keccak::rounds} * limits.keccak;
  return std::nullopt;
}

std::size_t cells_of_row(const air_shape& s) {
  return s.main_width + gl3::degree * s.aux_columns() + quotient_columns;
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
  return 2 *
         (l.cycles * sizeof(riscv::memory_record) + l.blake3 * sizeof(riscv::blake3_record) +
          l.keccak * sizeof(riscv::keccak_record) + l.mod256 * sizeof(riscv::mod256_record) +
          l.ext3 * sizeof(riscv::ext3_record) + l.permutations * sizeof(riscv::permutation_record) +
          calls + l.read_words * sizeof(riscv::write_access) +
          l.copied_words * sizeof(riscv::copied_word) +
          l.memory_words * sizeof(riscv::memory_boundary));
}

}  // namespace

std::vector<u8> worst_heights(machine_kind machine, const riscv::segment_limits& limits,
                              const riscv::program& program) {
  const std::vector<air_shape>& shapes = segment_shapes(machine);
  const std::vector<matrix> fixed = segment_fixed(machine, program);
  std::vector<u8> out(shapes.size());
  std::vector<std::size_t> by_instruction, by_permutation;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (fixed[i].height() != 0)
      out[i] = static_cast<u8>(fixed[i].height_log2());
    else if (const auto rows = rows_of(shapes[i].name, limits))
      out[i] = height_log2_of(*rows);
    else
      (takes_permutations(shapes[i].name) ? by_permutation : by_instruction).push_back(i);
  }
  // A table doubles with the first row above a power of two, so rows that fill half a table make a
  // whole one: the widest takes the height of all rows, the next half of it, and so on.
  const auto share = [&](std::vector<std::size_t>& tables, u32 limit) {
    std::sort(tables.begin(), tables.end(), [&](std::size_t a, std::size_t b) {
      return cells_of_row(shapes[a]) > cells_of_row(shapes[b]);
    });
    std::size_t rows = std::bit_ceil(std::size_t{limit});
    for (const std::size_t i : tables) {
      out[i] = height_log2_of(rows);
      rows /= 2;
    }
  };
  share(by_instruction, limits.cycles);
  share(by_permutation, limits.permutations);
  return out;
}

memory_plan memory_of_run(const proof_params& params, const riscv::program& program,
                          const riscv::segment_limits& limits, machine_kind machine) {
  const auto execution = pointers(segment_shapes(machine)), memory = pointers(memory_shapes());
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

result<memory_plan, std::size_t> plan_memory(const proof_params& params,
                                             const riscv::program& program,
                                             std::size_t budget_bytes, machine_kind machine) {
  constexpr unsigned halvings = 8;
  const riscv::segment_limits most;
  std::size_t smallest = 0;
  for (unsigned k = 0; k <= halvings; ++k) {
    const auto at_least = [&](u32 limit, u32 least) { return std::max(limit >> k, least); };
    const riscv::segment_limits limits{most.cycles >> k,
                                       at_least(most.blake3, 1),
                                       at_least(most.keccak, 1),
                                       at_least(most.mod256, 1),
                                       at_least(most.ext3, 1),
                                       at_least(most.permutations, riscv::ecall_words_max),
                                       at_least(most.hash_operands, 32),
                                       at_least(most.read_words, riscv::ecall_words_max),
                                       at_least(most.copied_words, riscv::ecall_words_max),
                                       at_least(most.memory_words, 4 * riscv::ecall_words_max)};
    const memory_plan plan = memory_of_run(params, program, limits, machine);
    if (plan.total_bytes() <= budget_bytes) return plan;
    smallest = plan.total_bytes();
  }
  return fail(smallest);
}

}  // namespace ashlar::stark
