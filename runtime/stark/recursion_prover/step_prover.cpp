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

status<recursion_failure> step_prover::prove(u32 step, const input_maker& input) {
  const planned_step& s = steps_[step];
  const auto failed = [&](recursion_error what, const std::string& why) {
    return fail(recursion_failure{what, "circuit " + parts_.catalog.name(s.circuit) + ": " + why});
  };
  ASHLAR_TRY(const std::vector<gl> elements, input(step));
  const auto prover = parts_.pool.prover(s.circuit);
  if (!prover) return fail(recursion_failure{recursion_error::failed, prover.error()});
  auto proof = (*prover)->prove(elements, s.publics);
  if (!proof)
    return failed(
        proof.error().is_out_of_memory() ? recursion_error::out_of_memory : recursion_error::failed,
        proof.error().text());
  if ((*prover)->key().digest() != key_of(s.circuit).digest)
    return failed(recursion_error::stale_keys, "its key is not the one that was kept");
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
  for (const u32 step : wanted) {
    if (calls.go_on && !calls.go_on())
      return fail(recursion_failure{recursion_error::called_off, "the proof was called off"});
    ASHLAR_CHECK(prove(step, input));
    const proof_step& s = steps_[step].step;
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
