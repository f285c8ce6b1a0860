#include "test/bench/node/load_client.hpp"

#include <algorithm>
#include <thread>

#include <boost/json.hpp>

#include "runtime/base/hex.hpp"
#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {
namespace json = boost::json;

namespace {

constexpr double patience_s = 300;

http::client_options options() {
  http::client_options o;
  o.request_timeout = std::chrono::minutes(2);
  o.response_bytes_max = 1u << 30;
  return o;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

std::string hex_number(u64 v) {
  return '"' + to_quantity(u256{v}) + '"';
}

u256 word_of(const json::value& v) {
  const json::string* text = v.if_string();
  const auto word = text ? parse_u256(std::string_view(*text)) : std::nullopt;
  require(word.has_value(), "expected a quantity, got " + json::serialize(v));
  return *word;
}

std::vector<std::string> account_params(u32 accounts) {
  std::vector<std::string> out;
  for (u32 i = 0; i < accounts; ++i)
    out.push_back("[\"" + to_hex(load_account(i)) + "\",\"latest\"]");
  return out;
}

bool nonces_are(rpc_client& client, const std::vector<std::string>& params, const ledger& book) {
  const auto nonces = client.call_all("eth_getTransactionCount", params);
  for (u32 i = 0; i < book.senders; ++i)
    if (number_of(nonces[i]) != book.nonces[i]) return false;
  return true;
}

void wait_until_confirmed(u16 port, const ledger& book) {
  rpc_client client(port);
  const auto params = account_params(book.senders);
  for (const double until = now_s() + patience_s; !nonces_are(client, params, book);) {
    require(now_s() < until, "not every transfer was confirmed in time");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

rpc_client::rpc_client(u16 port) : client_({"127.0.0.1", port, "/"}, options()) {}

std::string rpc_client::post(const std::string& body) {
  auto got = client_.post("/", body);
  require(got.ok(), "the server does not answer");
  require(got->status == 200,
          "the server answers " + std::to_string(got->status) + ": " + got->body.substr(0, 300));
  return std::move(got->body);
}

std::vector<json::value> rpc_client::call_all(const std::string& method,
                                              const std::vector<std::string>& params) {
  std::string body = "[";
  for (std::size_t i = 0; i < params.size(); ++i)
    body += (i ? "," : "") + (R"({"jsonrpc":"2.0","id":)" + std::to_string(i)) + R"(,"method":")" +
            method + R"(","params":)" + params[i] + "}";
  body += ']';
  const std::string answer = post(body);
  boost::system::error_code bad;
  json::value document = json::parse(answer, bad);
  require(!bad && document.is_array() && document.get_array().size() == params.size(),
          method + " was answered " + answer.substr(0, 300));
  std::vector<json::value> out(params.size());
  for (json::value& one : document.get_array()) {
    json::object* o = one.if_object();
    json::value* result = o ? o->if_contains("result") : nullptr;
    require(result != nullptr, method + " was answered " + json::serialize(one));
    const auto id = o->at("id").to_number<std::size_t>();
    require(id < out.size(), method + " was answered with another id");
    out[id] = std::move(*result);
  }
  return out;
}

json::value rpc_client::call(const std::string& method, const std::string& params) {
  return std::move(call_all(method, {params}).front());
}

std::optional<u64> rpc_client::head() {
  const auto got =
      client_.post("/", R"({"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]})");
  if (!got.ok() || got->status != 200) return std::nullopt;
  boost::system::error_code bad;
  const json::value v = json::parse(got->body, bad);
  if (bad || !v.is_object() || !v.get_object().contains("result")) return std::nullopt;
  return number_of(v.get_object().at("result"));
}

u64 number_of(const json::value& quantity) {
  return word_of(quantity).low();
}

void ledger::add(std::span<const signed_batch> batches) {
  for (const signed_batch& b : batches)
    for (const transfer& t : b.transfers) {
      transfers.push_back(t);
      ++nonces[t.from];
    }
}

bool is_confirmed(u16 port, const ledger& book) {
  rpc_client client(port);
  return nonces_are(client, account_params(book.senders), book);
}

