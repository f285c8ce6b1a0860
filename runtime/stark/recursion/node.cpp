#include "runtime/stark/recursion/node.hpp"

#include "runtime/stark/circuit/recorded_transcript.hpp"
#include "runtime/stark/recursion/circuit_check.hpp"
#include "runtime/stark/recursion/circuit_set.hpp"
#include "runtime/stark/recursion/node_claim.hpp"
#include "runtime/stark/recursion/recorded_claim.hpp"

namespace ashlar::stark {

namespace {

wire kind_of(claim_kind kind) {
  return gl(u32{static_cast<u8>(kind)});
}

// A circuit that verifies proofs of circuits of this class. `record` states its output.
template <class F>
result<circuit, record_failure> recorded(const circuit_class& verified,
                                         const circuit_heights* padded, F&& record) {
  const u8 both[] = {verified.heights.alu, verified.heights.sponge};
  ASHLAR_CHECK(
      check_recordable(verified.proofs, circuit_key{{}, {}, verified.heights}.verifier(), both));
  circuit_builder b;
  record(b);
  return finished(b, padded);
}

}  // namespace

result<circuit, record_failure> record_wrap(const recursion_params& params) {
  return recorded(params.big, &params.small.heights, [&](circuit_builder& b) {
    b.section("what is claimed");
    const quad claim = b.input_quad();
    state_first(b, claim);
    verify_circuit(b, params, params.big, claim, set_root_of(b));
  });
}

namespace {

// Of two proofs of circuits of this class.
result<circuit, record_failure> record_pair(const recursion_params& params,
                                            const circuit_class& verified) {
  return recorded(verified, &params.small.heights, [&](circuit_builder& b) {
    b.section("two claims as one");
    const wire kind = b.input_base();
    const quad run = b.input_quad();
    const recorded_cut from = input_cut(b), between = input_cut(b), to = input_cut(b);
    const wire left = b.input(), right = b.input();
    state_first(b, recorded_claim{kind, run, from, to, left + right}.digest(b));
    const quad set_root = set_root_of(b);
    for (const recorded_claim& claim : {recorded_claim{kind, run, from, between, left},
                                        recorded_claim{kind, run, between, to, right}})
      verify_circuit(b, params, verified, claim.digest(b), set_root);
  });
}

}  // namespace

result<circuit, record_failure> record_join(const recursion_params& params) {
  return record_pair(params, params.small);
}

result<circuit, record_failure> record_leaf_join(const recursion_params& params) {
  return record_pair(params, params.big);
}

result<circuit, record_failure> record_complete(const recursion_params& params) {
  return recorded(params.small, &params.small.heights, [&](circuit_builder& b) {
    b.section("a whole run");
    const recorded_facts run = recorded_facts::input(b);
    // 1 to segments_max: a number of as many bits as segments_max - 1 has.
    static_assert((segments_max & (segments_max - 1)) == 0);
    b.assert_below_power(run.count - gl::one(), std::bit_width(segments_max) - 1);
    const quad state = b.input_quad();
    recorded_transcript behind(b, state);
    b.assert_equal(behind.challenge(), run.alpha);
    b.assert_equal(behind.challenge(), run.beta);
    const recorded_claim whole{kind_of(claim_kind::span),
                               run.digest(b),
                               {},
                               {state, gl(halted_pc_value), run.count + gl::one()},
                               {}};

    b.section("a list of one batch");
    const quad list = b.input_quad();
    const quad longer = list_with(b, list, run.output);
    state_first(
        b,
        recorded_claim{kind_of(claim_kind::list), {}, {list, {}, {}}, {longer, {}, {}}, {}}.digest(
            b));
    verify_circuit(b, params, params.small, whole.digest(b), set_root_of(b));
  });
}

result<circuit, record_failure> record_outer(const recursion_params& params) {
  return recorded(params.small, nullptr, [&](circuit_builder& b) {
    b.section("a list from the empty one on");
    const quad list = b.input_quad();
    state_first(b, list);
    const recorded_claim claim{kind_of(claim_kind::list), {}, {}, {list, {}, {}}, {}};
    verify_circuit(b, params, params.small, claim.digest(b), set_root_of(b));
  });
}

}  // namespace ashlar::stark
