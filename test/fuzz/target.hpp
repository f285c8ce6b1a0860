#pragma once

#include <string_view>
#include <vector>

#include "runtime/base/bytes.hpp"

/// What every fuzz target defines, once per program.
namespace ashlar::fuzz {

/// Valid inputs, made by the encoders themselves: where mutation starts.
std::vector<bytes> seeds();

/// Takes any bytes. A property that does not hold ends the process (`ensure`).
void check(bytes_view input);

inline bytes bytes_of(std::string_view text) {
  return bytes(text.begin(), text.end());
}

}  // namespace ashlar::fuzz
