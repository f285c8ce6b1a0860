#pragma once

#include <optional>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/evm/halt_reason.hpp"
#include "runtime/evm/state.hpp"
#include "runtime/evm/tracer.hpp"
#include "runtime/types/receipt.hpp"
#include "runtime/types/revision.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar::evm {

/// BLOCKHASH's source. Asked only for the 256 blocks before the current one.
class block_hashes {
 public:
  virtual ~block_hashes() = default;
  /// Zero where the hash is not known.
  virtual hash256 hash_of(u64 number) = 0;
};

/// What a transaction sees of its block.
struct block_env {
  u64 number = 0;
  u64 timestamp = 0;  ///< seconds
  u64 gas_limit = 0;
  address beneficiary;
  u256 base_fee;  ///< wei per gas
  hash256 prev_randao;
  u64 chain_id = 1;
  u256 blob_base_fee = 1;  ///< EIP-7516; wei per blob gas
  revision rev = latest_revision;
  u64 pubdata_gas_per_byte = 0;   ///< 0: pubdata is not charged
  u64 pubdata_txn_bytes_max = 0;  ///< what publishes more fails; 0: no bound, as on Ethereum
  u64 proving_cycles_per_gas =
      0;  ///< see proving_price.hpp; 0: precompiles cost what Ethereum asks
  /// What a transaction may make a proof hold; without bounds as on Ethereum.
  txn_memory_max memory;
  block_hashes* hashes = nullptr;
  /// Who is paid the base fee; none: it is burnt, as on Ethereum.
  std::optional<address> base_fee_recipient;
  /// EIP-4844: blobs per transaction; 0 refuses type 3, as Ashlar's chains do.
  u32 blobs_per_txn_max = 0;
};

enum class rejection : u8 {
  nonce_too_low,
  nonce_too_high,
  nonce_max,  ///< EIP-2681
  insufficient_funds,
  fee_cap_below_base_fee,
  tip_above_fee_cap,
  intrinsic_gas,   ///< gas limit below the intrinsic gas
  floor_gas,       ///< gas limit below EIP-7623's calldata floor
  gas_cap,         ///< EIP-7825: 2^24
  block_gas,       ///< gas limit above what the block has
  initcode_size,   ///< EIP-3860
  sender_not_eoa,  ///< EIP-3607
  type_unsupported,
  wrong_chain_id,
  missing_to,            ///< EIP-7702 and EIP-4844 cannot create
  empty_authorizations,  ///< EIP-7702
  no_blobs,
  too_many_blobs,
  bad_blob_version,
  blob_fee_cap,   ///< max fee per blob gas below the blob base fee
  pubdata_limit,  ///< its authorizations alone could publish more than one transaction may
  block_pubdata,  ///< the block is full of pubdata, whatever this one publishes
  block_memory,   ///< the block's proof holds as much as it may, whatever this one adds
  oversize,       ///< the envelope, or what it lists, is longer than one may be
};

const char* to_text(rejection reason) noexcept;

/// Why a transaction may not be in this block. The state is as it was.
struct txn_rejection {
  rejection reason{};
  u256 have, want;  ///< in the unit of `reason`; zero where it has none
  friend bool operator==(const txn_rejection&, const txn_rejection&) = default;
};

struct txn_outcome {
  bool success = false;
  u64 gas_used = 0;
  u256 effective_gas_price;  ///< wei per gas
  std::vector<log_entry> logs;
  std::optional<address> created;
  halt_reason reason = halt_reason::success;
  u64 pubdata_bytes = 0;
};

/// Validates and executes one transaction on the overlay. `sender` is who signed it (for type
/// 0x7f, who asked for it on L1, aliased where the protocol says so; such a transaction is
/// never rejected for what the state holds). A rejection leaves the state unchanged.
result<txn_outcome, txn_rejection> execute_txn(state& over, const block_env& env, const txn& t,
                                               const address& sender, tracer* observer = nullptr);

/// Gas a transaction pays before its first instruction, and the least it pays in all (EIP-7623;
/// zero before Prague).
struct intrinsic_cost {
  u64 gas = 0;
  u64 floor = 0;
};
intrinsic_cost intrinsic_gas(const txn& t, revision rev) noexcept;

/// The checks of `execute_txn` alone; changes nothing. What the transaction pays before it runs.
result<intrinsic_cost, txn_rejection> validate_txn(state& over, const block_env& env, const txn& t,
                                                   const address& sender);

/// A message for eth_call, eth_estimateGas and tracing: no signature, no nonce.
struct call_request {
  address from;
  std::optional<address> to;  ///< none: contract creation
  u64 gas_limit = 0;
  u256 gas_price;
  u256 value;
  bytes input;
  std::vector<access_list_entry> access_list;
  std::vector<authorization> authorizations;
  std::vector<hash256> blob_hashes;
  bool check_funds = false;     ///< value and gas must be covered by the balance of `from`
  bool check_base_fee = false;  ///< gas_price must cover the base fee
};

struct call_outcome {
  bool success = false;
  halt_reason reason = halt_reason::success;
  std::optional<txn_rejection> rejected;  ///< set: nothing was executed
  u64 gas_used = 0;                       ///< after refunds and with the pubdata charge
  u64 gas_spent_max = 0;                  ///< before refunds: what a gas limit must at least cover
  bytes output;
  std::optional<address> created;
  std::vector<log_entry> logs;
  u64 pubdata_bytes = 0;
};

/// Executes as a transaction would, pubdata charge included, and undoes every effect.
call_outcome execute_call(state& over, const block_env& env, const call_request& request,
                          tracer* observer = nullptr);

}  // namespace ashlar::evm
