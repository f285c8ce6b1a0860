#include "net/l1/client.hpp"

#include <chrono>
#include <optional>
#include <thread>

#include <boost/json.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/base/printable.hpp"

namespace ashlar::l1 {
namespace json = boost::json;

namespace {

constexpr std::string_view send_method = "eth_sendRawTransaction";
/// Of what an endpoint says, which may be the refused request.
constexpr std::size_t message_bytes_max = 512;

l1_error shape(std::string_view method, std::string_view what) {
  return {l1_error_code::malformed, std::string(method) + ": " + std::string(what), 0, {}};
}

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

/// -32005 is a limit: of requests, or of what one request may ask, as some have it for logs alone.
bool is_rate_limit(std::string_view method, i64 code, std::string_view message) {
  if (code == 429 || contains(message, "rate limit")) return true;
  return code == -32005 && (method != "eth_getLogs" || contains(message, " rate"));
}

/// Endpoints agree on the codes only roughly; wallets and we match on geth's wording too.
l1_error rpc_failure(std::string_view method, const json::object& error) {
  l1_error out;
  out.code = l1_error_code::rpc_error;
  if (const auto* code = error.if_contains("code"); code && code->is_int64())
    out.number = code->as_int64();
  std::string message;
  if (const auto* text = error.if_contains("message"); text && text->is_string())
    message = text->as_string().c_str();
  if (const auto* data = error.if_contains("data"); data && data->is_string())
    if (auto raw = from_hex(std::string_view(data->as_string()))) out.revert_data = std::move(*raw);
  if (out.number == 3 || contains(message, "revert"))
    out.code = l1_error_code::reverted;
  else if (contains(message, "nonce too low"))
    out.code = l1_error_code::nonce_taken;
  else if (contains(message, "already known") || contains(message, "already imported"))
    out.code = l1_error_code::already_known;
  else if (contains(message, "underpriced") || contains(message, "max fee per gas less than"))
    out.code = l1_error_code::underpriced;
  else if (contains(message, "nsufficient funds"))
    out.code = l1_error_code::no_funds;
  else if (is_rate_limit(method, out.number, message))
    out.code = l1_error_code::rate_limited;
  out.text = std::string(method) + ": " + printable(message, message_bytes_max);
  return out;
}

/// Reads members of one JSON answer; the first that is not as it should be is kept as the error.
class answer {
 public:
  answer(std::string_view method, const json::value& v) : method_(method) {
    object_ = v.if_object();
    if (!object_) fail("expected an object");
  }
  answer(std::string_view method, const json::object& o) : method_(method), object_(&o) {}

  const json::value* get(std::string_view name) {
    const json::value* v = object_ ? object_->if_contains(name) : nullptr;
    return v && !v->is_null() ? v : nullptr;
  }
  std::string_view text(std::string_view name) {
    const json::value* v = get(name);
    if (!v || !v->is_string()) {
      fail(std::string("no text in ") + std::string(name));
      return {};
    }
    return v->as_string();
  }
  u256 quantity(std::string_view name) {
    const auto t = text(name);
    const auto v = t.starts_with("0x") ? parse_u256(t) : std::nullopt;
    if (!v) fail(std::string("no quantity in ") + std::string(name));
    return v.value_or(u256{});
  }
  u64 number(std::string_view name) {
    const u256 v = quantity(name);
    if (!v.fits_u64()) fail(std::string("too large: ") + std::string(name));
    return v.low();
  }
  template <std::size_t N>
  fixed_bytes<N> fixed(std::string_view name) {
    const auto v = fixed_from_hex<N>(text(name));
    if (!v) fail(std::string("wrong length: ") + std::string(name));
    return v.value_or(fixed_bytes<N>{});
  }
  bytes data(std::string_view name) {
    auto v = from_hex(text(name));
    if (!v) fail(std::string("no hex in ") + std::string(name));
    return std::move(v).value_or(bytes{});
  }
  void fail(std::string what) {
    if (!error_) error_ = shape(method_, what);
  }
  const std::optional<l1_error>& error() const { return error_; }

