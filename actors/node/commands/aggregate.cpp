#include <chrono>
#include <filesystem>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/commands/commands.hpp"
#include "actors/node/process/whole_file.hpp"
#include "actors/node/proving/engine_config.hpp"
#include "actors/node/proving/guest_program.hpp"
#include "actors/node/proving/pinned_circuits.hpp"
#include "actors/node/proving/recursion.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"
#include "runtime/stark/solidity/circuit_machine.hpp"

namespace ashlar::node {
namespace {

using clock = std::chrono::steady_clock;

int refuse(int code, const std::string& why) {
  fmt::print(stderr, "ashlar: {}\n", why);
  return code;
}

double seconds_since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

/// Keeps what is made for the length of one command.
class shelf_in_memory final : public stark::proof_shelf {
 public:
  std::optional<bytes> find(const hash256& name) override {
    const auto at = values_.find(name);
    return at == values_.end() ? std::nullopt : std::optional(at->second);
  }
  status<std::string> keep(const hash256& name, bytes_view value) override {
    values_[name].assign(value.begin(), value.end());
    return nothing{};
  }
  void drop(const hash256& name) override { values_.erase(name); }

 private:
  std::map<hash256, bytes> values_;
};

result<std::unique_ptr<stark::proof_shelf>, std::string> shelf_of(const std::string& folder) {
  if (folder.empty()) return std::unique_ptr<stark::proof_shelf>(new shelf_in_memory);
  auto opened = prover::proof_folder::open(folder);
  if (!opened) return fail(store::to_text(opened.error()));
  return std::unique_ptr<stark::proof_shelf>(std::move(*opened));
}

result<std::vector<hash256>, std::string> inputs_of(const std::vector<std::string>& texts) {
  std::vector<hash256> out;
  for (const std::string& text : texts) {
    const auto input = fixed_from_hex<32>(text);
    if (!input) return fail("--public-input: expected 32 bytes of hex, got " + text);
    out.push_back(*input);
  }
  if (out.empty() || out.size() > prover::l1_prover::batches_max)
    return fail("one proof covers 1 to " + std::to_string(prover::l1_prover::batches_max) +
                " batches, there are " + std::to_string(out.size()) + " --public-input");
  return out;
}

/// One line a proof of a circuit, with the seconds since its layer began.
stark::recursion_calls told(const std::string& what) {
  auto began = std::make_shared<clock::time_point>(clock::now());
  return {[=](const stark::recursion_progress& p) {
            fmt::print(stderr, "ashlar: {}: layer {} of {}, {} of {} proved ({:.1f} s)\n", what,
                       p.layer + 1, p.layers, p.done, p.steps, seconds_since(*began));
            if (p.done == p.steps) *began = clock::now();
          },
          {}};
}

recursion_config config_of(const aggregate_command& c) {
  return {c.guest, c.workers, u64{c.memory_mib} << 20, c.backend, c.device, true};
}

/// What a proof for L1 is verified with: of the pinned program's circuits it is pinned, of
/// another's it is made.
result<stark::recursion_keys, std::string> keys_of(const aggregate_command& c) {
  ASHLAR_TRY(const bytes guest, read_guest(c.guest));
  if (why_not_pinned(guest).empty()) {
    const auto& pinned = pinned_circuits();
    if (!pinned) return fail(pinned.error());
    return pinned->keys;
  }
  ASHLAR_TRY(const auto shelf, shelf_of(c.folder));
  ASHLAR_TRY(const auto opened, open_recursion(config_of(c), *shelf));
  return opened.prover->keys();
}

int aggregate(const aggregate_command& c) {
  const auto inputs = inputs_of(c.public_inputs);
  if (!inputs) return refuse(2, inputs.error());
  if (c.proofs.size() != inputs->size())
    return refuse(2, fmt::format("there are {} --proof and {} --public-input; one of each a batch",
                                 c.proofs.size(), inputs->size()));
  for (const std::string& path : c.proofs)
    if (!std::filesystem::exists(path)) return refuse(2, path + ": there is no such file");
  auto shelf = shelf_of(c.folder);
  if (!shelf) return refuse(2, shelf.error());
  const auto start = clock::now();
  auto opened = open_recursion(config_of(c), **shelf);
  if (!opened) return refuse(2, opened.error());
  stark::recursion_prover& prover = *opened->prover;
  fmt::print(stderr, "ashlar: set of circuits {} ({:.1f} s)\n",
             to_hex(stark::l1_form(prover.set_root())), seconds_since(start));
  for (std::size_t i = 0; i < inputs->size(); ++i) {
    if (prover.has_run((*inputs)[i])) continue;
    const auto proof = read_whole(c.proofs[i]);
    if (!proof) return refuse(2, proof.error());
    const auto done = prover.prove_run_claim((*inputs)[i], *proof, told(c.proofs[i]));
    if (!done) return refuse(1, c.proofs[i] + ": " + done.error().text);
  }
  const auto outer = prover.prove_outer(*inputs, told("batches"));
  if (!outer) return refuse(1, outer.error().text);
  if (const auto written = write_whole(c.out, stark::encode_outer(*outer)); !written)
    return refuse(1, written.error());
  const boost::json::object out{{"list", to_hex(stark::l1_form(outer->list))},
                                {"set_root", to_hex(stark::l1_form(outer->set_root))},
                                {"batches", inputs->size()},
                                {"proof_bytes", outer->proof.size()},
                                {"seconds", seconds_since(start)}};
  fmt::print("{}\n", boost::json::serialize(out));
  return 0;
}

}  // namespace

int run_aggregate(const aggregate_command& c) {
  if (!is_backend(c.backend)) return refuse(2, "--backend must be cpu or cuda");
  try {
    return aggregate(c);
  } catch (const std::exception& e) {  // a device that is lost, or no memory
    return refuse(1, fmt::format("the backend failed: {}{}", e.what(),
                                 c.folder.empty() ? "" : "; the same command goes on from --dir"));
  }
}

int run_verify_outer(const aggregate_command& c, const stark::outer_proof& proof) {
  const auto inputs = inputs_of(c.public_inputs);
  if (!inputs) return refuse(2, inputs.error());
  const auto keys = keys_of(c);
  if (!keys) return refuse(2, keys.error());
  if (proof.set_root != keys->set.root())
    return refuse(1, "refused: the proof is by the set of circuits " +
                         to_hex(stark::l1_form(proof.set_root)) + ", this build's is " +
                         to_hex(stark::l1_form(keys->set.root())));
  if (proof.list != stark::list_of(*inputs))
    return refuse(1, "refused: the proof is of another list of batches");
  const auto held = stark::verify_outer(stark::recursion_outer_params, keys->outer, proof);
  if (!held) return refuse(1, "refused: " + std::string(stark::describe(held.error().what)));
  fmt::print("accepted: list {} of {} batches by set {}\n", to_hex(stark::l1_form(proof.list)),
             inputs->size(), to_hex(stark::l1_form(proof.set_root)));
  return 0;
}

}  // namespace ashlar::node
