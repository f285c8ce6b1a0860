#include "actors/node/chain/chain_spec.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/chain/toml_reader.hpp"
#include "actors/node/process/whole_file.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/stf/block.hpp"
#include "runtime/tree/memory_tree.hpp"

namespace ashlar::node {
namespace json = boost::json;

namespace {

address low_address(u64 value) {
  address a;
  store_be64(a.data() + 12, value);
  return a;
}

constexpr std::array<std::pair<const char*, revision>, 3> revision_names{
    {{"cancun", revision::cancun}, {"prague", revision::prague}, {"osaka", revision::osaka}}};

const char* name_of(revision r) {
  for (const auto& [name, value] : revision_names)
    if (value == r) return name;
  return "?";
}

/// What the genesis block was made by.
const chain_config& first_config(const chain_spec& spec) {
  return spec.genesis_config ? *spec.genesis_config : spec.config;
}

std::string json_genesis(const chain_spec& spec) {
  json::array accounts;
  for (const auto& a : spec.accounts) {
    json::object o{
        {"address", to_hex(a.who)}, {"nonce", a.nonce}, {"balance", to_quantity(a.balance)}};
    if (!a.code.empty()) o["code"] = to_hex(a.code);
    if (!a.storage.empty()) {
      json::object slots;
      for (const auto& [slot, value] : a.storage) slots[to_quantity(slot)] = to_quantity(value);
      o["storage"] = std::move(slots);
    }
    accounts.push_back(std::move(o));
  }
  return json::serialize(json::object{{"config", to_hex(encode_chain_config(first_config(spec)))},
                                      {"accounts", std::move(accounts)}}) +
         "\n";
}

std::optional<std::vector<stf::genesis_account>> parse_accounts(const json::value* list) {
  if (!list || !list->is_array()) return std::nullopt;
  boost::system::error_code ec;
  std::vector<stf::genesis_account> out;
  for (const json::value& entry : list->as_array()) {
    const json::object* o = entry.if_object();
    if (!o) return std::nullopt;
    const auto text_of = [&](std::string_view key) -> std::optional<std::string> {
      const json::value* t = o->if_contains(key);
      if (!t || !t->is_string()) return std::nullopt;
      return std::string(t->as_string());
    };
    stf::genesis_account a;
    const auto who = text_of("address");
    const auto account = who ? fixed_from_hex<20>(*who) : std::nullopt;
    const auto balance = text_of("balance");
    const auto wei = balance ? parse_u256(*balance) : std::nullopt;
    const json::value* nonce = o->if_contains("nonce");
    if (!account || !wei || !nonce || !nonce->is_number()) return std::nullopt;
    a.who = *account;
    a.balance = *wei;
    a.nonce = nonce->to_number<u64>(ec);
    if (ec) return std::nullopt;
    if (const auto code = text_of("code")) {
      auto raw = from_hex(*code);
      if (!raw) return std::nullopt;
      a.code = std::move(*raw);
    }
    if (const json::value* slots = o->if_contains("storage")) {
      if (!slots->is_object()) return std::nullopt;
      for (const auto& [slot, value] : slots->as_object()) {
        const auto s = parse_u256(slot);
        const auto w =
            value.is_string() ? parse_u256(std::string_view(value.as_string())) : std::nullopt;
        if (!s || !w) return std::nullopt;
        a.storage.emplace_back(*s, *w);
      }
    }
    if (!can_begin(a)) return std::nullopt;
    out.push_back(std::move(a));
  }
  return out;
}

/// Fills in what genesis.json has. Files that were written before they had the first configuration
/// have none: then it is the present one.
bool take_genesis(const std::string& text, chain_spec& spec) {
  boost::system::error_code ec;
  const json::value v = json::parse(text, ec);
  const json::object* root = ec ? nullptr : v.if_object();
  if (!root) return false;
  auto accounts = parse_accounts(root->if_contains("accounts"));
  if (!accounts) return false;
  spec.accounts = std::move(*accounts);
  const json::value* first = root->if_contains("config");
  if (!first) return true;
  const auto raw =
      first->is_string() ? from_hex(std::string_view(first->as_string())) : std::optional<bytes>{};
  if (!raw) return false;
  const auto config = decode_chain_config(*raw);
  if (!config || !validate(*config)) return false;
  if (*config != spec.config) spec.genesis_config = *config;
  return true;
}

std::string toml_chain(const chain_spec& spec, const hash256& commitment) {
  const chain_config& c = spec.config;
  std::string out = "# Parameters on which every node of the chain agrees; their hash is on L1.\n";
  const auto line = [&](std::string_view key, const auto& value) {
    out += fmt::format("{} = {}\n", key, value);
  };
  const auto text = [&](std::string_view key, const std::string& value) {
    out += fmt::format("{} = \"{}\"\n", key, value);
  };
  out += "\n[chain]\n";
  line("protocol_version", c.protocol_version);
  line("chain_id", c.chain_id);
  line("l1_chain_id", c.l1_chain_id);
  line("block_gas_limit", c.block_gas_limit);
  line("txn_gas_limit_max", c.txn_gas_limit_max);
  line("base_fee_min", c.base_fee_min);
  line("base_fee_genesis", c.base_fee_genesis);
  line("elasticity", c.elasticity);
  line("base_fee_denominator", c.base_fee_denominator);
  text("fee_vault", to_hex(c.fee_vault));
  line("pubdata_gas_per_byte", c.pubdata_gas_per_byte);
  line("pubdata_txn_bytes_max", c.pubdata_txn_bytes_max);
  line("proving_cycles_per_gas", c.proving_cycles_per_gas);
  line("priority_txn_gas_max", c.priority_txn_gas_max);
  line("priority_txns_per_block_max", c.priority_txns_per_block_max);
  line("priority_data_bytes_max", c.priority_data_bytes_max);
  for (const auto& r : c.revisions) {
    out += "\n[[revisions]]\n";
    line("from", r.from.value);
    text("rules", name_of(r.revision));
  }
  out += "\n[genesis]\n";
  line("timestamp", spec.genesis_time.value);
  text("state", to_hex(commitment));
  out += "\n[l1]\n";
  text("hub", to_hex(spec.ecosystem.hub));
  text("vault", to_hex(spec.ecosystem.vault));
  text("implementation", to_hex(spec.ecosystem.implementation));
  text("factory", to_hex(spec.ecosystem.factory));
  text("chain", to_hex(spec.contracts.chain));
  text("governor", to_hex(spec.contracts.governor));
  line("start_block", spec.l1_start_block);
  line("priority_deadline_s", spec.priority_deadline_s);
  return out;
}

}  // namespace

result<std::vector<stf::genesis_account>, std::string> system_accounts(
    const l1::contract_artifacts& artifacts, const address& l1_vault, u64 l1_chain_id) {
  std::vector<stf::genesis_account> out;
  const auto install = [&](std::string_view name, u64 place) {
    const auto* artifact = artifacts.find(name);
    if (!artifact) return false;
    out.push_back({low_address(place), 1, {}, artifact->runtime, {}});
    return true;
  };
  for (const auto& [name, place] : {std::pair<std::string_view, u64>{"L1Messenger", 0x8008},
                                    {"BaseToken", 0x800a},
                                    {"L2Bridge", 0x10003},
                                    {"L2TokenVault", 0x10004}})
    if (!install(name, place)) return fail("the contract artifacts lack " + std::string(name));
  out[2].storage = {{u256{0}, u256::from_be(bytes_view(l1_vault))}, {u256{1}, u256{l1_chain_id}}};
  return out;
}

bool can_begin(const stf::genesis_account& a) {
  const bool is_creatable = a.nonce == 0 && a.code.empty();
  return is_creatable ? !a.balance.is_zero() && a.storage.empty() : true;
}

genesis_state make_genesis(const chain_spec& spec) {
  genesis_state g;
  g.diff = stf::genesis_diff(spec.accounts);
  g.block = stf::genesis_header(first_config(spec), spec.genesis_time);
  tree::memory_tree tree;
  const auto planted = tree.apply(stf::tree_updates(g.diff));
  ensure(planted.ok());
  g.commitment = state_commitment(stf::state_of(stf::genesis_start(g.block, *planted)));
  return g;
}

status<std::string> write_chain_spec(const std::string& folder, const chain_spec& spec) {
  ASHLAR_CHECK(write_whole(folder + "/genesis.json", json_genesis(spec)));
  return write_whole(folder + "/chain.toml", toml_chain(spec, make_genesis(spec).commitment));
}

result<chain_spec, std::string> read_chain_spec(const std::string& folder) {
  const std::string path = folder + "/chain.toml";
  auto file = toml_reader::open(path, "`ashlar ecosystem add-chain` makes a chain's folder");
  if (!file) return fail(file.error().text);
  chain_spec spec;
  chain_config& c = spec.config;
  file->read("chain.protocol_version", c.protocol_version);
  file->read("chain.chain_id", c.chain_id);
  file->read("chain.l1_chain_id", c.l1_chain_id);
  file->read("chain.block_gas_limit", c.block_gas_limit);
  file->read("chain.txn_gas_limit_max", c.txn_gas_limit_max);
  file->read("chain.base_fee_min", c.base_fee_min);
  file->read("chain.base_fee_genesis", c.base_fee_genesis);
  file->read("chain.elasticity", c.elasticity);
  file->read("chain.base_fee_denominator", c.base_fee_denominator);
  file->read("chain.fee_vault", c.fee_vault);
  file->read("chain.pubdata_gas_per_byte", c.pubdata_gas_per_byte);
  file->read("chain.pubdata_txn_bytes_max", c.pubdata_txn_bytes_max);
  file->read("chain.proving_cycles_per_gas", c.proving_cycles_per_gas);
  file->read("chain.priority_txn_gas_max", c.priority_txn_gas_max);
  file->read("chain.priority_txns_per_block_max", c.priority_txns_per_block_max);
  file->read("chain.priority_data_bytes_max", c.priority_data_bytes_max);
  c.revisions.clear();
  for (std::size_t i = 0, n = file->table_count("revisions"); i < n; ++i) {
    const std::string at = fmt::format("revisions.{}.", i);
    u64 from = 0;
    std::string rules;
    file->read(at + "from", from);
    file->read(at + "rules", rules);
    const auto known = std::find_if(revision_names.begin(), revision_names.end(),
                                    [&](const auto& r) { return rules == r.first; });
    if (known == revision_names.end())
      file->refuse(at + "rules", "expected cancun, prague or osaka");
    else
      c.revisions.push_back({unix_seconds{from}, known->second});
  }
  hash256 expected;
  u64 timestamp = 0;
  file->read("genesis.timestamp", timestamp);
  file->read("genesis.state", expected);
  spec.genesis_time = unix_seconds{timestamp};
  file->read("l1.hub", spec.ecosystem.hub);
  file->read("l1.vault", spec.ecosystem.vault);
  file->read("l1.implementation", spec.ecosystem.implementation);
  file->read("l1.factory", spec.ecosystem.factory);
  file->read("l1.chain", spec.contracts.chain);
  file->read("l1.governor", spec.contracts.governor);
  file->read("l1.start_block", spec.l1_start_block);
  file->read("l1.priority_deadline_s", spec.priority_deadline_s);
  if (auto done = file->finish(); !done) return fail(done.error().text);
  c.chain_contract = spec.contracts.chain;
  if (const auto valid = validate(c); !valid) return fail(path + ": " + to_text(valid.error()));

  const std::string genesis_path = folder + "/genesis.json";
  ASHLAR_TRY(const bytes genesis, read_whole(genesis_path));
  if (!take_genesis(std::string(genesis.begin(), genesis.end()), spec))
    return fail(genesis_path + ": not a genesis file");
  if (make_genesis(spec).commitment != expected)
    return fail(genesis_path + ": gives another state than genesis.state of " + path +
                "; where the chain's governor gave a configuration since, \"config\" has to be "
                "the first one");
  return spec;
}

}  // namespace ashlar::node
