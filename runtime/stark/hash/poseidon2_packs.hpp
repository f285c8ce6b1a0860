#pragma once

#include "runtime/stark/hash/poseidon2_kernels.hpp"

// Arithmetic of Poseidon2's kernels, over several vectors at a time, operation by operation: so a
// product of each stands in the code between those of the others, and not behind them. For the
// vector files alone, hence in an unnamed namespace.
namespace ashlar::stark {

namespace {

template <class L>
struct poseidon2_packs {
  using vec = typename L::vec;

  /// N vectors of words. A word is any number that stands for its residue.
  template <unsigned N>
  struct pack {
    vec v[N];

    template <class Of>
    [[gnu::always_inline]] static pack each(const Of& of) {
      pack r;
#pragma GCC unroll 8
      for (unsigned i = 0; i < N; ++i) r.v[i] = of(i);
      return r;
    }
    [[gnu::always_inline]] static pack load(const vec* p) {
      return each([&](unsigned i) { return p[i]; });
    }
    [[gnu::always_inline]] static pack all(u64 x) {
      return each([&](unsigned) { return L::broadcast(x); });
    }
    [[gnu::always_inline]] void store(vec* p) const {
#pragma GCC unroll 8
      for (unsigned i = 0; i < N; ++i) p[i] = v[i];
    }

    // Without reduction: sums and differences of words, products of their lower halves.
    [[gnu::always_inline]] friend pack operator+(const pack& a, const pack& b) {
      return each([&](unsigned i) { return L::add_words(a.v[i], b.v[i]); });
    }
    [[gnu::always_inline]] friend pack operator-(const pack& a, const pack& b) {
      return each([&](unsigned i) { return L::sub_words(a.v[i], b.v[i]); });
    }
    [[gnu::always_inline]] friend pack operator*(const pack& a, const pack& b) {
      return each([&](unsigned i) { return L::mul_halves(a.v[i], b.v[i]); });
    }
    template <int K>
    [[gnu::always_inline]] pack down() const {
      return each([&](unsigned i) { return L::template down<K>(v[i]); });
    }
    template <int K>
    [[gnu::always_inline]] pack up() const {
      return each([&](unsigned i) { return L::template up<K>(v[i]); });
    }
    [[gnu::always_inline]] pack upper() const {
      return down<32>();
    }
    [[gnu::always_inline]] pack lower() const {
      return each([&](unsigned i) { return L::bits_and(v[i], L::epsilon()); });
    }
    /// c more, or less, where a < b.
    [[gnu::always_inline]] pack add_where(const pack& a, const pack& b, u64 c) const {
      return each(
          [&](unsigned i) { return L::add_where_less(v[i], a.v[i], b.v[i], L::broadcast(c)); });
    }
    [[gnu::always_inline]] pack sub_where(const pack& a, const pack& b, u64 c) const {
      return each(
          [&](unsigned i) { return L::sub_where_less(v[i], a.v[i], b.v[i], L::broadcast(c)); });
    }

    // Of residues. `b` is canonical; what comes out is a word, and canonical from `minus` where
    // this is.
    [[gnu::always_inline]] pack plus(const pack& b) const {
      const pack s = *this + b;
      return s.add_where(s, *this, epsilon);
    }
    [[gnu::always_inline]] pack minus(const pack& b) const {
      return (*this - b).add_where(*this, b, p);
    }
    [[gnu::always_inline]] pack canonical() const {
      return each([&](unsigned i) { return L::canonical(v[i]); });
    }
    /// Of canonical words, to canonical ones: twice this, this over 2^K for K <= 3.
    [[gnu::always_inline]] pack doubled() const {
      return each([&](unsigned i) { return L::add(v[i], v[i]); });
    }
    template <int K>
    [[gnu::always_inline]] pack over() const {
      return each([&](unsigned i) { return L::template over<K>(v[i]); });
    }
  };
  static constexpr u64 p = 0xffffffff00000001, epsilon = 0xffffffff;  // 2^64 mod p

