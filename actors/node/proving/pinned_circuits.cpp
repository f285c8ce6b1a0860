#include "actors/node/proving/pinned_circuits.hpp"

namespace ashlar::node {

/// The pin's file, which the build puts into a source of its own (pinned_text.cpp.in).
extern const std::string_view pinned_circuits_text;

const result<stark::circuit_pin, std::string>& pinned_circuits() {
  static const auto pinned = stark::decode_pin(pinned_circuits_text);
  return pinned;
}

}  // namespace ashlar::node
