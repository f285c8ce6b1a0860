#include <algorithm>
#include <map>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/demo/run.hpp"
#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"

/// What goes through the rollup's own door: plain transfers, one by one and in batches.
namespace ashlar::node::demo {
namespace json = boost::json;

namespace {

/// What every wallet and stranger has, and should have.
using ledger = std::map<address, u256>;

struct transfer {
  std::size_t from = 0;
  address to;
  u256 value;
};

/// Every wallet in turn; half to each other, half to strangers.
std::vector<transfer> plan_transfers(const demo_run& run) {
  std::vector<address> strangers;
  for (u32 i = 0; i < 20; ++i)
    strangers.push_back(make_wallet("stranger " + std::to_string(i)).account);
  std::vector<transfer> out;
  for (u32 i = 0; i < run.limits.transfers; ++i) {
    const std::size_t from = i % run.wallets.size();
    const address to = i % 8 < 4 ? run.wallets[(from + 1) % run.wallets.size()].account
                                 : strangers[i % strangers.size()];
    out.push_back({from, to, u256{1'000'000'000'000} + u256{i}});
  }
  return out;
}

outcome<ledger> balances_of(demo_run& run, const std::vector<transfer>& all) {
  ledger out;
  for (const wallet& w : run.wallets) out[w.account] = {};
  for (const transfer& t : all) out[t.to] = {};
  for (auto& [who, balance] : out) {
    ASHLAR_TRY(balance, run.layer2->balance(who));
  }
  return out;
}

/// Gas that a transfer may need, to an account that is new too.
outcome<u64> transfer_gas(demo_run& run) {
  ASHLAR_TRY(const u64 gas,
             run.layer2->tell(run.layer2->rpc().estimate_gas({run.wallets[0].account,
                                                              make_wallet("nobody").account,
                                                              {},
                                                              u256{1'000'000'000'000'000'000}})));
  return gas + gas / 2;
}

outcome<json::object> object_from(std::string_view what, const std::string& text) {
  boost::system::error_code ec;
  json::value v = json::parse(text, ec);
  if (ec || !v.is_object()) return fail("L2: " + std::string(what) + " answered " + text);
  return std::move(v.as_object());
}

/// Checks the sequencer's signature over what the receipt says: keccak256(chain id u64 | block u64
/// | index u32 | txn hash | block hash).
status<std::string> check_promise(demo_run& run, const json::object& receipt) {
  const std::string hash = text_of(receipt, "transactionHash");
  ASHLAR_TRY(const std::string text,
             run.layer2->tell(run.layer2->rpc().raw("ashlar_softConfirmation",
                                                    json::serialize(json::array{hash}))));
  ASHLAR_TRY(const json::object promise, object_from("ashlar_softConfirmation", text));
  const auto block = parse_u256(text_of(receipt, "blockNumber"));
  const auto index = parse_u256(text_of(receipt, "transactionIndex"));
  const auto txn = fixed_from_hex<32>(hash);
  const auto block_hash = fixed_from_hex<32>(text_of(receipt, "blockHash"));
  const auto signature = fixed_from_hex<65>(text_of(promise, "signature"));
  const auto signer = fixed_from_hex<20>(text_of(promise, "signer"));
  if (!block || !index || !txn || !block_hash || !signature || !signer)
    return fail("L2: a soft confirmation that is not one: " + text);
  bytes said(20);
  store_be64(said.data(), run.around.spec.config.chain_id);
  store_be64(said.data() + 8, block->low());
  store_be32(said.data() + 16, static_cast<u32>(index->low()));
  append(said, *txn);
  append(said, *block_hash);
  const auto by = crypto::recover(crypto::keccak256(said), u256::from_be(signature->data()),
                                  u256::from_be(signature->data() + 32), (*signature)[64] == 28);
  run.check("a soft confirmation is signed by the sequencer", by == *signer,
            "key of " + to_hex(*signer) + ", signed by " + (by ? to_hex(*by) : "nobody"));
  return nothing{};
}

}  // namespace

outcome<std::string> step_transfers(demo_run& run) {
  const auto plan = plan_transfers(run);
  ASHLAR_TRY(ledger expected, balances_of(run, plan));
  ASHLAR_TRY(const u64 gas, transfer_gas(run));
  std::vector<bytes> raw;
  std::vector<hash256> hashes;
  for (const transfer& t : plan) {
    raw.push_back(run.sign(run.wallets[t.from], t.to, {}, t.value, gas));
    hashes.push_back(crypto::keccak256(raw.back()));
  }
  const auto start = std::chrono::steady_clock::now();
  ASHLAR_CHECK(run.layer2->send_all(raw, run.limits.rpc_batch));
  ASHLAR_TRY(const auto receipts,
             run.layer2->receipts(hashes, run.limits.rpc_batch, run.limits.receipt_patience_s));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  u64 failed = 0;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    u256& from = expected[run.wallets[plan[i].from].account];
    from -= receipts[i].fee();
    if (!receipts[i].success) {
      ++failed;
      continue;
    }
    from -= plan[i].value;
    expected[plan[i].to] += plan[i].value;
  }
  ASHLAR_TRY(const ledger got, balances_of(run, plan));
  u64 wrong = 0;
  std::string first;
  for (const auto& [who, balance] : got)
    if (balance != expected[who] && wrong++ == 0)
      first =
          "; " + to_hex(who) + " has " + to_decimal(balance) + ", not " + to_decimal(expected[who]);
  run.check("no plain transfer failed", failed == 0,
            fmt::format("{} of {} receipts are of success", plan.size() - failed, plan.size()));
  run.check("balances are what the receipts say", wrong == 0,
            fmt::format("{} of {} balances agree{}", got.size() - wrong, got.size(), first));
  return fmt::format("{} in batches of {}, {:.0f} a second", plan.size(), run.limits.rpc_batch,
                     static_cast<double>(plan.size()) / seconds);
}

