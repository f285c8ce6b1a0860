#include "runtime/stark/machine/fill.hpp"

namespace ashlar::stark {

using riscv::operation;

matrix fill_add(const fill_context& c) {
  auto out = writer_of<add_chip>(c);
  for (const auto& r : c.segment.add) {
    auto& row = out.fresh();
    const auto& i = fill_instruction(row, r, c);
    (i.op == operation::add ? row.is_add : row.is_sub) = gl::one();
    row.rs1_value = gl(r.rs1.value);
    row.rs2_value = gl(r.rs2.value);
    row.imm = gl(i.imm);
    row.result = gl(r.rd.value);
    row.result_low = low16(r.rd.value);
    out.put();
  }
  return std::move(out.table());
}

matrix fill_bitwise(const fill_context& c) {
  auto out = writer_of<bitwise_chip>(c);
  for (const auto& r : c.segment.bitwise) {
    auto& row = out.fresh();
    const auto& i = fill_instruction(row, r, c);
    (i.op == operation::xor_  ? row.is_xor
     : i.op == operation::or_ ? row.is_or
                              : row.is_and) = gl::one();
    const u32 x = r.rs1.value, y = r.rs2.value + i.imm;
    for (unsigned k = 0; k < 4; ++k) {
      row.x[k] = gl(x >> (8 * k) & 255);
      row.y[k] = gl(y >> (8 * k) & 255);
      row.both[k] = gl((x & y) >> (8 * k) & 255);
    }
    row.imm = gl(i.imm);
    row.result = gl(r.rd.value);
    out.put();
  }
  return std::move(out.table());
}

matrix fill_shift(const fill_context& c) {
  auto out = writer_of<shift_chip>(c);
  for (const auto& r : c.segment.shift) {
    auto& row = out.fresh();
    const auto& i = fill_instruction(row, r, c);
    const u32 a = r.rs1.value, b = r.rs2.value + i.imm, amount = b & 31;
    const bool left = i.op == operation::sll, arithmetic = i.op == operation::sra;
    (left ? row.is_left : arithmetic ? row.is_arithmetic : row.is_right) = gl::one();
    row.rs1_value = gl(a);
    row.rs2_value = gl(r.rs2.value);
    row.imm = gl(i.imm);
    const u32 exponent = left ? amount : 31 - amount;
    row.exponent = gl(exponent);
    row.power = gl(u64{1} << exponent);
    row.above = gl(b >> 5);
    row.above_low = low16(b >> 5);
    const u64 product = u64{a} << exponent;
    const u32 rest = static_cast<u32>(left ? product >> 32 : product & 0x7fffffff);
    row.rest = gl(rest);
    row.rest_low = low16(rest);
    row.sign = gl(arithmetic ? a >> 31 : 0);
    row.rs1_low = low16(a);
    row.result = gl(r.rd.value);
    row.result_low = low16(r.rd.value);
    out.put();
  }
  return std::move(out.table());
}

}  // namespace ashlar::stark
