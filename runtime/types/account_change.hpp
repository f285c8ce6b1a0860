#pragma once

#include "runtime/types/pubdata.hpp"
#include "runtime/types/pubdata_bytes.hpp"

namespace ashlar {

/// A byte from 0x80 on, then what its bits announce:
///   bit 6      a code reference follows last, a varint
///   bits 4, 5  nonce: 0 as before, 1 and 2 added, 3 a varint of what is added less 3
///   bits 0..3  balance: 0 as before; 1..7 add, 8..14 subtract a magnitude of 4..10 bytes;
///              15 a change head of its own
/// Precondition: something changes.
void put_account_change(bytes& to, const account_change& change);
/// The inverse, behind its head byte. `codes` is the number of codes that may be referred to.
result<account_change, pubdata_error> next_account_change(pubdata_reader& in, u8 head, u64 codes);

}  // namespace ashlar
