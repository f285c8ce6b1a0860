#include "test/conformance/state/state_fixture.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "runtime/base/hex.hpp"
#include "runtime/types/mpt.hpp"
#include "test/conformance/types/vectors.hpp"

namespace ashlar::conformance {

namespace json = boost::json;

namespace {

std::string_view text(const json::value& v) {
  return v.as_string();
}

/// None where the number is wider than 256 bits.
std::optional<u256> number(const json::value& v) {
  std::string_view s = text(v);
  if (s.starts_with("0x:bigint ")) s.remove_prefix(10);
  if (s == "0x") return u256{};
  return parse_u256(s);
}
u256 must_number(const json::value& v) {
  const auto n = number(v);
  if (!n) throw std::runtime_error{"not a number: " + std::string{text(v)}};
  return *n;
}
bytes must_bytes(const json::value& v) {
  auto b = from_hex(text(v));
  if (!b) throw std::runtime_error{"not hex: " + std::string{text(v)}};
  return *b;
}
template <std::size_t N>
fixed_bytes<N> must_fixed(const json::value& v) {
  const bytes b = must_bytes(v);
  if (b.size() != N) throw std::runtime_error{"wrong length: " + std::string{text(v)}};
  return fixed_bytes<N>::copy_of(b.data());
}
u64 must_u64(const json::value& v) {
  const u256 n = must_number(v);
  if (!n.fits_u64()) throw std::runtime_error{"not 64 bits: " + std::string{text(v)}};
  return n.low();
}

/// EIP-4844: factor * e^(numerator / denominator), by its Taylor series.
u256 fake_exponential(u64 numerator, u64 denominator) {
  u256 sum, term = denominator;
  for (u64 i = 1; !term.is_zero(); ++i) {
    sum += term;
    term = term * u256{numerator} / (u256{denominator} * u256{i});
  }
  return sum / u256{denominator};
}

struct blob_schedule {
  u64 update_fraction;
  u32 per_txn_max;
};
blob_schedule schedule_of(const json::object& test, revision rev) {
  blob_schedule s = rev == revision::cancun ? blob_schedule{3338477, 6} : blob_schedule{5007716, 9};
  const char* const names[] = {"Cancun", "Prague", "Osaka"};
  if (const auto* config = test.if_contains("config"))
    if (const auto* all = config->as_object().if_contains("blobSchedule"))
      if (const auto* own = all->as_object().if_contains(names[static_cast<int>(rev)]))
        s = {must_u64(own->at("baseFeeUpdateFraction")),
             static_cast<u32>(must_u64(own->at("max")))};
  if (rev >= revision::osaka) s.per_txn_max = std::min(s.per_txn_max, 6u);  // EIP-7594
  return s;
}

evm::block_env read_env(const json::object& test, revision rev) {
  static numbered_hashes hashes;
  const json::object& e = test.at("env").as_object();
  const blob_schedule blobs = schedule_of(test, rev);
  evm::block_env env;
  env.number = must_u64(e.at("currentNumber"));
  env.timestamp = must_u64(e.at("currentTimestamp"));
  env.gas_limit = must_u64(e.at("currentGasLimit"));
  env.beneficiary = must_fixed<20>(e.at("currentCoinbase"));
  env.base_fee = must_number(e.at("currentBaseFee"));
  env.prev_randao = must_fixed<32>(e.at("currentRandom"));
  env.blob_base_fee =
      fake_exponential(must_u64(e.at("currentExcessBlobGas")), blobs.update_fraction);
  env.blobs_per_txn_max = blobs.per_txn_max;
  env.rev = rev;
  env.hashes = &hashes;
  if (const auto* config = test.if_contains("config"))
    if (const auto* id = config->as_object().if_contains("chainid")) env.chain_id = must_u64(*id);
  return env;
}

void read_access_list(const json::object& t, std::size_t index, txn& to) {
  const auto* lists = t.if_contains("accessLists");
  if (lists == nullptr || lists->as_array().at(index).is_null()) return;
  if (to.type == txn_type::legacy) to.type = txn_type::access_list;
  for (const json::value& entry : lists->as_array().at(index).as_array()) {
    access_list_entry e{must_fixed<20>(entry.at("address")), {}};
    for (const json::value& key : entry.at("storageKeys").as_array())
      e.storage_keys.push_back(must_number(key).to_be());
    to.access_list.push_back(std::move(e));
  }
}

void read_authorizations(const json::object& t, txn& to) {
  const auto* list = t.if_contains("authorizationList");
  if (list == nullptr) return;
  to.type = txn_type::set_code;
  for (const json::value& a : list->as_array())
    to.authorizations.push_back({must_number(a.at("chainId")), must_fixed<20>(a.at("address")),
                                 must_u64(a.at("nonce")), static_cast<u8>(must_u64(a.at("v"))),
                                 must_number(a.at("r")), must_number(a.at("s"))});
}

void read_blobs(const json::object& t, txn& to) {
  const auto* hashes = t.if_contains("blobVersionedHashes");
  if (hashes == nullptr) return;
  to.type = txn_type::blob;
  to.max_fee_per_blob_gas = must_number(t.at("maxFeePerBlobGas"));
  for (const json::value& h : hashes->as_array()) to.blob_hashes.push_back(must_fixed<32>(h));
}

bool read_fees(const json::object& t, txn& to) {
  if (const auto* price = t.if_contains("gasPrice")) {
    const auto p = number(*price);
    if (!p) return false;
    to.max_fee_per_gas = to.max_priority_fee_per_gas = *p;
    return true;
  }
  const auto fee = number(t.at("maxFeePerGas")), tip = number(t.at("maxPriorityFeePerGas"));
  if (!fee || !tip) return false;
  to.type = txn_type::dynamic_fee;
  to.max_fee_per_gas = *fee;
  to.max_priority_fee_per_gas = *tip;
  return true;
}

std::optional<txn> read_txn(const json::object& t, const json::object& indexes) {
  const auto pick = [&](const char* key, const char* index) -> const json::value& {
    return t.at(key).as_array().at(indexes.at(index).to_number<std::size_t>());
  };
  txn x;
  const auto gas = number(pick("gasLimit", "gas")), value = number(pick("value", "value")),
             nonce = number(t.at("nonce"));
  if (!gas || !gas->fits_u64() || !value || !nonce || !nonce->fits_u64()) return std::nullopt;
  x.gas_limit = gas->low();
  x.value = *value;
  x.nonce = nonce->low();
  x.data = must_bytes(pick("data", "data"));
  if (!text(t.at("to")).empty()) x.to = must_fixed<20>(t.at("to"));
  if (!read_fees(t, x)) return std::nullopt;
  read_access_list(t, indexes.at("data").to_number<std::size_t>(), x);
  read_blobs(t, x);
  read_authorizations(t, x);
  return x;
}

}  // namespace

hash256 numbered_hashes::hash_of(u64 number) {
  const std::string digits = std::to_string(number);
  return crypto::keccak256({reinterpret_cast<const u8*>(digits.data()), digits.size()});
}

std::set<std::string> skipped_names() {
  std::set<std::string> names;
  std::ifstream in{"test/conformance/skipped.txt"};
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] != '#') names.insert(line.substr(0, line.find(' ')));
  return names;
}

