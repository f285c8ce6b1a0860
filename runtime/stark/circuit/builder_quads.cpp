#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/stark/circuit/builder.hpp"

// Cells of four elements, and hashing.

namespace ashlar::stark {

namespace {

// n + 2^32 each: where the sponge's capacity starts.
gl start_of(std::size_t n, unsigned each) noexcept {
  return gl(u64{n} + (u64{each} << 32));
}

}  // namespace

quad circuit_builder::pack(const wire& first_three, const wire& fourth) {
  alu_row row;
  row.shape = alu_shape::pack_3_1;
  row.b = cell_of(first_three);
  row.a = cell_of(fourth);
  return quad(computed(row));
}

circuit_builder::lanes circuit_builder::unpack(quad from) {
  const auto [known, is_new] = unpacked_.try_emplace(static_cast<u32>(from.at()));
  if (!is_new) return known->second;
  const lanes out{{*this, hinted({hint::source::lanes, from.at(), 0, 3})},
                  {*this, hinted({hint::source::lanes, from.at(), 3, 1})}};
  alu_row row;
  row.shape = alu_shape::pack_3_1;
  row.b = out.first_three.a_;
  row.a = out.fourth.a_;
  row.out = from.at();
  row.a_use = row.out_use = cell_use::read;
  record(row);
  return known->second = out;
}

std::array<wire, 4> circuit_builder::elements_of(quad from) {
  if (from.at() == zero_cell) return {};
  const lanes l = unpack(from);
  const auto three = limbs_of(l.first_three);
  return {three[0], three[1], three[2], l.fourth};
}

quad circuit_builder::constant_quad(const std::array<gl, 4>& v) {
  return pack(gl3(v[0], v[1], v[2]), v[3]);
}

quad circuit_builder::input_quad() {
  alu_row row;
  row.shape = alu_shape::pack_3_1;
  row.b = hinted({});
  row.out = new_cell();
  hinted({hint::source::input, {}, 0, 1}, row);
  return quad(row.out);
}

void circuit_builder::assert_equal(quad x, quad y) {
  alu_row row;
  row.c = x.at();
  row.out = y.at();
  row.out_use = cell_use::read;
  record(row);
}

quad circuit_builder::last_of(unsigned n) {
  ensure(n <= 3);
  if (n == 0) return quad(zero_cell);
  constexpr alu_shape shapes[] = {alu_shape::pack_3_1, alu_shape::pack_2_2, alu_shape::pack_1_3};
  alu_row row;
  row.shape = shapes[n - 1];
  row.out = new_cell();
  hinted({hint::source::input, {}, 0, n}, row);
  return quad(row.out);
}

cell circuit_builder::permuted(sponge_row row) {
  if (row.out_use == cell_use::written) row.out = new_cell();
  made_.steps.push_back({true, static_cast<u32>(made_.sponge.size())});
  made_.sponge.push_back(row);
  return row.out;
}

circuit_builder::opened circuit_builder::open(u32 n, unsigned each) {
  ensure(n >= 1 && each >= 1 && each <= 8);
  opened out{quad(zero_cell), {}};
  for (u32 left = n; left != 0;) {
    const u32 block = left == n ? (n - 1) % each + 1 : each;
    left -= block;
    sponge_row row;
    row.chained = left + block != n;
    if (!row.chained) row.capacity = start_of(n, each);
    for (unsigned half = 0; half < 2; ++half) {
      const u32 members = half == 0 ? std::max(block, 4u) - 4 : std::min(block, 4u);
      if (members == 4) {
        row.in[half] = new_cell();
        row.in_use[half] = cell_use::written;
        made_.input_elements += 4;
      } else {
        row.in[half] = last_of(members).at();
        row.in_use[half] = cell_use::read;
      }
      out.quads.push_back(quad(row.in[half]));
    }
    row.out_use = left == 0 ? cell_use::written : cell_use::none;
    out.digest = quad(permuted(row));
  }
  return out;
}

wire circuit_builder::horner(std::span<const quad> quads, const wire& z) {
  const cell at = cell_of(z);
  cell sum = zero_cell;
  for (const quad& q : quads) {
    if (sum == zero_cell && q.at() == zero_cell) continue;
    alu_row row;
    row.shape = alu_shape::horner;
    row.a = sum;
    row.b = at;
    row.c = q.at();
    sum = computed(row);
  }
  return {*this, sum};
}

quad circuit_builder::hash_node(quad left, quad right) {
  sponge_row row;
  row.in[0] = left.at();
  row.in[1] = right.at();
  row.in_use[0] = row.in_use[1] = cell_use::read;
  row.capacity = start_of(8, 8);
  row.out_use = cell_use::written;
  return quad(permuted(row));
}

quad circuit_builder::climb(quad node, std::span<const bit> index) {
  for (const bit& b : index) {
    sponge_row row;
    row.in[0] = node.at();
    row.in_use[0] = cell_use::read;
    row.climbs = true;
    row.bit = b.at_;
    row.capacity = start_of(8, 8);
    row.out_use = cell_use::written;
    made_.input_elements += 4;
    node = quad(permuted(row));
  }
  return node;
}

quad circuit_builder::hash_elements(std::span<const element> elements) {
  std::size_t n = 0;
  for (const element& e : elements) n += e.width();
  ensure(n != 0);
  std::size_t lane = (8 - n % 8) % 8;
  // What stands in each quad: operands of alu rows, by shape.
  struct part {
    alu_shape shape;
    bool is_a;
    cell from;
  };
  std::vector<std::vector<part>> parts((lane + n) / 4);
  const auto put = [&](cell from, unsigned width) {
    // (b0 b1 b2 a0) (b1 b2 a0 a1) (b2 a0 a1 a2): a starts at lanes 3, 2, 1; b ends at 2, 1, 0.
    constexpr alu_shape starts[] = {alu_shape::pack_3_1, alu_shape::pack_1_3, alu_shape::pack_2_2,
                                    alu_shape::pack_3_1};
    constexpr alu_shape ends[] = {alu_shape::product, alu_shape::pack_2_2, alu_shape::pack_1_3};
    const std::size_t at = lane / 4, in_quad = lane % 4;
    parts[at].push_back({starts[in_quad], in_quad != 0, from});
    if (in_quad + width > 4) parts[at + 1].push_back({ends[4 - in_quad], false, from});
    lane += width;
  };
  for (const element& e : elements) {
    if (e.width() != 4) {
      put(cell_of(e.value()), e.width());
    } else if (lane % 4 == 0) {
      parts[lane / 4].push_back({alu_shape::product, false, e.four().at()});
      lane += 4;
    } else {
      const lanes l = unpack(e.four());
      put(l.first_three.a_, 3);
      put(l.fourth.a_, 1);
    }
  }
  std::vector<quad> quads;
  for (auto& of : parts) {
    cell sum = zero_cell;
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (of[i].shape == alu_shape::product) {  // a whole quad, or nothing
        sum = of[i].from;
        continue;
      }
      alu_row row;
      row.shape = of[i].shape;
      row.c = sum;
      (of[i].is_a ? row.a : row.b) = of[i].from;
      if (i + 1 < of.size() && of[i + 1].shape == row.shape && of[i + 1].is_a && !of[i].is_a)
        row.a = of[++i].from;
      sum = computed(row);
    }
    quads.push_back(quad(sum));
  }
  return hash_quads(quads, n);
}

quad circuit_builder::hash_quads(std::span<const quad> quads, std::size_t n) {
  ensure(quads.size() % 2 == 0 && !quads.empty());
  quad digest(zero_cell);
  for (std::size_t i = 0; i < quads.size(); i += 2) {
    sponge_row row;
    for (unsigned half = 0; half < 2; ++half) {
      row.in[half] = quads[i + half].at();
      row.in_use[half] = cell_use::read;
    }
    row.chained = i != 0;
    if (!row.chained) row.capacity = start_of(n, 8);
    row.out_use = i + 2 == quads.size() ? cell_use::written : cell_use::none;
    digest = quad(permuted(row));
  }
  return digest;
}

}  // namespace ashlar::stark
