#pragma once

#include "runtime/stark/circuit/recorded_transcript.hpp"
#include "runtime/stark/verifier/segment_check.hpp"

namespace ashlar::stark {

using wire_evaluator = constraint_evaluator<wire, wire>;

/// The evaluators of a machine's chips, in order.
template <class Chips>
std::vector<wire_evaluator> wire_evaluators() {
  std::vector<wire_evaluator> out;
  Chips::each([&]<class Chip>() { out.push_back(&evaluate_constraints<Chip, wire, wire>); });
  return out;
}

/// What the verifier's text computes with where it is recorded: the counterpart of native_values. A
/// proof's contents are input, in the order in which they are read; what must hold is asserted, so
/// nothing here fails while the circuit is made. Paths must be whole: parameters with cap_log2 = 0.
class recorded_values {
 public:
  using extension = wire;
  using base = wire;
  using digest = quad;
  using place = std::vector<bit>;  // the lowest first
  using public_value = wire;
  using transcript = recorded_transcript;
  struct row_challenge {
    wire z;
    explicit row_challenge(const wire& at) : z(at) {}
  };
  struct opened_row {
    quad digest;
    wire value;
  };
  struct opened_leaf {
    quad digest;
    wire at_x, at_beta;
  };

  /// The evaluators of the chips of `key`, in its order.
  recorded_values(circuit_builder& builder, const verifying_key& key,
                  std::vector<wire_evaluator> evaluators)
      : builder_(builder), key_(key), evaluators_(std::move(evaluators)) {
    ensure(evaluators_.size() == key.airs.size());
  }

  status<verify_failure> readable() const { return nothing{}; }
  quad read_digest() { return builder_.input_quad(); }
  wire read_number() { return builder_.input_base(); }
  void read_extensions(std::span<wire> out) {
    for (wire& e : out) e = builder_.input();
  }
  opened_row row(u32 n, const row_challenge& challenge);
  opened_leaf leaf(unsigned fold_log2, const wire& x, const wire& beta);
  void climb(quad& node, const place& at, unsigned below, unsigned depth) {
    node = builder_.climb(node, std::span<const bit>(at).subspan(below, depth));
  }
  quad node(quad left, quad right) { return builder_.hash_node(left, right); }
  quad root_above(std::span<const quad> nodes) {
    ensure(nodes.size() == 1);
    return nodes[0];
  }

  wire times_if(const place& at, unsigned number, const wire& x, gl by) const {
    return x * (at[number].value() * (by - gl::one()) + gl::one());
  }
  void invert(std::vector<wire>& all) const {
    for (wire& e : all) e = e.inverse();
  }

  status<verify_failure> equal(const wire& x, const wire& y, verify_failure otherwise) {
    return says(otherwise, [&] { builder_.assert_equal(x, y); });
  }
  status<verify_failure> equal(quad x, quad y, verify_failure otherwise) {
    return says(otherwise, [&] { builder_.assert_equal(x, y); });
  }
  status<verify_failure> in_cap(quad node, std::span<const quad> cap, const place&, unsigned,
                                verify_failure otherwise) {
    ensure(cap.size() == 1);
    return equal(node, cap[0], otherwise);
  }
  status<verify_failure> has_work(recorded_transcript& t, const wire& nonce, unsigned bits,
                                  verify_failure otherwise) {
    return says(otherwise, [&] { t.assert_work(nonce, bits); });
  }
  std::vector<place> positions(recorded_transcript& t, unsigned bits, unsigned count) const {
    return t.positions(bits, count);
  }
  wire_evaluator evaluator(const verifier_air& air) const;

 private:
  // A run that fails there says what of the proof is wrong.
  template <class F>
  status<verify_failure> says(const verify_failure& what, F&& assertion) {
    builder_.section(std::string(describe(what.what)) + " (" + std::to_string(what.detail) + ")");
    assertion();
    builder_.section("the proof");
    return nothing{};
  }
  // The value of the block of coefficients at quads 2 limb.
  wire limb(const circuit_builder::opened& leaf, unsigned number, const wire& z);

  circuit_builder& builder_;
  const verifying_key& key_;
  std::vector<wire_evaluator> evaluators_;
};

/// What a segment claims, as absorb_statement absorbs it: numbers of four bytes.
std::vector<wire> statement_words(circuit_builder& builder, std::span<const u8> heights_log2,
                                  quad global_root, std::span<const std::vector<wire>> publics);
/// Absorbs them.
void absorb_statement(recorded_transcript& t, circuit_builder& builder,
                      std::span<const u8> heights_log2, quad global_root,
                      std::span<const std::vector<wire>> publics);

}  // namespace ashlar::stark
