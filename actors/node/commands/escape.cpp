#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/commands/commands.hpp"
#include "actors/node/commands/key_store.hpp"
#include "actors/node/commands/patient_l1.hpp"
#include "actors/node/escape/plan.hpp"
#include "actors/node/escape/proving.hpp"
#include "actors/node/process/system_clock.hpp"
#include "actors/node/proving/verifier_setup.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {
namespace {

int refuse(const escape_command& c, const escape_failure& why) {
  fmt::print(stderr, "ashlar: {}\n", why.text);
  if (c.json) {
    boost::json::object out{{"outcome", "failed"}, {"why", why.text}};
    if (why.opens_at) out["opens_at"] = why.opens_at->value;
    fmt::print("{}\n", boost::json::serialize(out));
  }
  return why.is_usage ? 2 : 1;
}

int refuse_usage(const escape_command& c, std::string why) {
  return refuse(c, {true, std::move(why), {}});
}

std::string to_lines(const escape_report& r) {
  std::string out = fmt::format("{}: {}\n", to_text(r.end), r.why);
  u64 gas = 0;
  for (const store::intent& i : r.transactions) {
    out += fmt::format("{:<8} {} in L1 block {}, {} gas\n", store::to_text(i.kind),
                       to_hex(i.attempts.back().txn_hash), i.l1_block, i.l1_gas_used);
    gas += i.l1_gas_used;
  }
  if (gas > 0) out += fmt::format("{} gas in all\n", gas);
  for (const batch_number n : r.batches) out += fmt::format("batch {} is executed\n", n.value);
  for (const provable_message& m : r.messages)
    out += fmt::format("batch {}, message {} of {}: {} (--json has its proof)\n", m.batch.value,
                       m.index, to_hex(m.sender), to_hex(m.message));
  return out;
}

}  // namespace

int run_escape(const escape_command& c) {
  const auto connected = connect_patiently(c.l1_endpoint);
  if (!connected) return refuse_usage(c, connected.error());
  l1::client& client = **connected;
  const auto passphrase = read_passphrase(c.passphrase_file);
  if (!passphrase) return refuse_usage(c, passphrase.error());
  const auto secret = open_secp256k1_key(c.key_file, *passphrase);
  if (!secret) return refuse_usage(c, secret.error());
  const auto account = l1::make_signer(*secret);
  const auto spec = read_chain(c.chain, client);
  if (!spec) return refuse(c, {spec.error().is_usage, spec.error().text, {}});

  std::string contracts = c.contracts;
  if (contracts.empty()) {
    auto found = find_verifier();
    if (!found) return refuse_usage(c, found.error());
    contracts = std::move(*found);
  }
  escape_config config;
  config.chain = *spec;
  config.folder = c.folder;
  config.publisher.fees.fee_per_gas_max = u256{c.fee_per_gas_max_gwei} * u256{1'000'000'000};
  const system_clock time;
  const auto say = [](const std::string& line) { fmt::print(stderr, "ashlar: {}\n", line); };
  const escape_parts parts{client,
                           *account,
                           time,
                           [&](store::batch_store& batches) {
                             return open_escape_prover(
                                 {contracts, c.guest, c.workers, u64{c.memory_mib} << 20}, c.folder,
                                 batches, say);
                           },
                           say,
                           [](clock::duration wait) { std::this_thread::sleep_for(wait); }};
  const auto done = run_escape(config, parts);
  if (!done) return refuse(c, done.error());
  if (c.json)
    fmt::print("{}\n", to_json(*done));
  else
    fmt::print("{}", to_lines(*done));
  return 0;
}

}  // namespace ashlar::node
