#include "runtime/stark/recursion/leaf_input.hpp"

#include "runtime/stark/circuit/element_source.hpp"

namespace ashlar::stark {

namespace {

template <std::size_t N>
void append(std::vector<gl>& to, const std::array<gl, N>& elements) {
  to.insert(to.end(), elements.begin(), elements.end());
}

// Appends what a circuit reads of a part; its global sum.
result<gl3, verify_failure> put_part(std::vector<gl>& to, const proof_params& params,
                                     const verifying_key& key, const segment_statement& statement,
                                     bytes_view part) {
  byte_source bytes(part, params.hash);
  element_source source(bytes, to);
  const segment_commitment commitment = read_commitment(key, source);
  ASHLAR_TRY(const gl3 sum, verify_segment(params, key, statement, commitment, source));
  if (!bytes.rest().empty()) return fail(verify_failure{verify_error::trailing_bytes});
  return sum;
}

}  // namespace

run_outline outline_of(const proof_params& params, const run_key& key, const hash256& output,
                       const segment_commitment& memory, std::span<const segment_claim> claims,
                       std::span<const segment_commitment> segments) {
  ensure(claims.size() == segments.size() && claims.size() <= segments_max);
  run_outline out{
      {{}, static_cast<u32>(claims.size()), output}, {claims.begin(), claims.end()}, {run_start}};
  // As run_challenge.
  transcript t =
      begin_transcript(params, key.memory, memory, memory_publics(key.ram_bytes, output));
  const hash256 digest = key.digest();
  t.absorb(transcript_item::verifying_key, bytes_view(digest.data(), digest.size()));
  t.absorb_number(transcript_item::segment_count, segments.size());
  out.cuts.push_back({t.state(), gl(key.entry), gl::one()});
  for (std::size_t i = 0; i < segments.size(); ++i) {
    absorb_statement(t, segments[i], segment_publics(key.machine, claims[i]));
    out.cuts.push_back({t.state(), gl(claims[i].end_pc), gl(claims[i].index) + gl::one()});
  }
  out.facts.global.alpha = t.challenge();
  out.facts.global.beta = t.challenge();
  return out;
}

result<run_outline, verify_failure> outline_of(const proof_params& params, const run_key& key,
                                               const hash256& output, const run_parts& parts) {
  const auto commitment = [](const verifying_key& of, bytes_view part, std::size_t number) {
    auto c = read_commitment(of, part);
    return c ? c : fail(verify_failure{c.error().what, static_cast<u32>(number)});
  };
  ASHLAR_TRY(const segment_commitment memory, commitment(key.memory, parts.memory, 0));
  std::vector<segment_commitment> segments;
  for (const bytes_view part : parts.segments) {
    ASHLAR_TRY(segment_commitment c, commitment(key.execution, part, segments.size() + 1));
    segments.push_back(std::move(c));
  }
  return outline_of(params, key, output, memory, parts.claims, segments);
}

result<node_input, verify_failure> input_of_memory_leaf(const proof_params& params,
                                                        const run_key& key, const run_outline& run,
                                                        bytes_view part) {
  node_input out{{}, {claim_kind::span, run.facts.digest(), run.cuts[0], run.cuts[1], {}}};
  append(out.elements, run.facts.elements());
  const segment_statement statement{memory_publics(key.ram_bytes, run.facts.output),
                                    run.facts.global};
  ASHLAR_TRY(out.claim.sum, put_part(out.elements, params, key.memory, statement, part));
  return out;
}

result<node_input, verify_failure> input_of_segment_leaf(const proof_params& params,
                                                         const run_key& key, const run_outline& run,
                                                         u32 number, bytes_view part) {
  ensure(number >= 1 && number <= run.segments.size());
  const segment_claim& claim = run.segments[number - 1];
  const cut &from = run.cuts[number], &to = run.cuts[number + 1];
  node_input out{{}, {claim_kind::span, run.facts.digest(), from, to, {}}};
  append(out.elements, run.facts.elements());
  append(out.elements, elements_of(from.state));
  for (u64 v : {u64{claim.index}, claim.start_pc, claim.end_pc, u64{claim.cycles}})
    out.elements.push_back(gl(v));
  const segment_statement statement{segment_publics(key.machine, claim), run.facts.global};
  ASHLAR_TRY(out.claim.sum, put_part(out.elements, params, key.execution, statement, part));
  return out;
}

}  // namespace ashlar::stark
