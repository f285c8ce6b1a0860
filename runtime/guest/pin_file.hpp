#pragma once

#include <cstdio>
#include <optional>
#include <string>

// Files of the tools that pin commitments: host only, and without what the runtime has for stores.

namespace ashlar::guest {

/// The file's bytes; nothing where it cannot be read.
inline std::optional<std::string> read_whole(const char* path) {
  std::FILE* const in = std::fopen(path, "rb");
  if (in == nullptr) return std::nullopt;
  std::string file;
  char piece[4096];
  for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, in)) != 0;) file.append(piece, n);
  std::fclose(in);
  return file;
}

/// Writes a pin. The exit code of a tool: 0, or 1 with a word on standard error.
inline int write_pin(const char* path, const std::string& text) {
  std::FILE* const out = std::fopen(path, "wb");
  const bool written = out != nullptr && std::fputs(text.c_str(), out) >= 0;
  if (out == nullptr || std::fclose(out) != 0 || !written) {
    std::fprintf(stderr, "%s: cannot be written\n", path);
    return 1;
  }
  return 0;
}

}  // namespace ashlar::guest
