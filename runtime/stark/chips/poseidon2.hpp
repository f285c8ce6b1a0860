#pragma once

#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/chips/access.hpp"

namespace ashlar::stark {

/// Poseidon2's permutation, one a row: whoever sends (before, after) on the bus has a row that
/// received it, and a row's constraints leave one `after` for each `before`. A zero row holds, as
/// constants are multiples of is_real.
struct poseidon2_chip {
  static constexpr std::string_view name = "poseidon2";
  static constexpr unsigned width = crypto::poseidon2_width;

  /// One S-box: x^3 and x^7 of an x that the layers before give.
  template <class E>
  struct sbox_cells {
    E cube, seventh;
  };
  template <class E>
  struct columns {
    E is_real;
    E in[width];
    sbox_cells<E> full[crypto::poseidon2_full_rounds][width];
    sbox_cells<E> partial[crypto::poseidon2_partial_rounds];
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    check_bit(b, r.is_real);
    E s[width];
    for (unsigned i = 0; i < width; ++i) s[i] = r.in[i];
    const auto full_round = [&](unsigned round) {
      for (unsigned i = 0; i < width; ++i)
        s[i] = seventh(b, s[i], crypto::poseidon2_full_constants[round][i], r.full[round][i]);
      crypto::poseidon2_external_layer(s);
    };
    crypto::poseidon2_external_layer(s);
    constexpr unsigned half = crypto::poseidon2_full_rounds / 2;
    for (unsigned round = 0; round < half; ++round) full_round(round);
    for (unsigned round = 0; round < crypto::poseidon2_partial_rounds; ++round) {
      s[0] = seventh(b, s[0], crypto::poseidon2_partial_constants[round], r.partial[round]);
      crypto::poseidon2_internal_layer(s, [](const E& e) { return e * inverse_two; });
    }
    for (unsigned round = half; round < 2 * half; ++round) full_round(round);

    const auto& x = r.in;
    b.receive(bus::permutation, r.is_real,
              {x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9], x[10], x[11],
               s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11]});
  }

 private:
  static constexpr gl inverse_two = gl(2u).inverse();

  template <class B, class E = typename B::expr>
  static E seventh(B& b, const E& before, u64 constant, const sbox_cells<E>& cells) {
    const E x = before + b.row().is_real * gl(constant);
    b.zero(x * x * x - cells.cube);
    b.zero(cells.cube * cells.cube * x - cells.seventh);
    return cells.seventh;
  }
};

/// Sends (rate, capacity; after) to the table of permutations.
template <class B, class E = typename B::expr>
void permute(B& b, const E& active, const E (&rate)[8], const E (&capacity)[4],
             const E (&after)[12]) {
  b.send(bus::permutation, active,
         {rate[0],  rate[1],  rate[2],     rate[3],     rate[4],     rate[5],
          rate[6],  rate[7],  capacity[0], capacity[1], capacity[2], capacity[3],
          after[0], after[1], after[2],    after[3],    after[4],    after[5],
          after[6], after[7], after[8],    after[9],    after[10],   after[11]});
}

/// Where the capacity of the sponge starts for a list of n elements cut into blocks of `each`: its
/// first cell; the others are zero.
template <class E>
E sponge_start(const E& n, const E& each) {
  return n + each * two32;
}

}  // namespace ashlar::stark
