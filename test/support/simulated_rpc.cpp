#include <boost/json.hpp>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "test/support/simulated_l1.hpp"

namespace ashlar::test {
namespace json = boost::json;

namespace {

json::string hex(bytes_view v) {
  return json::string(to_hex(v));
}
json::string quantity(const u256& v) {
  return json::string(to_quantity(v));
}
template <std::size_t N>
fixed_bytes<N> fixed(const json::value& v) {
  return *fixed_from_hex<N>(std::string_view(v.as_string()));
}
bool is_execution(bytes_view calldata) {
  return calldata.size() >= 4 &&
         equal(calldata.first(4), bytes_view(l1::encode_execute_batches({})).first(4));
}

}  // namespace

class simulated_transport final : public l1::transport {
 public:
  explicit simulated_transport(simulated_l1& chain) : chain_(chain) {}
  l1::l1_result<std::string> post(const std::string& body) override { return chain_.answer(body); }

 private:
  simulated_l1& chain_;
};

std::unique_ptr<l1::transport> simulated_l1::connect() {
  return std::make_unique<simulated_transport>(*this);
}

/// The methods. Errors of JSON-RPC come as `rpc_error`.
struct simulated_l1::json_calls {
  simulated_l1& l1;
  using reply = std::variant<json::value, rpc_error>;

  const block* at(const json::value& tag) const {
    const std::string_view text = tag.as_string();
    const u64 head = l1.head();
    if (text == "latest" || text == "pending") return &l1.blocks_.back();
    if (text == "finalized" || text == "safe")
      return &l1.blocks_[head > l1.finality_depth_ ? head - l1.finality_depth_ : 0];
    const u256 number = *parse_u256(text);
    return number.fits_u64() && number.low() <= head ? &l1.blocks_[number.low()] : nullptr;
  }

  static json::value to_json(const block& b) {
    return json::object{{"number", quantity(u256{b.number})},
                        {"hash", hex(b.hash)},
                        {"parentHash", hex(b.parent)},
                        {"timestamp", quantity(u256{b.timestamp.value})},
                        {"baseFeePerGas", quantity(b.base_fee)}};
  }
  static json::value to_json(const l1::l1_log& log) {
    json::array topics;
    for (const hash256& t : log.entry.topics) topics.push_back(hex(t));
    return json::object{
        {"address", hex(log.entry.account)},    {"topics", topics},
        {"data", hex(log.entry.data)},          {"blockNumber", quantity(u256{log.block.value})},
        {"blockHash", hex(log.block_hash)},     {"transactionHash", hex(log.txn_hash)},
        {"logIndex", quantity(u256{log.index})}};
  }

  reply logs(const json::object& filter) const {
    const u64 from = parse_u256(std::string_view(filter.at("fromBlock").as_string()))->low();
    const u64 to = parse_u256(std::string_view(filter.at("toBlock").as_string()))->low();
    if (to - from >= l1.logs_blocks_max) return rpc_error{-32602, "the range is too large", {}};
    json::array out;
    for (const block& b : l1.blocks_)
      if (b.number >= from && b.number <= to)
        for (const mined_txn& t : b.txns)
          for (const l1::l1_log& log : t.logs) out.push_back(to_json(log));
    return out;
  }

  reply receipt(const hash256& hash) const {
    for (const block& b : l1.blocks_)
      for (const mined_txn& t : b.txns) {
        if (t.hash != hash) continue;
        json::array logs;
        for (const l1::l1_log& log : t.logs) logs.push_back(to_json(log));
        return json::object{{"transactionHash", hex(hash)},
                            {"status", t.success ? "0x1" : "0x0"},
                            {"blockNumber", quantity(u256{b.number})},
                            {"blockHash", hex(b.hash)},
                            {"gasUsed", quantity(u256{t.gas_used})},
                            {"effectiveGasPrice", quantity(b.base_fee)},
                            {"logs", logs}};
      }
    return json::value(nullptr);
  }

  reply input(const hash256& hash) const {
    for (const block& b : l1.blocks_)
      for (const mined_txn& t : b.txns)
        if (t.hash == hash) {
          const auto* sent = std::get_if<pool_txn>(&t.what);
          return json::object{{"hash", hex(hash)},
                              {"input", hex(sent ? sent->body.data : bytes{})}};
        }
    for (const auto& [place, waiting] : l1.pool_)
      if (waiting.hash == hash)
        return json::object{{"hash", hex(hash)}, {"input", hex(waiting.body.data)}};
    return json::value(nullptr);
  }

