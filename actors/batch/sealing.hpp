#pragma once

#include <optional>

#include "runtime/base/result.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/types/memory_limits.hpp"
#include "runtime/types/pubdata_limits.hpp"

namespace ashlar::batch {

/// When a batch is closed. Whichever limit comes first.
struct sealing_config {
  u64 age_ms_max = 60'000;  ///< since its first block was made
  u64 blocks_max = 4'096;
  u64 txns_max = 5'000;  ///< at most 65,535: logs number transactions in 16 bits
  u64 l2_gas_max = 2'000'000'000;
  u64 pubdata_bytes_max = 120'000;  ///< upper estimate; L1 pools take 128 KiB a transaction
  u64 messages_max = 8'192;         ///< L2 to L1 logs; the tree has 16,384 leaves
  /// Proving cycles by evm/cycle_meter.hpp, of which a segment has a million. A proof takes some 9
  /// MB for each, and its size has a limit too (prover_config::proof_bytes_max).
  u64 proving_cycles_max = 200'000'000;
  /// How long before the deadline of the oldest priority operation that it holds a batch is
  /// closed, so that its commit is mined in time.
  u64 deadline_margin_s = 1'800;
};

enum class sealing_error : u8 { out_of_range };
struct sealing_config_error {
  sealing_error code{};
  const char* key = "";
};
status<sealing_config_error> validate(const sealing_config& c) noexcept;

/// What an open batch holds.
struct batch_totals {
  u64 blocks = 0;
  u64 txns = 0;
  u64 l2_gas = 0;
  u64 pubdata_bytes = 0;
  u64 messages = 0;
  memory_use memory;   ///< of a proof
  u64 leaf_count = 0;  ///< of the tree at the batch's start
  /// Of executing its transactions, see evm/cycle_meter.hpp.
  u64 metered_cycles = 0;
  /// Deadline of the oldest priority operation in it.
  std::optional<unix_seconds> priority_deadline;

  batch_totals operator+(const batch_totals& more) const noexcept;
};

/// Upper bound of the proving cycles of these totals, by the weights of evm/cycle_meter.hpp.
u64 proving_cycles(const batch_totals& t) noexcept;

enum class seal_reason : u8 {
  age,
  blocks,
  txns,
  l2_gas,
  pubdata,
  messages,
  proving_cycles,
  memory,
  priority_deadline,
  overdue,  ///< the next block begins a batch of operations that L1 demands
  asked
};
const char* to_text(seal_reason reason) noexcept;

/// Whether a batch with these totals is to be closed now. `age_ms` since its first block.
std::optional<seal_reason> must_seal(const sealing_config& c, const batch_totals& t, u64 age_ms,
                                     unix_seconds now) noexcept;

/// Whether the next block still fits into a batch that holds `t`: a hard check made before the
/// block is added. A block alone always fits.
std::optional<seal_reason> must_seal_before(const sealing_config& c, const batch_totals& t,
                                            const batch_totals& next) noexcept;

}  // namespace ashlar::batch
