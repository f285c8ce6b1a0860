#include "runtime/stark/recursion/circuit_check.hpp"

#include "runtime/stark/circuit/recorded_values.hpp"
#include "runtime/stark/recursion/circuit_set.hpp"

namespace ashlar::stark {

namespace {

using element = circuit_builder::element;

struct recorded_key {
  quad fixed_root;
  std::vector<wire> digest;  // words of four bytes

  static recorded_key input(circuit_builder& b) {
    recorded_key out{b.input_quad(), {}};
    for (unsigned i = 0; i < 8; ++i) out.digest.push_back(b.input_base());
    return out;
  }
  // circuit_key::leaf.
  quad leaf(circuit_builder& b, const circuit_heights& heights) const {
    std::vector<element> all{fixed_root};
    for (const wire& word : digest) all.push_back(element::base(word));
    for (u8 height : {heights.alu, heights.sponge}) all.push_back(element::base(gl(u32{height})));
    return b.hash_elements(all);
  }
};

void assert_member(circuit_builder& b, quad leaf, unsigned depth, quad set_root) {
  b.section("a key of the set");
  const wire number = b.input_base();
  std::vector<bit> bits;
  for (unsigned i = 0; i < depth; ++i) bits.push_back(b.bit_of(number, i));
  b.assert_equal(b.number_of(bits), number);
  b.assert_equal(b.climb(leaf, bits), set_root);
}

}  // namespace

status<record_failure> check_recordable(const proof_params& params, const verifying_key& key,
                                        std::span<const u8> heights_log2) {
  if (!is_consistent(params) || params.hash != hash_kind::poseidon2 || params.cap_log2 != 0)
    return fail(record_failure{record_error::parameters});
  segment_statement dummy;
  for (const verifier_air* air : key.airs) dummy.publics.emplace_back(air->shape.public_count);
  segment_commitment commitment;
  commitment.heights_log2.assign(heights_log2.begin(), heights_log2.end());
  if (heights_log2.size() != key.airs.size())
    return fail(record_failure{record_error::shape, {verify_error::table_count}});
  const auto fits = check_shape(params, key, dummy, commitment);
  if (!fits) return fail(record_failure{record_error::shape, fits.error()});
  return nothing{};
}

result<circuit, record_failure> finished(circuit_builder& b, const circuit_heights* padded) {
  if (padded == nullptr) return b.finish();
  if (!padded->hold(b.heights()))
    return fail(record_failure{record_error::too_tall, {}, b.heights()});
  return b.finish(circuit_builder::output::stated, *padded);
}

void verify_circuit(circuit_builder& b, const recursion_params& params,
                    const circuit_class& verified, quad claim, quad set_root) {
  const circuit_heights& heights = verified.heights;
  const recorded_key key = recorded_key::input(b);
  assert_member(b, key.leaf(b, heights), params.set_depth, set_root);

  b.section("the statement of a circuit's proof");
  const u8 both[] = {heights.alu, heights.sponge};
  std::vector<std::vector<wire>> publics(circuit_chips::size);
  for (const quad half : {claim, set_root})
    for (const wire& e : b.elements_of(half)) publics[0].push_back(e);
  const quad no_global_root;
  recorded_transcript t(b, transcript_of_params(verified.proofs));
  t.absorb_words(transcript_item::verifying_key, key.digest);
  absorb_statement(t, b, both, no_global_root, publics);

  b.section("a circuit's proof");
  // The machine alone: fixed root and digest are values here, and nothing else of a key is read.
  const verifying_key machine = circuit_key{{}, {}, heights}.verifier();
  ensure(!has_global(machine));
  recorded_values values(b, machine, wire_evaluators<circuit_chips>());
  segment_check<recorded_values> check(
      verified.proofs, machine, {publics, {}, both, key.fixed_root, no_global_root}, t, values);
  ensure(check.run().ok());  // recorded_values asserts, and fails nowhere
}

std::string describe(const record_failure& f) {
  switch (f.what) {
    case record_error::parameters:
      return "circuits verify proofs by Poseidon2 without caps, and these parameters are of others";
    case record_error::shape:
      return "the tables do not fit the parameters: " + std::string(describe(f.inner.what)) +
             " (table " + std::to_string(f.inner.detail) + ")";
    case record_error::too_tall:
      return "the circuit needs 2^" + std::to_string(f.needed.alu) + " rows of alu and 2^" +
             std::to_string(f.needed.sponge) + " of sponge, more than it is to be padded to";
  }
  return "unknown";
}

}  // namespace ashlar::stark
