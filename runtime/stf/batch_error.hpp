#pragma once

#include "runtime/evm/transition.hpp"
#include "runtime/tree/tree_error.hpp"
#include "runtime/types/block.hpp"
#include "runtime/types/chain_config.hpp"
#include "runtime/types/rlp.hpp"

namespace ashlar::stf {

enum class batch_error_code : u8 {
  malformed_witness,  ///< not the encoding; see `rlp`
  unknown_version,    ///< of the witness; `expected`, `got`
  bad_config,         ///< see `config`
  bad_parent,         ///< the parent header does not have the newest of the recent hashes
  bad_tree_witness,   ///< see `tree`
  unsorted,           ///< accounts or codes out of order or repeated
  wrong_preimage,     ///< an account that the tree does not hold, or a surplus one
  missing_preimage,   ///< an account in the tree whose fields the witness does not give
  missing_code,       ///< a code that execution asked for
  no_blocks,          ///< a batch has at least one
  time_reversed,      ///< block `block` is older than its parent
  bad_txn,            ///< transaction `txn` of block `block` does not decode; see `decode`
  wrong_chain_id,     ///< or a legacy transaction without one
  bad_signature,      ///< no sender can be recovered
  wrong_priority_id,  ///< `expected` the next id, `got` the operation's
  rejected,           ///< the transaction may not stand there; see `rejection`
  not_covered,        ///< execution read state that the witness does not prove
  too_many_logs,      ///< more L2 -> L1 logs than the tree has leaves
  too_many_txns,      ///< more than a log can number
  too_much_memory,    ///< its proof would hold more than a proof can; bytes: `expected`, `got`
};

/// Why a batch is not valid, and where.
struct batch_error {
  batch_error_code code{};
  u64 block = 0, txn = 0;  ///< positions in the batch, from 0
  u64 expected = 0, got = 0;
  rlp::error rlp{};
  txn_error decode{};
  evm::rejection rejection{};
  tree::tree_error tree{};
  chain_config_error config{};
};

const char* to_text(batch_error_code code) noexcept;

}  // namespace ashlar::stf
