#include <cstdio>

#include "runtime/base/hex.hpp"
#include "runtime/riscv/commitment.hpp"
#include "runtime/riscv/elf.hpp"

// ashlar_guest_commitment FILE: the commitment of a guest program, for the build's log.

int main(int count, char** arguments) {
  using namespace ashlar;
  if (count != 2) {
    std::fputs("usage: ashlar_guest_commitment FILE\n", stderr);
    return 2;
  }
  std::FILE* const in = std::fopen(arguments[1], "rb");
  if (in == nullptr) {
    std::fprintf(stderr, "%s: cannot be read\n", arguments[1]);
    return 1;
  }
  bytes file;
  u8 piece[4096];
  for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, in)) != 0;)
    file.insert(file.end(), piece, piece + n);
  std::fclose(in);
  const auto program = riscv::load_elf(file, riscv::guest_ram_bytes);
  if (!program) {
    std::fprintf(stderr, "%s: %s\n", arguments[1], riscv::describe(program.error()));
    return 1;
  }
  std::printf("%s: %zu instructions, commitment %s\n", arguments[1], program->code.size(),
              to_hex(riscv::commitment(*program)).c_str());
  return 0;
}
