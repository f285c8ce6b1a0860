#pragma once

#include <vector>

#include "cuda/kernels/hash.hpp"
#include "runtime/crypto/poseidon2.hpp"

namespace ashlar::cuda {

/// The round constants as they lie in a device's memory, where a loop can index them: those of the
/// full rounds, then those of the partial ones.
inline std::vector<gl> poseidon2_constants() {
  std::vector<gl> out;
  for (const auto& round : crypto::poseidon2_full_constants)
    for (const u64 c : round) out.push_back(gl(c));
  for (const u64 c : crypto::poseidon2_partial_constants) out.push_back(gl(c));
  return out;
}

/// A sponge (runtime/stark/hash/hash.hpp) with its constants.
struct poseidon2_state {
  static constexpr unsigned width = crypto::poseidon2_width, rate = crypto::poseidon2_rate;
  const gl* constants;
  gl s[width];

  constexpr poseidon2_state(const gl* from, u64 capacity) : constants(from), s{} {
    s[rate] = gl(capacity);
  }

  static constexpr gl power7(gl x) {
    const gl x2 = x * x, x3 = x2 * x;
    return x2 * x2 * x3;
  }
  static constexpr gl half(gl x) {
    const u64 v = x.value();
    return gl::from_canonical((v >> 1) + ((v & 1) != 0 ? (gl::modulus >> 1) + 1 : 0));
  }
  constexpr void full_round(unsigned round) {
    ASHLAR_UNROLL
    for (unsigned i = 0; i < width; ++i) s[i] = power7(s[i] + constants[round * width + i]);
    crypto::poseidon2_external_layer(s);
  }
  constexpr void permute() {
    constexpr unsigned full = crypto::poseidon2_full_rounds;
    crypto::poseidon2_external_layer(s);
    for (unsigned r = 0; r < full / 2; ++r) full_round(r);
    for (unsigned r = 0; r < crypto::poseidon2_partial_rounds; ++r) {
      s[0] = power7(s[0] + constants[full * width + r]);
      crypto::poseidon2_internal_layer(s, [](const gl& x) { return half(x); });
    }
    for (unsigned r = full / 2; r < full; ++r) full_round(r);
  }
  constexpr digest result() const {
    digest out{};
    for (unsigned k = 0; k < 4; ++k) {
      out.w[2 * k] = static_cast<u32>(s[k].value());
      out.w[2 * k + 1] = static_cast<u32>(s[k].value() >> 32);
    }
    return out;
  }
};

template <>
struct node_hash<stark::hash_kind::poseidon2> {
  static constexpr digest pair(const digest& left, const digest& right, const gl* constants) {
    poseidon2_state state(constants, 8 + (u64{8} << 32));
    for (unsigned k = 0; k < 4; ++k) {
      state.s[k] = gl(left.w[2 * k] | u64{left.w[2 * k + 1]} << 32);
      state.s[4 + k] = gl(right.w[2 * k] | u64{right.w[2 * k + 1]} << 32);
    }
    state.permute();
    return state.result();
  }
};

/// hash_rows for Poseidon2, in blocks of `each`.
struct sponge_rows {
  static constexpr unsigned threads = 128;
  const leaf_column* columns;
  u32 width, each;
  unsigned height_log2;
  const gl* constants;
  digest* out;

  /// Row x & (2^height - 1) of coset x >> height.
  constexpr void operator()(u64 x) const {
    constexpr u32 rate = poseidon2_state::rate;
    const u64 rows = u64{1} << height_log2, coset = x >> height_log2, row = x & (rows - 1);
    poseidon2_state state(constants, width + (u64{each} << 32));
    u32 take = (width - 1) % each + 1;
    for (u32 at = 0; at < width; at += take, take = each) {
      ASHLAR_UNROLL
      for (u32 j = 0; j < rate; ++j) {
        gl cell;
        if (j + take >= rate) {
          const leaf_column& column = columns[at + j + take - rate];
          cell = column.data[coset * column.coset_stride + row];
        }
        state.s[j] = cell;
      }
      state.permute();
    }
    out[coset * rows + stark::reverse_bits(static_cast<u32>(row), height_log2)] = state.result();
  }
};

/// grind_nonces for Poseidon2: `message` is the transcript's work_message, its last element the
/// nonce.
struct grind_sponges {
  static constexpr unsigned threads = 128;
  static constexpr u32 run = 4;
  gl message[6];
  const gl* constants;
  u64 first, mask;
  u8* out;

  constexpr void operator()(u64 i) const {
    u32 found = run;
    for (u32 k = run; k-- > 0;) {
      poseidon2_state state(constants, 6 + (u64{8} << 32));
      for (unsigned j = 0; j < 5; ++j) state.s[2 + j] = message[j];
      state.s[7] = gl(first + i * run + k);
      state.permute();
      if ((state.s[0].value() & mask) == 0) found = k;
    }
    out[i] = static_cast<u8>(found);
  }
};

}  // namespace ashlar::cuda
