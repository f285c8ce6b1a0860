#pragma once

#include "runtime/base/ensure.hpp"
#include "runtime/stark/deferred/hash_list.hpp"
#include "runtime/stark/fri/leaf.hpp"
#include "runtime/stark/verifier/byte_source.hpp"
#include "runtime/stark/verifier/native_values.hpp"

namespace ashlar::stark {

/// A digest that is known, or that of a hash that was put off.
class deferred_digest {
 public:
  deferred_digest() = default;
  deferred_digest(const hash256& known) noexcept : known_(known) {}  // NOLINT: a known one is one
  static deferred_digest of(hash_list::number hash) noexcept {
    deferred_digest out;
    out.hash_ = hash;
    return out;
  }
  /// Precondition: it is known.
  operator const hash256&() const noexcept {  // NOLINT: as above
    ensure(hash_ == none);
    return known_;
  }
  /// Precondition: it is not.
  hash_list::number hash() const noexcept {
    ensure(hash_ != none);
    return hash_;
  }

 private:
  static constexpr hash_list::number none = ~hash_list::number{0};
  hash256 known_{};
  hash_list::number hash_ = none;
};

/// native_values of a proof's bytes, whose query phase is hashed all at once (hash_list.hpp). That
/// opened rows lead to the roots is noted, and asked when they are hashed: before any other
/// failure is told, and by `settle` at the end. So the first failure in the text's order is the one
/// that is told, as if each had been asked where it stands.
class deferred_values : public native_values {
 public:
  using digest = deferred_digest;
  struct row_read {
    deferred_digest digest;
    gl3 value;
  };
  struct leaf_read {
    deferred_digest digest;
    gl3 at_x, at_beta;
  };

  /// The bytes must outlive this.
  deferred_values(hash_kind hash, byte_source& proof) noexcept
      : native_values(hash, proof), proof_(proof), hashes_(hash) {}

  status<verify_failure> readable() { return unless_earlier(native_values::readable()); }
  digest read_digest() { return proof_.digest(); }
  row_read row(u32 n, const row_challenge& challenge) {
    const bytes_view b = proof_.elements(n);
    if (b.empty()) return {};
    return {digest::of(hashes_.row(b, hash_block_max)), proof_.row_value(b, challenge)};
  }
  leaf_read leaf(unsigned fold_log2, gl x, const gl3& beta) {
    const bytes_view b = proof_.elements(std::size_t{3} << fold_log2);
    if (b.empty()) return {};
    const auto [at_x, at_beta] = proof_.leaf_values(b, x, beta);
    return {digest::of(hashes_.row(b, leaf_block(fold_log2))), at_x, at_beta};
  }
  // Where the proof ended early there is nothing to hash, and nobody asks for it.
  void climb(digest& node, place at, unsigned below, unsigned depth) {
    const bytes_view siblings = proof_.digests(depth);
    if (!siblings.empty()) node = digest::of(hashes_.climb(node.hash(), at >> below, siblings));
  }
  digest node(const digest& left, const digest& right) {
    if (proof_.state() == source_state::truncated) return {};
    return digest::of(hashes_.node(left.hash(), right.hash()));
  }
  digest root_above(std::span<const digest> nodes) const {
    return native_values::root_above(std::vector<hash256>(nodes.begin(), nodes.end()));
  }

  status<verify_failure> equal(const gl3& x, const gl3& y, verify_failure otherwise) {
    return unless_earlier(native_values::equal(x, y, otherwise));
  }
  status<verify_failure> equal(const digest& x, const digest& y, verify_failure otherwise) {
    return unless_earlier(native_values::equal(x, y, otherwise));
  }
  status<verify_failure> in_cap(const digest& node, std::span<const digest> cap, place at,
                                unsigned below, verify_failure otherwise) {
    opened_.push_back({node.hash(), cap[at >> below], otherwise});
    return nothing{};
  }
  status<verify_failure> has_work(const transcript& t, u64 nonce, unsigned bits,
                                  verify_failure otherwise) {
    return unless_earlier(native_values::has_work(t, nonce, bits, otherwise));
  }

  /// Whether all that was noted holds. Nothing may be asked afterwards.
  status<verify_failure> settle() {
    hashes_.run(0);
    for (const opened& o : opened_)
      if (hashes_.digest(o.node) != o.expected) return fail(o.otherwise);
    return nothing{};
  }

 private:
  struct opened {
    hash_list::number node;
    hash256 expected;
    verify_failure otherwise;
  };

  status<verify_failure> unless_earlier(const status<verify_failure>& asked) {
    if (!asked) ASHLAR_CHECK(settle());
    return asked;
  }

  byte_source& proof_;
  hash_list hashes_;
  std::vector<opened> opened_;
};

}  // namespace ashlar::stark
