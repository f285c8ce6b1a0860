#include "runtime/stark/solidity/table_writer.hpp"

#include <bit>
#include <cctype>

#include "runtime/stark/solidity/source_text.hpp"

namespace ashlar::stark {

namespace {

// A lane holds 2^85 and p is below 2^64.
constexpr u64 bound_max = u64{1} << 20;
constexpr std::size_t values_at = 0x600;
// Deeper expressions would be shorter, and reach too far down the stack some day.
constexpr unsigned depth_max = 10;

std::string at_word(std::size_t w) {
  return "calldataload(" + hex_literal(u64{32 * w}) + ")";
}

}  // namespace

table_writer::table_writer(const l1_machine& machine, u32 table, const places& at, const slice& of)
    : shape_(machine.key.airs[table]->verifier.shape),
      program_(machine.key.airs[table]->program),
      table_(table),
      height_log2_(machine.heights_log2[table]),
      at_(at),
      slice_(of),
      opened_(opened_columns(shape_)),
      values_(values_at),
      spare_(values_at + 32 * (of.end - of.first)),
      uses_(program_.code.size(), 0),
      computed_(program_.code.size()) {
  trace_operands();
  mark_needed();
  run_code();
  for (u32 k = 0; k < program_.constraints.size(); ++k)
    if (is_wanted(k)) constraint(program_.constraints[k].where, read(constraint_operand_[k]));
  for (u32 g = 0; g < shape_.groups.size(); ++g)
    if (is_wanted(static_cast<u32>(program_.constraints.size()) + g)) bus_constraint(g);
  combine();
}

std::size_t table_writer::code_bytes() const noexcept {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '(') {
      // Functions of this contract are called with a place to come back to; the rest are opcodes.
      std::size_t from = i;
      while (from > 0 && std::isalnum(static_cast<unsigned char>(text_[from - 1]))) --from;
      const std::string_view name(text_.data() + from, i - from);
      const bool is_opcode = name == "add" || name == "sub" || name == "mul" || name == "mload" ||
                             name == "mstore" || name == "calldataload";
      bytes += is_opcode ? 1 : 9;
    } else if (text_[i] == 'x' && i > 0 && text_[i - 1] == '0') {
      std::size_t digits = 0;
      while (std::isxdigit(static_cast<unsigned char>(text_[i + 1 + digits]))) ++digits;
      bytes += 1 + digits / 2;
      i += digits;
    }
  }
  return bytes;
}

// Registers are used again: which instruction's value an operand is depends on where it stands.
void table_writer::trace_operands() {
  constexpr u32 nobody = ~u32{0};
  std::vector<u32> writer(program_.scratch_registers, nobody);
  const auto now = [&](u32 reg) {
    if (reg < program_.first_scratch()) return operand{false, reg};
    const u32 by = writer.at(reg - program_.first_scratch());
    ensure(by != nobody);
    return operand{true, by};
  };
  std::size_t k = 0;
  const auto constraints_to = [&](u32 done) {
    for (; k < program_.constraints.size() && program_.constraints[k].after <= done; ++k)
      constraint_operand_.push_back(now(program_.constraints[k].reg));
  };
  constraints_to(0);
  for (u32 i = 0; i < program_.code.size(); ++i) {
    const air_instruction& op = program_.code[i];
    first_.push_back(now(op.a));
    second_.push_back(now(op.b));
    ensure(op.to >= program_.first_scratch());
    writer.at(op.to - program_.first_scratch()) = i;
    constraints_to(i + 1);
  }
  ensure(k == program_.constraints.size());
  for (const auto& x : program_.interactions) {
    multiplicity_.push_back(now(x.multiplicity));
    auto& tuple = tuple_.emplace_back();
    for (u32 e : x.tuple) tuple.push_back(now(e));
  }
}

void table_writer::mark(const operand& o) {
  if (o.is_computed) ++uses_[o.of];
}

void table_writer::mark_needed() {
  for (u32 k = 0; k < program_.constraints.size(); ++k)
    if (is_wanted(k)) mark(constraint_operand_[k]);
  for (u32 g = 0; g < shape_.groups.size(); ++g) {
    if (!is_wanted(static_cast<u32>(program_.constraints.size()) + g)) continue;
    const interaction_group& group = shape_.groups[g];
    for (u32 i = group.first; i < group.first + group.count; ++i) {
      mark(multiplicity_[i]);
      for (const operand& e : tuple_[i]) mark(e);
    }
  }
  for (std::size_t i = program_.code.size(); i-- > 0;) {
    if (uses_[i] == 0) continue;
    mark(first_[i]);
    mark(second_[i]);
  }
}

