#pragma once

#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::node {

/// All of a file. The error names it.
result<bytes, std::string> read_whole(const std::string& path);

/// Whether a file could be written there now, found by making one beside it: for who works for
/// minutes before there is something to write. The error names the file and the cause.
status<std::string> check_writable(const std::string& path);

/// Replaces a file: whole or not at all, and on disk. The error names the file and the cause.
status<std::string> write_whole(const std::string& path, bytes_view content);
inline status<std::string> write_whole(const std::string& path, const std::string& text) {
  return write_whole(path, bytes_view(reinterpret_cast<const u8*>(text.data()), text.size()));
}

}  // namespace ashlar::node
