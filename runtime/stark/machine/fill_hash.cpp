#include "runtime/stark/field/gl3.hpp"
#include "runtime/stark/machine/fill.hpp"

// The calls that hash: their tables, the permutations, and the cells that their operands are in.

namespace ashlar::stark {

namespace {

template <std::size_t N>
void put_elements(gl (&cells)[N], const u64* canonical) {
  for (std::size_t i = 0; i < N; ++i) cells[i] = gl::from_canonical(canonical[i]);
}

gl3 ext_of(const riscv::read_access* words) {
  const auto element = [&](unsigned i) {
    return gl(words[2 * i].value | u64{words[2 * i + 1].value} << 32);
  };
  return {element(0), element(1), element(2)};
}
void put_ext(gl (&cells)[3], const gl3& v) {
  std::copy(std::begin(v.c), std::end(v.c), cells);
}

// x^3 and x^7 of every S-box, the layers between them being the chip's own.
void fill_sboxes(poseidon2_chip::columns<gl>& row) {
  static constexpr gl inverse_two = gl(2u).inverse();
  constexpr unsigned width = poseidon2_chip::width, half = crypto::poseidon2_full_rounds / 2;
  gl s[width];
  std::copy(std::begin(row.in), std::end(row.in), s);
  const auto raise = [](gl& x, u64 constant, poseidon2_chip::sbox_cells<gl>& cells) {
    x += gl(constant);
    cells.cube = x.square() * x;
    x = cells.seventh = cells.cube.square() * x;
  };
  const auto full_round = [&](unsigned round) {
    for (unsigned i = 0; i < width; ++i)
      raise(s[i], crypto::poseidon2_full_constants[round][i], row.full[round][i]);
    crypto::poseidon2_external_layer(s);
  };
  crypto::poseidon2_external_layer(s);
  for (unsigned round = 0; round < half; ++round) full_round(round);
  for (unsigned round = 0; round < crypto::poseidon2_partial_rounds; ++round) {
    raise(s[0], crypto::poseidon2_partial_constants[round], row.partial[round]);
    crypto::poseidon2_internal_layer(s, [](gl e) { return e * inverse_two; });
  }
  for (unsigned round = half; round < 2 * half; ++round) full_round(round);
}

}  // namespace

matrix fill_poseidon2(const fill_context& c) {
  auto out = writer_of<poseidon2_chip>(c);
  for (const auto& p : c.segment.permutations) {
    auto& row = out.fresh();
    row.is_real = gl::one();
    put_elements(row.in, p.in.data());
    fill_sboxes(row);
    out.put();
  }
  return std::move(out.table());
}

matrix fill_open_row(const fill_context& c) {
  const riscv::segment& s = c.segment;
  auto out = writer_of<open_row_chip>(c);
  for (const auto& r : s.open_row) {
    const gl3 z = ext_of(r.challenge_words.data()), delta = ext_of(r.challenge_words.data() + 6);
    const gl3 z2 = z.square();
    gl3 value;
    u32 left = r.elements.value;
    for (u32 i = 0; left != 0; ++i) {
      const riscv::permutation_record& p = s.permutations[r.permutations_begin + i];
      const u32 used = (left - 1) % r.each.value + 1;
      auto& row = out.fresh();
      row.is_real = gl::one();
      row.is_first = gl(u32{i == 0});
      row.is_last = gl(u32{left == used});
      row.time = gl(r.time);
      row.remaining = gl(left);
      row.each = gl(r.each.value);
      row.out = gl(r.out.value);
      row.challenge = gl(i == 0 ? r.challenge.value : 0);
      for (u32 j = 0; j < 7; ++j) row.used[j] = gl(u32{j + used >= 8});
      put_elements(row.block, p.in.data());
      put_elements(row.capacity, p.in.data() + 8);
      put_elements(row.after, p.out.data());
      gl3 upper;
      for (u32 j = 0; j < 5; ++j) upper = upper * z + row.block[j];
      put_ext(row.z, z);
      put_ext(row.delta, delta);
      put_ext(row.z2, z2);
      put_ext(row.upper, upper);
      put_ext(row.sum, value);
      value = value * delta + ((upper * z + row.block[5]) * z + row.block[6]) * z + row.block[7];
      put_ext(row.value, value);
      out.put();
      left -= used;
    }
  }
  return std::move(out.table());
}

matrix fill_climb(const fill_context& c) {
  const riscv::segment& s = c.segment;
  auto out = writer_of<climb_chip>(c);
  for (const auto& r : s.climb) {
    for (u32 i = 0; i < r.depth.value; ++i) {
      const riscv::permutation_record& p = s.permutations[r.permutations_begin + i];
      const u32 position = r.position.value >> i, bit = position & 1;
      auto& row = out.fresh();
      row.is_real = gl::one();
      row.is_first = gl(u32{i == 0});
      row.is_last = gl(u32{i + 1 == r.depth.value});
      row.time = gl(r.time);
      row.remaining = gl(r.depth.value - i);
      row.digest = gl(r.digest.value);
      row.unused = gl(i == 0 ? r.unused.value : 0);
      row.position = gl(position);
      row.bit = gl(bit);
      put_elements(row.node, p.in.data() + 4 * bit);
      put_elements(row.children, p.in.data());
      put_elements(row.after, p.out.data());
      out.put();
    }
  }
  return std::move(out.table());
}

matrix fill_absorb(const fill_context& c) {
  auto out = writer_of<absorb_chip>(c);
  for (const auto& r : c.segment.absorb) {
    const riscv::permutation_record& p = c.segment.permutations[r.permutations_begin];
    auto& row = out.fresh();
    row.is_real = gl::one();
    row.time = gl(r.time);
    row.state = gl(r.state.value);
    row.from = gl(r.block.value);
    put_elements(row.block, p.in.data());
    put_elements(row.capacity, p.in.data() + 8);
    put_elements(row.after, p.out.data());
    out.put();
  }
  return std::move(out.table());
}

namespace {

/// The rows of the table of cell pairs.
class pair_writer {
 public:
  explicit pair_writer(const fill_context& c) : out_(writer_of<cell_pair_chip>(c)) {}

