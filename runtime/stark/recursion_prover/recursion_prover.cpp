#include "runtime/stark/recursion_prover/recursion_prover.hpp"

#include "runtime/base/hex.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/recursion_prover/run_steps.hpp"

namespace ashlar::stark {
namespace {

constexpr std::string_view outer_magic = "ashlarou";
constexpr u32 outer_version = 1;
constexpr std::string_view pin_anew =
    "; chains have pinned other circuits (configs/chain): prove with the build that they belong "
    "to, "
    "or pin anew with ./dev pin";

void put(bytes& to, const hash256& h) {
  append(to, {h.data(), h.size()});
}
void put(bytes& to, u64 v) {
  u8 raw[8];
  store_le64(raw, v);
  append(to, raw);
}

std::optional<gl> element_at(const u8* at) {
  return load_element(hash_kind::poseidon2, at);
}

bytes encode(const run_claim& r) {
  bytes out;
  for (const gl3* e : {&r.run.global.alpha, &r.run.global.beta})
    for (const gl c : e->c) put(out, c.value());
  put(out, u64{r.run.count});
  put(out, r.run.output);
  put(out, r.end_state);
  append(out, r.proof);
  return out;
}

std::optional<run_claim> decode(bytes_view raw) {
  constexpr std::size_t head = 6 * 8 + 8 + 32 + 32;
  if (raw.size() < head) return std::nullopt;
  run_claim r;
  const u8* at = raw.data();
  for (gl3* e : {&r.run.global.alpha, &r.run.global.beta})
    for (gl& c : e->c) {
      const auto element = element_at(at);
      if (!element) return std::nullopt;
      c = *element;
      at += 8;
    }
  const u64 count = load_le64(at);
  if (count == 0 || count > segments_max) return std::nullopt;
  r.run.count = static_cast<u32>(count);
  std::copy_n(at + 8, 32, r.run.output.begin());
  std::copy_n(at + 40, 32, r.end_state.begin());
  if (!is_digest(hash_kind::poseidon2, r.end_state)) return std::nullopt;
  r.proof.assign(raw.begin() + head, raw.end());
  return r;
}

verifying_key key_in(const recursion_keys& keys, std::size_t circuit) {
  return keys.set.member(circuit).verifier();
}

}  // namespace

bytes encode_outer(const outer_proof& proof) {
  bytes out;
  append(out, {reinterpret_cast<const u8*>(outer_magic.data()), outer_magic.size()});
  out.resize(outer_magic.size() + 4);
  store_le32(out.data() + outer_magic.size(), outer_version);
  put(out, proof.list);
  put(out, proof.set_root);
  append(out, proof.proof);
  return out;
}

std::optional<outer_proof> decode_outer(bytes_view file) {
  if (file.size() < outer_magic.size() + 4 + 64 ||
      !std::equal(outer_magic.begin(), outer_magic.end(), file.begin()) ||
      load_le32(file.data() + outer_magic.size()) != outer_version)
    return std::nullopt;
  const bytes_view rest = file.subspan(outer_magic.size() + 4);
  outer_proof out;
  std::copy_n(rest.begin(), 32, out.list.begin());
  std::copy_n(rest.begin() + 32, 32, out.set_root.begin());
  out.proof.assign(rest.begin() + 64, rest.end());
  return out;
}

hash256 list_of(std::span<const hash256> outputs) {
  hash256 list;
  for (const hash256& output : outputs) list = list_with(list, output);
  return list;
}

status<verify_failure> verify_outer(const proof_params& params, const circuit_key& key,
                                    const outer_proof& proof) {
  for (const hash256* digest : {&proof.list, &proof.set_root})
    if (!is_digest(hash_kind::poseidon2, *digest))
      return fail(verify_failure{verify_error::not_canonical});
  return verify_circuit(params, key.verifier(), publics_of(proof.list, proof.set_root),
                        proof.proof);
}

result<std::unique_ptr<recursion_prover>, std::string> recursion_prover::open(
    recursion_plan plan, prover_backend& backend, proof_shelf& shelf,
    const recursion_options& options) {
  std::unique_ptr<recursion_prover> p(
      new recursion_prover(std::move(plan), backend, shelf, options));
  const std::size_t size = p->catalog_.size();
  if (options.pinned) {
    if (options.pinned->set.size() != size)
      return fail("there are " + std::to_string(size) + " circuits in the set, " +
                  std::to_string(options.pinned->set.size()) + " are pinned" +
                  std::string(pin_anew));
    p->keys_ = *options.pinned;
    return p;
  }
  ASHLAR_TRY(p->keys_name_, digest_of_circuits(p->catalog_, p->pool_));
  ASHLAR_TRY(p->keys_, make_keys(p->catalog_, p->pool_, *p->keys_name_, shelf));
  return p;
}

/// What a wrong key on the shelf brought about is not met again. A pinned one stays wrong.
template <class T>
result<T, recursion_failure> recursion_prover::forget_stale(result<T, recursion_failure> made) {
  if (made || made.error().what != recursion_error::stale_keys) return made;
  if (!keys_name_)
    return fail(
        recursion_failure{recursion_error::not_pinned, made.error().text + std::string(pin_anew)});
  shelf_.drop(*keys_name_);
  return made;
}

hash256 recursion_prover::run_name(const hash256& output) const {
  constexpr std::string_view domain = "ashlar run as one claim";
  bytes all;
  append(all, {reinterpret_cast<const u8*>(domain.data()), domain.size()});
  put(all, set_root());
  put(all, catalog_.plan().base.digest());
  put(all, output);
  return crypto::blake3(all);
}

/// What is kept counts where its proof holds for what it says, and it says this output.
std::optional<run_claim> recursion_prover::find_run(const hash256& output) {
  const hash256 name = run_name(output);
  const auto raw = shelf_.find(name);
  if (!raw) return std::nullopt;
  auto r = decode(*raw);
  if (r && r->run.output == output &&
      verify_circuit(plan().params.small.proofs, key_in(*keys_, r->circuit()),
                     publics_of(r->claim().digest(), set_root()), r->proof))
    return r;
  shelf_.drop(name);
  return std::nullopt;
}

status<recursion_failure> recursion_prover::prove_run_claim(const hash256& output,
                                                            bytes_view run_proof,
                                                            const recursion_calls& calls) {
  if (has_run(output)) return nothing{};
  ASHLAR_TRY(run_steps steps, run_steps::make(catalog_, keys_->set, output, run_proof));
  run_claim r{steps.facts(), steps.end_state(), {}};
  step_prover prover(parts(), steps.planned());
  ASHLAR_TRY(r.proof, forget_stale(prover.run(
                          [&](u32 step) { return steps.input_of(step, prover); }, calls)));
  const bytes kept = encode(r);
  if (const auto done = shelf_.keep(run_name(output), kept); !done)
    return fail(recursion_failure{recursion_error::not_kept, done.error()});
  shelf_.drop(
      proof_name(keys_->set.member(r.circuit()), publics_of(r.claim().digest(), set_root())));
  return nothing{};
}

void recursion_prover::forget_run(const hash256& output) {
  shelf_.drop(run_name(output));
}

std::array<gl, 8> recursion_prover::outer_publics(std::span<const hash256> outputs) const {
  return publics_of(list_of(outputs), set_root());
}

std::optional<outer_proof> recursion_prover::find_outer(std::span<const hash256> outputs) {
  const hash256 name = proof_name(keys_->outer, outer_publics(outputs));
  auto kept = shelf_.find(name);
  if (!kept) return std::nullopt;
  outer_proof out{list_of(outputs), set_root(), std::move(*kept)};
  if (verify_outer(plan().outer, keys_->outer, out)) return out;
  shelf_.drop(name);
  return std::nullopt;
}

result<outer_proof, recursion_failure> recursion_prover::prove_outer(
    std::span<const hash256> outputs, const recursion_calls& calls) {
  if (auto done = find_outer(outputs)) return std::move(*done);
  std::vector<run_claim> runs;
  for (const hash256& output : outputs) {
    auto r = find_run(output);
    if (!r)
      return fail(recursion_failure{
          recursion_error::not_at_hand,
          "the run with output " + to_hex(output) + " is not proved as one claim yet"});
    runs.push_back(std::move(*r));
  }
  list_steps steps(catalog_, keys_->set, std::move(runs));
  step_prover prover(parts(), steps.planned());
  steps.give(prover);
  outer_proof out{list_of(outputs), set_root(), {}};
  ASHLAR_TRY(out.proof, forget_stale(prover.run(
                            [&](u32 step) { return steps.input_of(step, prover); }, calls)));
  return out;
}

void recursion_prover::forget_outer(std::span<const hash256> outputs) {
  shelf_.drop(proof_name(keys_->outer, outer_publics(outputs)));
}

}  // namespace ashlar::stark
