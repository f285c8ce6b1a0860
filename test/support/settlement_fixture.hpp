#pragma once

#include "net/l1/client.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/store/batch_store.hpp"
#include "test/support/memory_disk.hpp"
#include "test/support/simulated_l1.hpp"

namespace ashlar::test {

/// Time that moves only when the test moves it.
class manual_clock final : public clock {
 public:
  duration steady() const noexcept override { return now_; }
  unix_seconds wall() const noexcept override {
    return unix_seconds{1'700'000'000 + static_cast<u64>(now_ / std::chrono::seconds(1))};
  }
  void advance(duration by) { now_ += by; }

 private:
  duration now_ = std::chrono::hours(1);
};

inline address contract_address() {
  address a;
  a.data_.fill(0xc0);
  return a;
}

/// What stands for the chain's configuration on L1.
inline bytes fixture_config() {
  return bytes(96, 0x22);
}

inline hash256 filled(u8 byte) {
  hash256 h;
  h.data_.fill(byte);
  return h;
}

inline std::unique_ptr<l1::signer> operator_signer() {
  hash256 secret;
  secret[31] = 7;
  return l1::make_signer(secret);
}

/// Batch `n` of a chain whose states are numbers; `salt` makes another batch of the same number.
inline store::sealed_batch batch_of(u64 n, u8 salt = 0) {
  store::sealed_batch b;
  b.number = batch_number{n};
  b.first_block = block_number{3 * n - 2};
  b.last_block = block_number{3 * n};
  b.txn_count = 5;
  b.sealed_at = unix_seconds{1'700'000'000 + n};
  b.pubdata = bytes{1, 0, static_cast<u8>(n), salt};
  public_input& in = b.input;
  in.protocol_version = 1;
  in.chain_id = 270;
  in.l1_chain_id = 31'337;
  in.chain_contract = contract_address();
  in.number = b.number;
  in.state_before = n == 1 ? hash256{} : filled(static_cast<u8>(n - 1));
  in.state_after = filled(static_cast<u8>(n));
  in.state_after[0] = salt;
  in.first_block = b.first_block;
  in.last_block = b.last_block;
  in.first_timestamp = in.last_timestamp = b.sealed_at;
  in.pubdata_commitment = pubdata_commitment(pubdata_mode::calldata, b.pubdata);
  in.l2_to_l1_log_root = filled(0x11);
  in.config_hash = crypto::keccak256(fixture_config());
  if (n > 1) in.state_before[0] = 0;
  return b;
}

}  // namespace ashlar::test
