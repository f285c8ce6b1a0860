#include "runtime/stark/circuit/witness.hpp"

namespace ashlar::stark {

namespace {

using four = std::array<gl, 4>;

gl3 extension(const four& v) noexcept {
  return {v[0], v[1], v[2]};
}

/// What a row of alu_chip is about; its other cells follow.
struct alu_values {
  four a{}, b{}, c{}, out{};
};
alu_chip::columns<gl> row_of(const alu_values& v) {
  alu_chip::columns<gl> row{};
  const gl3 y = extension(v.b), y2 = y * y, y3 = y2 * y, y4 = y2 * y2;
  for (unsigned i = 0; i < 3; ++i) {
    row.a[i] = v.a[i];
    row.b[i] = v.b[i];
    row.b2[i] = y2.c[i];
    row.b3[i] = y3.c[i];
    row.b4[i] = y4.c[i];
  }
  std::copy(v.c.begin(), v.c.end(), row.c);
  std::copy(v.out.begin(), v.out.end(), row.out);
  return row;
}

/// And a row of sponge_chip.
struct sponge_values {
  gl in[12], first[4], bit;
};
sponge_chip::columns<gl> row_of(const sponge_values& v) {
  sponge_chip::columns<gl> row{};
  std::copy(std::begin(v.in), std::end(v.in), row.in);
  std::copy(std::begin(v.first), std::end(v.first), row.first);
  row.bit = v.bit;
  gl state[12];
  std::copy(std::begin(v.in), std::end(v.in), state);
  poseidon2_walk(state, row.cells, [](auto& box, gl x) {
    box.cube = x * x * x;
    return box.seventh = box.cube * box.cube * x;
  });
  return row;
}

/// Fills a table: some rows at a time, so that each column gets a run of cells.
template <class Values>
void fill(matrix& table, const std::vector<Values>& rows, const row_splitter& split) {
  using row = decltype(row_of(Values{}));
  static_assert(sizeof(row) % sizeof(gl) == 0);
  constexpr std::size_t tile = 16;
  ensure(sizeof(row) == table.width() * sizeof(gl) && rows.size() <= table.height());
  const row unused = row_of(Values{});
  split(table.height(), [&](std::size_t first, std::size_t last) {
    row tile_rows[tile];
    for (std::size_t at = first; at < last; at += tile) {
      const std::size_t n = std::min(tile, last - at);
      for (std::size_t i = 0; i < n; ++i)
        tile_rows[i] = at + i < rows.size() ? row_of(rows[at + i]) : unused;
      const gl* const cells = reinterpret_cast<const gl*>(tile_rows);
      for (std::size_t j = 0; j < table.width(); ++j)
        for (std::size_t i = 0; i < n; ++i) table.at(at + i, j) = cells[i * table.width() + j];
    }
  });
}

class circuit_run {
 public:
  circuit_run(const circuit& c, std::span<const gl> input, const std::array<gl, 8>& publics)
      : circuit_(c),
        input_(input),
        values_(c.reads.size()),
        alu_(std::size_t{1} << c.heights.alu),
        sponge_(c.sponge.size()) {
    out_.publics = publics;
    for (unsigned half = 0; half < 2; ++half) {
      four& value = at(cell{alu_chip::public_cells[half]});
      std::copy_n(publics.begin() + 4 * half, 4, value.begin());
      alu_values& row = half == 0 ? alu_.front() : alu_.back();
      row.c = row.out = value;
    }
  }

  result<circuit_witness, circuit_failure> run(const row_splitter& split) {
    std::size_t i = 0;
    for (; i < circuit_.steps.size() && !failed_; ++i) {
      const auto [is_sponge, row] = circuit_.steps[i];
      if (is_sponge)
        absorb(row);
      else
        combine(row);
    }
    if (!failed_ && !input_.empty()) failed_ = circuit_error::input_too_long;
    if (failed_) return fail(circuit_failure{*failed_, i - 1, circuit_.section_of(i - 1)});
    out_.main.emplace_back(alu_.size(), main_width<alu_chip>);
    out_.main.emplace_back(std::size_t{1} << circuit_.heights.sponge, main_width<sponge_chip>);
    fill(out_.main[0], alu_, split);
    // Rows without a use are permutations too.
    fill(out_.main[1], sponge_, split);
    return std::move(out_);
  }

 private:
  four& at(cell c) { return values_[static_cast<u32>(c)]; }

  void take(std::size_t count, gl* to) {
    if (input_.size() < count) {
      failed_ = circuit_error::input_ends;
      return;
    }
    std::copy_n(input_.begin(), count, to);
    input_ = input_.subspan(count);
  }

