#pragma once

#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::node {

/// The ELF file at this path; of an empty one, the guest program of this build.
result<bytes, std::string> read_guest(const std::string& given);

/// Names the program that chains of this build prove: configs/chain/ashlar-stf.commitment.
hash256 pinned_program();

/// Empty where the ELF file is that program; otherwise a sentence with both names.
std::string why_not_pinned(bytes_view guest);

/// read_guest, refused where it is another program than the pinned one: what a node or a worker
/// proves is what its chain was launched with.
result<bytes, std::string> read_pinned(const std::string& given);

}  // namespace ashlar::node
