#pragma once

#include <string>

#include "runtime/base/strong.hpp"

namespace ashlar::rpc {

/// "2026-11-22T20:15:00Z" (ISO 8601, UTC), as the ZK Stack's details write times.
std::string to_iso(unix_seconds t);

}  // namespace ashlar::rpc
