#include "runtime/types/pubdata_error.hpp"

namespace ashlar {

const char* to_text(pubdata_error_code code) noexcept {
  switch (code) {
    case pubdata_error_code::truncated:
      return "the pubdata ends inside an item";
    case pubdata_error_code::bad_version:
      return "the pubdata has an unknown version";
    case pubdata_error_code::bad_varint:
      return "a number is not in its shortest form";
    case pubdata_error_code::trailing_bytes:
      return "bytes follow the last section";
    case pubdata_error_code::no_blocks:
      return "the batch has no block";
    case pubdata_error_code::out_of_range:
      return "a number is too large for its field";
    case pubdata_error_code::bad_header:
      return "the last header is not in canonical form";
    case pubdata_error_code::empty_code:
      return "a code has no bytes";
    case pubdata_error_code::codes_unsorted:
      return "codes are out of order";
    case pubdata_error_code::code_unused:
      return "a code is used by no account";
    case pubdata_error_code::bad_code_reference:
      return "an account refers to a missing code";
    case pubdata_error_code::bad_change:
      return "a change has an unknown head";
    case pubdata_error_code::leading_zero:
      return "a magnitude has a leading zero";
    case pubdata_error_code::nothing_changed:
      return "an entry changes nothing";
    case pubdata_error_code::not_shortest:
      return "a change is not in its shortest form";
    case pubdata_error_code::accounts_unsorted:
      return "new accounts are out of order";
    case pubdata_error_code::owners_unsorted:
      return "slot owners are out of order";
    case pubdata_error_code::bad_owner:
      return "a slot owner is not named canonically";
    case pubdata_error_code::empty_owner:
      return "a slot owner has no slots";
    case pubdata_error_code::bad_log:
      return "an L2 to L1 log has an unknown kind";
    case pubdata_error_code::unknown_leaf:
      return "a leaf index is beyond the tree";
    case pubdata_error_code::wrong_leaf_kind:
      return "a leaf is of the other kind";
    case pubdata_error_code::already_exists:
      return "a new entry exists already";
  }
  return "unknown";
}

}  // namespace ashlar
