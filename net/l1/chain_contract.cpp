#include "net/l1/chain_contract.hpp"

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"

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
constexpr std::string_view escape_signature = "escapeSettle(" ASHLAR_COMMIT_HEADER "[],bytes[])";
constexpr std::string_view prove_signature = "proveBatches(uint64,uint64)";
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
  return abi_encoder().number(u256{first.value}).number(u256{last.value}).call(prove_signature);
}

bytes encode_execute_batches(std::span<const public_input> headers) {
  std::vector<abi_encoder> tuples;
  for (const public_input& h : headers) tuples.push_back(header_tuple(h));
  return abi_encoder().array(tuples, false).call(execute_signature);
}

bytes encode_revert_batches(batch_number last_kept) {
  return abi_encoder().number(u256{last_kept.value}).call("revertBatches(uint64)");
}

namespace {

/// Nothing where a field does not fit.
std::optional<public_input> read_header(abi_reader& r) {
  public_input h;
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
  if (!r.ok() || version > ~u32{0}) return std::nullopt;
  return h;
}

bool calls(bytes_view calldata, std::string_view signature) {
  return calldata.size() >= 4 && equal(calldata.first(4), selector(signature));
}

}  // namespace

std::optional<commit_call> decode_commit_batch(bytes_view calldata) {
  if (!calls(calldata, commit_signature)) return std::nullopt;
  abi_reader r(calldata.subspan(4));
  const auto header = read_header(r);
  commit_call out{header.value_or(public_input{}), r.blob()};
  if (!header || !r.ok()) return std::nullopt;
  return out;
}

bytes encode_escape_settle(std::span<const commit_call> batches) {
  std::vector<abi_encoder> headers;
  std::vector<bytes_view> pubdata;
  for (const commit_call& b : batches) {
    headers.push_back(header_tuple(b.header));
    pubdata.push_back(b.pubdata);
  }
  return abi_encoder().array(headers, false).blobs(pubdata).call(escape_signature);
}

bool is_settlement_call(bytes_view calldata) {
  return calls(calldata, commit_signature) || calls(calldata, prove_signature) ||
         calls(calldata, execute_signature) || calls(calldata, escape_signature);
}

std::vector<commit_call> decode_commits(bytes_view calldata) {
  if (auto one = decode_commit_batch(calldata)) return {std::move(*one)};
  if (!calls(calldata, escape_signature)) return {};
  abi_reader r(calldata.subspan(4));
  abi_reader headers = r.nested(), pubdata = r.nested();
  const std::size_t count = headers.array_length();
  if (!r.ok() || pubdata.array_length() != count) return {};
  std::vector<commit_call> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto header = read_header(headers);
    if (!header) return {};
    out.push_back({*header, pubdata.blob()});
  }
  if (!headers.ok() || !pubdata.ok()) return {};
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
  p.tip = batch_number{r.number64()};
  p.tip_state = r.word();
  if (!r.ok()) return fail(l1_error{l1_error_code::malformed, "getTip(): too short", 0, {}});
  return p;
}

namespace {

/// The contract's answers at one block.
class contract_at {
 public:
  contract_at(client& c, const address& contract, std::string tag)
      : client_(c), contract_(contract), tag_(std::move(tag)) {}

  l1_result<bytes> ask(const address& to, const bytes& call) {
    return client_.call({{}, to, call, {}}, tag_);
  }
  /// One word of a view without arguments.
  l1_result<hash256> word(const address& to, std::string_view signature) {
    return word(to, signature, abi_encoder().call(signature));
  }
  l1_result<hash256> word(std::string_view signature) { return word(contract_, signature); }
  l1_result<hash256> word(const address& to, std::string_view signature, const bytes& call) {
    ASHLAR_TRY(const bytes raw, ask(to, call));
    abi_reader r(raw);
    const hash256 out = r.word();
    if (!r.ok())
      return fail(
          l1_error{l1_error_code::malformed, std::string(signature) + ": not a word", 0, {}});
    return out;
  }
  l1_result<u64> number(std::string_view signature) {
    ASHLAR_TRY(const hash256 w, word(signature));
    const u256 v = u256::from_be(w);
    if (!v.fits_u64())
      return fail(
          l1_error{l1_error_code::malformed, std::string(signature) + ": not a number", 0, {}});
    return v.low();
  }
  l1_result<hash256> of_number(std::string_view signature, u64 argument) {
    return word(contract_, signature, abi_encoder().number(u256{argument}).call(signature));
  }

