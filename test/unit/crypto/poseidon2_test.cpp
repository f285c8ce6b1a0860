#include "runtime/crypto/poseidon2.hpp"

#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "runtime/base/u256.hpp"

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

constexpr u64 p = 0xffffffff00000001;
constexpr unsigned t = poseidon2_width;

// Goldilocks in the plainest words, apart from what the library computes with.
u64 add(u64 a, u64 b) {
  return static_cast<u64>((static_cast<unsigned __int128>(a) + b) % p);
}
u64 sub(u64 a, u64 b) {
  return add(a, p - b);
}
u64 mul(u64 a, u64 b) {
  return static_cast<u64>(static_cast<unsigned __int128>(a) * b % p);
}
u64 power(u64 a, u64 e) {
  u64 r = 1;
  for (; e != 0; e >>= 1, a = mul(a, a))
    if (e & 1) r = mul(r, a);
  return r;
}

using vector = std::vector<u64>;
using matrix = std::vector<vector>;

matrix product(const matrix& a, const matrix& b) {
  matrix c(t, vector(t));
  for (unsigned i = 0; i < t; ++i)
    for (unsigned j = 0; j < t; ++j)
      for (unsigned k = 0; k < t; ++k) c[i][j] = add(c[i][j], mul(a[i][k], b[k][j]));
  return c;
}

vector times(const matrix& m, const vector& v) {
  vector out(t);
  for (unsigned i = 0; i < t; ++i)
    for (unsigned j = 0; j < t; ++j) out[i] = add(out[i], mul(m[i][j], v[j]));
  return out;
}

matrix external_matrix() {
  const u64 small[4][4] = {{2, 3, 1, 1}, {1, 2, 3, 1}, {1, 1, 2, 3}, {3, 1, 1, 2}};
  matrix m(t, vector(t));
  for (unsigned i = 0; i < t; ++i)
    for (unsigned j = 0; j < t; ++j) m[i][j] = small[i % 4][j % 4] * (i / 4 == j / 4 ? 2 : 1);
  return m;
}

matrix internal_matrix() {
  matrix m(t, vector(t, 1));
  for (unsigned i = 0; i < t; ++i) m[i][i] = add(1, poseidon2_diagonal[i]);
  return m;
}

// The paper's text: matrices as matrices, constants at their places.
vector permuted(vector s) {
  const matrix external = external_matrix(), internal = internal_matrix();
  const auto full = [&](unsigned r) {
    for (unsigned i = 0; i < t; ++i) s[i] = power(add(s[i], poseidon2_full_constants[r][i]), 7);
    s = times(external, s);
  };
  s = times(external, s);
  for (unsigned r = 0; r < 4; ++r) full(r);
  for (u64 c : poseidon2_partial_constants) {
    s[0] = power(add(s[0], c), 7);
    s = times(internal, s);
  }
  for (unsigned r = 4; r < 8; ++r) full(r);
  return s;
}

vector absorbed(vector s) {
  const vector block(s.begin(), s.begin() + poseidon2_rate);
  poseidon2_absorb(s.data(), block.data());
  return s;
}

// The Grain LFSR in self-shrinking mode, as the Poseidon papers seed it (appendix F of Poseidon's).
class grain {
 public:
  grain(unsigned field, unsigned sbox, unsigned n, unsigned width, unsigned full, unsigned partial)
      : bits_(n) {
    const auto seed = [this](unsigned value, unsigned count) {
      while (count-- > 0) state_.push_back((value >> count) & 1);
    };
    seed(field, 2);
    seed(sbox, 4);
    seed(n, 12);
    seed(width, 12);
    seed(full, 10);
    seed(partial, 10);
    seed((1u << 30) - 1, 30);
    for (unsigned i = 0; i < 160; ++i) step();
  }
  // The next number below p.
  u64 element() {
    for (;;) {
      u64 v = 0;
      for (unsigned i = 0; i < bits_; ++i) v = 2 * v + bit();
      if (v < p) return v;
    }
  }

