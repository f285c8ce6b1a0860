#pragma once

#include "cuda/kernels/roots.hpp"
#include "runtime/stark/verifier/air.hpp"

// A chip's air_program, one row a thread.
namespace ashlar::cuda {

/// Where an operand is: kind in the two highest bits, place in the others.
struct operand {
  enum class kind : u32 { scratch, input, uniform };
  u32 word;

  static constexpr operand of(kind k, u32 at) noexcept { return {static_cast<u32>(k) << 30 | at}; }
  constexpr kind where() const noexcept { return static_cast<kind>(word >> 30); }
  constexpr u32 at() const noexcept { return word & ((1u << 30) - 1); }
};

/// add, sub, mul: scratch[to] = a op b. constraint: the sum of row set `to` takes a with the power
/// `b` of alpha (the word as a number).
struct alignas(16) instruction {
  enum class kind : u32 { add, sub, mul, constraint };
  kind op;
  u32 to;
  operand a, b;
};

/// A column that a program reads, of the row or of the next one.
struct program_input {
  const gl* data;
  u64 next;  // 0 or 1
};

/// alpha + id + beta e_0 + beta^2 e_1 + ..
struct device_interaction {
  gl3 start;         // alpha + id
  u32 first, count;  // the tuple's operands
  u32 powers;        // place of beta's first power
  operand multiplicity;
  u32 negative;  // a receive
};

/// Interactions first .. first + count - 1 share a column; count is 1 or 2.
struct device_group {
  u32 first, count;
};

/// A program with all that it reads.
struct row_program {
  const instruction* code;
  u32 instructions;
  const program_input* inputs;
  const gl* uniforms;  // constants, public values
  u64 rows, offset;    // row i is at offset + i in each column; the next of the last is the first
  const device_interaction* interactions;
  const operand* tuples;
  const gl3* powers;
  const device_group* groups;
  u32 local_groups, global_groups;
  u32 constraints;

  constexpr u32 group_count() const noexcept { return local_groups + global_groups; }
};

/// One row's registers.
template <unsigned Registers>
struct row_registers {
  const row_program& program;
  u64 at[2];               // the row and the next one, in each column
  u64 scratch[Registers];  // words, so that they need not be set before they are written

  constexpr row_registers(const row_program& p, u64 row) noexcept
      : program(p), at{p.offset + row, p.offset + ((row + 1) & (p.rows - 1))} {}

  constexpr gl read(operand o) const noexcept {
    switch (o.where()) {
      case operand::kind::scratch:
        return gl::from_canonical(scratch[o.at()]);
      case operand::kind::input: {
        const program_input& in = program.inputs[o.at()];
        return in.data[at[in.next]];
      }
      default:
        return program.uniforms[o.at()];
    }
  }
  constexpr void execute(const instruction& i) noexcept {
    const gl a = read(i.a), b = read(i.b);
    const gl v = i.op == instruction::kind::mul   ? a * b
                 : i.op == instruction::kind::add ? a + b
                                                  : a - b;
    scratch[i.to] = v.value();
  }
  constexpr gl3 fingerprint(const device_interaction& x) const noexcept {
    gl3 sum = x.start;
    for (u32 k = 0; k < x.count; ++k)
      sum += program.powers[x.powers + k] * read(program.tuples[x.first + k]);
    return sum;
  }
  /// Negative for a receive.
  constexpr gl multiplicity(const device_interaction& x) const noexcept {
    const gl m = read(x.multiplicity);
    return x.negative != 0 ? -m : m;
  }
};

/// The auxiliary columns of a row: a group's sum of fractions in its column, and in the last column
/// of either kind the sum of all groups. One inversion a row: the products of the groups'
/// denominators wait in the columns until the way back.
template <unsigned Registers>
struct make_fractions {
  static constexpr unsigned threads = 128;
  row_program program;
  gl* out;    // column j at j rows
  u64* zero;  // set where a denominator is zero

  constexpr void operator()(u64 row) const {
    row_registers<Registers> r(program, row);
    for (u32 i = 0; i < program.instructions; ++i) r.execute(program.code[i]);
    const u32 groups = program.group_count();
    gl3 product = gl3::one();
    for (u32 g = 0; g < groups; ++g) {
      product *= fraction(r, program.groups[g]).denominator;
      store(g, row, product);
    }
    if (product.is_zero()) {
      *zero = 1;
      return;
    }
    gl3 inverse = product.inverse(), local, global;
    for (u32 g = groups; g-- > 0;) {
      const parts f = fraction(r, program.groups[g]);
      const gl3 before = g == 0 ? gl3::one() : load(g - 1, row);
      const gl3 value = f.numerator * (inverse * before);
      inverse *= f.denominator;
      store(g, row, value);
      if (g < program.local_groups)
        local += value;
      else
        global += value;
    }
    if (program.local_groups != 0) store(program.local_groups - 1, row, local);
    if (program.global_groups != 0) store(groups - 1, row, global);
  }