 private:
  client& client_;
  const address& contract_;
  std::string tag_;
};

/// Slot 6 of the chain's storage, for which the contract has no view: last block, timestamp and
/// operations of what is executed, and when that was; four u64, lowest first.
struct executed_tip {
  u64 timestamp = 0, priority_executed = 0, at = 0;
};
l1_result<executed_tip> read_executed_tip(client& c, const address& contract,
                                          const std::string& tag) {
  constexpr auto method = "eth_getStorageAt";
  ASHLAR_TRY(const std::string text,
             c.raw(method, "[\"" + to_hex(contract) + "\",\"0x6\",\"" + tag + "\"]"));
  const auto word = text.size() > 2 ? fixed_from_hex<32>(text.substr(1, text.size() - 2))
                                    : std::optional<hash256>{};
  if (!word)
    return fail(l1_error{l1_error_code::malformed, std::string(method) + ": not a word", 0, {}});
  return executed_tip{load_be64(word->data() + 16), load_be64(word->data() + 8),
                      load_be64(word->data())};
}

}  // namespace

l1_result<u64> read_priority_gas_max(client& c, const address& contract) {
  constexpr std::string_view signature = "fees()";
  ASHLAR_TRY(const bytes raw, c.call({{}, contract, abi_encoder().call(signature), {}}));
  abi_reader r(raw);
  r.word();  // minimalL2GasPrice
  const u64 most = r.number64();
  if (!r.ok()) return fail(l1_error{l1_error_code::malformed, "fees(): not two numbers", 0, {}});
  return most;
}

l1_result<hash256> read_executed_state(client& c, const address& contract) {
  return contract_at(c, contract, "latest").word("stateCommitment()");
}

l1_result<hash256> read_stored_batch(client& c, const address& contract, batch_number number) {
  return contract_at(c, contract, "latest").of_number("storedBatchHash(uint256)", number.value);
}

l1_result<unix_seconds> read_request_time(client& c, const address& contract, priority_id id) {
  ASHLAR_TRY(const hash256 when,
             contract_at(c, contract, "latest").of_number("priorityRequestTime(uint64)", id.value));
  return unix_seconds{u256::from_be(when).low()};
}

l1_result<escape_standing> read_escape_standing(client& c, const address& contract) {
  escape_standing s;
  ASHLAR_TRY(const l1_block head, c.latest());
  s.now = head.timestamp;
  s.at = head.number;
  const std::string tag = to_quantity(u256{head.number.value});
  contract_at at(c, contract, tag);
  ASHLAR_TRY(s.progress, read_progress(c, contract, tag));
  ASHLAR_TRY(s.executed_state, at.word("stateCommitment()"));
  ASHLAR_TRY(const executed_tip tip, read_executed_tip(c, contract, tag));
  s.executed_timestamp = unix_seconds{tip.timestamp};
  s.priority_executed = tip.priority_executed;
  if (s.priority_executed > s.progress.priority_total)
    return fail(l1_error{l1_error_code::malformed,
                         "slot 6: " + std::to_string(s.priority_executed) +
                             " operations executed of " + std::to_string(s.progress.priority_total),
                         0,
                         {}});
  if (s.priority_executed < s.progress.priority_total) {
    ASHLAR_TRY(const hash256 when,
               at.of_number("priorityRequestTime(uint64)", s.priority_executed));
    s.oldest_requested_at = unix_seconds{u256::from_be(when).low()};
  }
  ASHLAR_TRY(s.priority_hash, at.of_number("priorityHash(uint64)", s.progress.priority_total));
  ASHLAR_TRY(const bytes parameters, at.ask(contract, abi_encoder().call("getParameters()")));
  abi_reader r(parameters);
  for (u64* p : {&s.priority_deadline_s, &s.escape_period_s, &s.past_window_s, &s.future_window_s})
    *p = r.number64();
  if (!r.ok()) return fail(l1_error{l1_error_code::malformed, "getParameters(): too short", 0, {}});
  ASHLAR_TRY(const u64 version, at.number("getProtocolVersion()"));
  s.protocol_version = static_cast<u32>(version);
  ASHLAR_TRY(s.config_hash, at.word("configHash()"));
  ASHLAR_TRY(const hash256 verifier, at.word("getVerifier()"));
  s.verifier = address::copy_of(verifier.data() + 12);
  if (!s.verifier.is_zero()) {
    ASHLAR_TRY(s.program_set_root, at.word(s.verifier, "programSetRoot()"));
  }
  ASHLAR_TRY(const u64 frozen, at.number("frozen()"));
  ASHLAR_TRY(const u64 frozen_until, at.number("frozenUntil()"));
  ASHLAR_TRY(const u64 open, at.number("escapeOpen()"));
  s.frozen = frozen != 0;
  s.frozen_until = unix_seconds{frozen_until};
  s.open = open != 0;
  return s;
}

}  // namespace ashlar::l1