drive_result drive(u16 port, pid_t server, std::span<const signed_batch> batches, u32 connections,
                   ledger& book, double txns_per_second) {
  book.add(batches);
  const double cpu = cpu_s_of(server), start = now_s();
  std::vector<std::thread> senders;
  for (u32 c = 0; c < connections; ++c)
    senders.emplace_back([&, c] {
      rpc_client client(port);
      u64 sent = 0;
      for (const signed_batch& b : batches) {
        // Batches are dealt out in turn, so what is before this one is known by its place.
        const double due =
            txns_per_second > 0 ? start + static_cast<double>(sent) / txns_per_second : 0;
        sent += b.transfers.size();
        if (b.connection != c) continue;
        if (const double early = due - now_s(); early > 0)
          std::this_thread::sleep_for(std::chrono::duration<double>(early));
        const std::string answer = client.post(b.body);
        if (count(answer, R"("result":"0x)") != b.transfers.size())
          give_up("a batch of transfers was answered " + answer.substr(0, 500));
      }
    });
  for (auto& s : senders) s.join();
  wait_until_confirmed(port, book);
  return {now_s() - start, cpu_s_of(server) - cpu};
}

namespace {

/// The transfers of a ledger, crossed off one by one.
class reckoning {
 public:
  explicit reckoning(const ledger& book) : book_(book), want_(book.senders, book.initial) {
    for (u32 i = 0; i < book.transfers.size(); ++i) missing_.emplace(book.transfers[i].hash, i);
    require(missing_.size() == book.transfers.size(), "two transfers have one hash");
  }

  /// A block holds the transfer with this hash, which cost `fee`.
  void cross_off(const json::value& hash_text, const u256& fee, u64 block) {
    const auto hash = fixed_from_hex<32>(std::string_view(hash_text.as_string()));
    const auto at = hash ? missing_.find(*hash) : missing_.end();
    if (at == missing_.end()) give_up("block " + std::to_string(block) + " holds a stranger");
    const transfer& t = book_.transfers[at->second];
    want_[t.from] = want_[t.from] - fee - u256{t.value};
    want_[t.to] = want_[t.to] + u256{t.value};
    missing_.erase(at);
  }

  void close(rpc_client& client) const {
    require(missing_.empty(), std::to_string(missing_.size()) + " transfers are in no block");
    const auto have = client.call_all("eth_getBalance", account_params(book_.senders));
    for (u32 i = 0; i < book_.senders; ++i)
      require(word_of(have[i]) == want_[i], "the balance of account " + std::to_string(i) + " is " +
                                                to_decimal(word_of(have[i])) + ", not " +
                                                to_decimal(want_[i]));
  }

 private:
  const ledger& book_;
  std::map<hash256, u32> missing_;
  std::vector<u256> want_;
};

u64 head_of(rpc_client& client) {
  const auto head = client.head();
  require(head.has_value(), "the server does not answer");
  return *head;
}

}  // namespace

void check_ledger(u16 port, u64 from, const ledger& book) {
  rpc_client client(port);
  reckoning all(book);
  const u64 head = head_of(client);
  for (u64 n = from + 1; n <= head; ++n) {
    const json::value receipts = client.call("eth_getBlockReceipts", '[' + hex_number(n) + ']');
    require(receipts.is_array(), "block " + std::to_string(n) + " has no receipts");
    for (const json::value& r : receipts.get_array()) {
      const json::object& o = r.as_object();
      require(number_of(o.at("status")) == 1, "a transfer failed: " + json::serialize(r));
      all.cross_off(o.at("transactionHash"),
                    word_of(o.at("gasUsed")) * word_of(o.at("effectiveGasPrice")), n);
    }
  }
  all.close(client);
}

void check_blocks(u16 port, u64 from, const ledger& book) {
  constexpr u64 transfer_gas = 21'000;
  rpc_client client(port);
  reckoning all(book);
  const u64 head = head_of(client);
  for (u64 n = from + 1; n <= head; ++n) {
    const json::value block = client.call("eth_getBlockByNumber", '[' + hex_number(n) + ",false]");
    require(block.is_object(), "block " + std::to_string(n) + " is not there");
    const json::object& o = block.get_object();
    const u256 price =
        std::min(u256{transfer_max_fee}, word_of(o.at("baseFeePerGas")) + u256{transfer_tip});
    const json::array& hashes = o.at("transactions").as_array();
    require(number_of(o.at("gasUsed")) == transfer_gas * hashes.size(),
            "block " + std::to_string(n) + " used other gas than its transfers need");
    for (const json::value& hash : hashes) all.cross_off(hash, u256{transfer_gas} * price, n);
  }
  all.close(client);
}

std::vector<double> probe_latency(u16 port, u64 chain_id, u32 account, u64& nonce, u32 count,
                                  const std::function<bool()>& stop) {
  const hash256 key = load_key(account);
  const address self = load_account(account);
  rpc_client client(port);
  std::vector<double> out;
  for (u32 i = 0; i < count && !(stop && stop()); ++i, ++nonce) {
    const std::string body =
        R"({"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransactionSync","params":[")" +
        to_hex(sign_transfer(chain_id, key, nonce, self, 1)) + "\"]}";
    const double start = now_s();
    const std::string answer = client.post(body);
    out.push_back((now_s() - start) * 1e3);
    if (answer.find(R"("status":"0x1")") == std::string::npos)
      give_up("a transfer was answered " + answer.substr(0, 300));
  }
  return out;
}

}  // namespace ashlar::bench
