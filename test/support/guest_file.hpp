#pragma once

#include <cstdio>

#include "runtime/base/ensure.hpp"
#include "runtime/riscv/elf.hpp"

namespace ashlar::test {

/// A whole file; the build put it there, so that it cannot be read is a programmer error.
inline bytes whole_file(const char* path) {
  std::FILE* const in = std::fopen(path, "rb");
  ensure(in != nullptr);
  bytes out;
  u8 piece[1 << 16];
  for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, in)) != 0;)
    out.insert(out.end(), piece, piece + n);
  std::fclose(in);
  return out;
}

/// One of the project's guest programs.
inline riscv::program guest_program(const char* path) {
  auto p = riscv::load_elf(whole_file(path), riscv::guest_ram_bytes);
  ensure(p.ok());
  return std::move(p).value();
}

}  // namespace ashlar::test
