#include "runtime/base/ensure.hpp"
#include "runtime/store/block_log.hpp"
#include "test/fuzz/target.hpp"
#include "test/support/batch_workload.hpp"

namespace ashlar::fuzz {

std::vector<bytes> seeds() {
  std::vector<bytes> out;
  test::batch_workload work(13);
  for (std::size_t size : {0, 1, 3, 6}) {
    const auto sealed = work.next(1, size);
    block b;
    b.header = work.chain.start.parent;
    std::vector<address> senders;
    for (const bytes& raw : sealed.witness.blocks[0].txns) {
      const auto t = decode_txn(raw, txn_source::log);
      ensure(t.ok());
      b.txns.push_back(*t);
      senders.push_back(recover_sender(*t).value());
    }
    out.push_back(store::encode_log_record(b, senders));
  }
  return out;
}

/// The record's own numbers have more than one form, so what must come back is the value.
void check(bytes_view input) {
  const auto record = store::decode_log_record(input);
  if (!record) return;
  ensure(record->senders.size() == record->block.txns.size());
  const auto again =
      store::decode_log_record(store::encode_log_record(record->block, record->senders));
  ensure(again.ok() && again->block == record->block && again->senders == record->senders);
}

}  // namespace ashlar::fuzz
