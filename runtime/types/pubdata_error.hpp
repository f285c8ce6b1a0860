#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar {

enum class pubdata_error_code : u8 {
  // What the bytes alone show.
  truncated,           ///< the input ends inside an item
  bad_version,         ///< the first byte is not pubdata_version
  bad_varint,          ///< not the shortest LEB128, or over 64 bits
  trailing_bytes,      ///< bytes behind the last section
  no_blocks,           ///< a batch has at least one block
  out_of_range,        ///< a number over its field: time, index, slot, transaction number
  bad_header,          ///< the last block's header is not in its canonical form
  empty_code,          ///< a code without bytes
  codes_unsorted,      ///< codes are not in strictly ascending order of their hash
  code_unused,         ///< a code that no account refers to
  bad_code_reference,  ///< a code that is not there
  bad_change,          ///< a head byte that means nothing, or the other kind of leaf
  leading_zero,        ///< a magnitude with a leading zero
  nothing_changed,     ///< an entry that changes nothing
  not_shortest,        ///< a change for which the canonical form is another
  accounts_unsorted,   ///< new accounts are not in strictly ascending order of address
  owners_unsorted,     ///< slot owners are not in canonical order
  bad_owner,           ///< an owner that is not there, or that has a shorter name
  empty_owner,         ///< an owner without slots
  bad_log,             ///< a log of unknown kind
  // What only shows against the state.
  unknown_leaf,     ///< no leaf has this index
  wrong_leaf_kind,  ///< an account where a slot was due, or the other way
  already_exists,   ///< a new account or slot that the state holds
};

struct pubdata_error {
  pubdata_error_code code{};
  u64 at = 0;  ///< offset in the bytes; against the state: leaf index, or position in its list
  friend bool operator==(const pubdata_error&, const pubdata_error&) = default;
};

const char* to_text(pubdata_error_code code) noexcept;

}  // namespace ashlar
