#pragma once

#include <string>

#include <caf/error.hpp>

#include "runtime/base/bytes.hpp"

namespace ashlar::api {

/// Errors that one role answers to another. The wire carries the number: append only.
enum class errc : u8 {
  none = 0,
  not_found,          ///< no such transaction, batch, job or child
  not_ready,          ///< the role is starting or recovering; ask again
  busy,               ///< more requests than the role's limit are waiting
  shutting_down,      ///< the role is ending
  priority_gap,       ///< operations do not continue the queue; context says which id is due
  nothing_to_seal,    ///< no block behind the last batch
  no_job,             ///< no proof job is waiting
  stale_epoch,        ///< the lease was given to another worker
  storage_failed,     ///< a write was refused: the process must end
  l1_unavailable,     ///< no L1 endpoint gives a usable answer
  invalid_argument,   ///< the request makes no sense; context says why
  not_supported,      ///< the function does not exist yet, or is switched off
  restart_intensity,  ///< a supervisor gave up: its children failed too often
  start_failed,       ///< a child could not be started
  failed,             ///< a part failed for a reason given in the context
};

/// The code's name, as in the enum.
const char* to_text(errc code) noexcept;

/// Makes `errc` convertible to `caf::error` (found by argument-dependent lookup).
caf::error make_error(errc code);
/// The same with a sentence that says what, where, and what to do.
caf::error make_error(errc code, std::string context);

/// `none` where the error is of another category.
errc to_errc(const caf::error& error) noexcept;
/// "not_found: no batch 7", or CAF's own rendering for errors of its categories.
std::string to_text(const caf::error& error);

}  // namespace ashlar::api
