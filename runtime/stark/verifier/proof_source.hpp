#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/stark/field/gl3.hpp"

namespace ashlar::stark {

class byte_source;

/// How rows are combined while they are hashed: the powers of z up to z^7, and delta = z^8.
struct row_challenge {
  static constexpr unsigned block = 8;
  gl3 z, delta;
  gl3 power[block];
  explicit row_challenge(const gl3& at) noexcept : z(at), delta(at.squared(3)) {
    power[0] = gl3::one();
    for (unsigned i = 1; i < block; ++i) power[i] = power[i - 1] * z;
  }
};

/// A row as the query phase needs it: its digest, and its n elements x_i combined by falling
/// powers, sum over i of z^(n - 1 - i) x_i.
struct opened_row {
  hash256 digest;
  gl3 value;
};

/// A FRI leaf: its digest, and the value of the polynomial it holds (fri/leaf.hpp) at two points.
struct opened_leaf {
  hash256 digest;
  gl3 at_x, at_beta;
};

enum class source_state : u8 {
  good,
  truncated,      ///< more was read than there is
  not_canonical,  ///< an element of p or above
};

/// Where a verifier reads a proof from: strictly in order, every length known before it is read, so
/// that one text verifies bytes natively (byte_source.hpp) and private input in a guest. After a
/// failure, which lasts, everything read is zero; nothing read counts before `state` says good.
/// What is opened is hashed by the proof's own hash.
class proof_source {
 public:
  virtual ~proof_source() = default;

  /// A height.
  virtual u8 byte() = 0;
  virtual u64 number() = 0;
  virtual hash256 digest() = 0;
  /// Fills `out`.
  virtual void extensions(std::span<gl3> out) = 0;
  /// A row of n >= 1 elements.
  virtual opened_row row(u32 n, const row_challenge& challenge) = 0;
  /// A leaf of 2^fold_log2 coefficients. A guest reads it twice, first for beta, then for x, and
  /// must find the same digest.
  virtual opened_leaf leaf(unsigned fold_log2, gl x, const gl3& beta) = 0;
  /// Replaces the node `index` of a level by its ancestor `depth` >= 1 levels above; reads `depth`
  /// siblings, the lowest first.
  virtual void climb(hash256& node, u32 index, unsigned depth) = 0;

  virtual source_state state() const noexcept = 0;

#ifndef ASHLAR_GUEST
  /// The source itself where the proof's bytes lie whole, so that what is opened can be hashed all
  /// together (deferred_values.hpp); else null.
  virtual byte_source* whole() noexcept {
    return nullptr;
  }
#endif
};

}  // namespace ashlar::stark
