#include "runtime/stark/recursion/node_input.hpp"

#include "runtime/stark/circuit/element_source.hpp"

namespace ashlar::stark {

namespace {

class input_writer {
 public:
  input_writer(const recursion_params& params, const circuit_set& set)
      : params_(params), set_(set) {
    ensure(set.depth() == params.set_depth);
  }
  void put(gl e) { elements.push_back(e); }
  void put(const gl3& e) { elements.insert(elements.end(), std::begin(e.c), std::end(e.c)); }
  void put(const hash256& digest) { put(elements_of(digest)); }
  template <std::size_t N>
  void put(const std::array<gl, N>& all) {
    elements.insert(elements.end(), all.begin(), all.end());
  }
  void put(const cut& c) {
    put(c.state);
    put(c.pc);
    put(c.index);
  }
  // What verify_circuit takes.
  status<node_failure> put_proof(const proved_claim& of) {
    const circuit_key& key = set_.member(of.member);
    put(key.fixed_root);
    for (gl word : elements_of_bytes({key.digest.data(), key.digest.size()})) put(word);
    put(gl(u64{of.member}));
    for (const hash256& sibling : set_.path(of.member)) put(sibling);

    const verifying_key verifier = key.verifier();
    const std::array<gl, 8> publics = publics_of(of.claim.digest(), set_.root());
    const proof_params& params = params_.class_of(key.heights).proofs;
    byte_source bytes(of.proof, params.hash);
    element_source source(bytes, elements);
    const segment_commitment commitment = read_commitment(verifier, source);
    const auto sum = verify_segment(params, verifier, {{{publics.begin(), publics.end()}, {}}, {}},
                                    commitment, source);
    if (!sum) return fail(node_failure{node_error::proof, sum.error()});
    if (!bytes.rest().empty())
      return fail(node_failure{node_error::proof, {verify_error::trailing_bytes}});
    return nothing{};
  }

  std::vector<gl> elements;

 private:
  const recursion_params& params_;
  const circuit_set& set_;
};

}  // namespace

std::string describe(const node_failure& f) {
  switch (f.what) {
    case node_error::proof:
      return "the proof is refused: " + std::string(describe(f.inner.what)) + " (" +
             std::to_string(f.inner.detail) + ")";
    case node_error::apart:
      return "the second claim does not go on where the first one ends";
    case node_error::incomplete:
      return "the claim is not of all parts of this run";
    case node_error::not_a_list:
      return "the claim is not of a list from the empty one on";
  }
  return "unknown";
}

result<node_input, node_failure> input_of_wrap(const recursion_params& params,
                                               const circuit_set& set, const proved_claim& of) {
  input_writer to(params, set);
  to.put(of.claim.digest());
  ASHLAR_CHECK(to.put_proof(of));
  return node_input{std::move(to.elements), of.claim};
}

result<node_input, node_failure> input_of_join(const recursion_params& params,
                                               const circuit_set& set, const proved_claim& left,
                                               const proved_claim& right) {
  const auto both = joined(left.claim, right.claim);
  if (!both) return fail(node_failure{node_error::apart});
  input_writer to(params, set);
  to.put(gl(u32{static_cast<u8>(both->kind)}));
  to.put(both->run);
  for (const cut* c : {&both->from, &left.claim.to, &both->to}) to.put(*c);
  to.put(left.claim.sum);
  to.put(right.claim.sum);
  ASHLAR_CHECK(to.put_proof(left));
  ASHLAR_CHECK(to.put_proof(right));
  return node_input{std::move(to.elements), *both};
}

result<node_input, node_failure> input_of_complete(const recursion_params& params,
                                                   const circuit_set& set, const proved_claim& of,
                                                   const run_facts& run, const hash256& list) {
  const node_claim whole{
      claim_kind::span, run.digest(), run_start, run_end(of.claim.to.state, run.count), {}};
  if (of.claim != whole || run.count == 0 || run.count > segments_max)
    return fail(node_failure{node_error::incomplete});
  input_writer to(params, set);
  to.put(run.elements());
  to.put(whole.to.state);
  to.put(list);
  ASHLAR_CHECK(to.put_proof(of));
  return node_input{std::move(to.elements), claim_of_batch(list, run.output)};
}

result<outer_input, node_failure> input_of_outer(const recursion_params& params,
                                                 const circuit_set& set, const proved_claim& of) {
  const hash256& list = of.claim.to.state;
  node_claim expected{claim_kind::list, {}, {}, {}, {}};
  expected.to.state = list;
  if (of.claim != expected) return fail(node_failure{node_error::not_a_list});
  input_writer to(params, set);
  to.put(list);
  ASHLAR_CHECK(to.put_proof(of));
  return outer_input{std::move(to.elements), publics_of(list, set.root())};
}

}  // namespace ashlar::stark
