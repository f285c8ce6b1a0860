#pragma once

#include <condition_variable>
#include <mutex>
#include <random>
#include <unordered_map>
#include <vector>

#include "test/e2e/crash/rig.hpp"
#include "test/e2e/crash/rpc_session.hpp"

namespace ashlar::test {

/// Where a transaction is, as a client was told.
struct confirmed_txn {
  hash256 txn;
  u64 sender = 0;  ///< number of the client
  u64 nonce = 0;
  u64 block = 0, index = 0;
  hash256 block_hash;
};
/// From a receipt.
confirmed_txn read_place(const boost::json::object& receipt);

/// What clients were told of their transactions. Thread-safe.
class ledger {
 public:
  void note(const confirmed_txn& c);
  std::size_t size() const;
  std::vector<confirmed_txn> since(std::size_t first) const;
  /// False where there are not so many in time.
  bool await_size(std::size_t wanted, std::chrono::milliseconds patience) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::vector<confirmed_txn> all_;
};

/// Reads every block of the chain once, and holds what clients were told against them. A block
/// that was read must stay: the next look begins by asking for the last one again, and the others
/// hang on it by their parent hashes. Violations are thrown.
class chain_audit {
 public:
  /// Reads what is new, checks what the ledger has had since the last call, and asks for receipts
  /// of some old and some new ones.
  void look(const rig& r, const ledger& told, std::mt19937_64& random);
  /// Every sender's transactions follow each other without a gap, from 0 to the account's nonce.
  void check_nonces(const rig& r, const ledger& told, const std::vector<address>& senders) const;
  /// Throws where it is in no block.
  u64 block_of(const hash256& txn) const;

  u64 head() const noexcept { return hashes_.size() - 1; }
  std::size_t txns() const noexcept { return places_.size(); }

 private:
  struct place {
    u64 block = 0, index = 0;
  };
  void read_blocks(rpc_session& rpc);
  void add_block(const boost::json::object& block);
  void check_place(const confirmed_txn& c) const;
  void check_receipts(rpc_session& rpc, const std::vector<confirmed_txn>& some) const;

  std::vector<hash256> hashes_;  // by block number
  std::unordered_map<hash256, place> places_;
  std::size_t checked_ = 0;  // of the ledger
};

}  // namespace ashlar::test