  void arguments(u32 time, unsigned first, const riscv::read_access& a,
                 const riscv::read_access& b) {
    auto& row = put(10 + first, time, a, b);
    row.is_arguments = gl::one();
    out_.put();
  }
  template <std::size_t N>
  void reads(u32 address, u32 time, const std::array<riscv::read_access, N>& words) {
    for (u32 i = 0; i < N; i += 2) {
      auto& row = put(address + 4 * i, time, words[i], words[i + 1]);
      row.is_element = gl::one();
      out_.put();
    }
  }
  template <std::size_t N>
  void writes(u32 address, u32 time, const std::array<riscv::write_access, N>& words) {
    for (u32 i = 0; i < N; i += 2) {
      auto& row = put(address + 4 * i, time, riscv::read_access{words[i].value, words[i].time},
                      riscv::read_access{words[i + 1].value, words[i + 1].time});
      row.is_element = row.is_write = gl::one();
      for (u32 k = 0; k < 2; ++k) row.old[k] = gl(words[i + k].old_value);
      row.inverse = (row.word[1] - gl(0xffffffffu)).inverse();
      out_.put();
    }
  }
  matrix table() { return std::move(out_.table()); }

 private:
  cell_pair_chip::columns<gl>& put(u32 address, u32 time, const riscv::read_access& a,
                                   const riscv::read_access& b) {
    auto& row = out_.fresh();
    row.address = gl(address);
    row.time = gl(time);
    const riscv::read_access both[2] = {a, b};
    for (u32 k = 0; k < 2; ++k) {
      row.word[k] = row.old[k] = gl(both[k].value);
      row.low[k] = low16(both[k].value);
      row.link[k] = link(time, both[k].time);
    }
    return row;
  }
  row_writer<cell_pair_chip> out_;
};

}  // namespace

matrix fill_cell_pair(const fill_context& c) {
  const riscv::segment& s = c.segment;
  pair_writer out(c);
  for (const auto& r : s.open_row) {
    out.arguments(r.time, 0, r.out, r.challenge);
    out.arguments(r.time, 2, r.elements, r.each);
    out.reads(r.challenge.value, r.time, r.challenge_words);
    out.writes(r.out.value, r.time + 1, r.out_words);
  }
  for (const auto& r : s.climb) {
    out.arguments(r.time, 0, r.digest, r.position);
    out.arguments(r.time, 2, r.depth, r.unused);
    out.reads(r.digest.value, r.time, r.digest_words);
    out.writes(r.digest.value, r.time + 1, r.out_words);
  }
  for (const auto& r : s.absorb) {
    out.arguments(r.time, 0, r.state, r.block);
    out.reads(r.state.value + 64, r.time, r.capacity_words);
    out.reads(r.block.value, r.time + 1, r.block_words);
    out.writes(r.state.value, r.time + 2, r.out_words);
  }
  return out.table();
}

}  // namespace ashlar::stark
