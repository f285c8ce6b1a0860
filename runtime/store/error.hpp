#pragma once

#include <string>

#include "runtime/base/bytes.hpp"

namespace ashlar::store {

enum class error_code : u8 {
  open_failed,        ///< the folder cannot be used; `detail` is the system's word
  write_failed,       ///< fatal: later writes may be lost in silence, end the process
  read_failed,        ///< the disk gave an error or a block with a bad checksum
  damaged,            ///< a record does not continue the hash chain, or does not decode
  truncated,          ///< `expected` is the least height that was durable, `got` the height found
  watermark_missing,  ///< a log with blocks, but without its watermark file
  wrong_genesis,      ///< the folder belongs to another chain
  wrong_schema,       ///< `expected` and `got` are schema versions
  not_contiguous,     ///< `expected` is the number that is due, `got` the one offered
  wrong_parent,       ///< the block's parent hash is not the head's hash
  stale_epoch,        ///< `expected` is the log's epoch, `got` an older one
  not_found,          ///< no such record; `got` is its number, where it has one
  too_many,           ///< a query would give more than its limit of `expected`
  too_large,          ///< a query's results would be more than `expected` bytes
  timed_out,          ///< a query's time was over
  shutting_down,      ///< the store is being closed
};

/// Why a store could not do what was asked.
struct error {
  error_code code{};
  u64 expected = 0;
  u64 got = 0;
  std::string detail;

  /// Whether the process must end: what is on disk is no longer known.
  bool is_fatal() const noexcept {
    return code == error_code::write_failed || code == error_code::damaged ||
           code == error_code::truncated;
  }
};

const char* to_text(error_code code) noexcept;
/// "truncated: expected 7, got 5: ..." with what to do next.
std::string to_text(const error& e);

}  // namespace ashlar::store
