#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/l1/error.hpp"
#include "net/l1/fees.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/types/receipt.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar::l1 {

/// One request body to an L1 endpoint, one answer body back. Implementations: HTTP, and scripted
/// ones in tests.
class transport {
 public:
  virtual ~transport() = default;
  virtual l1_result<std::string> post(const std::string& body) = 0;
};

struct http_transport_config {
  std::string endpoint = "http://127.0.0.1:8545";
  u32 connect_timeout_ms = 3'000;
  u32 request_timeout_ms = 10'000;
  u64 response_bytes_max = 64u << 20;
};
/// Errors: an endpoint that is not a URL, limits out of range. Connects on first use.
l1_result<std::unique_ptr<transport>> make_http_transport(const http_transport_config& config);

using l1_block_number = strong_u64<struct l1_block_number_tag>;

struct l1_block {
  l1_block_number number;
  hash256 hash, parent_hash;
  unix_seconds timestamp;
  u256 base_fee;
};

struct l1_log {
  log_entry entry;
  l1_block_number block;
  hash256 block_hash, txn_hash;
  u64 index = 0;  ///< in the block
};

struct l1_receipt {
  bool success = false;
  l1_block_number block;
  hash256 block_hash;
  u64 gas_used = 0;
  u256 effective_gas_price;
  std::optional<address> contract_address;
  std::vector<l1_log> logs;
};

struct l1_call {
  address from;
  std::optional<address> to;
  bytes data;
  u256 value;
};

/// Asked after an error that may pass: waits, and answers whether to ask again. `failures`: in a
/// row, of this question, from 1.
using patience = std::function<bool(const l1_error& why, u32 failures)>;

/// Typed JSON-RPC to one L1 endpoint. Blocking; one thread at a time. Every answer is checked for
/// shape before it is used. Without `wait` nothing is asked twice; with it, everything but
/// sending, and logs of several blocks where fewer may be answered (see `scan_logs`).
class client {
 public:
  explicit client(std::unique_ptr<transport> t, patience wait = {});
  ~client();

  l1_result<u64> chain_id();
  /// What is asked here is meant for this L1: an endpoint that says it serves another one is an
  /// error from now on, wrong_chain, of chain_id() and so of `send`.
  void pin_chain(u64 id);
  l1_result<l1_block> block(std::string_view tag);
  l1_result<l1_block> latest() { return block("latest"); }
  /// None where the chain is not that long.
  l1_result<std::optional<l1_block>> block(l1_block_number number);
  l1_result<std::vector<l1_log>> logs(l1_block_number from, l1_block_number to,
                                      const address& account,
                                      std::span<const hash256> topics_any_of);
  l1_result<bytes> call(const l1_call& c, std::string_view tag = "latest");
  l1_result<u64> estimate_gas(const l1_call& c);
  l1_result<u64> nonce(const address& who, std::string_view tag);
  l1_result<u256> balance(const address& who);
  l1_result<bytes> code(const address& who);
  l1_result<hash256> send_raw(bytes_view raw);
  /// For who sends: waits as between questions; false where nothing is asked again.
  bool wait_after(const l1_error& why, u32 failures);
  /// None where it is not mined.
  l1_result<std::optional<l1_receipt>> receipt(const hash256& txn);
  /// The calldata of a transaction, none where it is unknown.
  l1_result<std::optional<bytes>> txn_input(const hash256& txn);
  /// Any method, for development endpoints ("anvil_…"): params and answer as JSON text.
  l1_result<std::string> raw(std::string_view method, std::string_view params_json);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// A secp256k1 account that signs L1 transactions.
class signer {
 public:
  virtual ~signer() = default;
  virtual address account() const noexcept = 0;
  /// Signs an EIP-1559 transaction in place.
  virtual void sign(txn& t) const = 0;
};
/// Null where the bytes are no key of the group.
std::unique_ptr<signer> make_signer(const hash256& secret_key);

/// Builds, signs and sends one EIP-1559 transaction at the pending nonce and returns its hash;
/// for set-up and tools, where no journal is kept. Where the answer to it is lost, L1 is asked for
/// the transaction by its hash; where it is not there, the same bytes go again while the client has
/// patience. An error then says whether it may be on L1 all the same.
l1_result<hash256> send(client& c, const signer& from, const l1_call& what,
                        const fee_policy_config& fees);
/// `send`, then polls for the receipt until `patience_ms` is over, through errors that may pass; a
/// failed transaction is an error.
l1_result<l1_receipt> send_and_wait(client& c, const signer& from, const l1_call& what,
                                    const fee_policy_config& fees, u32 patience_ms = 60'000);

}  // namespace ashlar::l1
