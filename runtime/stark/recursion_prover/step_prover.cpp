#include "runtime/stark/recursion_prover/step_prover.hpp"

#include <algorithm>

#include "runtime/crypto/blake3.hpp"

namespace ashlar::stark {

hash256 proof_name(const circuit_key& key, const std::array<gl, 8>& publics) {
  constexpr std::string_view domain = "ashlar proof of a circuit";
  crypto::blake3_state state;
  state.update({reinterpret_cast<const u8*>(domain.data()), domain.size()});
  state.update({key.digest.data(), key.digest.size()});
  for (const gl p : publics) {
    u8 number[8];
    store_le64(number, p.value());
    state.update(number);
  }
  return state.final();
}

const circuit_key& step_prover::key_of(std::size_t circuit) const {
  return circuit == parts_.catalog.outer() ? parts_.keys.outer : parts_.keys.set.member(circuit);
}

hash256 step_prover::name_of(u32 step) const {
  return proof_name(key_of(steps_[step].circuit), steps_[step].publics);
}

/// Takes it from the shelf. What does not verify there is no proof, and goes.
bool step_prover::find(u32 step) {
  const planned_step& s = steps_[step];
  const hash256 name = name_of(step);
  auto kept = parts_.shelf.find(name);
  if (!kept) return false;
  if (!verify_circuit(parts_.catalog.params_of(s.circuit), key_of(s.circuit).verifier(), s.publics,
                      *kept)) {
    parts_.shelf.drop(name);
    return false;
  }
  proofs_[step] = std::move(*kept);
  return true;
}

void step_prover::want(u32 step, std::vector<u32>& wanted) {
  if (proofs_[step] || find(step)) return;
  wanted.push_back(step);
  const proof_step& s = steps_[step].step;
  for (u32 i = 0; i < verified_by(s.kind); ++i) want(s.of[i], wanted);
}

/// Layer by layer, and in a layer circuit by circuit.
std::vector<u32> step_prover::wanted_in_order() {
  std::vector<u32> wanted;
  want(static_cast<u32>(steps_.size() - 1), wanted);
  std::sort(wanted.begin(), wanted.end(), [&](u32 a, u32 b) {
    const planned_step &x = steps_[a], &y = steps_[b];
    return std::tuple(x.step.layer, x.circuit, a) < std::tuple(y.step.layer, y.circuit, b);
  });
  return wanted;
}

recursion_failure step_prover::failure(u32 step, recursion_error what,
                                       const std::string& why) const {
  return {what, "circuit " + parts_.catalog.name(steps_[step].circuit) + ": " + why};
}

step_prover::made_witness step_prover::witness_of(u32 step, const input_maker& input,
                                                  const circuit_prover& prover) const {
  ASHLAR_TRY(const std::vector<gl> elements, input(step));
  auto witness = prover.run(elements, steps_[step].publics);
  if (!witness) return fail(failure(step, recursion_error::failed, witness.error().text()));
  return std::move(*witness);
}

/// The circuit is recorded here, so that the pool is touched on this thread alone.
result<std::future<step_prover::made_witness>, recursion_failure> step_prover::begin(
    u32 step, const input_maker& input, std::launch how) {
  const auto prover = parts_.pool.recorded(steps_[step].circuit);
  if (!prover) return fail(recursion_failure{recursion_error::failed, prover.error()});
  return std::async(how,
                    [this, step, &input, of = *prover] { return witness_of(step, input, *of); });
}

status<recursion_failure> step_prover::prove(u32 step, circuit_witness witness) {
  const planned_step& s = steps_[step];
  const auto failed = [&](recursion_error what, const std::string& why) {
    return fail(failure(step, what, why));
  };
  const auto prover = parts_.pool.prover(s.circuit);
  if (!prover) return fail(recursion_failure{recursion_error::failed, prover.error()});
  try {
    if ((*prover)->key().digest() != key_of(s.circuit).digest)
      return failed(recursion_error::stale_keys, "its key is another than expected");
  } catch (const std::bad_alloc&) {
    return failed(recursion_error::out_of_memory, "there is no memory for its fixed columns");
  }
  auto proof = (*prover)->prove(std::move(witness));
  if (!proof)
    return failed(
        proof.error().is_out_of_memory() ? recursion_error::out_of_memory : recursion_error::failed,
        proof.error().text());
  // A shelf that is full costs a restart the work, and not this process its result.
  (void)parts_.shelf.keep(name_of(step), *proof);
  proofs_[step] = std::move(*proof);
  // What was verified is not read again.
  for (u32 i = 0; i < verified_by(s.step.kind); ++i) proofs_[s.step.of[i]].reset();
  return nothing{};
}

result<bytes, recursion_failure> step_prover::run(const input_maker& input,
                                                  const recursion_calls& calls) {
  const std::vector<u32> wanted = wanted_in_order();
  std::vector<u32> in_layer(steps_.back().step.layer + 1), done(in_layer.size());
  for (const u32 step : wanted) ++in_layer[steps_[step].step.layer];
  std::future<made_witness> ahead;  // of the step that comes next; its end waits for it
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const u32 step = wanted[i];
    const proof_step& s = steps_[step].step;
    if (calls.go_on && !calls.go_on())
      return fail(recursion_failure{recursion_error::called_off, "the proof was called off"});
    if (!ahead.valid()) {
      ASHLAR_TRY(ahead, begin(step, input, std::launch::deferred));
    }
    ASHLAR_TRY(circuit_witness witness, ahead.get());
    // What another step of this layer verifies is there already.
    if (parts_.witness_ahead && i + 1 < wanted.size() &&
        steps_[wanted[i + 1]].step.layer == s.layer) {
      ASHLAR_TRY(ahead, begin(wanted[i + 1], input, std::launch::async));
    }
    ASHLAR_CHECK(prove(step, std::move(witness)));
    ++done[s.layer];
    if (calls.progress)
      calls.progress(
          {s.kind, s.layer, static_cast<u32>(in_layer.size()), done[s.layer], in_layer[s.layer]});
  }
  for (u32 step = 0; step + 1 < steps_.size(); ++step)
    if (steps_[step].step.kind != step_kind::given) parts_.shelf.drop(name_of(step));
  return std::move(*proofs_.back());
}

}  // namespace ashlar::stark
