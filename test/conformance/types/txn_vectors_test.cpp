#include <algorithm>
#include <iostream>
#include <map>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/types/revision.hpp"
#include "runtime/types/txn.hpp"
#include "test/conformance/types/vectors.hpp"

// TransactionTests of ethereum/tests: per fork, whether bytes are a valid transaction of chain 1,
// and if so its hash, sender and intrinsic gas.

using namespace ashlar;
namespace json = boost::json;

namespace {

constexpr u64 vectors_chain_id = 1;
constexpr std::size_t initcode_bytes_max = 49'152;  // EIP-3860, from Shanghai on

std::optional<revision> revision_of(std::string_view fork) {
  if (fork == "Cancun") return revision::cancun;
  if (fork == "Prague") return revision::prague;
  if (fork == "Osaka") return revision::osaka;
  return std::nullopt;
}

/// The least gas limit of a valid transaction, from the EIPs (2028, 2930, 3860, 7623, 7702), so
/// that this suite needs no EVM.
u64 least_gas(const txn& t, revision rev) {
  u64 gas = t.to ? 21'000 : 53'000 + (t.data.size() + 31) / 32 * 2;
  u64 tokens = 0;
  for (u8 b : t.data) tokens += b == 0 ? 1 : 4;
  gas += 4 * tokens + 25'000 * t.authorizations.size();
  for (const access_list_entry& e : t.access_list) gas += 2'400 + 1'900 * e.storage_keys.size();
  return rev >= revision::prague ? std::max(gas, 21'000 + 10 * tokens) : gas;
}

struct verdict {
  std::optional<txn> accepted;
  std::string refused_for;
};

verdict judge(bytes_view raw, revision rev) {
  // As from a log: what a wallet may send is shorter than what Ethereum's blocks may hold.
  auto t = decode_txn(raw, txn_source::log);
  if (!t) return {std::nullopt, to_text(t.error().code)};
  if (t->is_priority()) return {std::nullopt, "type"};
  if (auto id = check_chain_id(*t, vectors_chain_id, true); !id)
    return {std::nullopt, to_text(id.error().code)};
  if (t->type == txn_type::set_code && rev < revision::prague) return {std::nullopt, "type"};
  if (!t->to && t->data.size() > initcode_bytes_max) return {std::nullopt, "initcode size"};
  if (!recover_sender(*t)) return {std::nullopt, "no key matches the signature"};
  if (t->gas_limit < least_gas(*t, rev)) return {std::nullopt, "intrinsic gas"};
  return {std::move(*t), {}};
}

}  // namespace

TEST_CASE("transaction vectors are accepted or refused as published") {
  const auto folder = conformance::vectors_of("transaction_tests");
  if (!folder) return;
  std::map<std::string, std::pair<std::size_t, std::size_t>> counts;
  std::size_t files = 0;
  for (const auto& file : conformance::json_files(*folder)) {
    ++files;
    const json::value tests = conformance::read_json(file);
    for (const auto& [name, test] : tests.as_object()) {
      const auto raw = from_hex(std::string_view{test.at("txbytes").as_string()});
      // Some stop before Cancun: they break the encoding itself, whatever the fork.
      const json::object& results = test.at("result").as_object();
      const bool is_old =
          !results.contains("Cancun") && !results.contains("Prague") && !results.contains("Osaka");
      const std::string_view last_old = results.contains("Shanghai") ? "Shanghai" : "London";
      std::size_t forks = 0;
      for (const auto& [fork, expected] : results) {
        const auto rev = is_old && fork == last_old ? revision::cancun : revision_of(fork);
        if (!rev) continue;
        ++forks;
        INFO(file.string() << " " << std::string_view{name} << " " << std::string_view{fork});
        const verdict got = raw ? judge(*raw, *rev) : verdict{std::nullopt, "hex"};
        auto& count = counts[std::string{fork}];
        if (expected.as_object().contains("exception")) {
          CHECK_FALSE(got.accepted);
          ++count.second;
          continue;
        }
        INFO(got.refused_for);
        REQUIRE(got.accepted);
        CHECK(encode_txn(*got.accepted) == *raw);
        CHECK(to_hex(txn_hash(*got.accepted).data_) ==
              std::string_view{expected.at("hash").as_string()});
        CHECK(to_hex(recover_sender(*got.accepted)->data_) ==
              std::string_view{expected.at("sender").as_string()});
        CHECK(u256{least_gas(*got.accepted, *rev)} ==
              *parse_u256(std::string_view{expected.at("intrinsicGas").as_string()}));
        ++count.first;
      }
      INFO(file.string() << ": no fork that is supported");
      CHECK(forks > 0);
    }
  }
  std::size_t judged = 0;
  for (const auto& [fork, count] : counts) judged += count.first + count.second;
  std::cout << "transaction vectors: " << files << " files";
  for (const auto& [fork, count] : counts)
    std::cout << "; " << fork << " " << count.first << " accepted, " << count.second << " refused";
  std::cout << "; 0 tests skipped\n";
  CHECK(judged > 0);
}
