#pragma once

#include <functional>
#include <string>

#include "actors/node/demo/demo.hpp"
#include "actors/node/dev_stack.hpp"

namespace ashlar::node {

/// How the scenario of `ashlar demo --escape` loses its operator, and what its users then do: one
/// of them starts `ashlar escape`, everything below `folder`. The stack outlives what is given.
demo_surroundings::without_operator without_operator(
    dev_stack& d, const std::string& folder, const std::function<void(const std::string&)>& say);

}  // namespace ashlar::node
