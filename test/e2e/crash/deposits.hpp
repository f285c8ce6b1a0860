#pragma once

#include "test/e2e/crash/ledger.hpp"

namespace ashlar::test {

/// Deposits of ether from L1 while the node comes and goes.
class deposits {
 public:
  explicit deposits(const rig& r);
  /// Asks the hub for one more; does not wait.
  void request();
  /// Until L2 has all of them.
  void await_all();
  /// Each is in a block, once, in the order of the queue, and its receiver has the ether.
  void check(const chain_audit& audit);

 private:
  address receiver(u64 n) const;
  u64 asked_ = 0;
  const rig& rig_;
  std::unique_ptr<l1::client> l1_;
  std::unique_ptr<l1::signer> from_;
  std::vector<hash256> operations_;  // in the order of the queue
};

}  // namespace ashlar::test
