#include "net/l1/deployment.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/types/rlp.hpp"

namespace ashlar::l1 {
namespace json = boost::json;

namespace {

l1_error missing(std::string_view name) {
  return {l1_error_code::malformed, "the contract artifacts lack " + std::string(name), 0, {}};
}

l1_result<address> deploy(client& c, const signer& from, const contract_artifacts& artifacts,
                          std::string_view name, const abi_encoder& arguments,
                          const fee_policy_config& fees) {
  const auto* artifact = artifacts.find(name);
  if (!artifact) return fail(missing(name));
  l1_call creation{from.account(), std::nullopt, artifact->creation, {}};
  append(creation.data, arguments.encode());
  ASHLAR_TRY(const l1_receipt receipt, send_and_wait(c, from, creation, fees));
  if (!receipt.contract_address)
    return fail(l1_error{
        l1_error_code::malformed, "no address in the receipt of " + std::string(name), 0, {}});
  return *receipt.contract_address;
}

constexpr std::string_view create_chain_signature =
    "createChain((uint256,bytes32,bytes32,uint32,address,address,address,address,(uint40,uint40,"
    "uint40,uint40),"
    "(uint128,uint64)),(address[],address[],uint256,bool),(bytes,bytes))";

bytes encode_create_chain(const chain_registration& r) {
  abi_encoder init;
  init.number(u256{r.chain_id})
      .word(r.genesis_state)
      .word(crypto::keccak256(r.config))
      .number(u256{r.protocol_version})
      .account(r.committer)
      .account(r.prover)
      .account(r.executor)
      .account(r.guardian)
      .number(u256{r.priority_deadline_s})
      .number(u256{r.escape_period_s})
      .number(u256{r.past_window_s})
      .number(u256{r.future_window_s})
      .number(r.minimal_l2_gas_price)
      .number(u256{r.priority_gas_max});
  const auto addresses = [](const std::vector<address>& all) {
    std::vector<abi_encoder> out(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) out[i].account(all[i]);
    return out;
  };
  abi_encoder governance;
  governance.array(addresses(r.proposers), false)
      .array(addresses(r.executors_of_timelock), false)
      .number(u256{r.timelock_delay_s})
      .boolean(r.development);
  return abi_encoder()
      .inline_tuple(init)
      .dynamic_tuple(governance)
      .dynamic_tuple(abi_encoder().blob(r.config).blob(r.genesis))
      .call(create_chain_signature);
}

}  // namespace

result<contract_artifacts, std::string> contract_artifacts::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(path + ": cannot be read; build the contracts first (net/contracts/build)");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse(text);
}

result<contract_artifacts, std::string> contract_artifacts::parse(std::string_view text) {
  boost::system::error_code ec;
  const json::value v = json::parse(text, ec);
  if (ec || !v.is_object())
    return fail(std::string("the contract artifacts are not a JSON object"));
  contract_artifacts out;
  for (const auto& [name, entry] : v.as_object()) {
    const json::object* o = entry.if_object();
    const json::value* creation = o ? o->if_contains("bytecode") : nullptr;
    const json::value* runtime = o ? o->if_contains("deployedBytecode") : nullptr;
    if (!creation || !runtime || !creation->is_string() || !runtime->is_string())
      return fail("contract " + std::string(name) + " has no bytecode");
    auto a = from_hex(std::string_view(creation->as_string()));
    auto b = from_hex(std::string_view(runtime->as_string()));
    if (!a || !b) return fail("the bytecode of " + std::string(name) + " is not hex");
    out.all_.emplace(std::string(name), artifact{std::move(*a), std::move(*b)});
  }
  return out;
}

const contract_artifacts::artifact* contract_artifacts::find(std::string_view name) const {
  const auto found = all_.find(name);
  return found == all_.end() ? nullptr : &found->second;
}

std::vector<std::string> contract_artifacts::names() const {
  std::vector<std::string> out;
  for (const auto& [name, artifact] : all_) out.push_back(name);
  return out;
}

