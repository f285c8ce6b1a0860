#include "runtime/stark/machine/fixed.hpp"

#include <bit>

namespace ashlar::stark {

namespace {

using riscv::operation;

gl code_of(operation op) noexcept {
  using enum operation;
  switch (op) {
    case add:
      return code::add;
    case sub:
      return code::sub;
    case xor_:
      return code::xor_;
    case or_:
      return code::or_;
    case and_:
      return code::and_;
    case sll:
      return code::sll;
    case srl:
      return code::srl;
    case sra:
      return code::sra;
    case slt:
      return code::set + code::with_sign;
    case sltu:
      return code::set;
    case beq:
      return code::branch + code::is_equal;
    case bne:
      return code::branch + code::is_equal + code::negated;
    case blt:
      return code::branch + code::with_sign;
    case bge:
      return code::branch + code::with_sign + code::negated;
    case bltu:
      return code::branch;
    case bgeu:
      return code::branch + code::negated;
    case jal:
      return code::jal;
    case jalr:
      return code::jalr;
    case mul:
      return code::multiply;
    case mulh:
      return code::multiply + code::first_signed + code::second_signed + code::upper;
    case mulhsu:
      return code::multiply + code::first_signed + code::upper;
    case mulhu:
      return code::multiply + code::upper;
    case div:
      return code::divide + code::first_signed + code::second_signed;
    case divu:
      return code::divide;
    case rem:
      return code::divide + code::first_signed + code::second_signed + code::upper;
    case remu:
      return code::divide + code::upper;
    case lw:
      return code::load_word;
    case sw:
      return code::store_word;
    case lb:
      return code::sub_word;
    case lbu:
      return code::sub_word + code::zero_extended;
    case lh:
      return code::sub_word + code::half;
    case lhu:
      return code::sub_word + code::half + code::zero_extended;
    case sb:
      return code::sub_word + code::store;
    case sh:
      return code::sub_word + code::half + code::store;
    case ecall:
      return code::ecall;
    case illegal:
      break;
  }
  return code::illegal;
}

bool is_store(operation op) noexcept {
  return op == operation::sw || op == operation::sb || op == operation::sh;
}

matrix program_rows(const riscv::program& p) {
  ensure(!p.code.empty() && p.base + 4 * u64{p.code.size()} < (u64{1} << 32));
  matrix m(table_height(p.code.size()), fixed_width<program_chip>);
  for (std::size_t i = 0; i < m.height(); ++i) {
    const bool in = i < p.code.size();
    m.at(i, 0) = gl(in ? p.pc_of(static_cast<u32>(i)) : 0u);
    m.at(i, 1) = in ? packed_instruction(p.code[i]) : code::illegal;
    m.at(i, 2) = gl(in ? p.code[i].imm : 0u);
  }
  return m;
}

matrix range_rows() {
  matrix m(range_chip::height, fixed_width<range_chip>);
  for (u32 v = 0; v < range_chip::height; ++v) {
    const u32 cells[] = {v, v >> 15, v & 255, v >> 8, (v & 255) & (v >> 8)};
    for (std::size_t j = 0; j < 5; ++j) m.at(v, j) = gl(cells[j]);
  }
  return m;
}

matrix end_rows() {
  matrix m(ends_chip::height, fixed_width<ends_chip>);
  for (u32 n = 0; n < ends_chip::height; ++n) {
    m.at(n, 0) = gl(n);
    m.at(n, 1) = gl(u64{1} << n);
    for (u32 half = 0; half < 2; ++half)
      m.at(n, 3 + half) =
          n < keccak::rounds ? gl(keccak::constants[n] >> (32 * half) & 0xffffffffu) : two32;
  }
  m.at(0, 2) = gl::one();
  return m;
}

matrix commit_rows() {
  matrix m(table_height_min, fixed_width<commit_chip>);
  for (u32 i = 0; i < commit_chip::words; ++i) {
    m.at(i, 0) = gl(i);
    m.at(i, 1) = gl::one();
  }
  m.at(0, 2) = gl::one();
  return m;
}

matrix image_rows(const riscv::program& p) {
  matrix m(table_height(p.image.size() + riscv::register_count), fixed_width<image_chip>);
  std::size_t row = 0;
  for (const auto& w : p.image) {
    m.at(row, 0) = gl(w.address);
    m.at(row, 1) = gl(w.value);
    m.at(row++, 2) = gl::one();
  }
  for (u32 i = 0; i < riscv::register_count; ++i) {
    m.at(row, 0) = gl(i);
    m.at(row++, 3) = gl::one();
  }
  return m;
}

matrix output_rows() {
  matrix m(table_height_min, fixed_width<output_chip>);
  for (u32 i = 0; i < 8; ++i) {
    m.at(i, 0) = gl(i);
    m.at(i, 1) = gl::one();
    m.at(i, 2 + i) = gl::one();
  }
  return m;
}

template <class Chip>
matrix fixed_of(const riscv::program& p) {
  if constexpr (std::is_same_v<Chip, program_chip>) return program_rows(p);
  if constexpr (std::is_same_v<Chip, range_chip>) return range_rows();
  if constexpr (std::is_same_v<Chip, ends_chip>) return end_rows();
  if constexpr (std::is_same_v<Chip, commit_chip>) return commit_rows();
  if constexpr (std::is_same_v<Chip, image_chip>) return image_rows(p);
  if constexpr (std::is_same_v<Chip, output_chip>) return output_rows();
  return {};
}

template <class List>
std::vector<matrix> fixed_of_list(const riscv::program& p) {
  std::vector<matrix> all;
  List::each([&]<class Chip>() { all.push_back(fixed_of<Chip>(p)); });
  return all;
}

}  // namespace

std::size_t table_height(std::size_t rows) noexcept {
  return std::bit_ceil(std::max(rows, table_height_min));
}

gl packed_instruction(const riscv::instruction& i) noexcept {
  if (is_store(i.op)) return code_of(i.op) + gl(i.rs2) * rd_shift + gl(i.rs1) * rs1_shift;
  return code_of(i.op) + gl(i.rd) * rd_shift + gl(i.rs1) * rs1_shift + gl(i.rs2) * rs2_shift;
}

std::vector<matrix> segment_fixed(machine_kind machine, const riscv::program& p) {
  return with_chips_of(machine, [&]<class Chips>() { return fixed_of_list<Chips>(p); });
}

std::vector<matrix> memory_fixed(const riscv::program& p) {
  return fixed_of_list<memory_chips>(p);
}

}  // namespace ashlar::stark
