#pragma once

#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/store/error.hpp"

namespace ashlar::store {

/// Names are durable only with their folder. Creates a folder and those above it; each that is new
/// is on disk, under its name, on return. Errors: open_failed.
status<error> make_folder(const std::string& path);
/// Makes the names in a folder durable. Errors: write_failed.
status<error> sync_folder(const std::string& path);
/// Makes `content` the file's, whole or not at all, and both it and its name durable. It is written
/// to `beside`, a name of the same folder that no other writer uses, and moved. Errors:
/// write_failed.
status<error> replace_file(const std::string& path, const std::string& beside, bytes_view content);

}  // namespace ashlar::store
