#pragma once

#include <optional>

#include "runtime/evm/account.hpp"

namespace ashlar::evm {

/// The state under an overlay: a database, a witness, or a test's map. Answers must not change
/// while a `state` stands on the reader.
class state_reader {
 public:
  virtual ~state_reader() = default;
  /// None where the account does not exist.
  virtual std::optional<account> get_account(const address& who) = 0;
  /// Zero where the slot was never written.
  virtual u256 get_storage(const address& who, const u256& slot) = 0;
  /// The code with this hash; the view lives as long as the reader. Asked only for hashes that
  /// an account of this reader carries, never for `empty_code_hash`. A reader over a witness may
  /// lack it: it answers empty, remembers, and its user throws the execution away.
  virtual bytes_view get_code(const hash256& code_hash) = 0;
  /// EIP-7610: whether an account without code and nonce still has storage. A chain that has
  /// followed EIP-161 from its first block has none, which is the default.
  virtual bool has_storage(const address&) { return false; }
};

}  // namespace ashlar::evm
