#include <bit>

#include "runtime/stark/machine/fill_operands.hpp"

namespace ashlar::stark {

namespace {

void mix(mix_cells<gl>& m, u32& a, u32& b, u32& c, u32& d, u32 x, u32 y) {
  m.a = gl(a);
  m.c = gl(c);
  put_bytes(m.b, b);
  put_bytes(m.d, d);
  a += b + x;
  put_bytes(m.a1, a);
  d ^= a;
  put_bytes(m.d1, d);
  d = std::rotr(d, 16);
  c += d;
  put_bytes(m.c1, c);
  b ^= c;
  put_bytes(m.b1, b);
  put_bytes(m.b1_low, b & 0x0f0f0f0f);
  b = std::rotr(b, 12);
  a += b + y;
  put_bytes(m.a2, a);
  d ^= a;
  put_bytes(m.d2, d);
  d = std::rotr(d, 8);
  c += d;
  put_bytes(m.c2, c);
  b ^= c;
  put_bytes(m.b2, b);
  put_bytes(m.b2_top, b >> 7 & 0x01010101);
  b = std::rotr(b, 7);
}

struct compression {
  u32 v[16], m[16];
};

compression start_of(const riscv::blake3_record& r) {
  compression c{};
  for (unsigned i = 0; i < 8; ++i) c.v[i] = r.cv_words[i].value;
  for (unsigned i = 0; i < 4; ++i) c.v[8 + i] = crypto::blake3_iv[i];
  c.v[12] = r.counter.value;
  c.v[14] = r.length_flags.value & 255;
  c.v[15] = r.length_flags.value >> 8;
  for (unsigned i = 0; i < 16; ++i) c.m[i] = r.block_words[i].value;
  return c;
}

// One row, and the state and message behind it.
void half_round(blake3_rounds_chip::columns<gl>& row, compression& c, u32 step) {
  const unsigned turn = step & 1;
  row.step = gl(step);
  row.is_first = gl(u32{step == 0});
  row.is_last = gl(u32{step + 1 == blake3_rounds_chip::rows});
  (turn == 0 ? row.is_column : row.is_diagonal) = gl::one();
  const u32 *now = c.m + 8 * turn, *later = c.m + 8 * (1 - turn);
  for (unsigned i = 0; i < 8; ++i) {
    row.now[i] = gl(now[i]);
    row.later[i] = gl(later[i]);
  }
  for (unsigned j = 0; j < 4; ++j)
    mix(row.mix[j], c.v[j], c.v[4 + (j + turn) % 4], c.v[8 + (j + 2 * turn) % 4],
        c.v[12 + (j + 3 * turn) % 4], now[2 * j], now[2 * j + 1]);
  if (turn == 1) {
    u32 permuted[16];
    for (unsigned i = 0; i < 16; ++i) permuted[i] = c.m[blake3_rounds_chip::permutation[i]];
    std::copy(permuted, permuted + 16, c.m);
  }
}

compression end_of(const riscv::blake3_record& r) {
  compression c = start_of(r);
  blake3_rounds_chip::columns<gl> row{};
  for (u32 step = 0; step < blake3_rounds_chip::rows; ++step) half_round(row, c, step);
  return c;
}

}  // namespace

matrix fill_blake3(const fill_context& c) {
  auto out = writer_of<blake3_chip>(c);
  for (const auto& r : c.segment.blake3) {
    auto& row = out.fresh();
    row.is_real = gl::one();
    row.time = gl(r.time);
    fill_arguments(row.argument, r.time, {r.out, r.cv, r.block, r.counter, r.length_flags});
    fill_read(row.value, r.cv_words, r.time);
    fill_read(row.block, r.block_words, r.time + 1);
    row.length = gl(r.length_flags.value & 255);
    const compression end = end_of(r);
    for (unsigned i = 0; i < 8; ++i) {
      put_bytes(row.first[i], end.v[i]);
      put_bytes(row.second[i], end.v[8 + i]);
      put_bytes(row.out[i], end.v[i] ^ end.v[8 + i]);
      row.old[i] = gl(r.out_words[i].old_value);
      row.link[i] = link(r.time + 2, r.out_words[i].time);
    }
    out.put();
  }
  return std::move(out.table());
}

matrix fill_blake3_rounds(const fill_context& c) {
  auto out = writer_of<blake3_rounds_chip>(c);
  for (const auto& r : c.segment.blake3) {
    compression state = start_of(r);
    for (u32 step = 0; step < blake3_rounds_chip::rows; ++step) {
      auto& row = out.fresh();
      row.time = gl(r.time);
      half_round(row, state, step);
      out.put();
    }
  }
  return std::move(out.table());
}

}  // namespace ashlar::stark