  /// Stands for low + 2^32 high; low may be negative.
  struct halves {
    vec low, high;
    [[gnu::always_inline]] friend halves operator+(const halves& a, const halves& b) {
      return {L::add_words(a.low, b.low), L::add_words(a.high, b.high)};
    }
  };
  [[gnu::always_inline]] static halves split(vec x) {
    return {L::bits_and(x, L::epsilon()), L::template down<32>(x)};
  }
  /// A word for a + c. Preconditions: a.high < 2^48, and c + a.low + a.high is in a word's range.
  [[gnu::always_inline]] static vec joined(const halves& a, u64 c) {
    // 2^64 = epsilon, of which there are a.high >> 32.
    const vec m = L::mul_halves(L::template down<32>(a.high), L::epsilon());
    const vec q = L::add_words(L::add_words(a.low, L::broadcast(c)), m);
    const vec s = L::add_words(q, L::template up<32>(a.high));
    return L::add_where_less(s, s, q, L::epsilon());
  }

  /// A word for low + 2^64 high.
  template <unsigned N>
  [[gnu::always_inline]] static pack<N> reduced(const pack<N>& low, const pack<N>& high) {
    // 2^64 = epsilon and 2^96 = -1.
    const pack<N> m = high * pack<N>::all(epsilon), top = high.upper();
    const pack<N> r = (low - top).sub_where(low, top, epsilon), s = r + m;
    return s.add_where(s, m, epsilon);
  }

  /// A word and its upper half, which several products read.
  template <unsigned N>
  struct factor {
    pack<N> word, upper;
    [[gnu::always_inline]] factor(const pack<N>& x) : word(x), upper(x.upper()) {}
  };
  template <unsigned N>
  [[gnu::always_inline]] static pack<N> square(const factor<N>& a) {
    const pack<N> lh = a.word * a.upper, ll = a.word * a.word, hh = a.upper * a.upper;
    const pack<N> low = ll + lh.template up<33>(), high = hh + lh.template down<31>();
    return reduced(low, high.add_where(low, ll, 1));
  }
  /// ll + 2^32 m + 2^96 [m < u] + 2^64 hh.
  template <unsigned N>
  struct parts {
    pack<N> ll, u, m, hh;
    [[gnu::always_inline]] parts(const factor<N>& a, const factor<N>& b)
        : ll(a.word * b.word),
          u(a.word * b.upper + ll.upper()),
          m(u + a.upper * b.word),
          hh(a.upper * b.upper) {}
  };
  // ll's upper half stands in u already, so of ll the lower one counts alone.
  template <unsigned N>
  [[gnu::always_inline]] static pack<N> product(const factor<N>& a, const factor<N>& b) {
    const parts<N> x(a, b);
    const pack<N> high = (x.hh + x.m.upper()).add_where(x.m, x.u, u64{1} << 32);
    const pack<N> low = pack<N>::each(
        [&](unsigned i) { return L::join_halves(x.ll.v[i], L::template up<32>(x.m.v[i])); });
    return reduced(low, high);
  }
  template <unsigned N>
  [[gnu::always_inline]] static pack<N> power7(const pack<N>& word) {
    const factor<N> x(word), x2(square(x)), x3(product(x2, x)), x4(square(x2));
    return product(x4, x3);
  }
  /// The same from N vectors to N halves, each half under 2^34 in size.
  template <unsigned N>
  [[gnu::always_inline]] static void power7_halves(const vec* in, halves* out) {
    const factor<N> f(pack<N>::load(in)), f2(square(f)), f3(product(f2, f)), f4(square(f2));
    const parts<N> x(f4, f3);
    const pack<N> both = x.m.upper() + x.hh.lower();
    const pack<N> low = (x.ll.lower() - x.hh.upper() - both).sub_where(x.m, x.u, 1);
    const pack<N> high = x.m.lower() + both;
#pragma GCC unroll 8
    for (unsigned i = 0; i < N; ++i) out[i] = {low.v[i], high.v[i]};
  }
};

}  // namespace

}  // namespace ashlar::stark
