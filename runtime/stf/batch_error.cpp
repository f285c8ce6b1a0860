#include "runtime/stf/batch_error.hpp"

namespace ashlar::stf {

const char* to_text(batch_error_code code) noexcept {
  switch (code) {
    case batch_error_code::malformed_witness:
      return "the witness is malformed";
    case batch_error_code::unknown_version:
      return "the witness has an unknown version";
    case batch_error_code::bad_config:
      return "the chain configuration is not valid";
    case batch_error_code::bad_parent:
      return "the parent header is not the one that is committed to";
    case batch_error_code::bad_tree_witness:
      return "the tree witness does not hold";
    case batch_error_code::unsorted:
      return "accounts or codes are out of order";
    case batch_error_code::wrong_preimage:
      return "an account is not what the tree holds";
    case batch_error_code::missing_preimage:
      return "an account's fields are missing";
    case batch_error_code::missing_code:
      return "a code is missing";
    case batch_error_code::no_blocks:
      return "the batch has no blocks";
    case batch_error_code::time_reversed:
      return "a block is older than its parent";
    case batch_error_code::bad_txn:
      return "a transaction does not decode";
    case batch_error_code::wrong_chain_id:
      return "a transaction is for another chain";
    case batch_error_code::bad_signature:
      return "a transaction has no recoverable sender";
    case batch_error_code::wrong_priority_id:
      return "a priority operation is out of order";
    case batch_error_code::rejected:
      return "a transaction may not stand in its block";
    case batch_error_code::not_covered:
      return "execution read what the witness does not prove";
    case batch_error_code::too_many_logs:
      return "the batch has too many L2 to L1 logs";
    case batch_error_code::too_many_txns:
      return "the batch has too many transactions";
    case batch_error_code::too_much_memory:
      return "the batch takes more memory than a proof can hold";
  }
  return "unknown";
}

}  // namespace ashlar::stf