table_writer::value table_writer::constant_of(gl c) {
  return {hex_literal(c.value()), 1, true, c, 0};
}

table_writer::value table_writer::word(std::size_t w) {
  return {at_word(w), 1, false, {}, 0};
}

table_writer::value table_writer::leaf(u32 reg) const {
  const std::size_t inputs = program_.inputs.size();
  if (reg >= inputs) return constant_of(program_.constants[reg - inputs]);
  const air_input& in = program_.inputs[reg];
  switch (in.from) {
    case air_input::kind::main:
      return word(here(shape_.fixed_width + in.index));
    case air_input::kind::main_next:
      return word(next(shape_.fixed_width + in.index));
    case air_input::kind::fixed:
      return word(here(in.index));
    case air_input::kind::fixed_next:
      return word(next(in.index));
    case air_input::kind::publics:
      return word(at_.table + 3 + in.index);
  }
  return {};
}

table_writer::value table_writer::read(const operand& o) const {
  return o.is_computed ? computed_[o.of] : leaf(o.of);
}

table_writer::value table_writer::bounded(value v) const {
  if (v.bound > bound_max) return {"norm(" + v.text + ")", 1, false, {}, v.depth + 1};
  return v;
}

table_writer::value table_writer::add(const value& a, const value& b) {
  if (a.is_constant && b.is_constant) return constant_of(a.constant + b.constant);
  return bounded({"add(" + a.text + ", " + b.text + ")",
                  a.bound + b.bound,
                  false,
                  {},
                  std::max(a.depth, b.depth) + 1});
}

table_writer::value table_writer::sub(const value& a, const value& b) {
  if (b.is_constant) return add(a, constant_of(-b.constant));
  const unsigned n = static_cast<unsigned>(std::bit_width(b.bound - 1));
  multiples_.insert(n);
  return bounded(
      {"sub(add(" + a.text + ", mload(" + hex_literal(u64{multiple_at(n)}) + ")), " + b.text + ")",
       a.bound + (u64{1} << n),
       false,
       {},
       std::max(a.depth, b.depth) + 2});
}

table_writer::value table_writer::mul(const value& a, const value& b) {
  if (a.is_constant && b.is_constant) return constant_of(a.constant * b.constant);
  if (a.is_constant) return mul(b, a);
  const unsigned depth = std::max(a.depth, b.depth) + 1;
  if (!b.is_constant) return {"mul3(" + a.text + ", " + b.text + ")", 1, false, {}, depth};
  // A small factor fits the lanes.
  const u64 factor = b.constant.value();
  if (factor != 0 && factor <= bound_max && a.bound * factor <= bound_max)
    return {"mul(" + a.text + ", " + b.text + ")", a.bound * factor, false, {}, depth};
  return {"mulb(" + a.text + ", " + b.text + ")", 1, false, {}, depth};
}

table_writer::value table_writer::keep(const value& v) {
  const std::string place = hex_literal(u64{spare_});
  spare_ += 32;
  text_ += "                mstore(" + place + ", " + v.text + ")\n";
  return {"mload(" + place + ")", v.bound, false, {}, 0};
}

// c0 + X (c1 + X c2), which are opened one by one.
table_writer::value table_writer::extension_at(std::size_t w) {
  return {
      "add(" + at_word(w) + ", turn(add(" + at_word(w + 1) + ", turn(" + at_word(w + 2) + "))))",
      8,
      false,
      {},
      4};
}

// A value that is read once stands where it is read.
void table_writer::run_code() {
  for (std::size_t i = 0; i < program_.code.size(); ++i) {
    if (uses_[i] == 0) continue;
    const value a = read(first_[i]), b = read(second_[i]);
    const auto op = program_.code[i].op;
    value r = op == air_instruction::kind::add   ? add(a, b)
              : op == air_instruction::kind::sub ? sub(a, b)
                                                 : mul(a, b);
    if (!r.is_constant && (uses_[i] > 1 || r.depth > depth_max)) r = keep(r);
    computed_[i] = std::move(r);
  }
}

void table_writer::constraint(row_set where, const value& v) {
  text_ += "                mstore(" + hex_literal(u64{values_ + 32 * where_.size()}) + ", " +
           v.text + ")\n";
  where_.push_back(where);
}

