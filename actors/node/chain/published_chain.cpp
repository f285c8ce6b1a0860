#include "actors/node/chain/published_chain.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/node/chain/l1_history.hpp"
#include "net/l1/chain_description.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/stf/block.hpp"
#include "runtime/types/rlp.hpp"

namespace ashlar::node {
namespace {

void put_account(bytes& to, stf::genesis_account a) {
  rlp::list_scope scope(to, 3);
  rlp::encode_fixed(to, a.who);
  rlp::encode_u64(to, a.nonce);
  rlp::encode_u256(to, a.balance);
  rlp::encode_string(to, a.code);
  rlp::list_scope slots(to, 1);
  std::sort(a.storage.begin(), a.storage.end());
  for (const auto& [slot, value] : a.storage) {
    rlp::list_scope pair(to, 1);
    rlp::encode_u256(to, slot);
    rlp::encode_u256(to, value);
  }
}

result<std::pair<u256, u256>, rlp::error> take_slot(rlp::reader& from) {
  ASHLAR_TRY(rlp::reader pair, from.next_list());
  std::pair<u256, u256> out;
  ASHLAR_TRY(out.first, pair.next_u256());
  ASHLAR_TRY(out.second, pair.next_u256());
  ASHLAR_CHECK(pair.finish());
  return out;
}

result<stf::genesis_account, rlp::error> take_account(rlp::reader& from) {
  ASHLAR_TRY(rlp::reader r, from.next_list());
  stf::genesis_account a;
  ASHLAR_TRY(a.who, r.next_fixed<20>());
  ASHLAR_TRY(a.nonce, r.next_u64());
  ASHLAR_TRY(a.balance, r.next_u256());
  ASHLAR_TRY(const bytes_view code, r.next_string());
  a.code.assign(code.begin(), code.end());
  ASHLAR_TRY(rlp::reader slots, r.next_list());
  while (!slots.empty()) {
    ASHLAR_TRY(auto slot, take_slot(slots));
    a.storage.push_back(std::move(slot));
  }
  ASHLAR_CHECK(r.finish());
  return a;
}

result<published_genesis, rlp::error> take_genesis(bytes_view raw) {
  rlp::reader all(raw);
  ASHLAR_TRY(rlp::reader r, all.next_list());
  ASHLAR_CHECK(all.finish());
  published_genesis out;
  ASHLAR_TRY(const u64 time, r.next_u64());
  out.time = unix_seconds{time};
  ASHLAR_TRY(rlp::reader accounts, r.next_list());
  while (!accounts.empty()) {
    ASHLAR_TRY(auto account, take_account(accounts));
    out.accounts.push_back(std::move(account));
  }
  ASHLAR_CHECK(r.finish());
  return out;
}

/// What a state can begin with: each account and slot once, and nothing that is as if it were not
/// there. The history contract is every genesis's own.
bool is_canonical(const published_genesis& g) {
  const auto rises = [](const auto& list, const auto& key) {
    return std::adjacent_find(list.begin(), list.end(), [&](const auto& a, const auto& b) {
             return !(key(a) < key(b));
           }) == list.end();
  };
  if (!rises(g.accounts, [](const auto& a) { return a.who; })) return false;
  return std::all_of(g.accounts.begin(), g.accounts.end(), [&](const auto& a) {
    return can_begin(a) && a.who != stf::history_address &&
           rises(a.storage, [](const auto& s) { return s.first; }) &&
           std::all_of(a.storage.begin(), a.storage.end(),
                       [](const auto& s) { return !s.second.is_zero(); });
  });
}

result<chain_config, std::string> config_of(bytes_view raw) {
  auto config = decode_chain_config(raw);
  if (!config) return fail(std::string("the configuration: ") + to_text(config.error()));
  if (const auto valid = validate(*config); !valid)
    return fail(std::string("the configuration: ") + to_text(valid.error()));
  return std::move(*config);
}

result<chain_spec, std::string> spec_of(l1::chain_description d) {
  ASHLAR_TRY(published_genesis genesis, decode_genesis(d.genesis));
  chain_spec spec;
  ASHLAR_TRY(spec.config, config_of(d.config));
  if (d.config != d.first_config) {
    ASHLAR_TRY(spec.genesis_config, config_of(d.first_config));
  }
  spec.genesis_time = genesis.time;
  spec.accounts = std::move(genesis.accounts);
  spec.ecosystem = d.ecosystem;
  spec.contracts = d.contracts;
  spec.l1_start_block = d.made_in.value;
  spec.priority_deadline_s = d.priority_deadline_s;
  if (const hash256 got = make_genesis(spec).commitment; got != d.genesis_state)
    return fail("the genesis gives the state " + to_hex(got) + ", the chain was registered with " +
                to_hex(d.genesis_state));
  return spec;
}

}  // namespace

bytes encode_genesis(const chain_spec& spec) {
  std::vector<stf::genesis_account> accounts = spec.accounts;
  std::sort(accounts.begin(), accounts.end(),
            [](const auto& a, const auto& b) { return a.who < b.who; });
  bytes out;
  rlp::list_scope all(out, 3);
  rlp::encode_u64(out, spec.genesis_time.value);
  {
    rlp::list_scope list(out, 3);
    for (stf::genesis_account& a : accounts) put_account(out, std::move(a));
  }
  all.close();
  return out;
}

result<published_genesis, std::string> decode_genesis(bytes_view raw) {
  auto out = take_genesis(raw);
  if (!out) return fail(std::string("the genesis: ") + to_text(out.error().code));
  if (!is_canonical(*out))
    return fail(
        std::string("the genesis: accounts or slots that cannot be, are empty, or not in order"));
  return std::move(*out);
}

result<chain_spec, std::string> read_published_chain(l1::client& c, const address& hub,
                                                     u64 chain_id) {
  auto described = l1::read_chain_description(c, hub, chain_id);
  if (!described) return fail(l1_text(described.error()));
  const auto l1_chain = c.chain_id();
  if (!l1_chain) return fail(l1_text(l1_chain.error()));
  const address chain = described->contracts.chain;
  const auto wrong = [&](const std::string& why) {
    return fail(fmt::format("what L1 has of chain {} is not that chain: {}", chain_id, why));
  };
  auto spec = spec_of(std::move(*described));
  if (!spec) return wrong(spec.error());
  const chain_config& config = spec->config;
  if (config.chain_id != chain_id || config.l1_chain_id != *l1_chain ||
      config.chain_contract != chain)
    return wrong("the configuration is another chain's");
  return std::move(*spec);
}

result<chain_spec, chain_failure> read_chain(const chain_source& from, l1::client& c) {
  if (from.folder.empty() == from.hub.empty())
    return fail(
        chain_failure{true, "which chain? --chain FOLDER, or --hub ADDRESS and --chain-id N"});
  if (!from.folder.empty()) {
    auto spec = read_chain_spec(from.folder);
    if (!spec) return fail(chain_failure{true, spec.error()});
    return std::move(*spec);
  }
  const auto hub = fixed_from_hex<20>(from.hub);
  if (!hub) return fail(chain_failure{true, "--hub: 20 bytes of hex are needed"});
  if (from.chain_id == 0) return fail(chain_failure{true, "--hub: --chain-id is needed, too"});
  auto spec = read_published_chain(c, *hub, from.chain_id);
  if (!spec) return fail(chain_failure{false, spec.error()});
  return std::move(*spec);
}

}  // namespace ashlar::node
