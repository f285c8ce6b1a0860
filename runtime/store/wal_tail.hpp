#pragma once

#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/store/error.hpp"

namespace ashlar::store {

/// What a power cut leaves of LevelDB's write-ahead logs, and which part of it to keep.
///
/// A process that dies leaves a log whose end may be cut short; LevelDB takes that for its end. The
/// machine's death leaves pages of which some reached the disk: zeros or old bytes before later
/// pages that are right. LevelDB refuses such a log where a checksum fails, and skips a hole of
/// zeros in silence, with what it held.
enum class wal_rule : u8 {
  /// Every write was synchronous: only the very last record can be torn, and nobody was told that
  /// it is there. A record that is not whole before others that are is damage. Zeros up to a log's
  /// end are space that was reserved.
  last_record,
  /// Writes were not: whatever is behind the first record that is not whole goes, so that what
  /// stays is all that was written up to some moment: also where a log lacks its last records, or
  /// all of them, and a later log has some, which the numbers of writes tell.
  whole_prefix,
};

/// Cuts the logs in a database's folder accordingly; the bytes that went. The database must not be
/// open. A folder that does not exist has nothing to cut. Errors: damaged, read_failed,
/// write_failed. Cost: reads the logs, about 1 GB/s.
result<u64, error> cut_torn_wal(const std::string& folder, wal_rule rule);

}  // namespace ashlar::store