 private:
  std::string_view method_;
  const json::object* object_ = nullptr;
  std::optional<l1_error> error_;
};

json::string hex_of(bytes_view data) {
  return json::string(to_hex(data));
}
json::string quantity_of(const u256& v) {
  return json::string(to_quantity(v));
}

l1_block read_block(answer& a) {
  l1_block b;
  b.number = l1_block_number{a.number("number")};
  b.hash = a.fixed<32>("hash");
  b.parent_hash = a.fixed<32>("parentHash");
  b.timestamp = unix_seconds{a.number("timestamp")};
  b.base_fee = a.get("baseFeePerGas") ? a.quantity("baseFeePerGas") : u256{};
  return b;
}

l1_log read_log(answer& a) {
  l1_log log;
  log.entry.account = a.fixed<20>("address");
  log.entry.data = a.data("data");
  log.block = l1_block_number{a.number("blockNumber")};
  log.block_hash = a.fixed<32>("blockHash");
  log.txn_hash = a.fixed<32>("transactionHash");
  log.index = a.number("logIndex");
  const json::value* topics = a.get("topics");
  if (!topics || !topics->is_array() || topics->as_array().size() > 4) {
    a.fail("no topics");
    return log;
  }
  for (const json::value& t : topics->as_array()) {
    const auto topic =
        t.is_string() ? fixed_from_hex<32>(std::string_view(t.as_string())) : std::nullopt;
    if (!topic) {
      a.fail("bad topic");
      return log;
    }
    log.entry.topics.push_back(*topic);
  }
  return log;
}

l1_result<std::vector<l1_log>> read_logs(std::string_view method, const json::value& v) {
  if (!v.is_array()) return fail(shape(method, "expected a list of logs"));
  std::vector<l1_log> out;
  for (const json::value& element : v.as_array()) {
    answer a(method, element);
    out.push_back(read_log(a));
    if (a.error()) return fail(*a.error());
  }
  return out;
}

json::object call_object(const l1_call& c) {
  json::object o;
  o["from"] = hex_of(c.from);
  if (c.to) o["to"] = hex_of(*c.to);
  o["data"] = hex_of(c.data);
  o["value"] = quantity_of(c.value);
  return o;
}

}  // namespace

struct client::impl {
  std::unique_ptr<transport> wire;
  patience wait;
  u64 next_id = 1;
  std::optional<u64> pinned_chain;

  /// `may_ask_less`: the caller does, where the size may be what failed.
  l1_result<json::value> request(std::string_view method, const json::value& params,
                                 bool may_ask_less = false) {
    for (u32 failures = 1;; ++failures) {
      auto answered = ask(method, params);
      if (answered.ok() || !wait || !answered.error().transient()) return answered;
      // What did arrive may be refused the second time: who sends looks for it on L1.
      if (method == send_method) return answered;
      if (may_ask_less && answered.error().may_be_of_size()) return answered;
      if (!wait(answered.error(), failures)) return answered;
    }
  }

  l1_result<json::value> ask(std::string_view method, const json::value& params) {
    const u64 id = next_id++;
    json::object body{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}};
    body["params"] = params;
    ASHLAR_TRY(const std::string text, wire->post(json::serialize(body)));
    boost::system::error_code ec;
    json::parse_options options;
    options.max_depth = 64;
    json::value v = json::parse(text, ec, {}, options);
    if (ec) return fail(shape(method, "the answer is not JSON"));
    json::object* o = v.if_object();
    if (!o) return fail(shape(method, "the answer is not an object"));
    if (const auto* error = o->if_contains("error"); error && error->is_object())
      return fail(rpc_failure(method, error->as_object()));
    const auto* got = o->if_contains("id");
    if (!got || !got->is_number() || got->to_number<u64>(ec) != id || ec)
      return fail(shape(method, "the answer is to another request"));
    json::value* value = o->if_contains("result");
    if (!value) return fail(shape(method, "the answer has no result"));
    return std::move(*value);
  }

  l1_result<u256> quantity(std::string_view method, const json::value& params) {
    ASHLAR_TRY(const json::value v, request(method, params));
    const auto* text = v.if_string();
    const auto number =
        text && text->starts_with("0x") ? parse_u256(std::string_view(*text)) : std::nullopt;
    if (!number) return fail(shape(method, "expected a quantity"));
    return *number;
  }

  l1_result<u64> number(std::string_view method, const json::value& params) {
    ASHLAR_TRY(const u256 v, quantity(method, params));
    if (!v.fits_u64()) return fail(shape(method, "the quantity is too large"));
    return v.low();
  }

  l1_result<bytes> data(std::string_view method, const json::value& params) {
    ASHLAR_TRY(const json::value v, request(method, params));
    const auto* text = v.if_string();
    auto raw = text ? from_hex(std::string_view(*text)) : std::nullopt;
    if (!raw) return fail(shape(method, "expected hex"));
    return std::move(*raw);
  }
};

