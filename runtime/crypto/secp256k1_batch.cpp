#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/crypto/secp256k1_advice.hpp"
#include "runtime/crypto/secp256k1_points.hpp"
#include "runtime/crypto/secp256k1_table.hpp"

// Many signatures at once. The key Q of a signature (r, s) of e with the nonce's point R is the one
// point with D = R - (e / s) G - (r / s) Q = 0. Keys come as advice; then sum z_i D_i = 0 is
// checked for weights z_i that a hash of all signatures and keys fixes. Where some D_i is not zero,
// at most one of the 2^130 or more values of its weight makes the sum vanish, as the group's order
// is a prime above that. The sum is one of many multiples, whose doublings all signatures share
// (Pippenger: On the evaluation of powers and monomials, 1980).

namespace ashlar::crypto {

namespace {

using namespace secp;

constexpr u256 lambda = secp256k1_order - minus_lambda;
constexpr u256 order_minus_one = secp256k1_order - 1;

template <class A, class B, class C>
void mul_add_scalars(u256& out, const A& a, const B& b, const C& c) {
  mod256_mul_add(out.limb, a.limb, b.limb, c.limb, &order);
}

/// A signature with the key that is claimed for it. What is hashed, as it lies in memory.
struct claim {
  u256 e, x, y, s;  // as secp256k1_key_question has them
  u256 key_x, key_y;
};
static_assert(sizeof(claim) == 6 * 32 && sizeof(secp256k1_key_question) == 4 * 32);

/// How scalars are cut: `count` digits of `width` bits, each less half its range. So a number t
/// stands for t - offset, of either sign; `offset` exceeds 2^129.
struct digit_plan {
  unsigned width, count;
  u256 offset;

  explicit digit_plan(unsigned digit_width) : width(digit_width), count(count_of(digit_width)) {
    for (unsigned i = 0; i < count; ++i) {
      const unsigned bit = width * i + width - 1;
      offset.limb[bit / 64] |= u64{1} << (bit % 64);
    }
  }
  static unsigned count_of(unsigned width) { return (129 + width) / width; }
  /// What a sum of so many multiples costs in additions, about.
  static std::size_t cost(unsigned width, std::size_t points) {
    return count_of(width) * (points + (std::size_t{1} << width));
  }
  /// Whether a number has no bits above the digits.
  bool holds(const u256& t) const {
    return t.limb[3] == 0 && t.limb[2] >> (width * count - 128) == 0;
  }
};

digit_plan plan_for(std::size_t points) {
  unsigned best = 3;
  for (unsigned width = 4; width <= 10; ++width)
    if (digit_plan::cost(width, points) < digit_plan::cost(best, points)) best = width;
  return digit_plan(best);
}

/// A multiple of a point: digits stands for digits - offset.
struct term {
  signed_point point;
  u256 digits;
};

class weighted_sum {
 public:
  weighted_sum(const digit_plan& plan, std::size_t points) : plan_(plan) { terms_.reserve(points); }

  term& add(const u256& x, const u256& y) {
    term& t = terms_.emplace_back();
    t.point.x = x;
    t.point.y[0] = y;
    mul_add(t.point.y[1], y, k.minus_one, k.zero);
    return t;
  }

  /// Adds scalar (x, y), by advised halves of the scalar. False where these are of no use.
  bool add_split(const u256& x, const u256& y, const u256& scalar) {
    u256 halves[2], left, right;
    secp256k1_split_advice(halves[0].limb, scalar.limb, plan_.offset.limb);
    if (!plan_.holds(halves[0]) || !plan_.holds(halves[1])) return false;
    // (t1 - offset) + (t2 - offset) lambda = scalar
    mul_add_scalars(left, halves[1], lambda, halves[0]);
    mul_add_scalars(right, plan_.offset, lambda, plan_.offset);
    mul_add_scalars(right, scalar, k.one, right);
    if (left != right) return false;
    term& first = add(x, y);
    first.digits = halves[0];
    term& second = terms_.emplace_back();
    mul_add(second.point.x, x, beta, k.zero);
    second.point.y[0] = terms_[terms_.size() - 2].point.y[0];
    second.point.y[1] = terms_[terms_.size() - 2].point.y[1];
    second.digits = halves[1];
    return true;
  }

  bool is_infinite() const {
    std::vector<running_sum> buckets(std::size_t{1} << (plan_.width - 1));
    running_sum total;
    for (unsigned i = plan_.count; i-- > 0;) {
      for (unsigned j = 0; j < plan_.width; ++j) total.add_twice_itself();
      fill(buckets, i * plan_.width);
      running_sum run, sum;
      for (std::size_t b = buckets.size(); b-- > 0;) {
        run.add(buckets[b]);
        sum.add(run);
      }
      total.add(sum);
    }
    return total.infinite;
  }

 private:
  // Each point into the bucket of its digit at this bit; bucket b is for digits of size b + 1.
  void fill(std::vector<running_sum>& buckets, unsigned bit) const {
    for (running_sum& b : buckets) b.infinite = true;
    const unsigned word = bit / 32, shift = bit % 32, half = 1u << (plan_.width - 1);
    const u32 mask = 2 * half - 1;
    for (const term& t : terms_) {
      const u32* const words = reinterpret_cast<const word_of_number*>(t.digits.limb) + word;
      const u32 digit = (words[0] >> shift | words[1] << 1 << (31 - shift)) & mask;
      if (digit > half)
        buckets[digit - half - 1].add(t.point, false);
      else if (digit < half)
        buckets[half - digit - 1].add(t.point, true);
    }
  }

