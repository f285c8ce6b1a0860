#pragma once

#include "runtime/stark/merkle/merkle_proof.hpp"
#include "runtime/stark/verifier/queries.hpp"

namespace ashlar::stark {

/// What the verifier's text (segment_check, query_check) computes with where it is run, natively
/// and in a guest: elements, digests and places as they are, read from a proof_source. What must
/// hold is asked for by `equal` and its like, which give the failure where it does not.
class native_values {
 public:
  using extension = gl3;
  using base = gl;  // in the base field
  using digest = hash256;
  using place = u32;  // among the places of a tree
  using public_value = gl;
  using row_challenge = stark::row_challenge;
  using transcript = stark::transcript;

  native_values(hash_kind hash, proof_source& proof) noexcept : hash_(hash), proof_(proof) {}

  status<verify_failure> readable() const { return check_readable(proof_); }
  digest read_digest() { return proof_.digest(); }
  u64 read_number() { return proof_.number(); }
  void read_extensions(std::span<gl3> out) { proof_.extensions(out); }
  opened_row row(u32 n, const row_challenge& challenge) { return proof_.row(n, challenge); }
  opened_leaf leaf(unsigned fold_log2, gl x, const gl3& beta) {
    return proof_.leaf(fold_log2, x, beta);
  }
  /// Replaces the node that is `below` levels above the place by its ancestor `depth` levels up.
  void climb(digest& node, place at, unsigned below, unsigned depth) {
    proof_.climb(node, at >> below, depth);
  }
  digest node(const digest& left, const digest& right) const {
    return hash_node(hash_, left, right);
  }
  digest root_above(std::span<const digest> nodes) const {
    return stark::root_above(hash_, {nodes.begin(), nodes.end()});
  }

  /// x, or x by where bit `number` of the place is set.
  gl times_if(place at, unsigned number, gl x, gl by) const noexcept {
    return at >> number & 1 ? x * by : x;
  }
  /// All of them, at the price of one inverse. None is zero.
  void invert(std::vector<gl3>& all) const {
    std::vector<gl3> scratch(all.size());
    invert_all(std::span<gl3>(all), std::span<gl3>(scratch));
  }

  status<verify_failure> equal(const gl3& x, const gl3& y, verify_failure otherwise) const {
    return holds(x == y, otherwise);
  }
  status<verify_failure> equal(const digest& x, const digest& y, verify_failure otherwise) const {
    return holds(x == y, otherwise);
  }
  /// The node that is `below` levels above the place is that one of the cap.
  status<verify_failure> in_cap(const digest& node, std::span<const digest> cap, place at,
                                unsigned below, verify_failure otherwise) const {
    return holds(node == cap[at >> below], otherwise);
  }
  status<verify_failure> has_work(const transcript& t, u64 nonce, unsigned bits,
                                  verify_failure otherwise) const {
    return holds(t.check_work(nonce, bits), otherwise);
  }
  std::vector<place> positions(transcript& t, unsigned bits, unsigned count) const {
    return t.positions(bits, count);
  }
  constraint_evaluator<gl3, gl> evaluator(const verifier_air& air) const { return air.evaluate; }

 private:
  static status<verify_failure> holds(bool yes, const verify_failure& otherwise) {
    if (!yes) return fail(otherwise);
    return nothing{};
  }
  hash_kind hash_;
  proof_source& proof_;
};

}  // namespace ashlar::stark