 private:
  unsigned step() {
    const unsigned b = state_[62] ^ state_[51] ^ state_[38] ^ state_[23] ^ state_[13] ^ state_[0];
    state_.erase(state_.begin());
    state_.push_back(b);
    return b;
  }
  unsigned bit() {
    for (;;) {
      const unsigned keep = step(), b = step();
      if (keep) return b;
    }
  }
  unsigned bits_;
  std::vector<unsigned> state_;
};

// Polynomials modulo a monic f of degree t, lowest coefficient first.
vector times_mod(const vector& a, const vector& b, const vector& f) {
  vector r(2 * t - 1);
  for (unsigned i = 0; i < t; ++i)
    for (unsigned j = 0; j < t; ++j) r[i + j] = add(r[i + j], mul(a[i], b[j]));
  for (unsigned k = 2 * t - 2; k >= t; --k)
    for (unsigned j = 0; j < t; ++j) r[k - t + j] = sub(r[k - t + j], mul(r[k], f[j]));
  r.resize(t);
  return r;
}
vector compose_mod(const vector& a, const vector& b, const vector& f) {
  vector r(t);
  for (unsigned i = t; i-- > 0;) {
    r = times_mod(r, b, f);
    r[0] = add(r[0], a[i]);
  }
  return r;
}
int degree(const vector& a) {
  int d = static_cast<int>(a.size()) - 1;
  while (d >= 0 && a[static_cast<std::size_t>(d)] == 0) --d;
  return d;
}
int gcd_degree(vector a, vector b) {
  while (degree(b) >= 0) {
    const auto db = static_cast<std::size_t>(degree(b));
    const u64 inverse = power(b[db], p - 2);
    while (degree(a) >= static_cast<int>(db)) {
      const auto da = static_cast<std::size_t>(degree(a));
      const u64 q = mul(a[da], inverse);
      for (std::size_t j = 0; j <= db; ++j) a[da - db + j] = sub(a[da - db + j], mul(q, b[j]));
    }
    std::swap(a, b);
  }
  return degree(a);
}

// Faddeev and LeVerrier.
vector characteristic_polynomial(const matrix& a) {
  vector c(t + 1);
  c[t] = 1;
  matrix m(t, vector(t));
  for (unsigned k = 1; k <= t; ++k) {
    m = product(a, m);
    for (unsigned i = 0; i < t; ++i) m[i][i] = add(m[i][i], c[t - k + 1]);
    const matrix am = product(a, m);
    u64 trace = 0;
    for (unsigned i = 0; i < t; ++i) trace = add(trace, am[i][i]);
    c[t - k] = mul(sub(0, trace), power(k, p - 2));
  }
  return c;
}

// Rabin: X^(p^12) = X, and X^(p^6) - X and X^(p^4) - X have no factor in common with f.
bool is_irreducible(const vector& f) {
  vector x(t), q(t), base(t);
  x[1] = base[1] = q[0] = 1;
  for (u64 e = p; e != 0; e >>= 1, base = times_mod(base, base, f))
    if (e & 1) q = times_mod(q, base, f);
  const vector q2 = compose_mod(q, q, f), q3 = compose_mod(q2, q, f), q4 = compose_mod(q2, q2, f);
  const vector q6 = compose_mod(q3, q3, f);
  const auto coprime = [&](vector a) {
    a[1] = sub(a[1], 1);
    return gcd_degree(f, std::move(a)) == 0;
  };
  return compose_mod(q6, q6, f) == x && coprime(q4) && coprime(q6);
}

u64 determinant(std::vector<vector> m) {
  u64 d = 1;
  for (std::size_t i = 0; i < m.size(); ++i) {
    std::size_t pivot = i;
    while (pivot < m.size() && m[pivot][i] == 0) ++pivot;
    if (pivot == m.size()) return 0;
    if (pivot != i) d = sub(0, d);
    std::swap(m[i], m[pivot]);
    d = mul(d, m[i][i]);
    const u64 inverse = power(m[i][i], p - 2);
    for (std::size_t k = i + 1; k < m.size(); ++k) {
      const u64 q = mul(m[k][i], inverse);
      for (std::size_t j = i; j < m.size(); ++j) m[k][j] = sub(m[k][j], mul(q, m[i][j]));
    }
  }
  return d;
}

}  // namespace

