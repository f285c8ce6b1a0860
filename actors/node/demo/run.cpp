#include "actors/node/demo/run.hpp"

#include <algorithm>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/types/rlp.hpp"

namespace ashlar::node::demo {

namespace {

/// The only gas per pubdata byte that the hub takes: what the ZK Stack's SDKs send.
constexpr u64 gas_per_pubdata = 800;

}  // namespace

void demo_run::check(std::string name, bool ok, std::string detail) {
  if (!ok && report.reason.empty()) report.reason = name + ": " + detail;
  report.checks.push_back({std::move(name), ok, std::move(detail)});
}

void demo_run::same(std::string name, const std::string& what, const u256& expected,
                    const u256& got) {
  const bool ok = expected == got;
  check(std::move(name), ok,
        what + (ok ? " is " + to_decimal(got)
                   : ": expected " + to_decimal(expected) + ", got " + to_decimal(got)));
}

void demo_run::same(std::string name, const std::string& what, const hash256& expected,
                    const hash256& got) {
  const bool ok = expected == got;
  check(std::move(name), ok,
        what + (ok ? " is " + to_hex(got)
                   : ": expected " + to_hex(expected) + ", got " + to_hex(got)));
}

address small_address(u32 n) {
  address a;
  store_be32(a.data() + 16, n);
  return a;
}

wallet make_wallet(const std::string& name) {
  const std::string seed = "ashlar demo: " + name;
  wallet w;
  w.name = name;
  w.secret = crypto::keccak256({reinterpret_cast<const u8*>(seed.data()), seed.size()});
  w.key = l1::make_signer(w.secret);
  ensure(w.key != nullptr);  // fixed seeds, each a key of the group
  w.account = w.key->account();
  return w;
}

authorization authorize(const wallet& authority, u64 chain_id, const address& code, u64 nonce) {
  bytes signed_bytes{0x05};
  {
    rlp::list_scope list(signed_bytes);
    rlp::encode_u64(signed_bytes, chain_id);
    rlp::encode_fixed(signed_bytes, code);
    rlp::encode_u64(signed_bytes, nonce);
  }
  const auto s = crypto::sign(crypto::keccak256(signed_bytes), authority.secret);
  ensure(s.has_value());
  authorization out;
  out.chain_id = u256{chain_id};
  out.account = code;
  out.nonce = nonce;
  out.y_parity = static_cast<u8>(s->y_parity);
  out.r = s->r;
  out.s = s->s;
  return out;
}

bytes demo_run::sign(wallet& from, const std::optional<address>& to, bytes data, const u256& value,
                     u64 gas_limit) {
  txn t;
  t.type = txn_type::dynamic_fee;
  t.chain_id = around.spec.config.chain_id;
  t.nonce = from.nonce++;
  t.max_fee_per_gas = l2_offer.max_fee_per_gas;
  t.max_priority_fee_per_gas = l2_offer.max_priority_fee_per_gas;
  t.gas_limit = gas_limit;
  t.to = to;
  t.value = value;
  t.data = std::move(data);
  from.key->sign(t);
  return encode_txn(t);
}

outcome<l1::l1_receipt> demo_run::execute(wallet& from, const std::optional<address>& to,
                                          bytes data, const u256& value) {
  ASHLAR_TRY(const u64 gas,
             layer2->tell(layer2->rpc().estimate_gas({from.account, to, data, value})));
  const bytes raw = sign(from, to, std::move(data), value, gas + gas / 4);
  ASHLAR_TRY(const hash256 hash, layer2->tell(layer2->rpc().send_raw(raw)));
  return layer2->success(hash, limits.receipt_patience_s);
}

outcome<bytes> demo_run::creation(std::string_view name, const bytes& arguments) const {
  const auto* artifact = around.artifacts.find(name);
  if (!artifact) return fail("the contract artifacts lack " + std::string(name));
  bytes code = artifact->creation;
  append(code, arguments);
  return code;
}

outcome<address> demo_run::deploy(wallet& from, std::string_view name, const bytes& arguments) {
  ASHLAR_TRY(bytes code, creation(name, arguments));
  const address expected = l1::created_address(from.account, from.nonce);
  ASHLAR_TRY(const auto receipt, execute(from, std::nullopt, std::move(code)));
  if (receipt.contract_address != expected)
    return fail("L2: " + std::string(name) + " is not at " + to_hex(expected));
  return expected;
}

outcome<u256> demo_run::base_cost(u64 gas_limit) {
  ASHLAR_TRY(const auto head, layer1->tell(layer1->rpc().latest()));
  const auto offer = l1::first_offer(l1_fees, head.base_fee);
  if (!offer) return fail("L1: base fee " + to_decimal(head.base_fee) + " wei is over the cap");
  return layer1->view(around.spec.ecosystem.hub,
                      l1::abi_encoder()
                          .number(around.spec.config.chain_id)
                          .number(offer->max_fee_per_gas)
                          .number(gas_limit)
                          .number(gas_per_pubdata)
                          .call("l2TransactionBaseCost(uint256,uint256,uint256,uint256)"));
}

outcome<l1::l1_receipt> demo_run::on_l1(const std::optional<address>& to, bytes data,
                                        const u256& value) {
  return layer1->tell(l1::send_and_wait(layer1->rpc(), *rich,
                                        {rich->account(), to, std::move(data), value}, l1_fees,
                                        limits.receipt_patience_s * 1000));
}

outcome<l1::priority_requested> demo_run::queued_by(const l1::l1_receipt& receipt) const {
  for (const l1::l1_log& log : receipt.logs) {
    if (log.entry.account != around.spec.contracts.chain) continue;
    const auto event = l1::decode_chain_event(log.entry);
    if (const auto* asked = event ? std::get_if<l1::priority_requested>(&*event) : nullptr)
      return *asked;
  }
  return fail("L1: a deposit emitted no NewPriorityRequest");
}

outcome<l1::priority_requested> demo_run::request(const l1::signer& from, const l2_request& r) {
  ASHLAR_TRY(const u256 cost, base_cost(r.gas_limit));
  const u256 mint = cost + r.value - r.held;
  l1::abi_encoder asked;
  asked.number(around.spec.config.chain_id)
      .number(mint)
      .account(r.to)
      .number(r.value)
      .blob(r.data)
      .number(r.gas_limit)
      .number(gas_per_pubdata)
      .array({}, true)
      .account(r.refund_to);
  bytes call = l1::abi_encoder().dynamic_tuple(asked).call(
      "requestL2TransactionDirect((uint256,uint256,address,uint256,bytes,uint256,uint256,bytes[],"
      "address))");
  ASHLAR_TRY(
      const auto receipt,
      layer1->tell(l1::send_and_wait(
          layer1->rpc(), from, {from.account(), around.spec.ecosystem.hub, std::move(call), mint},
          l1_fees, limits.receipt_patience_s * 1000)));
  return queued_by(receipt);
}

outcome<l1::l1_receipt> demo_run::arrival(const l1::priority_requested& operation) {
  return layer2->success(operation.hash, limits.deposit_patience_s);
}

std::vector<batch_row> demo_run::sealed_batches() const {
  std::vector<batch_row> rows = around.batches();
  std::erase_if(rows, [](const batch_row& b) { return b.stage == "open"; });
  return rows;
}

outcome<nothing> demo_run::seal_batch() {
  const u64 before = sealed;
  if (const auto why = around.seal()) {
    // A batch that was sealed of itself just now leaves nothing to seal.
    sealed = sealed_batches().size();
    if (sealed > before) return nothing{};
    return fail("the open batch was not sealed: " + *why);
  }
  ASHLAR_TRY(sealed, wait_for("batch " + std::to_string(before + 1) + " to be sealed",
                              limits.receipt_patience_s, [&] {
                                const u64 now = sealed_batches().size();
                                return outcome<std::optional<u64>>(now > before ? std::optional(now)
                                                                                : std::nullopt);
                              }));
  return nothing{};
}

}  // namespace ashlar::node::demo