client::client(std::unique_ptr<transport> t, patience wait) : impl_(std::make_unique<impl>()) {
  impl_->wire = std::move(t);
  impl_->wait = std::move(wait);
}
client::~client() = default;

l1_result<u64> client::chain_id() {
  ASHLAR_TRY(const u64 id, impl_->number("eth_chainId", json::array{}));
  if (impl_->pinned_chain.value_or(id) != id)
    return fail(l1_error{l1_error_code::wrong_chain,
                         "the endpoint serves L1 " + std::to_string(id) + ", and this is for L1 " +
                             std::to_string(*impl_->pinned_chain),
                         0,
                         {}});
  return id;
}

void client::pin_chain(u64 id) {
  impl_->pinned_chain = id;
}

l1_result<l1_block> client::block(std::string_view tag) {
  constexpr auto method = "eth_getBlockByNumber";
  ASHLAR_TRY(const json::value v, impl_->request(method, json::array{tag, false}));
  answer a(method, v);
  l1_block b = read_block(a);
  if (a.error()) return fail(*a.error());
  return b;
}

l1_result<std::optional<l1_block>> client::block(l1_block_number number) {
  constexpr auto method = "eth_getBlockByNumber";
  ASHLAR_TRY(const json::value v,
             impl_->request(method, json::array{quantity_of(number.value), false}));
  if (v.is_null()) return std::optional<l1_block>{};
  answer a(method, v);
  l1_block b = read_block(a);
  if (!a.error() && b.number != number) a.fail("another block than was asked for");
  if (a.error()) return fail(*a.error());
  return std::optional<l1_block>{b};
}

l1_result<std::vector<l1_log>> client::logs(l1_block_number from, l1_block_number to,
                                            const address& account,
                                            std::span<const hash256> topics_any_of) {
  constexpr auto method = "eth_getLogs";
  json::object filter{{"fromBlock", quantity_of(from.value)},
                      {"toBlock", quantity_of(to.value)},
                      {"address", hex_of(account)}};
  if (!topics_any_of.empty()) {
    json::array any;
    for (const hash256& t : topics_any_of) any.push_back(hex_of(t));
    filter["topics"] = json::array{any};
  }
  ASHLAR_TRY(const json::value v, impl_->request(method, json::array{filter}, from != to));
  ASHLAR_TRY(auto out, read_logs(method, v));
  for (const l1_log& log : out)
    if (log.entry.account != account || log.block < from || log.block > to)
      return fail(shape(method, "a log outside the filter"));
  return out;
}

l1_result<bytes> client::call(const l1_call& c, std::string_view tag) {
  return impl_->data("eth_call", json::array{call_object(c), tag});
}

l1_result<u64> client::estimate_gas(const l1_call& c) {
  return impl_->number("eth_estimateGas", json::array{call_object(c)});
}

l1_result<u64> client::nonce(const address& who, std::string_view tag) {
  return impl_->number("eth_getTransactionCount", json::array{hex_of(who), tag});
}

l1_result<u256> client::balance(const address& who) {
  return impl_->quantity("eth_getBalance", json::array{hex_of(who), "latest"});
}

l1_result<bytes> client::code(const address& who) {
  return impl_->data("eth_getCode", json::array{hex_of(who), "latest"});
}

l1_result<hash256> client::send_raw(bytes_view raw) {
  ASHLAR_TRY(const bytes hash, impl_->data(send_method, json::array{hex_of(raw)}));
  if (hash.size() != 32) return fail(shape(send_method, "expected a hash"));
  return hash256::copy_of(hash.data());
}

bool client::wait_after(const l1_error& why, u32 failures) {
  return impl_->wait && impl_->wait(why, failures);
}

l1_result<std::optional<l1_receipt>> client::receipt(const hash256& txn) {
  constexpr auto method = "eth_getTransactionReceipt";
  ASHLAR_TRY(const json::value v, impl_->request(method, json::array{hex_of(txn)}));
  if (v.is_null()) return std::optional<l1_receipt>{};
  answer a(method, v);
  l1_receipt r;
  if (a.fixed<32>("transactionHash") != txn) a.fail("another receipt than was asked for");
  r.success = a.number("status") == 1;
  r.block = l1_block_number{a.number("blockNumber")};
  r.block_hash = a.fixed<32>("blockHash");
  r.gas_used = a.number("gasUsed");
  r.effective_gas_price = a.get("effectiveGasPrice") ? a.quantity("effectiveGasPrice") : u256{};
  if (a.get("contractAddress")) r.contract_address = a.fixed<20>("contractAddress");
  if (a.error()) return fail(*a.error());
  const json::value* logs = a.get("logs");
  if (!logs) return fail(shape(method, "no logs"));
  ASHLAR_TRY(r.logs, read_logs(method, *logs));
  return std::optional<l1_receipt>{std::move(r)};
}

