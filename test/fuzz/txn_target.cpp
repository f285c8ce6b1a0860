#include "runtime/base/ensure.hpp"
#include "runtime/types/block.hpp"
#include "runtime/types/priority.hpp"
#include "runtime/types/receipt.hpp"
#include "runtime/types/txn.hpp"
#include "test/fuzz/target.hpp"
#include "test/support/batch_workload.hpp"

namespace ashlar::fuzz {

std::vector<bytes> seeds() {
  std::vector<bytes> out;
  test::batch_workload work(3);
  for (const auto& block : work.next(2, 12).witness.blocks)
    out.insert(out.end(), block.txns.begin(), block.txns.end());
  l2_canonical_txn request;
  request.txn_type = u256{0x7f};
  request.from = u256{0xaa};
  request.to = u256{0xbb};
  request.gas_limit = u256{1'000'000};
  request.data = bytes(37, 0x11);
  request.factory_deps = {u256{1}, u256{2}};
  const auto priority = to_txn(request);
  ensure(priority.ok());
  out.push_back(encode_txn(*priority));
  out.push_back(abi_encode(request));
  out.push_back(encode_header(work.chain.start.parent));
  return out;
}

void check(bytes_view input) {
  for (const txn_source source : {txn_source::wallet, txn_source::log}) {
    const auto t = decode_txn(input, source);
    if (!t) continue;
    ensure(equal(encode_txn(*t), input));
    ensure(source == txn_source::log || !t->is_priority());
    (void)txn_hash(*t);
    if (source == txn_source::log) {
      (void)recover_sender(*t);
      for (const authorization& a : t->authorizations) (void)recover_authority(a);
    }
  }
  if (const auto request = abi_decode_priority(input)) {
    ensure(equal(abi_encode(*request), input));
    if (const auto t = to_txn(*request)) ensure(to_canonical(*t) == *request);
  }
  if (const auto header = decode_header(input)) ensure(equal(encode_header(*header), input));
  if (const auto b = decode_block(input)) ensure(equal(encode_block(*b), input));
  (void)decode_receipt(input);
  (void)decode_stored_receipt(input);
}

}  // namespace ashlar::fuzz
