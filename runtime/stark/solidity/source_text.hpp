#pragma once

#include <map>
#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/stark/field/gl3.hpp"

// Pieces of Solidity text.
namespace ashlar::stark {

using text_values = std::map<std::string, std::string, std::less<>>;

/// `text` with every $NAME$ replaced by its value. Programmer error: a name without a value.
std::string filled(std::string_view text, const text_values& values);

std::string hex_literal(const hash256& value);
std::string hex_literal(u64 value);
/// A word whose lanes of 85 bits hold the three limbs (yul_field.hpp).
std::string packed_literal(const gl3& value);
/// `value` in every lane.
std::string lanes_literal(u64 times, u64 value);
std::string number(u64 value);

}  // namespace ashlar::stark
