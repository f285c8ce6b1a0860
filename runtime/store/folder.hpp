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
/// write_failed; then `path` is as it was, and `beside` is gone.
status<error> replace_file(const std::string& path, const std::string& beside, bytes_view content);
/// All of a file. Errors: not_found, read_failed; too_many where it is over `bytes_max`.
result<bytes, error> read_file(const std::string& path, u64 bytes_max = ~u64{0});
/// Removes the files `*.part`, which writers that were killed had begun. Only while nobody writes
/// there. Errors: open_failed.
status<error> remove_parts(const std::string& folder);

}  // namespace ashlar::store
