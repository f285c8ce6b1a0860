#include "runtime/stark/machine/fill_operands.hpp"

// mod384_mul_add: its own rows, and the quads of words that they send.

namespace ashlar::stark {

namespace {

using mod384_row = mod384_chip::columns<gl>;
constexpr unsigned halves = mod384_chip::halves, carries = mod384_chip::carries;

void put_word(gl* low_and_high, u32 word) {
  low_and_high[0] = low16(word);
  low_and_high[1] = gl(word >> 16);
}
template <std::size_t N>
void put_halves(gl (&cells)[2 * N], const std::array<riscv::read_access, N>& words) {
  for (std::size_t i = 0; i < N; ++i) put_word(cells + 2 * i, words[i].value);
}

// What the chip says of S_k, over the integers.
void fill_carries(mod384_row& row, const riscv::mod384_record& r) {
  i64 a[halves], b[halves], m[halves], q[halves];
  for (unsigned i = 0; i < halves; ++i) {
    const auto half = [&](u32 word) { return i64{word >> 16 * (i & 1) & 0xffff}; };
    a[i] = half(r.a_words[i / 2].value);
    b[i] = half(r.b_words[i / 2].value);
    m[i] = half(r.m_words[i / 2].value);
    q[i] = half(r.quotient[i / 2]);
  }
  i64 carry = 0;
  for (unsigned k = 0; k < carries; ++k) {
    for (unsigned h = 2 * k; h < 2 * k + 2; ++h) {
      i64 column = 0;
      for (unsigned i = h < halves ? 0 : h - (halves - 1); i < halves && i <= h; ++i)
        column += a[i] * b[h - i] - q[i] * m[h - i];
      carry += column * (h % 2 == 0 ? 1 : 65536);
    }
    if (k < mod384_chip::words) carry += i64{r.c_words[k].value} - i64{r.out_words[k].value};
    carry >>= 32;
    put_word(row.carry + 2 * k, static_cast<u32>(carry + (i64{1} << 31)));
  }
}

void fill_comparison(mod384_row& row, const riscv::mod384_record& r) {
  unsigned i = mod384_chip::words - 1;
  while (i > 0 && r.m_words[i].value == r.out_words[i].value) --i;
  row.differs[i] = gl::one();
  put_word(row.carry + 2 * carries, r.m_words[i].value - r.out_words[i].value - 1);
}

void fill_row(mod384_row& row, const riscv::mod384_record& r) {
  row.is_real = gl::one();
  row.time = gl(r.time);
  const u32 pointers[] = {r.out.value, r.a.value, r.b.value, r.c.value};
  for (unsigned i = 0; i < 4; ++i) row.pointer[i] = gl(pointers[i]);
  row.modulus = {gl(r.m.value), link(r.time, r.m.time)};
  put_halves(row.a, r.a_words);
  put_halves(row.b, r.b_words);
  put_halves(row.m, r.m_words);
  for (unsigned i = 0; i < mod384_chip::words; ++i) {
    put_word(row.quotient + 2 * i, r.quotient[i]);
    row.c[i] = gl(r.c_words[i].value);
    row.out[i] = gl(r.out_words[i].value);
  }
  fill_carries(row, r);
  fill_comparison(row, r);
}

/// The rows of the table of quads.
class quad_writer {
 public:
  explicit quad_writer(const fill_context& c) : out_(writer_of<word_quad_chip>(c)) {}

  void arguments(u32 time, std::initializer_list<riscv::read_access> four) {
    auto& row = fresh(10, time);
    row.is_words = row.accesses = gl::one();
    unsigned i = 0;
    for (const riscv::read_access& a : four) put(row, i++, time, a.value, a.value, a.time);
    out_.put();
  }
  template <std::size_t N>
  void reads(u32 address, u32 time, const std::array<riscv::read_access, N>& words, bool halved) {
    for (u32 i = 0; i < N; i += 4) {
      auto& row = fresh(address + 4 * i, time);
      row.space = row.accesses = (halved ? row.is_halves : row.is_words) = gl::one();
      for (unsigned k = 0; k < 4; ++k)
        put(row, k, time, words[i + k].value, words[i + k].value, words[i + k].time);
      out_.put();
    }
  }
  template <std::size_t N>
  void writes(u32 address, u32 time, const std::array<riscv::write_access, N>& words) {
    for (u32 i = 0; i < N; i += 4) {
      auto& row = fresh(address + 4 * i, time);
      row.space = row.accesses = row.is_words = row.is_write = gl::one();
      for (unsigned k = 0; k < 4; ++k)
        put(row, k, time, words[i + k].value, words[i + k].old_value, words[i + k].time);
      out_.put();
    }
  }
  template <std::size_t N>
  void halves_of(const gl (&cells)[N]) {
    for (std::size_t i = 0; i < N; i += 8) {
      auto& row = fresh(0, 0);
      row.is_halves = gl::one();
      for (unsigned k = 0; k < 4; ++k) {
        row.low[k] = cells[i + 2 * k];
        row.high[k] = cells[i + 2 * k + 1];
        row.old[k] = row.low[k] + row.high[k] * two16;
      }
      out_.put();
    }
  }
  matrix table() { return std::move(out_.table()); }

 private:
  using row_type = word_quad_chip::columns<gl>;

  row_type& fresh(u32 address, u32 time) {
    auto& row = out_.fresh();
    row.address = gl(address);
    row.time = gl(time);
    return row;
  }
  static void put(row_type& row, unsigned k, u32 time, u32 value, u32 old, u32 before) {
    row.low[k] = low16(value);
    row.high[k] = gl(value >> 16);
    row.old[k] = gl(old);
    row.link[k] = link(time, before);
  }

  row_writer<word_quad_chip> out_;
};

}  // namespace

matrix fill_mod384(const fill_context& c) {
  auto out = writer_of<mod384_chip>(c);
  for (const auto& r : c.segment.mod384) {
    fill_row(out.fresh(), r);
    out.put();
  }
  return std::move(out.table());
}

matrix fill_word_quad(const fill_context& c) {
  quad_writer out(c);
  for (const auto& r : c.segment.mod384) {
    out.arguments(r.time, {r.out, r.a, r.b, r.c});
    out.reads(r.a.value, r.time, r.a_words, true);
    out.reads(r.b.value, r.time + 1, r.b_words, true);
    out.reads(r.c.value, r.time + 2, r.c_words, false);
    out.reads(r.m.value, r.time + 3, r.m_words, true);
    out.writes(r.out.value, r.time + 3, r.out_words);
    mod384_row row{};
    fill_row(row, r);
    out.halves_of(row.quotient);
    out.halves_of(row.carry);
  }
  return out.table();
}

}  // namespace ashlar::stark
