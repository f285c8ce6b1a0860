#pragma once

#include <string>

#include "runtime/base/result.hpp"
#include "runtime/store/error.hpp"

namespace ashlar::store {

/// Names are durable only with their folder. Creates a folder and those above it; each that is new
/// is on disk, under its name, on return. Errors: open_failed.
status<error> make_folder(const std::string& path);
/// Makes the names in a folder durable. Errors: write_failed.
status<error> sync_folder(const std::string& path);

}  // namespace ashlar::store
