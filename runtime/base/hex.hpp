#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/bytes.hpp"

namespace ashlar {

/// Lower-case hex, with "0x" in front.
std::string to_hex(bytes_view data);

/// Two digits a byte; "0x" optional; empty on any other character or odd length.
std::optional<bytes> from_hex(std::string_view text);

/// Exactly N bytes, or nothing.
template <std::size_t N>
std::optional<fixed_bytes<N>> fixed_from_hex(std::string_view text) {
  auto raw = from_hex(text);
  if (!raw || raw->size() != N) return std::nullopt;
  return fixed_bytes<N>::copy_of(raw->data());
}

}  // namespace ashlar