l1_result<ecosystem_contracts> deploy_ecosystem(client& c, const signer& from,
                                                const contract_artifacts& artifacts,
                                                const fee_policy_config& fees) {
  ecosystem_contracts e;
  const address owner = from.account();
  ASHLAR_TRY(e.hub, deploy(c, from, artifacts, "Hub", abi_encoder().account(owner), fees));
  ASHLAR_TRY(e.vault, deploy(c, from, artifacts, "Vault", abi_encoder().account(e.hub), fees));
  ASHLAR_TRY(e.implementation,
             deploy(c, from, artifacts, "Chain", abi_encoder().account(e.hub), fees));
  ASHLAR_TRY(e.factory,
             deploy(c, from, artifacts, "Factory",
                    abi_encoder().account(e.hub).account(e.implementation).account(owner), fees));
  const auto set_vault = abi_encoder().account(e.vault).call("setVault(address)");
  ASHLAR_CHECK(send_and_wait(c, from, {owner, e.hub, set_vault, {}}, fees));
  const auto allow =
      abi_encoder().account(e.factory).boolean(true).call("setFactory(address,bool)");
  ASHLAR_CHECK(send_and_wait(c, from, {owner, e.hub, allow, {}}, fees));
  return e;
}

u64 least_timelock_delay_s(const chain_registration& r) {
  constexpr u64 exit_margin_s = 2 * 86'400;  // EXIT_MARGIN
  return std::max(r.escape_period_s, r.priority_deadline_s + r.past_window_s) + exit_margin_s;
}

l1_result<bool> is_development_chain(client& c, const address& factory, u64 chain_id) {
  const bytes call = abi_encoder().number(u256{chain_id}).call("isDevelopment(uint256)");
  ASHLAR_TRY(const bytes answer, c.call({{}, factory, call, {}}));
  abi_reader r(answer);
  const bool value = r.boolean();
  if (!r.ok())
    return fail(l1_error{l1_error_code::malformed, "isDevelopment(uint256): not a bool", 0, {}});
  return value;
}

address created_address(const address& creator, u64 nonce) {
  bytes list;
  rlp::list_scope scope(list);
  rlp::encode_fixed(list, creator);
  rlp::encode_u64(list, nonce);
  scope.close();
  return address::copy_of(crypto::keccak256(list).data() + 12);
}

l1_result<chain_contracts> next_chain_contracts(client& c, const address& factory) {
  ASHLAR_TRY(const u64 nonce, c.nonce(factory, "latest"));
  return chain_contracts{created_address(factory, nonce + 1), created_address(factory, nonce)};
}

l1_result<chain_contracts> create_chain(client& c, const signer& from,
                                        const ecosystem_contracts& ecosystem,
                                        const chain_registration& r,
                                        const chain_contracts& expected,
                                        const fee_policy_config& fees) {
  const l1_call call{from.account(), ecosystem.factory, encode_create_chain(r), {}};
  ASHLAR_TRY(const l1_receipt receipt, send_and_wait(c, from, call, fees));
  const hash256 topic = event_topic("ChainCreated(uint256,address,address)");
  for (const l1_log& log : receipt.logs) {
    if (log.entry.account != ecosystem.factory || log.entry.topics.size() != 3 ||
        log.entry.topics[0] != topic)
      continue;
    abi_reader chain(log.entry.topics[2]), governor(log.entry.data);
    const chain_contracts made{chain.account(), governor.account()};
    if (made == expected) return made;
    return fail(l1_error{l1_error_code::malformed,
                         "the factory made the chain at " + to_hex(made.chain) + ", not at " +
                             to_hex(expected.chain),
                         0,
                         {}});
  }
  return fail(
      l1_error{l1_error_code::malformed, "createChain emitted no ChainCreated event", 0, {}});
}

}  // namespace ashlar::l1