  using word_of_number [[gnu::may_alias]] = u32;
  const digit_plan& plan_;
  std::vector<term> terms_;
};

// y^2 = x^3 + 7 for canonical x and y, as these are made to be.
bool is_point(u256& x, u256& y) {
  u256 left, right;
  mul_add(x, x, k.one, k.zero);
  mul_add(y, y, k.one, k.zero);
  mul_add(left, y, y, k.zero);
  mul_add(right, x, x, k.zero);
  mul_add(right, right, x, u256{7});
  return left == right;
}

enum class claimed { key, no_key, unknown };

claimed make_claim(const recovery& asked, claim& out) {
  if (asked.r.is_zero() || asked.s.is_zero() || asked.r >= secp256k1_order ||
      asked.s >= secp256k1_order)
    return claimed::no_key;
  affine_point nonce_point;
  if (!lift_x(asked.r, asked.y_parity, nonce_point)) return claimed::no_key;
  out.e = scalars::reduced(u256::from_be(asked.digest));
  out.x = nonce_point.x;
  out.y = nonce_point.y;
  out.s = asked.s;
  u64 key[8];
  secp256k1_key_question question;
  std::memcpy(&question, &out, sizeof question);
  secp256k1_key_advice(key, question);
  std::memcpy(out.key_x.limb, key, 32);
  std::memcpy(out.key_y.limb, key + 4, 32);
  return is_point(out.key_x, out.key_y) ? claimed::key : claimed::unknown;
}

/// Weights for the claims: the output of BLAKE3, keyed by the hash of all claims.
class weights {
 public:
  weights(std::span<const claim> claims, const digit_plan& plan) : plan_(plan) {
    const hash256 seed = blake3({reinterpret_cast<const u8*>(claims.data()), claims.size_bytes()});
    std::memcpy(key_, seed.data(), 32);
  }
  u256 next() {
    constexpr u32 keyed = 16;
    static constexpr u32 zeros[16] = {};
    u32 out[8];
    blake3_compress(key_, zeros, counter_++, blake3_block_bytes,
                    keyed | blake3_chunk_start | blake3_chunk_end | blake3_root, out);
    u256 t;
    t.limb[0] = out[0] | u64{out[1]} << 32;
    t.limb[1] = out[2] | u64{out[3]} << 32;
    t.limb[2] = out[4] & ((1u << (plan_.width * plan_.count - 128)) - 1);
    return t;
  }

 private:
  const digit_plan& plan_;
  u32 key_[8];
  u32 counter_ = 0;
};

// Whether all claims hold; false also where advice was of no use.
bool all_hold(std::span<const claim> claims) {
  const std::size_t points = 3 * claims.size() + 2;
  const digit_plan plan = plan_for(points);
  weighted_sum sum(plan, points);
  weights weight(claims, plan);
  u256 minus_offset, g_scalar;
  mul_add_scalars(minus_offset, plan.offset, order_minus_one, k.zero);
  for (const claim& c : claims) {
    const u256 digits = weight.next();
    u256 z, z_over_s, rest;  // the latter negated: -z / s
    mul_add_scalars(z, digits, k.one, minus_offset);
    mod256_negated_quotient_advice(z_over_s.limb, z.limb, c.s.limb, order.m);
    mul_add_scalars(rest, z_over_s, c.s, z);
    mod256_ensure_zero(rest.limb);
    mul_add_scalars(g_scalar, z_over_s, c.e, g_scalar);
    mul_add_scalars(rest, z_over_s, c.x, k.zero);
    sum.add(c.x, c.y).digits = digits;
    if (!sum.add_split(c.key_x, c.key_y, rest)) return false;
  }
  return sum.add_split(secp256k1_g[0].x, secp256k1_g[0].y, g_scalar) && sum.is_infinite();
}

}  // namespace

std::vector<std::optional<address>> recover_many_own(std::span<const recovery> asked) {
  // Below this the doublings, which are shared, cost more than they save.
  constexpr std::size_t together_min = 4;
  std::vector<std::optional<address>> found(asked.size());
  std::vector<claim> claims;
  std::vector<std::size_t> claimed_at, alone;
  claims.reserve(asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    claim c;
    const claimed is = asked.size() < together_min ? claimed::unknown : make_claim(asked[i], c);
    if (is == claimed::key) {
      claims.push_back(c);
      claimed_at.push_back(i);
    } else if (is == claimed::unknown) {
      alone.push_back(i);
    }
  }
  if (!claims.empty() && all_hold(claims)) {
    for (std::size_t i = 0; i < claims.size(); ++i)
      found[claimed_at[i]] = address_of_key(claims[i].key_x, claims[i].key_y);
  } else {
    alone.insert(alone.end(), claimed_at.begin(), claimed_at.end());
  }
  for (const std::size_t i : alone)
    found[i] = recover_own(asked[i].digest, asked[i].r, asked[i].s, asked[i].y_parity);
  return found;
}

}  // namespace ashlar::crypto
