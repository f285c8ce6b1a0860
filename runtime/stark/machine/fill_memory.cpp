#include "runtime/stark/machine/fill.hpp"

namespace ashlar::stark {

namespace {

using riscv::operation;

// The cells that both load-store chips have.
template <class Row>
const riscv::instruction& fill_access(Row& row, const riscv::memory_record& r,
                                      const fill_context& c) {
  const riscv::instruction& i = c.program.code[r.index];
  const bool loads = is_load(i.op);
  ++c.fetches[r.index];
  row.pc = gl(c.program.pc_of(r.index));
  row.time = gl(r.time);
  row.rs1 = gl(i.rs1);
  row.rs1_value = gl(r.rs1.value);
  row.rs1_link = link(r.time, c.x0.before(i.rs1, r.rs1.time));
  row.reg = gl(loads ? i.rd : i.rs2);
  row.reg_old = gl(loads ? r.rd.old_value : r.rs2.value);
  row.reg_link =
      loads ? link(r.time + 3, r.rd.time) : link(r.time + 1, c.x0.before(i.rs2, r.rs2.time));
  row.ram_link = link(r.time + 2, r.ram.time);
  row.imm = gl(i.imm);
  row.carry = gl((u64{r.rs1.value} + i.imm) >> 32);
  return i;
}

}  // namespace

matrix fill_word(const fill_context& c) {
  auto out = writer_of<word_chip>(c);
  for (const auto& r : c.segment.word) {
    auto& row = out.fresh();
    const auto& i = fill_access(row, r, c);
    (is_load(i.op) ? row.is_load : row.is_store) = gl::one();
    row.ram_old = gl(r.ram.old_value);
    row.moved = gl(r.ram.value);
    out.put();
  }
  return std::move(out.table());
}

matrix fill_sub_word(const fill_context& c) {
  using enum operation;
  auto out = writer_of<sub_word_chip>(c);
  for (const auto& r : c.segment.sub_word) {
    auto& row = out.fresh();
    const auto& i = fill_access(row, r, c);
    const bool loads = is_load(i.op), half = i.op == lh || i.op == lhu || i.op == sh;
    const bool extends = i.op == lb || i.op == lh;
    const u32 offset = (r.rs1.value + i.imm) & 3;
    (half ? row.half[offset >> 1] : row.byte[offset]) = gl::one();
    row.is_load = gl(u32{loads});
    row.is_signed = gl(u32{extends});
    for (unsigned k = 0; k < 4; ++k) row.ram[k] = gl(r.ram.old_value >> (8 * k) & 255);
    row.ram_new = gl(r.ram.value);
    const u32 source = loads ? r.ram.old_value >> (8 * offset) : r.rs2.value;
    const u32 low = source & 255, second = loads && !half ? 0 : source >> 8 & 255;
    row.part[0] = gl(low);
    row.part[1] = gl(second);
    const u32 top = half ? low | second << 8 : low << 8;
    row.top = gl(top);
    row.sign = gl(extends ? top >> 15 : 0);
    row.reg_new = gl(loads ? r.rd.value : r.rs2.value);
    out.put();
  }
  return std::move(out.table());
}

matrix fill_boundary(const fill_context& c) {
  const riscv::segment& s = c.segment;
  auto out = writer_of<boundary_chip>(c);
  out.publish({gl(s.index)});
  const auto put = [&](gl space, u32 address, u32 initial, u32 previous, u32 final, u32 last) {
    auto& row = out.fresh();
    row.is_real = gl::one();
    row.space = space;
    row.address = gl(address);
    row.initial = gl(initial);
    row.previous_segment = gl(previous);
    row.final = gl(final);
    row.last_time = gl(last);
    out.put();
  };
  for (u32 i = 0; i < s.registers.size(); ++i) {
    const auto& r = s.registers[i];
    put(register_space, i, r.initial, s.index - 1, r.final, c.x0.before(i, r.last_time));
  }
  for (const auto& m : s.memory)
    put(ram_space, m.address, m.initial, m.previous_segment, m.final, m.last_time);
  return std::move(out.table());
}

}  // namespace ashlar::stark
