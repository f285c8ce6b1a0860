#pragma once

#include <map>
#include <optional>
#include <span>

#include <boost/json/value.hpp>

#include "net/http/client.hpp"
#include "test/bench/node/signed_load.hpp"

/// The one client of every server under measure.
namespace ashlar::bench {

/// JSON-RPC over one connection; any failure ends the benchmark with a sentence.
class rpc_client {
 public:
  explicit rpc_client(u16 port);
  /// The whole answer to a body.
  std::string post(const std::string& body);
  /// `result` of one call; params as JSON text.
  boost::json::value call(const std::string& method, const std::string& params);
  /// `result`s of one method with each of the params, in order.
  std::vector<boost::json::value> call_all(const std::string& method,
                                           const std::vector<std::string>& params);
  /// The head's number, or nothing where nobody answers.
  std::optional<u64> head();

 private:
  http::http_client client_;
};

u64 number_of(const boost::json::value& quantity);

/// What was sent so far, and what must have come of it.
struct ledger {
  u32 senders = 0;
  u256 initial;                     ///< balance of every account before the first transfer
  std::vector<u64> nonces;          ///< of every sender
  std::vector<transfer> transfers;  ///< in the order in which they were sent

  explicit ledger(u32 count) : senders(count), nonces(count) {}
  void add(std::span<const signed_batch> batches);
};

struct drive_result {
  double seconds = 0;      ///< from the first byte sent until the head's state holds every transfer
  double cpu_seconds = 0;  ///< of the server, meanwhile
};

/// Sends the batches over `connections` connections, each of which waits for an answer before it
/// sends on, or, with a rate, sends on when it is time; then waits until every sender's nonce at
/// `latest` is what the ledger says.
drive_result drive(u16 port, pid_t server, std::span<const signed_batch> batches, u32 connections,
                   ledger& book, double txns_per_second = 0);

/// Whether every sender's nonce at `latest` is what the ledger says.
bool is_confirmed(u16 port, const ledger& book);

/// Every transfer of the ledger has a receipt that says success, no block holds another one, and
/// the accounts hold what transfers and fees left them. Blocks behind `from` are looked at.
void check_ledger(u16 port, u64 from, const ledger& book);

/// The same of a server whose receipts of large blocks take minutes: every transfer is in a block,
/// once, with nothing else, each block used what its transfers need, and the accounts hold what
/// transfers and fees left them, which a transfer that failed would not have.
void check_blocks(u16 port, u64 from, const ledger& book);

/// Round trips of eth_sendRawTransactionSync in ms, one after the other, from an account of its
/// own. Ends after `count`, or when `stop` says so.
std::vector<double> probe_latency(u16 port, u64 chain_id, u32 account, u64& nonce, u32 count,
                                  const std::function<bool()>& stop = {});

}  // namespace ashlar::bench
