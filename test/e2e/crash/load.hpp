#pragma once

#include <atomic>
#include <thread>

#include "test/e2e/crash/ledger.hpp"

namespace ashlar::test {

/// Clients of a node that comes and goes. Each has an account of its own, sends one transaction
/// after the other and does not go on before it was told where the last one is; what got no answer
/// is sent again, byte for byte, to the node that comes next. Most clients call
/// eth_sendRawTransactionSync; the last ones send groups with eth_sendRawTransaction and ask for
/// receipts, so that blocks fill.
class load {
 public:
  struct client_numbers {
    unsigned single = 3, grouped = 1;
    unsigned total() const noexcept { return single + grouped; }
  };
  /// The account of client number `n`.
  static address account(unsigned n);
  static std::vector<address> accounts(const client_numbers& numbers);

  load(const rig& r, ledger& told, const client_numbers& numbers);
  ~load();
  /// Ends when each client was told of its last transaction; throws what went wrong in one.
  void finish();
  /// Throws what went wrong in a client, if anything did.
  void check() const;

  struct counters {
    std::atomic<u64> sent{0};     ///< requests, sent again or not
    std::atomic<u64> broken{0};   ///< without an answer
    std::atomic<u64> refused{0};  ///< for now
    std::atomic<u64> known{0};    ///< sent again and refused, but in a block
  };
  const counters& totals() const noexcept { return totals_; }

 private:
  /// To the node of the moment.
  struct connection {
    std::string endpoint;
    std::optional<rpc_session> rpc;
  };
  void run(unsigned number, bool grouped);
  bool connect(connection& to) const;
  void send_one(unsigned number, u64 nonce, connection& to);
  void send_group(unsigned number, u64 first, u64 end, connection& to);
  bool ask_receipt(rpc_session& rpc, const hash256& txn, unsigned number, u64 nonce);
  bytes sign(unsigned number, u64 nonce, hash256& hash) const;
  void fail(const std::string& why);

  const rig& rig_;
  ledger& told_;
  std::vector<std::unique_ptr<l1::signer>> signers_;
  std::atomic<bool> ending_{false}, aborting_{false};
  counters totals_;
  mutable std::mutex mutex_;
  std::string failure_;
  std::vector<std::thread> threads_;
};

}  // namespace ashlar::test
