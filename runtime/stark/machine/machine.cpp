#include "runtime/stark/machine/machine.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "runtime/stark/machine/fill.hpp"
#include "runtime/stark/verifier/constraint_eval.hpp"

namespace ashlar::stark {

namespace {

matrix fetch_table(const std::vector<u32>& fetches) {
  matrix m(table_height(fetches.size()), main_width<program_chip>);
  for (std::size_t i = 0; i < fetches.size(); ++i) m.at(i, 0) = gl(fetches[i]);
  return m;
}

template <class Chip>
matrix fill_chip(const fill_context& c) {
  if constexpr (std::is_same_v<Chip, boundary_chip>) return fill_boundary(c);
  if constexpr (std::is_same_v<Chip, commit_chip>) return fill_commit(c);
  if constexpr (std::is_same_v<Chip, add_chip>) return fill_add(c);
  if constexpr (std::is_same_v<Chip, bitwise_chip>) return fill_bitwise(c);
  if constexpr (std::is_same_v<Chip, shift_chip>) return fill_shift(c);
  if constexpr (std::is_same_v<Chip, compare_chip>) return fill_compare(c);
  if constexpr (std::is_same_v<Chip, mul_div_chip>) return fill_mul_div(c);
  if constexpr (std::is_same_v<Chip, word_chip>) return fill_word(c);
  if constexpr (std::is_same_v<Chip, sub_word_chip>) return fill_sub_word(c);
  if constexpr (std::is_same_v<Chip, system_chip>) return fill_system(c);
  if constexpr (std::is_same_v<Chip, read_chip>) return fill_read(c);
  if constexpr (std::is_same_v<Chip, copy_chip>) return fill_copy(c);
  if constexpr (std::is_same_v<Chip, ext3_chip>) return fill_ext3(c);
  if constexpr (std::is_same_v<Chip, mod256_chip>) return fill_mod256(c);
  if constexpr (std::is_same_v<Chip, mod384_chip>) return fill_mod384(c);
  if constexpr (std::is_same_v<Chip, word_quad_chip>) return fill_word_quad(c);
  if constexpr (std::is_same_v<Chip, blake3_chip>) return fill_blake3(c);
  if constexpr (std::is_same_v<Chip, blake3_rounds_chip>) return fill_blake3_rounds(c);
  if constexpr (std::is_same_v<Chip, keccak_chip>) return fill_keccak(c);
  if constexpr (std::is_same_v<Chip, keccak_sheets_chip>) return fill_keccak_sheets(c);
  if constexpr (std::is_same_v<Chip, keccak_planes_chip>) return fill_keccak_planes(c);
  if constexpr (std::is_same_v<Chip, poseidon2_chip>) return fill_poseidon2(c);
  if constexpr (std::is_same_v<Chip, open_row_chip>) return fill_open_row(c);
  if constexpr (std::is_same_v<Chip, climb_chip>) return fill_climb(c);
  if constexpr (std::is_same_v<Chip, absorb_chip>) return fill_absorb(c);
  if constexpr (std::is_same_v<Chip, cell_pair_chip>) return fill_cell_pair(c);
  return {};  // tables of multiplicities: filled when the others have been
}

// What a segment's commitment needs of a table: its height, and columns where it is committed then.
// Tables with fixed columns have no rows of the segment's own, and are small.
template <class Chip>
matrix fill_global(const fill_context& c) {
  static const bool local = !verifier_air_of<Chip>().shape.uses_global();
  if (local && rows_of(Chip::name, c.segment)) return matrix(height_of(Chip::name, c), 0);
  return fill_chip<Chip>(c);
}

// Both lists of `riscv::segment::memory` and the image ascend.
matrix fill_ram(const riscv::program& p, std::span<const riscv::memory_boundary> touched,
                bool shaped, lookup_counts& lookups) {
  std::size_t both = 0, t = 0;
  for (const auto& w : p.image) {
    while (t < touched.size() && touched[t].address < w.address) ++t;
    both += t < touched.size() && touched[t].address == w.address;
  }
  std::size_t rows = p.image.size() + touched.size() - both;
  if (shaped) rows = std::size_t{1} << cheapest_memory_shape(rows).value();
  row_writer<ram_chip> out(rows, lookups);
  out.publish({gl(p.ram_bytes / 4)});
  u32 expected = 0;  // index of the row before, plus 1
  std::size_t i = 0;
  t = 0;
  while (i < p.image.size() || t < touched.size()) {
    const bool from_image =
        i < p.image.size() && (t == touched.size() || p.image[i].address <= touched[t].address);
    const u32 address = from_image ? p.image[i].address : touched[t].address;
    const bool is_touched = t < touched.size() && touched[t].address == address;
    auto& row = out.fresh();
    row.is_real = gl::one();
    row.is_image = gl(u32{from_image});
    row.index = gl(address / 4);
    const u32 gap = address / 4 - expected;
    row.gap = gl(gap);
    row.gap_low = low16(gap);
    row.room_low = low16(p.ram_bytes / 4 - 1 - address / 4);
    row.initial = gl(from_image ? p.image[i].value : 0);
    row.final = is_touched ? gl(touched[t].final) : row.initial;
    row.last_segment = gl(is_touched ? touched[t].previous_segment : 0);
    out.put();
    expected = address / 4 + 1;
    i += from_image;
    t += is_touched;
  }
  return std::move(out.table());
}

// No call may be dropped: what no table takes cannot be proved.
template <class Chips>
void ensure_calls(const riscv::segment& s) {
  const auto has = [](riscv::ecall call, bool used) {
    static constexpr riscv::ecall_set calls = calls_of<Chips>();
    ensure(!used || calls.has(call));
  };
  has(riscv::ecall::blake3_compress, !s.blake3.empty());
  has(riscv::ecall::keccak_f1600, !s.keccak.empty());
  has(riscv::ecall::mod256_mul_add, !s.mod256.empty());
  has(riscv::ecall::mod384_mul_add, !s.mod384.empty());
  has(riscv::ecall::copy_words, !s.copy.empty());
  has(riscv::ecall::ext3_mul_add, !s.ext3.empty());
  has(riscv::ecall::open_row, !s.open_row.empty());
  has(riscv::ecall::climb, !s.climb.empty());
  has(riscv::ecall::absorb, !s.absorb.empty());
}

template <class Chips>
machine_tables tables_on(machine_kind machine, const riscv::segment& s, const riscv::program& p,
                         unsigned workers, const segment_shape* shape, bool global_alone) {
  ensure_calls<Chips>(s);
  const x0_times x0(s, p);
  machine_tables t{std::vector<matrix>(Chips::size), segment_publics(machine, claim_of(s))};
  using filler = matrix (*)(const fill_context&);
  std::vector<filler> fillers;
  Chips::each(
      [&]<class Chip>() { fillers.push_back(global_alone ? fill_global<Chip> : fill_chip<Chip>); });
  // What the tables look up and fetch is counted apart by each worker; sums do not depend on who
  // filled what.
  std::vector<lookup_counts> lookups(std::max(workers, 1u));
  std::vector<std::vector<u32>> fetches(lookups.size(), std::vector<u32>(p.code.size()));
  std::atomic<std::size_t> next = 0;
  std::vector<std::exception_ptr> thrown(lookups.size());
  const auto work = [&](std::size_t worker) {
    const fill_context c{s, p, x0, lookups[worker], fetches[worker], shape};
    try {
      for (std::size_t i; (i = next++) < fillers.size();) t.main[i] = fillers[i](c);
    } catch (...) {
      thrown[worker] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < lookups.size(); ++i) others.emplace_back(work, i);
    work(0);
  }
  for (const std::exception_ptr& e : thrown)
    if (e) std::rethrow_exception(e);
  for (std::size_t i = 1; i < lookups.size(); ++i) {
    lookups[0].add(lookups[i]);
    std::transform(fetches[0].begin(), fetches[0].end(), fetches[i].begin(), fetches[0].begin(),
                   std::plus<>());
  }
  t.main[Chips::template place<program_chip>()] = fetch_table(fetches[0]);
  t.main[Chips::template place<range_chip>()] = lookups[0].range_table();
  t.main[Chips::template place<ends_chip>()] = lookups[0].ends_table();
  return t;
}

}  // namespace

segment_claim claim_of(const riscv::segment& s) noexcept {
  return {s.index, s.start_pc, s.last ? halted_pc_value : u64{s.end_pc}, s.cycles};
}

machine_tables tables_of(machine_kind machine, const riscv::segment& s, const riscv::program& p,
                         unsigned workers, const segment_shape* shape) {
  ensure(shape == nullptr || machine == machine_kind::execution);
  return with_chips_of(machine, [&]<class Chips>() {
    return tables_on<Chips>(machine, s, p, workers, shape, false);
  });
}

machine_tables global_tables_of(machine_kind machine, const riscv::segment& s,
                                const riscv::program& p, unsigned workers,
                                const segment_shape* shape) {
  ensure(shape == nullptr || machine == machine_kind::execution);
  return with_chips_of(machine, [&]<class Chips>() {
    return tables_on<Chips>(machine, s, p, workers, shape, true);
  });
}

machine_tables memory_tables(const riscv::program& p,
                             std::span<const riscv::memory_boundary> touched,
                             std::span<const riscv::register_boundary> registers, u32 segments,
                             const hash256& output, bool shaped) {
  lookup_counts lookups;
  machine_tables t{std::vector<matrix>(memory_chips::size), memory_publics(p.ram_bytes, output)};
  t.main[memory_chips::place<ram_chip>()] = fill_ram(p, touched, shaped, lookups);
  t.main[memory_chips::place<range_chip>()] = lookups.range_table();
  matrix image(table_height(p.image.size() + riscv::register_count), main_width<image_chip>);
  for (std::size_t i = 0; i < registers.size(); ++i) {
    image.at(p.image.size() + i, 0) = gl(registers[i].final);
    image.at(p.image.size() + i, 1) = gl(segments);
  }
  t.main[memory_chips::place<image_chip>()] = std::move(image);
  matrix words(table_height_min, main_width<output_chip>);
  const auto& publics = t.publics[memory_chips::place<output_chip>()];
  for (std::size_t i = 0; i < publics.size(); ++i) words.at(i, 0) = publics[i];
  t.main[memory_chips::place<output_chip>()] = std::move(words);
  return t;
}

}  // namespace ashlar::stark
