#include "runtime/stark/field/gl3.hpp"
#include "runtime/stark/machine/fill_operands.hpp"

namespace ashlar::stark {

matrix fill_ext3(const fill_context& c) {
  auto out = writer_of<ext3_chip>(c);
  for (const auto& r : c.segment.ext3) {
    auto& row = out.fresh();
    row.is_real = gl::one();
    row.time = gl(r.time);
    fill_arguments(row.argument, r.time, {r.out, r.a, r.b, r.c});
    fill_read(row.a, r.a_words, r.time);
    fill_read(row.b, r.b_words, r.time + 1);
    fill_read(row.c, r.c_words, r.time + 2);
    fill_written(row.out, r.out_words, r.time + 3);
    for (unsigned i = 0; i < 3; ++i)
      row.inverse[i] = (row.out.word[2 * i + 1] - gl(0xffffffffu)).inverse();
    out.put();
  }
  return std::move(out.table());
}

namespace {

using mod256_row = mod256_chip::columns<gl>;

u32 half_of(const std::array<u32, 8>& words, unsigned i) {
  return words[i / 2] >> (16 * (i & 1)) & 0xffff;
}

template <std::size_t N>
std::array<u32, N> values_of(const std::array<riscv::read_access, N>& words) {
  std::array<u32, N> v;
  for (std::size_t i = 0; i < N; ++i) v[i] = words[i].value;
  return v;
}

void fill_carries(mod256_row& row, const riscv::mod256_record& r) {
  const auto a = values_of(r.a_words), b = values_of(r.b_words), m = values_of(r.m_words);
  const bool whole = !row.m_is_zero.is_zero();
  i64 carry = 0;
  for (unsigned k = 0; k < 15; ++k) {
    i64 sum = carry;
    for (unsigned h = 2 * k; h < 2 * k + 2; ++h) {
      i64 column = 0;
      for (unsigned i = h < 16 ? 0 : h - 15; i < 16 && i <= h; ++i)
        column += i64{half_of(a, i)} * half_of(b, h - i) -
                  i64{half_of(r.quotient, i)} * half_of(m, h - i);
      sum += column * (h % 2 == 0 ? 1 : 65536);
    }
    if (k < 8) sum += i64{r.c_words[k].value} - i64{r.out_words[k].value};
    if (k >= 8 && whole) sum -= r.quotient[k - 8];
    carry = sum >> 32;
    const u32 shifted = static_cast<u32>(carry + (i64{1} << 31));
    row.carry[k] = gl(shifted);
    row.carry_low[k] = low16(shifted);
  }
}

void fill_comparison(mod256_row& row, const riscv::mod256_record& r) {
  u32 any = 0;
  for (const auto& w : r.m_words) any |= w.value;
  row.m_is_zero = gl(u32{any == 0});
  if (any == 0) {
    row.room = gl();
    return;
  }
  unsigned i = 7;
  while (i > 0 && r.m_words[i].value == r.out_words[i].value) --i;
  row.differs[i] = gl::one();
  const u32 room = r.m_words[i].value - r.out_words[i].value - 1;
  row.room = gl(room);
  row.room_low = low16(room);
}

}  // namespace

matrix fill_mod256(const fill_context& c) {
  auto out = writer_of<mod256_chip>(c);
  for (const auto& r : c.segment.mod256) {
    auto& row = out.fresh();
    row.is_real = gl::one();
    row.time = gl(r.time);
    fill_arguments(row.argument, r.time, {r.out, r.a, r.b, r.c, r.m});
    fill_read(row.a, r.a_words, r.time);
    fill_read(row.b, r.b_words, r.time + 1);
    fill_read(row.c, r.c_words, r.time + 2);
    fill_read(row.m, r.m_words, r.time + 3);
    fill_written(row.out, r.out_words, r.time + 3);
    for (unsigned i = 0; i < 8; ++i) {
      row.quotient[i] = gl(r.quotient[i]);
      row.quotient_low[i] = low16(r.quotient[i]);
      row.a_low[i] = low16(r.a_words[i].value);
      row.b_low[i] = low16(r.b_words[i].value);
      row.m_low[i] = low16(r.m_words[i].value);
    }
    fill_comparison(row, r);
    fill_carries(row, r);
    out.put();
  }
  return std::move(out.table());
}

}  // namespace ashlar::stark
