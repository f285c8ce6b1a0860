#include "actors/node/commands/demo_without_operator.hpp"

#include <thread>

#include <fmt/format.h>

#include "actors/node/chain/published_chain.hpp"
#include "actors/node/commands/patient_l1.hpp"
#include "actors/node/escape/plan.hpp"
#include "actors/node/escape/proving.hpp"
#include "actors/node/process/system_clock.hpp"
#include "actors/node/proving/verifier_setup.hpp"
#include "runtime/base/random.hpp"
#include "runtime/crypto/keys/secret.hpp"

namespace ashlar::node {
namespace {

using talk = std::function<void(const std::string&)>;

/// What proofs of a development chain may take.
constexpr u64 memory_bytes = 8'000'000'000;

status<std::string> move_clock(l1::client& c, const dev_stack& d, const talk& say) {
  const auto s = l1::read_escape_standing(c, d.spec.contracts.chain);
  if (!s) return fail(l1_text(s.error()));
  const escape_verdict verdict = judge(*s);
  if (verdict.can != escape_verdict::what::closed)
    return fail("the escape should not be open yet: " + verdict.why);
  say(verdict.why);
  const std::string when = fmt::format("[{}]", verdict.opens_at.value);
  if (const auto set = c.raw("evm_setNextBlockTimestamp", when); !set)
    return fail(l1_text(set.error()));
  if (const auto mined = c.raw("anvil_mine", "[1]"); !mined) return fail(l1_text(mined.error()));
  return nothing{};
}

status<std::string> abandon(dev_stack& d, const talk& say) {
  ASHLAR_TRY(const auto c, connect_patiently(d.l1_endpoint));
  say("deploying the verifier of proofs");
  ASHLAR_TRY(const std::string contracts, find_verifier());
  ASHLAR_CHECK(set_up_verifier(*c, *l1::make_signer(d.rich_l1_key), d.spec, contracts));
  d.node.reset();
  return move_clock(*c, d, say);
}

/// An account of nobody, with what the rich one gives it.
result<std::unique_ptr<l1::signer>, std::string> funded_account(l1::client& c, const dev_stack& d) {
  crypto::system_random random;
  std::unique_ptr<l1::signer> out;
  while (!out) {
    hash256 key;
    random.fill(std::span<u8>(key.data(), 32));
    out = l1::make_signer(key);
  }
  const auto rich = l1::make_signer(d.rich_l1_key);
  const u256 ether{1'000'000'000'000'000'000};
  const auto paid =
      l1::send_and_wait(c, *rich, {rich->account(), out->account(), {}, ether * u256{10}}, {});
  if (!paid) return fail(l1_text(paid.error()));
  return out;
}

result<std::vector<withdrawal_proof>, std::string> escape(const dev_stack& d,
                                                          const std::string& folder,
                                                          const talk& say) {
  ASHLAR_TRY(const auto c, connect_patiently(d.l1_endpoint));
  ASHLAR_TRY(const auto account, funded_account(*c, d));
  ASHLAR_TRY(const std::string contracts, find_verifier());
  escape_config config;
  // Of the operator there is nothing left but what L1 has.
  ASHLAR_TRY(config.chain, read_published_chain(*c, d.spec.ecosystem.hub, d.spec.config.chain_id));
  config.folder = folder;
  // A development L1 has quick blocks and its own notion of final.
  config.publisher.poll_ms = 100;
  config.publisher.confirmations = config.operation_confirmations = 2;
  const system_clock time;
  const escape_parts parts{
      *c,
      *account,
      time,
      [&](store::batch_store& batches) {
        return open_escape_prover({contracts, {}, 0, memory_bytes}, folder, batches, say);
      },
      say,
      [](clock::duration wait) { std::this_thread::sleep_for(wait); }};
  const auto done = run_escape(config, parts);
  if (!done) return fail(done.error().text);
  if (done->end != escape_report::outcome::settled) return fail(done->why);
  std::vector<withdrawal_proof> out;
  for (const provable_message& m : done->messages)
    out.push_back({m.batch.value, m.index, m.txn_number, m.message, m.proof});
  return out;
}

}  // namespace

demo_surroundings::without_operator without_operator(dev_stack& d, const std::string& folder,
                                                     const talk& say) {
  const std::string work = folder + "/escape";
  const talk within = [say](const std::string& line) { say("        " + line); };
  return {[&d, within] { return abandon(d, within); },
          [&d, work, within] { return escape(d, work, within); }};
}

}  // namespace ashlar::node