outcome<std::string> step_confirmations(demo_run& run) {
  wallet& from = run.wallets[1];
  const address to = make_wallet("nobody").account;
  const u256 value{1'000'000};
  ASHLAR_TRY(const u64 gas, transfer_gas(run));
  ASHLAR_TRY(const u256 before, run.layer2->balance(to));
  std::vector<bytes> raw;
  for (u32 i = 0; i < run.limits.serial_transfers; ++i)
    raw.push_back(run.sign(from, to, {}, value, gas));
  std::vector<double> taken_ms;
  std::string last;
  for (const bytes& each : raw) {
    const std::string params = "[\"" + to_hex(each) + "\"]";
    const auto start = std::chrono::steady_clock::now();
    auto answer = run.layer2->rpc().raw("eth_sendRawTransactionSync", params);
    const auto end = std::chrono::steady_clock::now();
    ASHLAR_TRY(last, run.layer2->tell(std::move(answer)));
    taken_ms.push_back(std::chrono::duration<double, std::milli>(end - start).count());
  }
  ASHLAR_TRY(const json::object receipt, object_from("eth_sendRawTransactionSync", last));
  const std::string hash = to_hex(crypto::keccak256(raw.back()));
  run.check("the answer is the receipt of what was sent",
            text_of(receipt, "transactionHash") == hash && text_of(receipt, "status") == "0x1",
            "sent " + hash + ", got " + text_of(receipt, "transactionHash"));
  ASHLAR_TRY(const u256 after, run.layer2->balance(to));
  run.same("what was confirmed is in the state", "the receiver's balance in wei",
           before + value * u256{raw.size()}, after);
  ASHLAR_CHECK(check_promise(run, receipt));
  run.report.soft_confirmation_ms_p50 = percentile(taken_ms, 50);
  run.report.soft_confirmation_ms_p99 = percentile(taken_ms, 99);
  ASHLAR_CHECK(run.seal_batch());
  return fmt::format("{} one by one, p50 {:.2f} ms, p99 {:.2f} ms", raw.size(),
                     *run.report.soft_confirmation_ms_p50, *run.report.soft_confirmation_ms_p99);
}

}  // namespace ashlar::node::demo