  reply call(const json::object& what, const block& b) const {
    const bytes data = *from_hex(std::string_view(what.at("data").as_string()));
    const world& w = b.after;
    const auto is = [&](std::string_view signature) {
      return data.size() >= 4 && equal(bytes_view(data).first(4), l1::selector(signature));
    };
    const auto number = [](u64 n) { return reply(json::value(hex(u256{n}.to_be()))); };
    l1::abi_reader arguments(bytes_view(data).subspan(std::min<std::size_t>(4, data.size())));
    if (is("getTotalBatchesCommitted()")) return number(w.committed);
    if (is("getTotalBatchesVerified()")) return number(w.proved);
    if (is("getTotalBatchesExecuted()")) return number(w.executed);
    if (is("getTotalPriorityTxs()")) return number(w.priority_ops.size());
    if (is("getFirstUncommittedPriorityTx()")) return number(0);
    if (is("verifiers(uint32)"))
      return json::value(hex(
          l1::abi_encoder().account(l1.has_verifier_ ? verifier_address() : address{}).encode()));
    if (is("programSetRoot()")) return json::value(hex(program_set_root()));
    if (is("isVerified(bytes32)")) return number(w.verified.count(arguments.word()));
    if (is("staged(bytes32)")) {
      const auto done = w.staged.find(arguments.word());
      return number(done == w.staged.end() ? 0 : done->second);
    }
    if (is("getTip()"))
      return json::value(hex(l1::abi_encoder()
                                 .number(u256{w.committed})
                                 .word(w.tip_state)
                                 .number(0)
                                 .number(0)
                                 .encode()));
    if (is("storedBatchHash(uint256)")) {
      const u64 n = arguments.number64();
      return json::value(hex(n == 0 || n > w.committed ? hash256{} : w.inputs[n - 1]));
    }
    if (is("priorityHash(uint64)")) {
      const u64 i = arguments.number64();
      return json::value(hex(i < w.priority_hashes.size() ? w.priority_hashes[i] : hash256{}));
    }
    if (is("stateCommitment()"))
      return json::value(hex(w.executed == 0 ? hash256{} : w.states[w.executed - 1]));
    if (!l1::decode_commits(data).empty() || is("proveBatches(uint64,uint64)") ||
        is("stage(bytes32,uint256,uint256,bytes)") || is_execution(data)) {
      world rehearsal = w;
      const auto end = l1.run(rehearsal, fixed<20>(what.at("to")), data);
      if (const auto* revert = std::get_if<bytes>(&end))
        return rpc_error{3, "execution reverted", *revert};
      return json::value("0x");
    }
    return rpc_error{-32601, "the simulation does not know this call", {}};
  }

  reply run(std::string_view method, const json::array& params) const {
    if (method == "eth_chainId") return json::value(quantity(u256{l1.chain_id_}));
    if (method == "eth_getBlockByNumber") {
      const block* b = at(params.at(0));
      return b ? to_json(*b) : json::value(nullptr);
    }
    if (method == "eth_getLogs") return logs(params.at(0).as_object());
    if (method == "eth_getTransactionReceipt") return receipt(fixed<32>(params.at(0)));
    if (method == "eth_getTransactionByHash") return input(fixed<32>(params.at(0)));
    if (method == "eth_call") {
      const block* b = at(params.at(1));
      if (!b) return rpc_error{-32000, "header not found", {}};
      return call(params.at(0).as_object(), *b);
    }
    if (method == "eth_getTransactionCount")
      return json::value(quantity(u256{l1.nonce_of(fixed<20>(params.at(0)))}));
    if (method == "eth_getCode")
      return json::value(
          hex(fixed<20>(params.at(0)) == verifier_address() ? l1.verifier_code : bytes{}));
    if (method == "eth_getBalance") {
      const auto& balances = l1.blocks_.back().after.balances;
      const auto it = balances.find(fixed<20>(params.at(0)));
      return json::value(quantity(it == balances.end() ? u256{} : it->second));
    }
    if (method == "eth_estimateGas") return json::value(quantity(u256{commit_gas}));
    if (method == "eth_sendRawTransaction") {
      const bytes raw = *from_hex(std::string_view(params.at(0).as_string()));
      const auto t = decode_txn(raw);
      if (!t.ok()) return rpc_error{-32602, "rlp", {}};
      if (auto refused = l1.accept(*t)) return *refused;
      return json::value(hex(txn_hash(*t)));
    }
    return rpc_error{-32601, "the simulation does not know this method", {}};
  }
};

l1::l1_result<std::string> simulated_l1::answer(const std::string& body) {
  ++requests_;
  const json::value request = json::parse(body);
  const json::object& o = request.as_object();
  const std::string method(o.at("method").as_string());
  if (before) before(method);
  std::optional<fault> bad;
  if (faults) bad = faults(method);
  if (bad && !bad->reached) return bad->answer;
  const auto reply = json_calls{*this}.run(method, o.at("params").as_array());
  if (after) after(method);
  if (bad) return bad->answer;
  json::object out{{"jsonrpc", "2.0"}, {"id", o.at("id")}};
  if (const auto* e = std::get_if<rpc_error>(&reply)) {
    json::object error{{"code", e->code}, {"message", e->message}};
    if (!e->data.empty()) error["data"] = hex(e->data);
    out["error"] = error;
  } else {
    out["result"] = std::get<json::value>(reply);
  }
  return json::serialize(out);
}

}  // namespace ashlar::test
