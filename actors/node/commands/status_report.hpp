#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace ashlar::node {

/// What `ashlar status` prints for people, of the answers to ashlar_health and ashlar_pipeline: a
/// line for each role, then where blocks and batches are, then what each step waits for, and
/// what the layers of the last proof for L1 took; then, of
/// the answer to ashlar_proverFleet, a line for each worker and each batch whose proof failed;
/// "null" where the node does not prove. Lines end in a line feed. The error is that the answers
/// are not a node's of this kind.
result<std::string, std::string> status_report(std::string_view health, std::string_view pipeline,
                                               std::string_view fleet = "null");

}  // namespace ashlar::node