table_writer::value table_writer::fingerprint(u32 interaction) {
  const bus_properties& bus = program_.interactions[interaction].bus;
  const value alpha = word(bus.global ? 4 : 2), beta = word(bus.global ? 5 : 3);
  const auto& tuple = tuple_[interaction];
  value d = mul(read(tuple.back()), beta);
  for (std::size_t i = tuple.size() - 1; i-- > 0;) {
    d = mul(add(d, read(tuple[i])), beta);
    if (d.depth > depth_max) d = keep(d);
  }
  return add(add(d, alpha), constant_of(gl(bus.id)));
}

// The group's column. The last group of either kind has a running sum instead, whose step it shares
// with the other groups' columns (constraint_eval.cpp).
table_writer::value table_writer::phi(u32 group) {
  const std::size_t aux = shape_.fixed_width + shape_.main_width;
  const bool global = group >= shape_.local_groups;
  const u32 first = global ? shape_.local_groups : 0;
  const u32 last = (global ? shape_.local_groups + shape_.global_groups : shape_.local_groups) - 1;
  if (group != last) return extension_at(here(aux + 3 * group));
  const gl rows_inverse = gl(u64{1} << height_log2_).inverse();
  value out = add(sub(extension_at(next(aux + 3 * last)), extension_at(here(aux + 3 * last))),
                  mul(word(at_.table + (global ? 2 : 1)), constant_of(rows_inverse)));
  for (u32 g = first; g < last; ++g) out = keep(sub(out, extension_at(here(aux + 3 * g))));
  return out;
}

// phi d = m, or (phi d1 - m1) d2 = m2 d1.
void table_writer::bus_constraint(u32 g) {
  const interaction_group& group = shape_.groups[g];
  const auto minus = [&](const value& v, u32 i, const value& m) {
    return program_.interactions[i].negative ? add(v, m) : sub(v, m);
  };
  const value d = keep(fingerprint(group.first));
  value c = minus(mul(phi(g), d), group.first, read(multiplicity_[group.first]));
  if (group.count == 2) {
    const u32 second = group.first + 1;
    c = keep(c);
    c = minus(mul(c, keep(fingerprint(second))), second, mul(read(multiplicity_[second]), d));
  }
  constraint(row_set::every, c);
}

std::string table_writer::selector(row_set where) const {
  const gl last_row = gl::root_of_unity(height_log2_).inverse();
  const auto from = [&](gl row) {
    return "add(calldataload(0x20), " + hex_literal((-row).value()) + ")";
  };
  const std::string vanishing =
      "add(" + at_word(at_.table) + ", " + hex_literal((-gl::one()).value()) + ")";
  switch (where) {
    case row_set::every:
      return "1";
    case row_set::transition:
      return from(last_row);
    case row_set::first:
      return "mul3(" + vanishing + ", inv3(" + from(gl::one()) + "))";
    case row_set::last:
      return "mul3(" + vanishing + ", inv3(" + from(last_row) + "))";
  }
  return {};
}

// The sum of alpha^k C_k, each by what it is divided by, times the polynomial that vanishes on all
// rows; it must be that multiple of the quotient. Neighbours with one row set share a loop.
void table_writer::combine() {
  const bool goes_on = slice_.end != shape_.total_constraints();
  text_ += goes_on ? "                let sum := calldataload(0xc0)\n"
                   : "                let sum := 0\n";
  for (std::size_t end = where_.size(); end > 0;) {
    std::size_t first = end;
    while (first > 0 && where_[first - 1] == where_[end - 1]) --first;
    const u64 low = values_ + 32 * first, high = values_ + 32 * end;
    if (where_[first] == row_set::every)
      // From the last value down to the first.
      text_ += "                sum := horner(sum, " + hex_literal(high - 32) + ", " +
               hex_literal(low - 32) + ", calldataload(0))\n";
    else
      text_ += "                sum := hornerBy(sum, " + hex_literal(low) + ", " +
               hex_literal(high) + ", " + selector(where_[first]) + ")\n";
    end = first;
  }
  if (slice_.first != 0) {
    text_ += "                mstore(0, norm(sum))\n                return(0, 32)\n";
    return;
  }
  const std::size_t q = at_.opening + 2 * opened_;
  text_ += "                let quotient := add(" + extension_at(q).text + ", mul3(" +
           extension_at(q + 3).text + ", " + at_word(at_.table) + "))\n";
  text_ += "                quotient := mul3(quotient, add(" + at_word(at_.table) + ", " +
           hex_literal((-gl::one()).value()) + "))\n";
  text_ += "                if xor(norm(sum), quotient) { refuse(" + number(100 + table_) + ") }\n";
}

}  // namespace ashlar::stark
