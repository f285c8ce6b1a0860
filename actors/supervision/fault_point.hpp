#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace ashlar::supervision {

/// What a planted fault throws.
struct injected_fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A place half-way through a handler, where a bug would leave a role's work half done: state
/// changed and promises open, or an intent written and nothing sent. Throws injected_fault once
/// where a test armed the point; else costs the reading of one flag.
void fault_point(std::string_view point);

/// For tests: the next to pass the point throws. Process-wide; nothing in a node calls it. Points
/// are named role.step.
void arm_fault(const std::string& point, const std::string& why);
/// True while it is armed and nobody passed.
bool is_armed(const std::string& point);

}  // namespace ashlar::supervision
