#pragma once

// What is precompiled for the guest's files (CMakeLists.txt); each still includes what it uses.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/u256.hpp"
