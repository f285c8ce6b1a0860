#include "runtime/stark/recursion/leaf.hpp"

#include "runtime/stark/circuit/recorded_values.hpp"
#include "runtime/stark/recursion/circuit_check.hpp"
#include "runtime/stark/recursion/node_claim.hpp"
#include "runtime/stark/recursion/recorded_claim.hpp"

namespace ashlar::stark {

namespace {

// A part of a run, of a machine whose key is known when the circuit is made.
class recorded_part {
 public:
  recorded_part(circuit_builder& b, const proof_params& params, const verifying_key& key,
                std::vector<wire_evaluator> evaluators, std::span<const u8> heights_log2)
      : b_(b),
        params_(params),
        key_(key),
        heights_log2_(heights_log2),
        values_(b, key, std::move(evaluators)),
        transcript_(b, transcript_of_key(params, key)) {}

  // Reads the part's commitment. The answer: the statement, as transcripts absorb it.
  const std::vector<wire>& state(std::vector<std::vector<wire>> publics) {
    publics_ = std::move(publics);
    global_root_ = values_.read_digest();
    words_ = statement_words(b_, heights_log2_, global_root_, publics_);
    transcript_.absorb_words(transcript_item::public_values, words_);
    return words_;
  }
  // With the key and the statement absorbed.
  const recorded_transcript& stated() const { return transcript_; }

  // The rest of the proof; its global sum.
  wire verified_sum(const recorded_facts& run) {
    b_.section("the part's proof");
    const quad fixed_root = b_.constant_quad(elements_of(key_.fixed_root));
    segment_check<recorded_values> check(
        params_, key_, {publics_, {run.alpha, run.beta}, heights_log2_, fixed_root, global_root_},
        transcript_, values_);
    ensure(check.run().ok());  // recorded_values asserts, and fails nowhere
    return check.global_sum();
  }

 private:
  circuit_builder& b_;
  const proof_params& params_;
  const verifying_key& key_;
  std::span<const u8> heights_log2_;
  recorded_values values_;
  recorded_transcript transcript_;
  std::vector<std::vector<wire>> publics_;
  quad global_root_;
  std::vector<wire> words_;
};

// The leaf of a part of which this is claimed. It knows no other circuit: what it states holds in
// every set.
result<circuit, record_failure> stated(circuit_builder& b, const recorded_claim& claim,
                                       const recursion_params& params) {
  state_first(b, claim.digest(b));
  const auto publics = b.publics();
  for (unsigned i = 4; i < 8; ++i) b.assert_equal(publics[i], publics[i]);
  return finished(b, &params.big.heights);
}

struct segment_values {
  wire index, start_pc, end_pc, cycles;
};

// check_claims, of one segment: what joins and `complete` say of neighbours is not said here.
void assert_claim(circuit_builder& b, const segment_values& s) {
  b.section("the segment's claim");
  // Else a "segment 0" could be where memory's part has to be.
  (void)s.index.inverse();
  // 1 to segment_cycles_max.
  constexpr unsigned bits = std::bit_width(segment_cycles_max);
  b.assert_below_power(s.cycles - gl::one(), bits);
  b.assert_below_power(gl(segment_cycles_max) - s.cycles, bits);
  (void)(s.start_pc - gl(halted_pc_value)).inverse();
  b.assert_zero(b.halves_of(s.end_pc)[1] * (s.end_pc - gl(halted_pc_value)));
}

}  // namespace

result<circuit, record_failure> record_segment_leaf(const recursion_params& params,
                                                    const run_key& key,
                                                    std::span<const u8> heights_log2) {
  ASHLAR_CHECK(check_recordable(params.segment, key.execution, heights_log2));
  circuit_builder b;
  b.section("a segment");
  const recorded_facts run = recorded_facts::input(b);
  const quad before = b.input_quad();
  segment_values s;
  for (wire* value : {&s.index, &s.start_pc, &s.end_pc, &s.cycles}) *value = b.input_base();
  assert_claim(b, s);

  recorded_part part(
      b, params.segment, key.execution,
      with_chips_of(key.machine, []<class Chips>() { return wire_evaluators<Chips>(); }),
      heights_log2);
  const auto& words =
      part.state(segment_publics_of(key.machine, s.index, s.start_pc, s.end_pc, s.cycles));
  recorded_transcript of_run(b, before);
  of_run.absorb_words(transcript_item::public_values, words);

  const wire sum = part.verified_sum(run);
  b.section("what is claimed");
  const recorded_claim claim{gl(),
                             run.digest(b),
                             {before, s.start_pc, s.index},
                             {of_run.state(), s.end_pc, s.index + gl::one()},
                             sum};
  return stated(b, claim, params);
}

result<circuit, record_failure> record_memory_leaf(const recursion_params& params,
                                                   const run_key& key,
                                                   std::span<const u8> heights_log2) {
  ASHLAR_CHECK(check_recordable(params.segment, key.memory, heights_log2));
  circuit_builder b;
  b.section("a run's memory");
  const recorded_facts run = recorded_facts::input(b);
  for (const wire& word : run.output) b.assert_zero(b.halves_of(word)[1]);
  recorded_part part(b, params.segment, key.memory, wire_evaluators<memory_chips>(), heights_log2);
  part.state(memory_publics_of(key.ram_bytes, std::span<const wire>(run.output)));
  // As run_challenge.
  recorded_transcript of_run = part.stated();
  const hash256 digest = key.digest();
  of_run.absorb(transcript_item::verifying_key, bytes_view(digest.data(), digest.size()));
  of_run.absorb_number(transcript_item::segment_count, run.count);

  const wire sum = part.verified_sum(run);
  b.section("what is claimed");
  const recorded_claim claim{
      gl(), run.digest(b), {}, {of_run.state(), gl(key.entry), gl::one()}, sum};
  return stated(b, claim, params);
}

}  // namespace ashlar::stark
