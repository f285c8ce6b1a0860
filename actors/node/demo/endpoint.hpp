#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/json/fwd.hpp>

#include "net/l1/client.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::node::demo {

/// The error is a sentence that says what was tried and what came.
template <class T>
using outcome = result<T, std::string>;

/// A member that is a string; empty where there is none.
std::string text_of(const boost::json::object& o, std::string_view name);

/// What a wallet reads of a receipt that it asked for with many others.
struct brief_receipt {
  bool success = false;
  u64 gas_used = 0;
  u256 gas_price;
  u256 fee() const noexcept { return u256{gas_used} * gas_price; }
};

/// One chain as its public endpoint shows it.
class endpoint {
 public:
  /// Connects on first use. `name` goes in front of every error.
  static outcome<std::unique_ptr<endpoint>> open(std::string name, const std::string& url);

  const std::string& name() const noexcept { return name_; }
  l1::client& rpc() noexcept { return client_; }

  /// Sends in JSON-RPC batches of `per_batch`; an error where one is refused or answered with
  /// another hash than its own.
  outcome<nothing> send_all(const std::vector<bytes>& raw, std::size_t per_batch);
  /// Receipts in the order of `txns`, once all are there.
  outcome<std::vector<brief_receipt>> receipts(const std::vector<hash256>& txns,
                                               std::size_t per_batch, u32 patience_s);
  /// Waits until the transaction is in a block.
  outcome<l1::l1_receipt> receipt(const hash256& txn, u32 patience_s);
  /// A receipt of a transaction that must not have failed.
  outcome<l1::l1_receipt> success(const hash256& txn, u32 patience_s);

  outcome<u256> balance(const address& who);
  /// An ABI word that a view function answers.
  outcome<u256> view(const address& contract, bytes calldata);
  outcome<u256> token_balance(const address& token, const address& who);

  /// Puts the endpoint's name in front of a client's error.
  template <class T>
  outcome<T> tell(l1::l1_result<T> r) const {
    if (r) return std::move(r).value();
    return fail(name_ + ": " + r.error().text);
  }

 private:
  endpoint(std::string name, std::unique_ptr<l1::transport> for_client,
           std::unique_ptr<l1::transport> for_batches)
      : name_(std::move(name)), client_(std::move(for_client)), batches_(std::move(for_batches)) {}
  /// Asks one method with many single-parameter requests; the answers' `result` as JSON texts, in
  /// the order of `params`.
  outcome<std::vector<std::string>> ask_all(const std::string& method,
                                            const std::vector<std::string>& params);

  std::string name_;
  l1::client client_;
  std::unique_ptr<l1::transport> batches_;
};

/// Asks `probe` (giving an outcome of an optional) until it has a value. The error says what was
/// waited for.
template <class Probe>
auto wait_for(const std::string& what, u32 patience_s, Probe probe, u32 pause_ms = 10)
    -> outcome<typename decltype(probe())::value_type::value_type> {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(patience_s);
  for (;;) {
    ASHLAR_TRY(auto found, probe());
    if (found) return std::move(*found);
    if (std::chrono::steady_clock::now() >= until)
      return fail("waited " + std::to_string(patience_s) + " s for " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  }
}

}  // namespace ashlar::node::demo
