#pragma once

#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/air/bus.hpp"

namespace ashlar::stark {

/// The cells of one permutation besides its input: of each S-box x^3 and x^7.
template <class E>
struct poseidon2_cells {
  struct box {
    E cube, seventh;
  };
  box full[crypto::poseidon2_full_rounds][crypto::poseidon2_width];
  box partial[crypto::poseidon2_partial_rounds];
};

/// Walks through a permutation. `box(cells, x)` is called for every S-box, in order, and gives the
/// value that goes on; the constraint says which it has to be, the filler writes it down.
template <class E, class Cells, class Box>
void poseidon2_walk(E (&s)[crypto::poseidon2_width], Cells& cells, const Box& box) {
  using namespace crypto;
  constexpr gl one_half = gl(2u).inverse();
  const auto half = [one_half](const E& e) { return e * one_half; };
  const auto full = [&](unsigned round) {
    for (unsigned i = 0; i < poseidon2_width; ++i)
      s[i] = box(cells.full[round][i], s[i] + gl(poseidon2_full_constants[round][i]));
    poseidon2_external_layer(s);
  };
  poseidon2_external_layer(s);
  for (unsigned r = 0; r < poseidon2_full_rounds / 2; ++r) full(r);
  for (unsigned r = 0; r < poseidon2_partial_rounds; ++r) {
    s[0] = box(cells.partial[r], s[0] + gl(poseidon2_partial_constants[r]));
    poseidon2_internal_layer(s, half);
  }
  for (unsigned r = poseidon2_full_rounds / 2; r < poseidon2_full_rounds; ++r) full(r);
}

/// One permutation a row. Its input is two cells, each read or written (a hint), and the capacity:
/// of the row before, or a constant. Its first four elements of output are a cell, written or read.
///
/// Where `bit_reads` is 1 the row is a step up a Merkle path: the cell at in[0] is the node, and
/// the bit says on which side it stands; the other side is the prover's choice.
struct sponge_chip {
  static constexpr std::string_view name = "sponge";

  template <class E>
  struct columns {
    E in[12];
    E first[4];  ///< what the cell in[0] holds: elements 0..3, or 4..7 where the bit is set
    E bit;
    poseidon2_cells<E> cells;
  };
  template <class E>
  struct fixed_columns {
    E in[2], out, bit;                    ///< addresses
    E in_times[2], out_times, bit_reads;  ///< -1: read; or how often the cell is read
    E chained;                            ///< the capacity is that of the row before
    E capacity;                           ///< else (this, 0, 0, 0)
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& f = b.fixed();
    E s[12];
    std::copy(std::begin(r.in), std::end(r.in), std::begin(s));
    poseidon2_walk(s, r.cells, [&b](const auto& box, const E& x) {
      b.zero(box.cube - x * x * x);
      b.zero(box.seventh - box.cube * box.cube * x);
      return box.seventh;
    });
    for (unsigned i = 0; i < 4; ++i) {
      b.zero(r.first[i] - r.in[i] - r.bit * (r.in[4 + i] - r.in[i]));
      const E start = i == 0 ? b.fixed_next().capacity : E(gl());
      b.zero(b.next().in[8 + i] - b.fixed_next().chained * s[8 + i] - start);
    }
    b.zero(r.bit * (E(gl(1u)) - f.bit_reads));
    b.send(bus::wire, f.in_times[0], {f.in[0], r.first[0], r.first[1], r.first[2], r.first[3]});
    b.send(bus::wire, f.in_times[1], {f.in[1], r.in[4], r.in[5], r.in[6], r.in[7]});
    b.send(bus::wire, f.out_times, {f.out, s[0], s[1], s[2], s[3]});
    b.receive(bus::wire, f.bit_reads, {f.bit, r.bit, E(gl()), E(gl()), E(gl())});
  }
};

}  // namespace ashlar::stark
