#pragma once

#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/hash/poseidon2_kernels.hpp"

// Poseidon2 on many states at once, for the vector files alone: each includes this with its own
// Lanes (runtime/stark/field), so everything is in an unnamed namespace.
namespace ashlar::stark {

namespace {

template <class L>
struct poseidon2_lanes {
  using vec = typename L::vec;
  // Two vectors of states go side by side: the chain of the partial rounds is too long for one.
  static constexpr unsigned vectors = 2;
  static constexpr std::size_t width = vectors * L::width;

  // Canonical words; products take and give any words in between.
  struct element {
    vec v[vectors];
    template <class Of>
    [[gnu::always_inline]] static element each(const Of& of) {
      element r;
#pragma GCC unroll 2
      for (unsigned i = 0; i < vectors; ++i) r.v[i] = of(i);
      return r;
    }
    [[gnu::always_inline]] friend element operator+(const element& a, const element& b) {
      return each([&](unsigned i) { return L::add(a.v[i], b.v[i]); });
    }
    [[gnu::always_inline]] friend element operator-(const element& a, const element& b) {
      return each([&](unsigned i) { return L::sub(a.v[i], b.v[i]); });
    }
  };
  struct ops {
    [[gnu::always_inline]] static element plus(const element& e, u64 c) {
      return element::each([&](unsigned i) { return L::add(L::broadcast(c), e.v[i]); });
    }
    [[gnu::always_inline]] static element half(const element& e) {
      return element::each([&](unsigned i) { return L::half(e.v[i]); });
    }
    [[gnu::always_inline]] static element power7(const element& e) {
      return element::each([&](unsigned i) {
        const vec x2 = L::square_words(e.v[i]), x3 = L::mul_words(x2, e.v[i]);
        return L::canonical(L::mul_words(L::square_words(x2), x3));
      });
    }
  };
  [[gnu::noinline, gnu::flatten]] static void permute(element (&s)[crypto::poseidon2_width]) {
    crypto::poseidon2_permute<ops>(s);
  }

  static element broadcast(u64 x) {
    return element::each([&](unsigned) { return L::broadcast(x); });
  }
  static element load(const u64* p) {
    return element::each([&](unsigned i) { return L::load(p + i * L::width); });
  }
  static void start(element (&s)[crypto::poseidon2_width], u64 capacity) {
    s[crypto::poseidon2_rate] = broadcast(capacity);
    for (unsigned i = crypto::poseidon2_rate + 1; i < crypto::poseidon2_width; ++i)
      s[i] = broadcast(0);
  }
  static void store_digests(const element (&s)[crypto::poseidon2_width], u8* out) {
    u64 words[4][width];
    for (unsigned k = 0; k < 4; ++k)
      for (unsigned i = 0; i < vectors; ++i) L::store(words[k] + i * L::width, s[k].v[i]);
    for (std::size_t lane = 0; lane < width; ++lane)
      for (unsigned k = 0; k < 4; ++k)
        __builtin_memcpy(out + 32 * lane + 8 * k, &words[k][lane], 8);
  }

  static void rows(const poseidon2_rows_job& job) noexcept {
    constexpr unsigned rate = crypto::poseidon2_rate;
    for (std::size_t i = 0; i < job.n; i += width) {
      element s[crypto::poseidon2_width];
      start(s, job.start);
      unsigned take = job.first_block;
      for (std::size_t at = 0; at < job.count; at += take, take = job.each) {
        for (unsigned j = 0; j < rate - take; ++j) s[j] = broadcast(0);
        for (unsigned j = 0; j < take; ++j)
          s[rate - take + j] = load(job.columns[at + j] + job.first + i);
        permute(s);
      }
      store_digests(s, job.out + 32 * i);
    }
  }

  static void nodes(const u8* pairs, u8* out, std::size_t n) noexcept {
    constexpr unsigned rate = crypto::poseidon2_rate;
    for (std::size_t i = 0; i < n; i += width) {
      u64 words[rate][width];
      for (std::size_t lane = 0; lane < width; ++lane)
        for (unsigned j = 0; j < rate; ++j)
          __builtin_memcpy(&words[j][lane], pairs + 64 * (i + lane) + 8 * j, 8);
      element s[crypto::poseidon2_width];
      start(s, rate + (u64{rate} << 32));
      for (unsigned j = 0; j < rate; ++j) s[j] = load(words[j]);
      permute(s);
      store_digests(s, out + 32 * i);
    }
  }
};

}  // namespace

}  // namespace ashlar::stark