TEST_CASE("Poseidon2 of 0, 1, .., 11 is the published vector") {
  vector input(t);
  for (unsigned i = 0; i < t; ++i) input[i] = i;
  const vector expected = {0xf292ab67c0f14b03, 0x0a32f1b37656544c, 0x053c61ab895498de,
                           0x02ff92e55b196ffb, 0x58176e8f6f58cab2, 0xb0aa1206e7aec0f8,
                           0xe90c13f3dce83ca4, 0xf4da15333edf39c2, 0x23b701c053c2ca6c,
                           0xd233d593dcdfbf58, 0x4effa5f9516fb52e, 0x0aaf4489f1f40166};
  CHECK(absorbed(input) == expected);
  CHECK(permuted(input) == expected);
}

TEST_CASE("Poseidon2's constants are the Grain LFSR's") {
  grain source(1, 0, 64, poseidon2_width, poseidon2_full_rounds, poseidon2_partial_rounds);
  for (unsigned r = 0; r < 4; ++r)
    for (u64 c : poseidon2_full_constants[r]) CHECK(c == source.element());
  for (u64 c : poseidon2_partial_constants) CHECK(c == source.element());
  for (unsigned r = 4; r < 8; ++r)
    for (u64 c : poseidon2_full_constants[r]) CHECK(c == source.element());
}

TEST_CASE("Poseidon2's diagonal is the small numbers it says") {
  const u64 half = power(2, p - 2), quarter = mul(half, half), eighth = mul(half, quarter);
  const vector expected = {
      sub(0, 2),       1,     2, half, 3, 4, sub(0, half), sub(0, 3), sub(0, 4), quarter,
      sub(0, quarter), eighth};
  CHECK(vector(std::begin(poseidon2_diagonal), std::end(poseidon2_diagonal)) == expected);
}

TEST_CASE("Poseidon2 as matrices is Poseidon2 as sums, for canonical words and others") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (unsigned n = 0; n < 50; ++n) {
    vector words(t);
    for (u64& w : words) w = random() % 4 == 0 ? ~(random() % 3) : random();
    vector residues = words;
    for (u64& r : residues) r %= p;
    CHECK(absorbed(words) == permuted(residues));
  }
}

TEST_CASE("absorbing overwrites the rate and keeps the capacity") {
  vector state(t, 7), block(poseidon2_rate, 9), whole = block;
  whole.insert(whole.end(), state.begin() + poseidon2_rate, state.end());
  poseidon2_absorb(state.data(), block.data());
  CHECK(state == permuted(whole));
}

TEST_CASE("the four by four matrix of Poseidon2's external layer is MDS") {
  const matrix m = external_matrix();
  // Every square part that a set of rows and one of columns picks is invertible.
  for (unsigned rows = 1; rows < 16; ++rows)
    for (unsigned columns = 1; columns < 16; ++columns) {
      if (__builtin_popcount(rows) != __builtin_popcount(columns)) continue;
      std::vector<vector> part;
      for (unsigned i = 0; i < 4; ++i) {
        if (!(rows >> i & 1)) continue;
        part.emplace_back();
        for (unsigned j = 0; j < 4; ++j)
          if (columns >> j & 1) part.back().push_back(m[i][4 + j]);
      }
      CHECK(determinant(part) != 0);
    }
}

TEST_CASE("no subspace survives Poseidon2's partial rounds") {
  // The paper's condition (section 5.3): the minimal polynomials of the matrix and its powers, up
  // to twice the width, are irreducible and of full degree.
  const matrix m = internal_matrix();
  matrix power_of_m = m;
  for (unsigned k = 1; k <= 2 * t; ++k, power_of_m = product(power_of_m, m)) {
    INFO("power " << k);
    CHECK(is_irreducible(characteristic_polynomial(power_of_m)));
  }
}
