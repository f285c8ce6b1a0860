#pragma once

#include <string>

#include "runtime/tree/memory_tree.hpp"
#include "test/conformance/state/state_fixture.hpp"
#include "test/support/guest_runs.hpp"

namespace ashlar::conformance {

/// A test's pre-state as a chain of ours can have it, in maps and as a tree: accounts that are
/// empty (EIP-161) are not there.
struct planted_state {
  /// Answers EIP-7610's question as every store and witness does.
  struct reader final : test::map_reader {
    bool has_storage(const address&) override { return false; }
  };
  explicit planted_state(const test::map_reader& pre);

  reader state;
  tree::memory_tree tree;
  tree::summary summary;
};

enum class stf_verdict : u8 {
  published,    ///< stf agrees with the published post-state and logs, but for the base fee's payee
  environment,  ///< stf agrees with the EVM run directly in the block that our chain has
  refused,      ///< not valid by the vectors, and refused by stf for the same reason as directly
  unsupported,  ///< valid on Ethereum, but `why` names a class that no chain of ours takes
  failed,       ///< see `why`
};

/// The classes of `unsupported`, which stf and the guest refuse. skipped.txt has the reason of
/// each.
namespace unsupported_class {
inline constexpr const char* blob = "refused:type-3";
/// An envelope over txn_envelope_bytes_max, or keys listed over txn_memory_bounds.keys; the EVM
/// without these bounds comes to what was published.
inline constexpr const char* envelope = "refused:envelope";
inline constexpr const char* listed_keys = "refused:listed-keys";
}  // namespace unsupported_class

struct stf_outcome {
  stf_verdict verdict = stf_verdict::failed;
  std::string why;
};

/// Runs one sub-test as a batch of one block through `stf::apply_batch`, from an encoded witness
/// alone, which the batch role's own code made. It must come to the very state commitment that the
/// EVM run directly comes to: tree root (every account and slot) and header hash (gas, receipts
/// root, bloom).
///
/// The chain is configured to what the vector names. What no configuration gives is the block of
/// our chains: PREVRANDAO is zero, the parent's hash is that of a true header, base fees are paid
/// to the vault, gas limits (the transaction's, too) are at most 2^40, and no transaction publishes
/// more than pubdata_txn_bytes_highest.
/// `guest` is asked about the same witness under `name`.
stf_outcome run_through_stf(const planted_state& pre, const state_case& c, evm::workspace& space,
                            const std::string& name, test::guest_runs& guest);

}  // namespace ashlar::conformance
