#include "net/l1/chain_description.hpp"

#include "net/l1/abi.hpp"
#include "net/l1/log_scan.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"

namespace ashlar::l1 {
namespace {

auto malformed(std::string why) {
  return fail(l1_error{l1_error_code::malformed, std::move(why), 0, {}});
}

/// The first word of what a view answers.
l1_result<hash256> word_of(client& c, const address& contract, std::string_view signature,
                           const abi_encoder& arguments = {}) {
  ASHLAR_TRY(const bytes raw, c.call({{}, contract, arguments.call(signature), {}}));
  abi_reader r(raw);
  const hash256 out = r.word();
  if (!r.ok())
    return malformed(to_hex(contract) + " does not answer " + std::string(signature) +
                     ": it is another contract, or none");
  return out;
}

l1_result<address> account_of(client& c, const address& contract, std::string_view signature,
                              const abi_encoder& arguments = {}) {
  ASHLAR_TRY(const hash256 word, word_of(c, contract, signature, arguments));
  return address::copy_of(word.data() + 12);
}

l1_result<u64> number_of(client& c, const address& contract, std::string_view signature,
                         const abi_encoder& arguments = {}) {
  ASHLAR_TRY(const hash256 word, word_of(c, contract, signature, arguments));
  const u256 value = u256::from_be(word);
  if (!value.fits_u64()) return malformed(std::string(signature) + ": not a number");
  return value.low();
}

/// Reads both events of the factory, in the one block that has them.
status<l1_error> read_making(client& c, u64 chain_id, chain_description& d) {
  const hash256 described = event_topic("ChainDescribed(uint256,bytes32,bytes,bytes)");
  const hash256 created = event_topic("ChainCreated(uint256,address,address)");
  const hash256 topics[] = {described, created};
  ASHLAR_TRY(const std::vector<l1_log> logs,
             c.logs(d.made_in, d.made_in, d.ecosystem.factory, topics));
  u32 found = 0;
  for (const l1_log& log : logs) {
    const auto& of = log.entry.topics;
    if (of.size() < 2 || u256::from_be(of[1]) != u256{chain_id}) continue;
    abi_reader r(log.entry.data);
    if (of[0] == described) {
      d.genesis_state = r.word();
      d.first_config = r.blob();
      d.genesis = r.blob();
    } else if (of[0] == created) {
      d.contracts.governor = r.account();
    } else {
      continue;
    }
    if (!r.ok()) return malformed("an event of the factory's does not decode");
    ++found;
  }
  if (found != 2)
    return malformed("L1 has not both events of the factory in block " +
                     std::to_string(d.made_in.value) + ": does the endpoint keep old logs?");
  return nothing{};
}

/// Where the governor gave another configuration since: the one with this hash.
l1_result<bytes> find_config(client& c, const chain_description& d, const hash256& wanted) {
  const hash256 topic = event_topic("ConfigDescribed(bytes32,bytes)");
  std::optional<bytes> found;
  ASHLAR_CHECK(
      scan_logs(c, d.made_in, d.contracts.chain, std::span(&topic, 1), [&](const l1_log& log) {
        abi_reader r(log.entry.data);
        bytes config = r.blob();
        if (r.ok() && crypto::keccak256(config) == wanted) found = std::move(config);
        return !found;
      }));
  if (found) return std::move(*found);
  return malformed("no event has the configuration whose hash the chain has, " + to_hex(wanted));
}

}  // namespace

l1_result<chain_description> read_chain_description(client& c, const address& hub, u64 chain_id) {
  const abi_encoder id = abi_encoder().number(u256{chain_id});
  chain_description d;
  d.ecosystem.hub = hub;
  ASHLAR_TRY(d.contracts.chain, account_of(c, hub, "getZKChain(uint256)", id));
  if (d.contracts.chain.is_zero())
    return malformed("the hub " + to_hex(hub) + " has no chain " + std::to_string(chain_id));
  ASHLAR_TRY(d.ecosystem.vault, account_of(c, hub, "vault()"));
  ASHLAR_TRY(d.ecosystem.factory, account_of(c, hub, "chainTypeManager(uint256)", id));
  ASHLAR_TRY(d.ecosystem.implementation, account_of(c, d.ecosystem.factory, "implementation()"));
  ASHLAR_TRY(const u64 block, number_of(c, d.ecosystem.factory, "describedIn(uint256)", id));
  d.made_in = l1_block_number{block};
  ASHLAR_CHECK(read_making(c, chain_id, d));
  ASHLAR_TRY(const hash256 config_hash, word_of(c, d.contracts.chain, "configHash()"));
  d.config = d.first_config;
  if (crypto::keccak256(d.config) != config_hash) {
    ASHLAR_TRY(d.config, find_config(c, d, config_hash));
  }
  ASHLAR_TRY(d.priority_deadline_s, number_of(c, d.contracts.chain, "getParameters()"));
  return d;
}

}  // namespace ashlar::l1
