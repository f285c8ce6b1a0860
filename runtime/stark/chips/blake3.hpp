#pragma once

#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/chips/blake3_rounds.hpp"
#include "runtime/stark/chips/operands.hpp"

namespace ashlar::stark {

/// ECALL blake3_compress: operands in, out the first half of the state xored with the second. The
/// rounds are blake3_rounds_chip's, named by the time of the call.
struct blake3_chip {
  static constexpr std::string_view name = "blake3";
  static constexpr riscv::ecall call = riscv::ecall::blake3_compress;

  template <class E>
  struct columns {
    E is_real, time;
    argument_cells<E> argument[5];  ///< out, chaining value, block, counter, length | flags << 8
    read_operand<E, 8> value;
    read_operand<E, 16> block;
    E length;
    E first[8][4], second[8][4];  ///< the state after the rounds, as bytes
    E out[8][4];                  ///< their exclusive or
    E old[8];
    access_link<E> link[8];
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    check_bit(b, r.is_real);
    b.receive(bus::call, r.is_real, {call_number<E>(call), r.time});
    for (unsigned i = 0; i < 5; ++i) read_argument(b, r.is_real, i, r.time, r.argument[i]);
    read_words(b, r.is_real, r.argument[1].value, r.time, r.value);
    read_words(b, r.is_real, r.argument[2].value, r.time + gl(1u), r.block);

    constexpr gl inverse256 = gl(256u).inverse();
    const E flags = (r.argument[4].value - r.length) * inverse256;
    check_bytes(b, r.is_real, r.length, flags);
    const auto iv = [](unsigned i) { return E(gl(crypto::blake3_iv[i])); };
    const auto& v = r.value.word;
    const auto& m = r.block.word;
    b.send(bus::blake3_in, r.is_real,
           {r.time,  v[0],     v[1],  v[2],  v[3],  v[4],  v[5],
            v[6],    v[7],     iv(0), iv(1), iv(2), iv(3), r.argument[3].value,
            E(gl()), r.length, flags, m[0],  m[1],  m[2],  m[3],
            m[4],    m[5],     m[6],  m[7],  m[8],  m[9],  m[10],
            m[11],   m[12],    m[13], m[14], m[15]});
    E x[8], y[8], out[8];
    for (unsigned i = 0; i < 8; ++i) {
      x[i] = word_of(r.first[i]);
      y[i] = word_of(r.second[i]);
      out[i] = word_of(r.out[i]);
      check_xor(b, r.is_real, r.first[i], r.second[i], r.out[i]);
    }
    b.receive(bus::blake3_out, r.is_real,
              {r.time, x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], y[0], y[1], y[2], y[3], y[4],
               y[5], y[6], y[7]});
    write_cells<8>(b, r.is_real, r.argument[0].value, r.time + gl(2u), r.old, out, r.link);
  }
};

}  // namespace ashlar::stark
