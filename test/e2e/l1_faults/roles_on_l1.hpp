#pragma once

#include "actors/l1_listener/chain_follower.hpp"
#include "actors/publisher/settlement_engine.hpp"
#include "test/e2e/l1_faults/real_l1.hpp"

// The roles' configuration on a real L1, and batches that its chain takes.

namespace ashlar::test {

inline publisher::publisher_config publishing_on(const real_l1& l1) {
  publisher::publisher_config c;
  c.contract = l1.chain();
  c.l1_chain_id = 31'337;
  c.confirmations = 3;
  return c;
}

inline l1_listener::listener_config listening_on(const real_l1& l1) {
  l1_listener::listener_config c;
  c.contract = l1.chain();
  c.l1_chain_id = 31'337;
  c.start_block = l1.created_at();
  c.confirmations = 2;
  c.finality_depth = 40;
  return c;
}

/// Batch `n` of the chain, of protocol version 1, its blocks at `timestamp`.
inline store::sealed_batch batch_on(const real_l1& l1, u64 n, u64 timestamp) {
  store::sealed_batch b = batch_of(n);
  b.input.chain_contract = l1.chain();
  b.input.first_timestamp = b.input.last_timestamp = unix_seconds{timestamp};
  if (n == 1) b.input.state_before = filled(0x99);
  return b;
}

}  // namespace ashlar::test
