#include "test/unit/recursion/recursion_fixture.hpp"

#include "runtime/stark/circuit/builder.hpp"
#include "test/support/mixer_program.hpp"

namespace ashlar::test {

namespace {

riscv::program small_program() {
  using op = riscv::operation;
  constexpr u32 count = 12;
  program_writer w;
  w.call(riscv::ecall::read, {0x100, count});
  w.load_immediate(5, 0x100).load_immediate(6, count).load_immediate(7, 1);
  const u32 loop = w.pc();
  emit_mixing(w, 0x80);
  w.emit(op::add, 5, 5, 0, 4).emit(op::add, 6, 6, 0, ~0u).emit(op::bne, 32, 6, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 7, 0x40 + 4 * i);
  return w.finish(0x40);
}

std::vector<const prover_air*> circuit_prover_airs() {
  static const prover_air airs[] = {prover_air_of<alu_chip>(), prover_air_of<sponge_chip>()};
  return {&airs[0], &airs[1]};
}

std::vector<u8> heights_of(const verifying_key& key, bytes_view part) {
  const auto c = read_commitment(key, part);
  REQUIRE(c.ok());
  return c->heights_log2;
}

circuit taken(result<circuit, record_failure> made) {
  if (!made) FAIL(stark::describe(made.error()));
  return std::move(*made);
}

template <class E>
node_input taken(result<node_input, E> made) {
  REQUIRE(made.ok());
  return std::move(*made);
}

}  // namespace

const recursion_fixture& recursion_fixture::shared() {
  static const recursion_fixture made;
  return made;
}

recursion_fixture::recursion_fixture()
    : program_(small_program()), base_key_(make_run_key(insecure_paths, *backend_, program_)) {
  for (unsigned i = 0; i < 2; ++i) runs_[i] = std::make_unique<base_run>(base(i));
  for (const auto& r : runs_) {
    const auto shape = heights_of(base_key_.memory.key, r->parts.memory);
    REQUIRE((memory_shape_.empty() || memory_shape_ == shape));
    memory_shape_ = shape;
    for (const bytes_view segment : r->parts.segments) {
      const auto heights = heights_of(base_key_.execution.key, segment);
      if (std::find(segment_shapes_.begin(), segment_shapes_.end(), heights) ==
          segment_shapes_.end())
        segment_shapes_.push_back(heights);
    }
  }
  memory_ = segment_shapes_.size();
  wrap_ = memory_ + 1;
  params_ = {
      insecure_paths, {insecure_rate, {16, 12}}, {insecure_paths, {14, 11}}, set_depth(wrap_ + 4)};
  record();
  commit();
}

void recursion_fixture::record() {
  for (const auto& shape : segment_shapes_)
    circuits_.push_back(taken(record_segment_leaf(params_, key(), shape)));
  circuits_.push_back(taken(record_memory_leaf(params_, key(), memory_shape_)));
  for (const auto record : {record_wrap, record_join, record_complete, record_leaf_join})
    circuits_.push_back(taken(record(params_)));
  circuit_builder b;
  for (const wire& word : b.publics()) b.assert_equal(word, word);
  liar_ = b.finish(circuit_builder::output::stated, params_.small.heights);
}

void recursion_fixture::commit() {
  std::vector<circuit_key> members;
  const auto key_of = [&](const circuit& c) {
    return make_proving_key(params_.class_of(c.heights).proofs, *backend_, circuit_prover_airs(),
                            c.fixed());
  };
  for (const circuit& c : circuits_) {
    keys_.push_back(key_of(c));
    members.push_back(circuit_key::of(keys_.back().key));
  }
  set_ = std::make_unique<circuit_set>(members);
  liars_key_ = key_of(liar_);
  members[0] = circuit_key::of(liars_key_.key);
  lying_set_ = std::make_unique<circuit_set>(members);
}

base_run recursion_fixture::base(u32 seed) const {
  std::vector<u32> input;
  for (u32 i = 0; i < 12; ++i) input.push_back((i + 13 * seed) * 2654435761u + 1);
  run_proof_options options;
  options.segments.cycles = 120;
  auto r = prove_run(insecure_paths, base_key_, *backend_, program_, input, options);
  if (!r) FAIL(r.error().text());
  REQUIRE(r->segments >= 2);
  base_run out{std::move(*r), {}, {}};
  const auto parts = read_run(program_.entry, out.run.proof);
  REQUIRE(parts.ok());
  out.parts = *parts;
  const auto outline = outline_of(insecure_paths, key(), out.run.output, out.parts);
  REQUIRE(outline.ok());
  out.outline = *outline;
  return out;
}

std::size_t recursion_fixture::segment_leaf(const base_run& of, u32 number) const {
  const auto heights = heights_of(base_key_.execution.key, of.parts.segments[number - 1]);
  const auto at = std::find(segment_shapes_.begin(), segment_shapes_.end(), heights);
  REQUIRE(at != segment_shapes_.end());
  return static_cast<std::size_t>(at - segment_shapes_.begin());
}

std::string recursion_fixture::refusal(const circuit& of, std::span<const gl> input,
                                       const std::array<gl, 8>& publics) {
  const auto w = run_circuit(of, input, publics);
  if (w.ok()) return "";
  return w.error().section + ": " + std::string(describe(w.error().what));
}

bytes recursion_fixture::prove(const circuit& of, const proving_key& key, std::span<const gl> input,
                               const std::array<gl, 8>& publics) const {
  const auto w = run_circuit(of, input, publics);
  if (!w) FAIL(w.error().section);
  std::vector<segment_trace> traces(1);
  traces[0] = {w->main, w->public_lists()};
  auto proofs =
      prove_segments(params_.class_of(of.heights).proofs, key, *backend_, std::move(traces));
  REQUIRE(proofs.ok());
  return std::move((*proofs)[0]);
}

proved_claim recursion_fixture::prove(std::size_t member, const node_input& input) const {
  return {member, input.claim,
          prove(made(member), keys_[member], input.elements, input.publics(root()))};
}

proved_claim recursion_fixture::lie(const node_claim& claim) const {
  return {0, claim, prove(liar_, liars_key_, {}, publics_of(claim.digest(), lying_set().root()))};
}

node_input recursion_fixture::leaf_input(const base_run& of, u32 part) const {
  return taken(part == 0 ? input_of_memory_leaf(insecure_paths, key(), of.outline, of.parts.memory)
                         : input_of_segment_leaf(insecure_paths, key(), of.outline, part,
                                                 of.parts.segments[part - 1]));
}

proved_claim recursion_fixture::wrapped(const base_run& of, u32 part) const {
  return prove(wrap(), taken(input_of_wrap(params_, set(), leaf_proof(of, part))));
}

proved_claim recursion_fixture::joined(const proved_claim& left, const proved_claim& right) const {
  const bool of_leaves = left.member < wrap_ && right.member < wrap_;
  return prove(of_leaves ? leaf_join() : join(), taken(input_of_join(params_, set(), left, right)));
}

proved_claim recursion_fixture::completed(const proved_claim& whole, const base_run& of,
                                          const hash256& list) const {
  return prove(complete(), taken(input_of_complete(params_, set(), whole, of.outline.facts, list)));
}

bool recursion_fixture::outer_proof_holds(const circuit& outer, const outer_input& input) const {
  const auto w = run_circuit(outer, input.elements, input.publics);
  REQUIRE(w.ok());
  const proving_key key =
      make_proving_key(insecure_keccak, *backend_, circuit_prover_airs(), outer.fixed());
  std::vector<segment_trace> traces(1);
  traces[0] = {w->main, w->public_lists()};
  const auto proofs = prove_segments(insecure_keccak, key, *backend_, std::move(traces));
  REQUIRE(proofs.ok());
  const std::vector<std::vector<std::vector<gl>>> claims = {
      {{input.publics.begin(), input.publics.end()}, {}}};
  const bytes_view proof((*proofs)[0]);
  const verifying_key plain = circuit_key::of(key.key).verifier();
  return verify_segments(insecure_keccak, plain, claims, {&proof, 1}).ok();
}

}  // namespace ashlar::test
