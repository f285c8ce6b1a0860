#pragma once

#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::node {

/// The first line of a file that only its owner can read.
result<std::string, std::string> read_passphrase(const std::string& path);
/// A secp256k1 secret from a sealed key file. The process leaves no core dumps from then on, and
/// other processes of its user cannot read its memory.
result<hash256, std::string> open_secp256k1_key(const std::string& path,
                                                const std::string& passphrase);

}  // namespace ashlar::node
