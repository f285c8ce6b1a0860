#include "net/l1/chain_contract.hpp"

#include "net/l1/abi.hpp"

namespace ashlar::l1 {
namespace {

// Tuples as they stand in signatures.
#define ASHLAR_COMMIT_HEADER                                                                   \
  "(uint32,uint64,bytes32,bytes32,uint64,uint64,uint64,uint64,bytes32,bytes32,bytes32,uint64," \
  "bytes32,bytes32)"
#define ASHLAR_CANONICAL_TXN                                                                     \
  "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256[4]," \
  "bytes,"                                                                                       \
  "bytes,uint256[],bytes,bytes)"
constexpr std::string_view commit_signature = "commitBatch(" ASHLAR_COMMIT_HEADER ",bytes)";
constexpr std::string_view execute_signature = "executeBatches(" ASHLAR_COMMIT_HEADER "[])";
constexpr std::string_view priority_signature =
    "NewPriorityRequest(uint256,bytes32,uint64," ASHLAR_CANONICAL_TXN ",bytes[])";
#undef ASHLAR_COMMIT_HEADER
#undef ASHLAR_CANONICAL_TXN

struct topics {
  std::array<hash256, 5> all{event_topic("BatchCommitted(uint64,bytes32,bytes32)"),
                             event_topic("BatchesProved(uint64,uint64,bytes32)"),
                             event_topic("BatchExecuted(uint64,bytes32,bytes32)"),
                             event_topic("BatchesReverted(uint64,uint64)"),
                             event_topic(priority_signature)};
};

const topics& known() {
  static const topics t;
  return t;
}

abi_encoder header_tuple(const public_input& h) {
  abi_encoder e;
  e.number(u256{h.protocol_version})
      .number(u256{h.number.value})
      .word(h.state_before)
      .word(h.state_after)
      .number(u256{h.first_block.value})
      .number(u256{h.last_block.value})
      .number(u256{h.first_timestamp.value})
      .number(u256{h.last_timestamp.value})
      .word(h.pubdata_commitment)
      .word(h.priority_hash_before)
      .word(h.priority_hash_after)
      .number(u256{h.priority_count})
      .word(h.l2_to_l1_log_root)
      .word(h.config_hash);
  return e;
}

std::optional<u64> topic_number(const hash256& topic) {
  const u256 v = u256::from_be(topic);
  if (!v.fits_u64()) return std::nullopt;
  return v.low();
}

std::optional<chain_event> decode_priority(const log_entry& log) {
  abi_reader r(log.data);
  priority_requested out;
  out.id = priority_id{r.number64()};
  out.hash = r.word();
  out.deadline = unix_seconds{r.number64()};
  abi_reader t = r.nested();
  l2_canonical_txn& q = out.request;
  for (u256* field : {&q.txn_type, &q.from, &q.to, &q.gas_limit, &q.gas_per_pubdata_byte_limit,
                      &q.max_fee_per_gas, &q.max_priority_fee_per_gas, &q.paymaster, &q.nonce,
                      &q.value, &q.reserved[0], &q.reserved[1], &q.reserved[2], &q.reserved[3]})
    *field = t.number();
  q.data = t.blob();
  q.signature = t.blob();
  abi_reader deps = t.nested();
  for (std::size_t n = deps.array_length(); n > 0; --n) q.factory_deps.push_back(deps.number());
  q.paymaster_input = t.blob();
  q.reserved_dynamic = t.blob();
  if (!r.ok() || !t.ok() || !deps.ok()) return std::nullopt;
  if (canonical_hash(q) != out.hash || q.nonce != u256{out.id.value}) return std::nullopt;
  return out;
}

l1_result<u64> read_number(client& c, const address& contract, std::string_view signature,
                           std::string_view tag) {
  ASHLAR_TRY(const bytes raw, c.call({{}, contract, abi_encoder().call(signature), {}}, tag));
  abi_reader r(raw);
  const u64 v = r.number64();
  if (!r.ok())
    return fail(
        l1_error{l1_error_code::malformed, std::string(signature) + ": not a number", 0, {}});
  return v;
}

}  // namespace

bytes encode_commit_batch(const public_input& header, bytes_view pubdata) {
  return abi_encoder().inline_tuple(header_tuple(header)).blob(pubdata).call(commit_signature);
}

bytes encode_prove_batches(batch_number first, batch_number last) {
  return abi_encoder()
      .number(u256{first.value})
      .number(u256{last.value})
      .call("proveBatches(uint64,uint64)");
}

bytes encode_execute_batches(std::span<const public_input> headers) {
  std::vector<abi_encoder> tuples;
  for (const public_input& h : headers) tuples.push_back(header_tuple(h));
  return abi_encoder().array(tuples, false).call(execute_signature);
}

bytes encode_revert_batches(batch_number last_kept) {
  return abi_encoder().number(u256{last_kept.value}).call("revertBatches(uint64)");
}

std::optional<commit_call> decode_commit_batch(bytes_view calldata) {
  if (calldata.size() < 4 || !equal(calldata.first(4), selector(commit_signature)))
    return std::nullopt;
  abi_reader r(calldata.subspan(4));
  commit_call out;
  public_input& h = out.header;
  const u64 version = r.number64();
  h.protocol_version = static_cast<u32>(version);
  h.number = batch_number{r.number64()};
  h.state_before = r.word();
  h.state_after = r.word();
  h.first_block = block_number{r.number64()};
  h.last_block = block_number{r.number64()};
  h.first_timestamp = unix_seconds{r.number64()};
  h.last_timestamp = unix_seconds{r.number64()};
  h.pubdata_commitment = r.word();
  h.priority_hash_before = r.word();
  h.priority_hash_after = r.word();
  h.priority_count = r.number64();
  h.l2_to_l1_log_root = r.word();
  h.config_hash = r.word();
  out.pubdata = r.blob();
  if (!r.ok() || version > ~u32{0}) return std::nullopt;
  return out;
}

std::span<const hash256> chain_event_topics() {
  return known().all;
}

std::optional<chain_event> decode_chain_event(const log_entry& log) {
  if (log.topics.empty()) return std::nullopt;
  const auto& all = known().all;
  const hash256& kind = log.topics[0];
  if (kind == all[4]) return log.topics.size() == 1 ? decode_priority(log) : std::nullopt;
  if (log.topics.size() < 2) return std::nullopt;
  const auto first = topic_number(log.topics[1]);
  if (!first) return std::nullopt;
  abi_reader r(log.data);
  std::optional<chain_event> out;
  if (kind == all[0] && log.topics.size() == 2) {
    batch_committed e{batch_number{*first}, r.word(), {}};
    e.state_after = r.word();
    out = e;
  } else if (kind == all[1] && log.topics.size() == 3) {
    const auto last = topic_number(log.topics[2]);
    if (!last) return std::nullopt;
    out = batches_proved{batch_number{*first}, batch_number{*last}, r.word()};
  } else if (kind == all[2] && log.topics.size() == 2) {
    batch_executed e{batch_number{*first}, r.word(), {}};
    e.l2_to_l1_log_root = r.word();
    out = e;
  } else if (kind == all[3] && log.topics.size() == 2) {
    out = batches_reverted{batch_number{*first}, batch_number{r.number64()}};
  }
  return r.ok() ? out : std::nullopt;
}

l1_result<chain_progress> read_progress(client& c, const address& contract, std::string_view tag) {
  chain_progress p;
  ASHLAR_TRY(const u64 committed, read_number(c, contract, "getTotalBatchesCommitted()", tag));
  ASHLAR_TRY(const u64 proved, read_number(c, contract, "getTotalBatchesVerified()", tag));
  ASHLAR_TRY(const u64 executed, read_number(c, contract, "getTotalBatchesExecuted()", tag));
  ASHLAR_TRY(p.priority_total, read_number(c, contract, "getTotalPriorityTxs()", tag));
  ASHLAR_TRY(p.priority_committed,
             read_number(c, contract, "getFirstUncommittedPriorityTx()", tag));
  p.committed = batch_number{committed};
  p.proved = batch_number{proved};
  p.executed = batch_number{executed};
  ASHLAR_TRY(const bytes tip, c.call({{}, contract, abi_encoder().call("getTip()"), {}}, tag));
  abi_reader r(tip);
  r.number64();
  p.tip_state = r.word();
  if (!r.ok()) return fail(l1_error{l1_error_code::malformed, "getTip(): too short", 0, {}});
  return p;
}

}  // namespace ashlar::l1
