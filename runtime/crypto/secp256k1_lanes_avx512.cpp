#include "runtime/crypto/secp256k1_lanes.hpp"

#if defined(__x86_64__)
#include "runtime/crypto/secp256k1_points_avx512.hpp"
#include "runtime/crypto/secp256k1_scalars.hpp"

namespace ashlar::crypto {

namespace {

using strings = secp256k1_sign_strings;

/// Made by the compiler: a constructor that is called here may be emitted here, for AVX-512, and
/// the linker may keep that one for the whole program.
constexpr u256 zero{}, one{1}, seven{7};

/// The points with these x and oddness of y; `exist` says in which lanes there is one.
affine8 lifted(const secp256k1_lanes_question& q, __mmask8& exist) {
  vec word[4];
  for (int i = 0; i < 4; ++i) word[i] = _mm512_load_si512(q.x[i]);
  affine8 p;
  p.x = from_words(word);
  const field8 yy = mul_add(square(p.x), p.x, add(broadcast(seven), broadcast(zero)));
  const field8 y = canonical(root(yy));
  exist = equal(square(y), yy);
  const __mmask8 odd = _mm512_test_epi64_mask(y.limb[0], all(1));
  p.y = lowered(negated_where(static_cast<__mmask8>(odd ^ q.odd), y));
  return p;
}

/// The sum of multiples that the strings of `q` ask for, on the curve of the multiples of R: all
/// strings are read from their ends down, five bits a turn, those of G ten bits every second turn.
jacobian8 sum_of(const secp256k1_lanes_question& q, const secp256k1_generator_table& generator,
                 const multiples8& multiples) {
  constexpr unsigned turns = strings::point_bits / strings::point_window;
  static_assert(strings::generator_window == 2 * strings::point_window && turns % 2 == 0 &&
                strings::generator_bits == 2 * strings::point_bits);
  const field8 beta = broadcast(secp::beta);

  jacobian8 sum;
  for (unsigned turn = turns; turn-- > 0;) {
    const unsigned bit = turn * strings::point_window;
    const digit8 first = digit_at(q.first, bit, strings::point_window);
    if (turn == turns - 1) {
      const affine8 p = multiples.at(first);
      sum = {p.x, lowered(negated_where(first.minus, p.y)), broadcast(one)};
    } else {
      for (unsigned i = 0; i < strings::point_window; ++i) add_twice_itself(sum);
      add_point(sum, sum.z, multiples.at(first), first.minus);
    }
    const digit8 second = digit_at(q.second, bit, strings::point_window);
    affine8 p = multiples.at(second);
    p.x = mul(p.x, beta);
    add_point(sum, sum.z, p, second.minus);
    if (turn % 2 != 0) continue;
    for (const bool high : {false, true}) {
      const digit8 d =
          digit_at(q.generator, bit + (high ? strings::point_bits : 0), strings::generator_window);
      const secp256k1_packed_point* at[8];
      for (int i = 0; i < 8; ++i) at[i] = (high ? generator.high : generator.low) + d.multiple[i];
      add_point(sum, mul(sum.z, multiples.z), gathered(at), d.minus);
    }
  }
  return sum;
}

void store(secp256k1_lanes_answer::number& to, const field8& a) {
  vec word[4];
  to_words(a, word);
  for (int i = 0; i < 4; ++i) _mm512_store_si512(to[i], word[i]);
}

}  // namespace

void secp256k1_lanes_avx512(const secp256k1_lanes_question& question,
                            const secp256k1_generator_table& generator,
                            secp256k1_lanes_answer& answer) noexcept {
  __mmask8 exist = 0;
  const affine8 r = lifted(question, exist);
  const multiples8 multiples(r);
  const jacobian8 sum = sum_of(question, generator, multiples);
  store(answer.x, sum.x);
  store(answer.y, sum.y);
  store(answer.z, mul(sum.z, multiples.z));
  answer.on_curve = exist;
}

}  // namespace ashlar::crypto
#else
#include "runtime/base/ensure.hpp"

namespace ashlar::crypto {

void secp256k1_lanes_avx512(const secp256k1_lanes_question&, const secp256k1_generator_table&,
                            secp256k1_lanes_answer&) noexcept {
  ensure(false);  // no such processor has the extension
}

}  // namespace ashlar::crypto
#endif
