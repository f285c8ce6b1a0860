#include "runtime/stark/recursion_prover/circuit_prover.hpp"

#include "runtime/stark/circuit/machine.hpp"

namespace ashlar::stark {
namespace {

const std::vector<prover_air>& prover_airs() {
  static const std::vector<prover_air> airs = [] {
    std::vector<prover_air> out;
    circuit_chips::each([&]<class Chip>() { out.push_back(prover_air_of<Chip>()); });
    return out;
  }();
  return airs;
}

segment_memory memory_of(const proof_params& params, const circuit& c) {
  std::vector<const air_shape*> shapes;
  for (const verifier_air& air : circuit_airs()) shapes.push_back(&air.shape);
  const u8 heights[2] = {c.heights.alu, c.heights.sponge};
  return memory_of_segment(params, shapes, heights);
}

template <class T>
auto failed(T what) {
  return fail(circuit_prove_failure{std::move(what)});
}

segment_statement statement_of(const std::array<gl, 8>& publics) {
  return {{{publics.begin(), publics.end()}, {}}, {}};
}

}  // namespace

std::string circuit_prove_failure::text() const {
  if (const auto* circuit = std::get_if<circuit_failure>(&what))
    return "the circuit does not hold: " + std::string(describe(circuit->what)) + " in " +
           circuit->section + ", step " + std::to_string(circuit->step);
  if (const auto* prover = std::get_if<prove_failure>(&what))
    return "the prover: " + std::string(describe(prover->what));
  return "the proof is refused by the verifier, so this machine's memory or processor errs: " +
         std::string(describe(std::get<verify_failure>(what).what));
}

bool circuit_prove_failure::is_out_of_memory() const noexcept {
  const auto* prover = std::get_if<prove_failure>(&what);
  return prover != nullptr && prover->what == prove_error::out_of_memory;
}

status<verify_failure> verify_circuit(const proof_params& params, const verifying_key& key,
                                      const std::array<gl, 8>& publics, bytes_view proof) {
  const auto verified = verify_segment(params, key, statement_of(publics), proof);
  if (!verified) return fail(verified.error());
  return nothing{};
}

circuit_prover::circuit_prover(const proof_params& params, circuit of, prover_backend& backend,
                               row_splitter split)
    : params_(params),
      circuit_(std::move(of)),
      backend_(backend),
      split_(std::move(split)),
      memory_(memory_of(params, circuit_)) {}

const verifying_key& circuit_prover::key() {
  if (!key_) {
    std::vector<const prover_air*> airs;
    for (const prover_air& air : prover_airs()) airs.push_back(&air);
    proving_ = make_proving_key(params_, backend_, std::move(airs), circuit_.fixed());
    key_ = proving_->key;
  }
  return *key_;
}

result<circuit_witness, circuit_prove_failure> circuit_prover::run(
    std::span<const gl> input, const std::array<gl, 8>& publics) const {
  auto witness = run_circuit(circuit_, input, publics, split_);
  if (!witness) return failed(witness.error());
  return std::move(*witness);
}

result<bytes, circuit_prove_failure> circuit_prover::prove(std::span<const gl> input,
                                                           const std::array<gl, 8>& publics) {
  ASHLAR_TRY(circuit_witness witness, run(input, publics));
  return prove(std::move(witness));
}

result<bytes, circuit_prove_failure> circuit_prover::prove(circuit_witness witness) {
  try {
    if (!proving_) {
      key_.reset();
      key();
    }
  } catch (const std::bad_alloc&) {
    return failed(prove_failure{prove_error::out_of_memory});
  }
  const std::array<gl, 8> publics = witness.publics;
  auto lists = witness.public_lists();
  std::vector<segment_trace> traces(1);
  traces[0] = {std::move(witness.main), std::move(lists)};
  auto proofs = prove_segments(params_, *proving_, backend_, std::move(traces));
  if (!proofs) return failed(proofs.error());
  if (const auto held = verify_circuit(params_, *key_, publics, proofs->front()); !held)
    return failed(held.error());
  return std::move(proofs->front());
}

}  // namespace ashlar::stark