  four hinted(const alu_row& r) {
    four v{};
    const four& of = at(r.from.of);
    switch (r.from.from) {
      case hint::source::input:
        take(r.from.count, v.data());
        break;
      case hint::source::bit:
        v[0] = gl(of[0].value() >> r.from.index & 1);
        break;
      case hint::source::lanes:
        std::copy_n(of.begin() + r.from.index, r.from.count, v.begin());
        break;
      case hint::source::inverse: {
        const gl3 inverse = extension(of).inverse();
        std::copy_n(inverse.c, 3, v.begin());
        break;
      }
    }
    return v;
  }

  static four value_of(const alu_row& r, const four& a, const four& b, const four& c) {
    const gl3 x = extension(a), y = extension(b);
    gl3 head;
    four v = c;
    switch (r.shape) {
      case alu_shape::product:
        head = x * y * r.product;
        break;
      case alu_shape::pack_3_1:
        return {c[0] + b[0], c[1] + b[1], c[2] + b[2], c[3] + a[0]};
      case alu_shape::pack_2_2:
        return {c[0] + b[1], c[1] + b[2], c[2] + a[0], c[3] + a[1]};
      case alu_shape::pack_1_3:
        return {c[0] + b[2], c[1] + a[0], c[2] + a[1], c[3] + a[2]};
      case alu_shape::horner:
        head = (((x * y + c[0]) * y + c[1]) * y + c[2]) * y + c[3];
        v = {};
        break;
    }
    for (unsigned i = 0; i < 3; ++i) v[i] += head.c[i];
    v[0] += r.constant;
    return v;
  }

  void combine(u32 number) {
    const alu_row& r = circuit_.alu[number];
    if (r.a_use == cell_use::written) at(r.a) = hinted(r);
    const four a = r.a_use == cell_use::none ? four{} : at(r.a), b = at(r.b), c = at(r.c);
    if (!a[3].is_zero() || !b[3].is_zero() || (r.base && !extension(a).is_base()))
      failed_ = circuit_error::not_base;
    const four v = value_of(r, a, b, c);
    if (r.out_use == cell_use::written) at(r.out) = v;
    if (r.out_use == cell_use::read && at(r.out) != v) failed_ = circuit_error::assertion;
    alu_[number + 1] = {a, b, c, v};
  }

  void absorb(u32 number) {
    const sponge_row& r = circuit_.sponge[number];
    sponge_values& row = sponge_[number];
    for (unsigned k = 0; k < 2; ++k) {
      four v{};
      if (r.in_use[k] == cell_use::read) v = at(r.in[k]);
      if (r.in_use[k] == cell_use::written) {
        take(4, v.data());
        at(r.in[k]) = v;
      }
      std::copy(v.begin(), v.end(), row.in + 4 * k);
    }
    if (r.climbs) {
      // The node is in its place for a bit of 0.
      take(4, row.in + 4);
      row.bit = at(r.bit)[0];
      std::copy_n(row.in, 4, row.first);
      if (!row.bit.is_zero()) std::swap_ranges(row.in, row.in + 4, row.in + 4);
    } else {
      std::copy_n(row.in, 4, row.first);
    }
    for (unsigned i = 0; i < 4; ++i)
      row.in[8 + i] = r.chained ? gl::from_canonical(state_[8 + i]) : gl();
    if (!r.chained) row.in[8] = r.capacity;
    u64 block[crypto::poseidon2_rate];
    for (unsigned k = 0; k < 8; ++k) block[k] = row.in[k].value();
    for (unsigned k = 8; k < 12; ++k) state_[k] = row.in[k].value();
    crypto::poseidon2_absorb(state_, block);
    four out;
    for (unsigned i = 0; i < 4; ++i) out[i] = gl::from_canonical(state_[i]);
    if (r.out_use == cell_use::written) at(r.out) = out;
    if (r.out_use == cell_use::read && at(r.out) != out) failed_ = circuit_error::assertion;
  }

  const circuit& circuit_;
  std::span<const gl> input_;
  std::vector<four> values_;
  std::vector<alu_values> alu_;
  std::vector<sponge_values> sponge_;
  circuit_witness out_;
  u64 state_[12] = {};
  std::optional<circuit_error> failed_;
};

}  // namespace

std::string_view describe(circuit_error e) noexcept {
  switch (e) {
    case circuit_error::assertion:
      return "an assertion does not hold";
    case circuit_error::not_base:
      return "an element is not in the base field";
    case circuit_error::input_ends:
      return "the input ends early";
    case circuit_error::input_too_long:
      return "input follows the last that is taken";
  }
  return "unknown";
}

result<circuit_witness, circuit_failure> run_circuit(const circuit& c, std::span<const gl> input,
                                                     const std::array<gl, 8>& publics,
                                                     const row_splitter& split) {
  const row_splitter here = [](std::size_t n, const auto& work) { work(0, n); };
  return circuit_run(c, input, publics).run(split ? split : here);
}

}  // namespace ashlar::stark
