#include "runtime/stark/field/gl3.hpp"
#include "runtime/stark/machine/fill.hpp"

namespace ashlar::stark {

namespace {

using riscv::operation;
using compare_row = compare_chip::columns<gl>;

// Inverses cost a hundred products each one by one, and three together.
void invert_cells(matrix& table, std::size_t column, const std::vector<std::size_t>& rows) {
  std::vector<gl> values, scratch(rows.size());
  values.reserve(rows.size());
  for (std::size_t row : rows) values.push_back(table.at(row, column));
  invert_all<gl>(values, scratch);
  for (std::size_t k = 0; k < rows.size(); ++k) table.at(rows[k], column) = values[k];
}

void fill_flags(compare_row& row, operation op) {
  using enum operation;
  row.is_set = gl(u32{op == slt || op == sltu});
  row.is_jal = gl(u32{op == jal});
  row.is_jalr = gl(u32{op == jalr});
  row.is_branch = gl::one() - row.is_set - row.is_jal - row.is_jalr;
  row.is_equal = gl(u32{op == beq || op == bne});
  row.negated = gl(u32{op == bne || op == bge || op == bgeu});
  row.is_signed = gl(u32{op == slt || op == blt || op == bge});
}

bool is_set(operation op) {
  return op == operation::slt || op == operation::sltu;
}

// What the comparison says, and its witness; true where the witness is still to be inverted.
bool fill_comparison(compare_row& row, operation op, u32 a, u32 b) {
  row.second = gl(b);
  if (!row.is_equal.is_zero()) {
    row.holds = gl(u32{a == b});
    row.witness = gl(a) - gl(b);
    return a != b;
  }
  if (!row.is_signed.is_zero()) {
    row.rs1_low = low16(a);
    row.rs1_sign = gl(a >> 31);
    row.second_low = low16(b);
    row.second_sign = gl(b >> 31);
    row.holds = gl(u32{static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b)});
  } else if (op != operation::jal && op != operation::jalr) {
    row.holds = gl(u32{a < b});
  }
  row.witness = low16(a - b);
  return false;
}

void fill_destination(compare_row& row, const riscv::alu_record& r, const riscv::instruction& i,
                      u32 pc) {
  if (i.op == operation::jalr) {
    const u64 sum = u64{r.rs1.value} + i.imm;
    row.holds = gl(sum >> 32);
    row.rs1_sign = gl(sum & 1);
    row.next_pc = gl(sum & 0xfffffffeu);
  } else if (i.op == operation::jal) {
    row.next_pc = gl(i.imm);
  }
  row.taken = row.holds + row.negated - row.holds * row.negated * gl(2u);
  if (is_set(i.op)) row.next_pc = gl(pc + 4);
  if (!row.is_branch.is_zero()) row.next_pc = gl(row.taken.is_zero() ? pc + 4 : i.imm);
}

}  // namespace

matrix fill_compare(const fill_context& c) {
  auto out = writer_of<compare_chip>(c);
  std::vector<std::size_t> inverses;
  for (const auto& r : c.segment.compare) {
    auto& row = out.fresh();
    const auto& i = fill_instruction(row, r, c);
    fill_flags(row, i.op);
    row.rs1_value = gl(r.rs1.value);
    row.rs2_value = gl(r.rs2.value);
    row.imm = gl(i.imm);
    const u32 second = r.rs2.value + (is_set(i.op) ? i.imm : 0);
    if (fill_comparison(row, i.op, r.rs1.value, second)) inverses.push_back(out.rows());
    fill_destination(row, r, i, c.program.pc_of(r.index));
    if (row.is_branch.is_zero())
      row.result = gl(r.rd.value);
    else
      row.rd_link = {};
    out.put();
  }
  invert_cells(out.table(), column_of<compare_chip>(&compare_row::witness), inverses);
  return std::move(out.table());
}

namespace {

using mul_div_row = mul_div_chip::columns<gl>;

i64 operand(u32 v, bool is_signed) {
  return is_signed ? i64{static_cast<std::int32_t>(v)} : i64{v};
}

void fill_product(mul_div_row& row, i64 first, i64 second) {
  // Modulo 2^64 the product has the same bits for every reading of the operands.
  const u64 product = static_cast<u64>(first) * static_cast<u64>(second);
  const u32 low = static_cast<u32>(product), high = static_cast<u32>(product >> 32);
  row.low = gl(low);
  row.low_low = low16(low);
  row.high = gl(high);
  row.high_low = low16(high);
  const bool negative = !row.sign.is_zero() && product != 0;
  row.negative = gl(u32{negative});
  row.witness = gl(high) - gl(negative ? 0u : 0xffffffffu);
}

void fill_quotient(mul_div_row& row, i64 first, i64 second) {
  const u32 low = second == 0 ? 0xffffffffu : static_cast<u32>(first / second);
  const i64 remainder = second == 0 ? first : first % second;
  const u32 high = static_cast<u32>(remainder);
  row.low = gl(low);
  row.low_low = low16(low);
  row.high = gl(high);
  row.high_low = low16(high);
  row.negative = gl(u32{!row.sign.is_zero() && low != 0});
  row.r_negative = gl(u32{remainder < 0});
  row.by_zero = gl(u32{second == 0});
  const i64 room = std::abs(second) - std::abs(remainder) - 1;
  row.witness = room < 0 ? -gl(static_cast<u64>(-room)) : gl(static_cast<u64>(room));
  row.witness_low = room < 0 ? gl() : low16(static_cast<u32>(room));
}

}  // namespace

matrix fill_mul_div(const fill_context& c) {
  using enum operation;
  auto out = writer_of<mul_div_chip>(c);
  std::vector<std::size_t> inverses;
  for (const auto& r : c.segment.mul_div) {
    auto& row = out.fresh();
    const operation op = fill_instruction(row, r, c).op;
    const bool divides = op == div || op == divu || op == rem || op == remu;
    const bool first_signed = op == mulh || op == mulhsu || op == div || op == rem;
    const bool second_signed = op == mulh || op == div || op == rem;
    (divides ? row.is_div : row.is_mul) = gl::one();
    row.first_signed = gl(u32{first_signed});
    row.second_signed = gl(u32{second_signed});
    row.upper = gl(u32{op == mulh || op == mulhsu || op == mulhu || op == rem || op == remu});
    row.rs1_value = gl(r.rs1.value);
    row.rs2_value = gl(r.rs2.value);
    const u32 first_sign = first_signed ? r.rs1.value >> 31 : 0;
    const u32 second_sign = second_signed ? r.rs2.value >> 31 : 0;
    row.first_sign = gl(first_sign);
    row.first_low = low16(r.rs1.value);
    row.second_sign = gl(second_sign);
    row.second_low = low16(r.rs2.value);
    row.sign = gl(first_sign ^ second_sign);
    const i64 first = operand(r.rs1.value, first_signed);
    const i64 second = operand(r.rs2.value, second_signed);
    if (divides) {
      fill_quotient(row, first, second);
    } else {
      fill_product(row, first, second);
      inverses.push_back(out.rows());
    }
    row.result = gl(r.rd.value);
    out.put();
  }
  invert_cells(out.table(), column_of<mul_div_chip>(&mul_div_row::witness), inverses);
  return std::move(out.table());
}

}  // namespace ashlar::stark
