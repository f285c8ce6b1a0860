#pragma once

#include <string>

#include "runtime/base/bytes.hpp"

namespace ashlar::publisher {

/// What a revert of the chain's contract says, for people: "PriorityOverdue(3, 1700000000): …".
/// Knows the contract's own errors, Error(string) and Panic(uint256); anything else is given as
/// hex.
std::string revert_cause(bytes_view revert_data);

}  // namespace ashlar::publisher
