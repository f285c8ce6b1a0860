#include <bit>

#include "runtime/stark/machine/fill.hpp"

namespace ashlar::stark {

namespace {

void put_bytes(gl (&cells)[2][4], u64 lane) {
  put_bytes(cells[0], static_cast<u32>(lane));
  put_bytes(cells[1], static_cast<u32>(lane >> 32));
}

u32 half_of(u64 lane, u32 half) {
  return static_cast<u32>(lane >> (32 * half));
}

// One round, with all that its rows hold.
struct keccak_round {
  u64 lane[25], parity[5], effect[5], moved[25], out[25];

  explicit keccak_round(const u64* state) {
    std::copy(state, state + 25, lane);
    for (u32 x = 0; x < 5; ++x)
      parity[x] = lane[x] ^ lane[x + 5] ^ lane[x + 10] ^ lane[x + 15] ^ lane[x + 20];
    for (u32 x = 0; x < 5; ++x) effect[x] = parity[(x + 4) % 5] ^ std::rotl(parity[(x + 1) % 5], 1);
    for (u32 x = 0; x < 5; ++x)
      for (u32 y = 0; y < 5; ++y) {
        const u32 i = keccak::lane(x, y);
        moved[keccak::moved_lane(x, y)] =
            std::rotl(lane[i] ^ effect[x], static_cast<int>(keccak::rotations[i]));
      }
    for (u32 x = 0; x < 5; ++x)
      for (u32 y = 0; y < 5; ++y) out[keccak::lane(x, y)] = moved[keccak::lane(x, y)] ^ taken(x, y);
  }
  u64 taken(u32 x, u32 y) const {
    return ~moved[keccak::lane(x + 1, y)] & moved[keccak::lane(x + 2, y)];
  }
};

// Calls f(record, round, its number) for every round of a segment.
template <class F>
void each_round(const riscv::segment& s, F&& f) {
  for (const auto& r : s.keccak) {
    u64 state[25];
    for (u32 i = 0; i < 25; ++i)
      state[i] = r.words[2 * i].old_value | u64{r.words[2 * i + 1].old_value} << 32;
    for (u32 n = 0; n < keccak::rounds; ++n) {
      const keccak_round round(state);
      f(r, round, n);
      std::copy(round.out, round.out + 25, state);
      state[0] ^= keccak::constants[n];
    }
  }
}

void fill_sheet(keccak_sheets_chip::columns<gl>& row, const keccak_round& round, u32 x) {
  row.sheet[x] = gl::one();
  for (u32 i = 0; i < 5; ++i)
    for (u32 h = 0; h < 2; ++h) row.parity[i][h] = gl(half_of(round.parity[i], h));
  u64 chain = round.lane[x];
  for (u32 y = 1; y < 5; ++y) put_bytes(row.chain[y - 1], chain ^= round.lane[x + 5 * y]);
  const u64 after = round.parity[(x + 1) % 5];
  put_bytes(row.before, round.parity[(x + 4) % 5]);
  put_bytes(row.after, std::rotl(after, 1));
  for (u32 h = 0; h < 2; ++h) row.top[h] = gl(half_of(after, h) >> 31);
  put_bytes(row.effect, round.effect[x]);
  for (u32 y = 0; y < 5; ++y) {
    const u32 i = keccak::lane(x, y), places = keccak::rotations[i] % 32;
    const u64 mixed = round.lane[i] ^ round.effect[x];
    put_bytes(row.lane[y], round.lane[i]);
    put_bytes(row.mixed[y], mixed);
    for (u32 h = 0; h < 2; ++h) {
      const u64 product = u64{half_of(mixed, h)} << places;
      row.low[y][h] = gl(half_of(product, 0));
      row.low_half[y][h] = low16(half_of(product, 0));
      row.high[y][h] = gl(half_of(product, 1));
      row.high_half[y][h] = low16(half_of(product, 1));
      row.moved[y][h] = gl(half_of(round.moved[keccak::moved_lane(x, y)], h));
    }
  }
}

void fill_plane(keccak_planes_chip::columns<gl>& row, const keccak_round& round, u32 n, u32 y,
                u32 half) {
  row.plane[y] = gl::one();
  row.is_upper = gl(half);
  for (u32 x = 0; x < 5; ++x) {
    const u32 i = keccak::lane(x, y);
    put_bytes(row.in[x], half_of(round.moved[i], half));
    put_bytes(row.taken[x], half_of(round.taken(x, y), half));
    put_bytes(row.out[x], half_of(round.out[i], half));
  }
  const u64 constant = y == 0 ? keccak::constants[n] : 0;
  const u32 added = half_of(constant, half), sum = half_of(round.out[5 * y], half) ^ added;
  for (u32 h = 0; h < 2; ++h) row.constant[h] = gl(half_of(constant, h));
  for (u32 i = 0; i < 3; ++i) {
    const u32 shift = 8 * keccak_planes_chip::changed[i];
    row.added[i] = gl(added >> shift & 255);
    row.sum[i] = gl(sum >> shift & 255);
  }
}

}  // namespace

matrix fill_keccak(const fill_context& c) {
  auto out = writer_of<keccak_chip>(c);
  for (const auto& r : c.segment.keccak) {
    for (u32 i = 0; i < keccak::words; ++i) {
      const auto& w = r.words[i];
      auto& row = out.fresh();
      row.is_real = gl::one();
      row.is_first = gl(u32{i == 0});
      row.is_last = gl(u32{i + 1 == keccak::words});
      row.time = gl(r.time);
      row.remaining = gl(keccak::words - i);
      row.to = gl(r.state.value + 4 * i);
      row.value = gl(w.value);
      row.old = gl(w.old_value);
      row.ram_link = link(r.time, w.time);
      if (i == 0) row.argument_link = link(r.time, r.state.time);
      out.put();
    }
  }
  return std::move(out.table());
}

matrix fill_keccak_sheets(const fill_context& c) {
  auto out = writer_of<keccak_sheets_chip>(c);
  each_round(c.segment, [&](const riscv::keccak_record& r, const keccak_round& round, u32 n) {
    for (u32 x = 0; x < 5; ++x) {
      auto& row = out.fresh();
      row.time = gl(r.time);
      row.round = gl(n);
      fill_sheet(row, round, x);
      out.put();
    }
  });
  return std::move(out.table());
}

matrix fill_keccak_planes(const fill_context& c) {
  auto out = writer_of<keccak_planes_chip>(c);
  each_round(c.segment, [&](const riscv::keccak_record& r, const keccak_round& round, u32 n) {
    for (u32 y = 0; y < 5; ++y)
      for (u32 half = 0; half < 2; ++half) {
        auto& row = out.fresh();
        row.time = gl(r.time);
        row.round = gl(n);
        fill_plane(row, round, n, y, half);
        out.put();
      }
  });
  return std::move(out.table());
}

}  // namespace ashlar::stark
