#pragma once

#include "runtime/types/block.hpp"
#include "runtime/types/pubdata_bytes.hpp"

namespace ashlar {

/// A block header without its timestamp, in as few bytes as its constants allow: fields that hold
/// what every Ashlar header holds (no ommers, no state root, ...) take a bit each.
///
/// u16 flags, big-endian: bits 0 to 12 say which fields differ from their default, bits 13 to 15
/// count the fields that forks appended. Then those fields; number, gas limit and gas used as
/// varints; extra data, base fee, blob gas. A bloom is a bitmap of its non-zero bytes, and these.
/// Precondition: as encode_header; extra data of at most 32 bytes.
void put_compact_header(bytes& to, const block_header& h);
/// The inverse, refusing any other form; the timestamp is left zero.
result<block_header, pubdata_error> next_compact_header(pubdata_reader& in);

}  // namespace ashlar