std::optional<revision> fork_of(std::string_view name) {
  if (name == "Cancun") return revision::cancun;
  if (name == "Prague") return revision::prague;
  if (name == "Osaka") return revision::osaka;
  return std::nullopt;
}

void for_each_test(const std::filesystem::path& folder,
                   const std::function<void(const std::string&, const json::object&)>& visit) {
  const char* filter = std::getenv("ASHLAR_FILTER");
  for (const auto& file : json_files(folder)) {
    const json::value tests = read_json(file);
    for (const auto& [name, test] : tests.as_object()) {
      const std::string path = file.lexically_relative(folder).string() + ":" + std::string{name};
      if (filter != nullptr && path.find(filter) == std::string::npos) continue;
      visit(path, test.as_object());
    }
  }
}

void for_each_sub_test(
    const std::string& name, const json::object& test,
    const std::function<void(const std::string&, revision, const json::object&)>& visit) {
  for (const auto& [fork, entries] : test.at("post").as_object()) {
    const auto rev = fork_of(fork);
    if (!rev) continue;
    std::size_t index = 0;
    for (const json::value& entry : entries.as_array())
      visit(name + "/" + std::string{fork} + "/" + std::to_string(index++), *rev,
            entry.as_object());
  }
}

test::map_reader read_pre_state(const json::object& test) {
  test::map_reader reader;
  for (const auto& [key, value] : test.at("pre").as_object()) {
    const address who = must_fixed<20>(json::value(key));
    evm::account& a = reader.accounts[who];
    a.nonce = must_u64(value.at("nonce"));
    a.balance = must_number(value.at("balance"));
    reader.set_code(who, must_bytes(value.at("code")));
    for (const auto& [slot, word] : value.at("storage").as_object())
      if (const u256 w = must_number(word); !w.is_zero())
        reader.storage[who][must_number(json::value(slot))] = w;
  }
  return reader;
}

state_case read_case(const json::object& test, revision rev, const json::object& post_entry) {
  state_case c;
  const json::object& t = test.at("transaction").as_object();
  c.env = read_env(test, rev);
  c.transaction = read_txn(t, post_entry.at("indexes").as_object());
  c.sender = must_fixed<20>(t.at("sender"));
  if (const auto* key = t.if_contains("secretKey")) c.secret = must_fixed<32>(*key);
  if (const auto* raw = post_entry.if_contains("txbytes")) c.raw = must_bytes(*raw);
  c.expected_root = must_fixed<32>(post_entry.at("hash"));
  c.expected_logs = must_fixed<32>(post_entry.at("logs"));
  if (const auto* e = post_entry.if_contains("expectException"))
    c.expected_exception = std::string{text(*e)};
  return c;
}

hash256 root_of(const test::map_reader& from) {
  std::vector<mpt_account> all;
  for (const auto& [who, a] : from.accounts) {
    mpt_account m{who, a.nonce, a.balance, a.code_hash, {}};
    if (const auto it = from.storage.find(who); it != from.storage.end())
      for (const auto& [slot, value] : it->second) m.storage.push_back({slot.to_be(), value});
    all.push_back(std::move(m));
  }
  return secure_state_root(all);
}

}  // namespace ashlar::conformance