l1_result<std::optional<bytes>> client::txn_input(const hash256& txn) {
  constexpr auto method = "eth_getTransactionByHash";
  ASHLAR_TRY(const json::value v, impl_->request(method, json::array{hex_of(txn)}));
  if (v.is_null()) return std::optional<bytes>{};
  answer a(method, v);
  if (a.fixed<32>("hash") != txn) a.fail("another transaction than was asked for");
  bytes input = a.data("input");
  if (a.error()) return fail(*a.error());
  return std::optional<bytes>{std::move(input)};
}

l1_result<std::string> client::raw(std::string_view method, std::string_view params_json) {
  boost::system::error_code ec;
  json::value params = json::parse(params_json, ec);
  if (ec) return fail(shape(method, "the parameters are not JSON"));
  ASHLAR_TRY(const json::value v, impl_->request(method, params));
  return json::serialize(v);
}

namespace {

/// Until L1 has the transaction, or refuses it. The same bytes every time: L1 takes them once.
status<l1_error> deliver(client& c, bytes_view raw, const hash256& hash) {
  for (u32 failures = 1;; ++failures) {
    const auto sent = c.send_raw(raw);
    if (sent.ok() || sent.error().code == l1_error_code::already_known) return nothing{};
    l1_error why = sent.error();
    // Its nonce may have been taken by itself.
    if (!why.transient() && why.code != l1_error_code::nonce_taken) return fail(std::move(why));
    const auto found = c.txn_input(hash);
    if (found.ok() && *found) return nothing{};
    if (found.ok() && why.transient() && c.wait_after(why, failures)) continue;
    why.text += "; transaction " + to_hex(hash) +
                (found.ok() ? " is not on L1" : " may be on L1 all the same");
    return fail(std::move(why));
  }
}

}  // namespace

l1_result<hash256> send(client& c, const signer& from, const l1_call& what,
                        const fee_policy_config& fees) {
  ASHLAR_TRY(const l1_block head, c.latest());
  const auto offer = first_offer(fees, head.base_fee);
  if (!offer)
    return fail(l1_error{l1_error_code::fee_over_cap,
                         "L1 base fee " + to_decimal(head.base_fee) + " wei is over the cap",
                         0,
                         {}});
  ASHLAR_TRY(const u64 chain, c.chain_id());
  ASHLAR_TRY(const u64 nonce, c.nonce(from.account(), "pending"));
  ASHLAR_TRY(const u64 gas, c.estimate_gas(what));
  txn t;
  t.type = txn_type::dynamic_fee;
  t.chain_id = chain;
  t.nonce = nonce;
  t.max_fee_per_gas = offer->max_fee_per_gas;
  t.max_priority_fee_per_gas = offer->max_priority_fee_per_gas;
  t.gas_limit = gas + gas / 5;
  t.to = what.to;
  t.value = what.value;
  t.data = what.data;
  from.sign(t);
  const hash256 hash = txn_hash(t);
  ASHLAR_CHECK(deliver(c, encode_txn(t), hash));
  return hash;
}

l1_result<l1_receipt> send_and_wait(client& c, const signer& from, const l1_call& what,
                                    const fee_policy_config& fees, u32 patience_ms) {
  ASHLAR_TRY(const hash256 hash, send(c, from, what, fees));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  for (;;) {
    auto receipt = c.receipt(hash);
    if (!receipt && !receipt.error().transient()) return fail(std::move(receipt).error());
    if (receipt && *receipt) {
      if ((*receipt)->success) return std::move(**receipt);
      return fail(
          l1_error{l1_error_code::reverted, "transaction " + to_hex(hash) + " failed", 0, {}});
    }
    if (std::chrono::steady_clock::now() >= deadline)
      return fail(l1_error{l1_error_code::timed_out,
                           "transaction " + to_hex(hash) + " was not mined in time" +
                               (receipt ? std::string() : ": " + receipt.error().text),
                           0,
                           {}});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace ashlar::l1
