#include <cstring>

#include "net/l1/abi.hpp"
#include "runtime/crypto/keccak.hpp"
#include "test/support/simulated_l1.hpp"

// What the contract does with proofs, and the verifier double.

namespace ashlar::test {

namespace {

constexpr std::string_view stage_signature = "stage(bytes32,uint256,uint256,bytes)";
constexpr std::size_t header_bytes = 14 * 32;

bytes number_mismatch(u64 expected, u64 got) {
  return l1::abi_encoder()
      .number(u256{expected})
      .number(u256{got})
      .call("NumberMismatch(uint64,uint64)");
}

hash256 word(u64 n) {
  return u256{n}.to_be();
}

}  // namespace

address simulated_l1::verifier_address() {
  address a;
  a.data_.fill(0x7e);
  return a;
}

hash256 simulated_l1::program_set_root() {
  hash256 h;
  h.data_.fill(0x5e);
  return h;
}

bytes simulated_l1::stage_calldata(const hash256& output, u64 index, u64 count, bytes_view blob) {
  return l1::abi_encoder()
      .word(output)
      .number(u256{index})
      .number(u256{count})
      .blob(blob)
      .call(stage_signature);
}

u64 simulated_l1::stages() const {
  u64 sum = 0;
  for (const auto& [output, done] : blocks_.back().after.staged) sum += done;
  return sum;
}

simulated_l1::effect simulated_l1::run(world& w, const address& to, bytes_view calldata) {
  if (calldata.size() < 4) return std::vector<log_entry>{};
  const bytes_view selector = calldata.first(4), arguments = calldata.subspan(4);
  l1::abi_reader r(arguments);
  if (to == verifier_address() && equal(selector, l1::selector(stage_signature)))
    return stage(w, arguments);
  if (to != contract_) return std::vector<log_entry>{};
  if (const auto call = l1::decode_commit_batch(calldata))
    return commit(w, call->header, call->pubdata);
  if (equal(selector, l1::selector("proveBatches(uint64,uint64)"))) {
    const u64 first = r.number64();
    return prove(w, first, r.number64());
  }
  if (equal(selector, bytes_view(l1::encode_execute_batches({})).first(4)))
    return execute(w, arguments);
  if (equal(selector, bytes_view(l1::encode_escape_settle({})).first(4)))
    return escape(w, calldata);
  return std::vector<log_entry>{};
}

simulated_l1::effect simulated_l1::stage(world& w, bytes_view arguments) {
  if (stage_revert_) return *stage_revert_;
  l1::abi_reader r(arguments);
  const hash256 output = r.word();
  const u64 index = r.number64(), count = r.number64();
  u64& done = w.staged[output];
  if (index != done)
    return l1::abi_encoder()
        .number(u256{done})
        .number(u256{index})
        .call("StageOutOfOrder(uint256,uint256)");
  if (++done == count) w.verified.insert(output);
  return std::vector<log_entry>{};
}

simulated_l1::effect simulated_l1::escape(world& w, bytes_view calldata) {
  if (!escape_open_) return l1::abi_encoder().call("EscapeNotOpen()");
  const auto batches = l1::decode_commits(calldata);
  if (batches.empty()) return l1::abi_encoder().call("RunInvalid()");
  const world before = w;
  std::vector<log_entry> logs;
  if (w.committed != w.executed) {
    log_entry log;
    log.account = contract_;
    log.topics = {l1::chain_event_topics()[3], word(w.executed)};
    log.data = l1::abi_encoder().number(u256{w.committed}).encode();
    logs.push_back(std::move(log));
    w.committed = w.proved = w.executed;
    w.tip_state = w.executed == 0 ? hash256{} : w.states[w.executed - 1];
  }
  const u64 first = w.committed + 1;
  std::vector<public_input> headers;
  const auto also = [&](effect end) {
    if (const auto* more = std::get_if<std::vector<log_entry>>(&end)) {
      logs.insert(logs.end(), more->begin(), more->end());
      return bytes{};
    }
    w = before;
    return std::get<bytes>(std::move(end));
  };
  for (const l1::commit_call& b : batches) {
    headers.push_back(b.header);
    if (bytes revert = also(commit(w, b.header, b.pubdata)); !revert.empty()) return revert;
  }
  if (bytes revert = also(prove(w, first, w.committed)); !revert.empty()) return revert;
  const bytes execution = l1::encode_execute_batches(headers);
  if (bytes revert = also(execute(w, bytes_view(execution).subspan(4))); !revert.empty())
    return revert;
  return logs;
}

simulated_l1::effect simulated_l1::prove(world& w, u64 first, u64 last) {
  if (first != w.proved + 1) return number_mismatch(w.proved + 1, first);
  if (last > w.committed)
    return l1::abi_encoder().number(u256{w.committed}).call("AboveCommitted(uint64)");
  if (!has_verifier_) return l1::abi_encoder().call("VerifierNotSet()");
  hash256 accumulator;
  for (u64 n = first; n <= last; ++n)
    accumulator = chain_public_input(accumulator, w.inputs[n - 1]);
  const hash256 output = chain_public_input(program_set_root(), accumulator);
  if (w.verified.count(output) == 0)
    return l1::abi_encoder().word(output).call("NotVerified(bytes32)");
  w.proved = last;
  log_entry log;
  log.account = contract_;
  log.topics = {l1::chain_event_topics()[1], word(first), word(last)};
  log.data = l1::abi_encoder().word(accumulator).encode();
  return std::vector{log};
}

simulated_l1::effect simulated_l1::execute(world& w, bytes_view arguments) {
  std::vector<log_entry> logs;
  const std::size_t count = (arguments.size() - 64) / header_bytes;
  const world before = w;
  for (std::size_t i = 0; i < count; ++i) {
    // The header's words are those of a commit without pubdata.
    bytes commit = l1::encode_commit_batch({}, {});
    std::memcpy(commit.data() + 4, arguments.data() + 64 + i * header_bytes, header_bytes);
    public_input header = l1::decode_commit_batch(commit)->header;
    header.chain_id = l2_chain_id_;
    header.l1_chain_id = chain_id_;
    header.chain_contract = contract_;
    const u64 n = header.number.value;
    bytes revert;
    if (n != w.executed + 1)
      revert = number_mismatch(w.executed + 1, n);
    else if (n > w.proved)
      revert = l1::abi_encoder().number(u256{n}).call("BatchNotProved(uint64)");
    else if (public_input_hash(header) != w.inputs[n - 1])
      revert = l1::abi_encoder()
                   .word(w.inputs[n - 1])
                   .word(public_input_hash(header))
                   .call("PublicInputMismatch(bytes32,bytes32)");
    if (!revert.empty()) {
      w = before;
      return revert;
    }
    w.executed = n;
    log_entry log;
    log.account = contract_;
    log.topics = {l1::chain_event_topics()[2], word(n)};
    log.data = l1::abi_encoder().word(header.state_after).word(header.l2_to_l1_log_root).encode();
    logs.push_back(std::move(log));
  }
  return logs;
}

}  // namespace ashlar::test
