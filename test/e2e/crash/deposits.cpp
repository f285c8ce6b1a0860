#include "test/e2e/crash/deposits.hpp"

#include "net/l1/abi.hpp"
#include "net/l1/chain_contract.hpp"
#include "net/l1/fees.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::test {
namespace {

const u256 deposited{1'000'000'007};
const u256 ether{1'000'000'000'000'000'000};

}  // namespace

deposits::deposits(const rig& r)
    : rig_(r), l1_(r.connect(r.l1_endpoint())), from_(rich_l1_account()) {}

address deposits::receiver(u64 n) const {
  address a;
  store_be64(a.data(), 0xde9051);
  store_be64(a.data() + 12, n);
  return a;
}

void deposits::request() {
  const u256 mint = deposited + ether;  // the rest pays for gas and comes back to the sender
  const auto asked = l1::abi_encoder()
                         .number(rig_.chain().config.chain_id)
                         .number(mint)
                         .account(receiver(asked_))
                         .number(deposited)
                         .blob({})
                         .number(300'000)
                         .number(800)
                         .array({}, true)
                         .account(from_->account());
  must(l1::send(*l1_, *from_,
                {from_->account(), rig_.chain().ecosystem.hub,
                 l1::abi_encoder().dynamic_tuple(asked).call(
                     "requestL2TransactionDirect((uint256,uint256,address,uint256,bytes,uint256,"
                     "uint256,bytes[],address))"),
                 mint},
                {}),
       "a deposit");
  ++asked_;
}

void deposits::await_all() {
  await("L1 to queue every deposit", 30, [&] {
    const auto p = must(l1::read_progress(*l1_, rig_.chain().contracts.chain), "progress");
    return p.priority_total == asked_;
  });
  const auto head = must(l1_->latest(), "L1");
  const auto logs = must(l1_->logs(l1::l1_block_number{rig_.chain().l1_start_block}, head.number,
                                   rig_.chain().contracts.chain, l1::chain_event_topics()),
                         "logs");
  for (const auto& log : logs)
    if (const auto event = l1::decode_chain_event(log.entry))
      if (const auto* queued = std::get_if<l1::priority_requested>(&*event))
        operations_.push_back(queued->hash);
  if (operations_.size() != asked_) throw rig_error("L1 lacks events of deposits");
  rpc_session rpc(rig_.l2_endpoint());
  for (const hash256& op : operations_)
    await("deposit " + to_hex(op), 60, [&] {
      const auto got = rpc.call("eth_getTransactionReceipt", {to_hex(op)});
      return got.ok() && got->is_object() && number_in(got->as_object(), "status") == 1;
    });
}

void deposits::check(const chain_audit& audit) {
  rpc_session rpc(rig_.l2_endpoint());
  u64 before = 0;
  for (u64 n = 0; n < asked_; ++n) {
    const u64 block = audit.block_of(operations_[n]);
    if (block < before) throw rig_error("deposits are out of order");
    before = block;
    const auto got = rpc.call("eth_getBalance", {to_hex(receiver(n)), "latest"});
    if (!got.ok() || parse_u256(std::string(got->as_string())) != deposited)
      throw rig_error("the receiver of deposit " + std::to_string(n) + " does not have it once");
  }
}

}  // namespace ashlar::test
