#pragma once

#include <optional>
#include <string>

namespace ashlar::bench {

/// What a peer prints, called with these arguments: a program that the environment variable names,
/// built outside this repository. Nothing where the variable is not set. A peer that fails ends
/// this program: a figure may be missing, not wrong.
std::optional<std::string> ask_peer(const std::string& variable, const std::string& arguments);

}  // namespace ashlar::bench
