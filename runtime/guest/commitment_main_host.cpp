#include <cstdio>
#include <optional>
#include <string>

#include "runtime/base/hex.hpp"
#include "runtime/riscv/commitment.hpp"
#include "runtime/riscv/elf.hpp"

// ashlar_guest_commitment FILE [--check PIN | --write PIN]: the commitment of a guest program, for
// the build's log; held to the one that the file PIN has, or written there.

namespace {

using namespace ashlar;

std::optional<bytes> whole(const char* path) {
  std::FILE* const in = std::fopen(path, "rb");
  if (in == nullptr) {
    std::fprintf(stderr, "%s: cannot be read\n", path);
    return std::nullopt;
  }
  bytes file;
  u8 piece[4096];
  for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, in)) != 0;)
    file.insert(file.end(), piece, piece + n);
  std::fclose(in);
  return file;
}

int check(const char* pin, const std::string& commitment) {
  const auto file = whole(pin);
  if (!file) {
    std::fputs("no guest program is pinned; pin this one with: ./dev pin\n", stderr);
    return 1;
  }
  std::string pinned(file->begin(), file->end());
  while (!pinned.empty() && pinned.back() == '\n') pinned.pop_back();
  if (pinned == commitment) return 0;
  std::fprintf(stderr,
               "the guest program is not the one that chains have pinned\n"
               "  expected %s (%s)\n"
               "  got      %s\n"
               "Where the program was meant to change, pin it with: ./dev pin\n",
               pinned.c_str(), pin, commitment.c_str());
  return 1;
}

int write(const char* pin, const std::string& commitment) {
  std::FILE* const out = std::fopen(pin, "wb");
  const bool written = out != nullptr && std::fprintf(out, "%s\n", commitment.c_str()) > 0;
  if (out == nullptr || std::fclose(out) != 0 || !written) {
    std::fprintf(stderr, "%s: cannot be written\n", pin);
    return 1;
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string option = count == 4 ? arguments[2] : "";
  if (count != 2 && option != "--check" && option != "--write") {
    std::fputs("usage: ashlar_guest_commitment FILE [--check PIN | --write PIN]\n", stderr);
    return 2;
  }
  const auto file = whole(arguments[1]);
  if (!file) return 1;
  const auto program = riscv::load_elf(*file, riscv::guest_ram_bytes);
  if (!program) {
    std::fprintf(stderr, "%s: %s\n", arguments[1], riscv::describe(program.error()));
    return 1;
  }
  const std::string commitment = to_hex(riscv::commitment(*program));
  std::printf("%s: %zu instructions, commitment %s\n", arguments[1], program->code.size(),
              commitment.c_str());
  if (option == "--check") return check(arguments[3], commitment);
  if (option == "--write") return write(arguments[3], commitment);
  return 0;
}
