#include "actors/node/demo/endpoint.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar::node::demo {
namespace json = boost::json;

std::string text_of(const json::object& o, std::string_view name) {
  const json::value* v = o.if_contains(name);
  const json::string* s = v ? v->if_string() : nullptr;
  return s ? std::string(*s) : std::string{};
}

namespace {

std::string error_text(const json::object& answer) {
  const json::value* error = answer.if_contains("error");
  const json::object* o = error ? error->if_object() : nullptr;
  return o ? text_of(*o, "message") : "an answer without a result";
}

/// None where it is not in a block yet.
outcome<std::optional<brief_receipt>> read_receipt(const std::string& answer, const hash256& txn) {
  boost::system::error_code ec;
  const json::value v = json::parse(answer, ec);
  if (!ec && v.is_null()) return std::optional<brief_receipt>{};
  const json::object* o = ec ? nullptr : v.if_object();
  if (!o || text_of(*o, "transactionHash") != to_hex(txn))
    return fail("the receipt of " + to_hex(txn) + " is not one: " + answer.substr(0, 200));
  const auto status = parse_u256(text_of(*o, "status"));
  const auto gas = parse_u256(text_of(*o, "gasUsed"));
  const auto price = parse_u256(text_of(*o, "effectiveGasPrice"));
  if (!status || !gas || !gas->fits_u64() || !price)
    return fail("the receipt of " + to_hex(txn) + " lacks status, gas or price");
  return std::optional{brief_receipt{*status == u256{1}, gas->low(), *price}};
}

}  // namespace

outcome<std::unique_ptr<endpoint>> endpoint::open(std::string name, const std::string& url) {
  l1::http_transport_config config;
  config.endpoint = url;
  auto first = l1::make_http_transport(config);
  if (!first) return fail(name + ": " + first.error().text);
  auto second = l1::make_http_transport(config);
  if (!second) return fail(name + ": " + second.error().text);
  return std::unique_ptr<endpoint>(
      new endpoint(std::move(name), std::move(first).value(), std::move(second).value()));
}

outcome<std::vector<std::string>> endpoint::ask_all(const std::string& method,
                                                    const std::vector<std::string>& params) {
  json::array body;
  for (std::size_t i = 0; i < params.size(); ++i)
    body.push_back(json::object{
        {"jsonrpc", "2.0"}, {"id", i}, {"method", method}, {"params", json::array{params[i]}}});
  ASHLAR_TRY(const std::string text, tell(batches_->post(json::serialize(body))));
  boost::system::error_code ec;
  const json::value v = json::parse(text, ec);
  if (ec || !v.is_array() || v.as_array().size() != params.size())
    return fail(name_ + ": " + method +
                ": the answer to a batch is not one: " + text.substr(0, 200));
  std::vector<std::string> out(params.size());
  std::vector<bool> seen(params.size());
  for (const json::value& each : v.as_array()) {
    const json::object* o = each.if_object();
    const json::value* id = o ? o->if_contains("id") : nullptr;
    const u64 i = id && id->is_number() ? id->to_number<u64>(ec) : params.size();
    if (ec || i >= params.size() || seen[i])
      return fail(name_ + ": " + method + ": an answer in a batch to another request");
    const json::value* got = o->if_contains("result");
    if (!got) return fail(name_ + ": " + method + ": " + error_text(*o));
    seen[i] = true;
    out[i] = json::serialize(*got);
  }
  return out;
}

outcome<nothing> endpoint::send_all(const std::vector<bytes>& raw, std::size_t per_batch) {
  for (std::size_t from = 0; from < raw.size(); from += per_batch) {
    const std::size_t to = std::min(from + per_batch, raw.size());
    std::vector<std::string> params;
    for (std::size_t i = from; i < to; ++i) params.push_back(to_hex(raw[i]));
    ASHLAR_TRY(const auto answers, ask_all("eth_sendRawTransaction", params));
    for (std::size_t i = from; i < to; ++i) {
      const auto sent = decode_txn(raw[i]);
      ensure(sent.ok());  // we encoded it
      const std::string expected = '"' + to_hex(txn_hash(*sent)) + '"';
      if (answers[i - from] != expected)
        return fail(name_ + ": sent " + expected + ", answered " + answers[i - from]);
    }
  }
  return nothing{};
}

outcome<std::vector<brief_receipt>> endpoint::receipts(const std::vector<hash256>& txns,
                                                       std::size_t per_batch, u32 patience_s) {
  std::vector<brief_receipt> out;
  const auto what = [&] {
    return name_ + ": receipts of " + std::to_string(txns.size()) + " transactions, has " +
           std::to_string(out.size());
  };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(patience_s);
  while (out.size() < txns.size()) {
    const std::size_t from = out.size(), to = std::min(from + per_batch, txns.size());
    std::vector<std::string> params;
    for (std::size_t i = from; i < to; ++i) params.push_back(to_hex(txns[i]));
    ASHLAR_TRY(const auto answers, ask_all("eth_getTransactionReceipt", params));
    for (std::size_t i = from; i < to; ++i) {
      ASHLAR_TRY(const auto one, read_receipt(answers[i - from], txns[i]));
      if (!one) break;
      out.push_back(*one);
    }
    if (out.size() == to) continue;
    if (std::chrono::steady_clock::now() >= until)
      return fail("waited " + std::to_string(patience_s) + " s for " + what());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return out;
}

outcome<l1::l1_receipt> endpoint::receipt(const hash256& txn, u32 patience_s) {
  return wait_for(name_ + ": the receipt of " + to_hex(txn), patience_s,
                  [&] { return tell(client_.receipt(txn)); });
}

outcome<l1::l1_receipt> endpoint::success(const hash256& txn, u32 patience_s) {
  ASHLAR_TRY(auto got, receipt(txn, patience_s));
  if (!got.success)
    return fail(name_ + ": transaction " + to_hex(txn) + " failed in block " +
                std::to_string(got.block.value) + " after " + std::to_string(got.gas_used) +
                " gas");
  return got;
}

outcome<u256> endpoint::balance(const address& who) {
  return tell(client_.balance(who));
}

outcome<u256> endpoint::view(const address& contract, bytes calldata) {
  ASHLAR_TRY(const bytes answer, tell(client_.call({{}, contract, std::move(calldata), {}})));
  if (answer.size() != 32)
    return fail(name_ + ": " + to_hex(contract) + " answered " + std::to_string(answer.size()) +
                " bytes where one word was due");
  return u256::from_be(answer.data());
}

outcome<u256> endpoint::token_balance(const address& token, const address& who) {
  return view(token, l1::abi_encoder().account(who).call("balanceOf(address)"));
}

}  // namespace ashlar::node::demo