 private:
  struct parts {
    gl3 numerator, denominator;
  };
  static constexpr parts fraction(const row_registers<Registers>& r, const device_group& g) {
    const device_interaction& a = r.program.interactions[g.first];
    const gl3 d1 = r.fingerprint(a);
    const gl m1 = r.multiplicity(a);
    if (g.count == 1) return {gl3(m1), d1};
    const device_interaction& b = r.program.interactions[g.first + 1];
    const gl3 d2 = r.fingerprint(b);
    return {d2 * m1 + d1 * r.multiplicity(b), d1 * d2};
  }
  constexpr void store(u32 column, u64 row, const gl3& v) const {
    for (unsigned k = 0; k < 3; ++k) out[(3 * column + k) * program.rows + row] = v.c[k];
  }
  constexpr gl3 load(u32 column, u64 row) const {
    const gl* at = out + 3 * column * program.rows + row;
    return {at[0], at[program.rows], at[2 * program.rows]};
  }
};

/// The quotient at a row of one coset.
template <unsigned Registers>
struct quotient_rows {
  static constexpr unsigned threads = 128;
  row_program program;
  root_powers roots;
  unsigned height_log2;
  const gl3* alpha_powers;  // constraints, then groups
  const gl* aux;            // the extension; column j at j aux_stride
  u64 aux_stride;
  gl3 local_mean, global_mean;  // claimed sums by the rows
  gl shift, last_row, vanishing_inverse;
  bool has_boundary;
  gl* out;  // three columns of `rows`

  constexpr void operator()(u64 row) const {
    row_registers<Registers> r(program, row);
    gl3 every, first, last, transition;
    for (u32 i = 0; i < program.instructions; ++i) {
      const instruction& c = program.code[i];
      if (c.op != instruction::kind::constraint) {
        r.execute(c);
        continue;
      }
      const gl3 v = alpha_powers[c.b.word] * r.read(c.a);
      switch (static_cast<stark::row_set>(c.to)) {
        case stark::row_set::every:
          every += v;
          break;
        case stark::row_set::first:
          first += v;
          break;
        case stark::row_set::last:
          last += v;
          break;
        case stark::row_set::transition:
          transition += v;
          break;
      }
    }
    add_groups(r, 0, program.local_groups, local_mean, every);
    add_groups(r, program.local_groups, program.group_count(), global_mean, every);
    const gl x = shift * roots(height_log2, row);
    const gl from_first = x - gl::one(), from_last = x - last_row;
    gl3 q = (every + transition * from_last) * vanishing_inverse;
    if (has_boundary) {
      const gl inverse = (from_first * from_last).inverse();
      q += (first * from_last + last * from_first) * inverse;
    }
    for (unsigned k = 0; k < 3; ++k) out[k * program.rows + row] = q.c[k];
  }

 private:
  constexpr gl3 load(u32 column, u64 at) const {
    const gl* from = aux + 3 * column * aux_stride + at;
    return {from[0], from[aux_stride], from[2 * aux_stride]};
  }
  // Groups begin .. end - 1 of one kind; the last one's column is the running sum.
  constexpr void add_groups(const row_registers<Registers>& r, u32 begin, u32 end, const gl3& mean,
                            gl3& sum) const {
    gl3 others;
    for (u32 g = begin; g < end; ++g) {
      gl3 phi = load(g, r.at[0]);
      if (g + 1 == end)
        phi = load(g, r.at[1]) - phi + mean - others;
      else
        others += phi;
      sum += alpha_powers[program.constraints + g] * residue(r, program.groups[g], phi);
    }
  }
  // (phi d1 - m1) d2 - m2 d1, or phi d1 - m1.
  static constexpr gl3 residue(const row_registers<Registers>& r, const device_group& g,
                               const gl3& phi) {
    const device_interaction& a = r.program.interactions[g.first];
    const gl3 d1 = r.fingerprint(a);
    const gl3 one = phi * d1 - r.multiplicity(a);
    if (g.count == 1) return one;
    const device_interaction& b = r.program.interactions[g.first + 1];
    return one * r.fingerprint(b) - d1 * r.multiplicity(b);
  }
};

/// From the values' coefficients on two cosets (six columns, as interpolated without the shift) to
/// the coefficients of the quotient's chunks, in place.
struct split_quotient {
  static constexpr unsigned threads = 128;
  root_powers roots;
  unsigned height_log2, blowup_log2;
  gl shift_inverse;      // of the evaluation domain
  gl first, difference;  // x^rows on the first coset; 1 / (that less the second's)
  gl* data;              // column j at j << height

  constexpr void operator()(u64 i) const {
    const u64 e = stark::reverse_bits(static_cast<u32>(i), height_log2);
    const gl p0 = shift_inverse.pow(e);
    const gl p1 = p0 * roots.inverse(height_log2 + blowup_log2, e << (blowup_log2 - 1));
    for (unsigned k = 0; k < 3; ++k) {
      gl& r0 = data[(u64{k} << height_log2) + i];
      gl& r1 = data[(u64{3 + k} << height_log2) + i];
      const gl c0 = r0 * p0, q1 = (c0 - r1 * p1) * difference;
      r0 = c0 - first * q1;
      r1 = q1;
    }
  }
};

}  // namespace ashlar::cuda
