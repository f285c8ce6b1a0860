#include <cstdio>
#include <optional>
#include <string>

#include "runtime/base/hex.hpp"
#include "runtime/guest/pin_file.hpp"
#include "runtime/riscv/commitment.hpp"
#include "runtime/riscv/elf.hpp"

// ashlar_guest_commitment FILE [--check PIN | --write PIN]: the commitment of a guest program, for
// the build's log; held to the one that the file PIN has, or written there.

namespace {

using namespace ashlar;

std::optional<std::string> whole(const char* path) {
  auto file = guest::read_whole(path);
  if (!file) std::fprintf(stderr, "%s: cannot be read\n", path);
  return file;
}

int check(const char* pin, const std::string& commitment) {
  auto pinned = whole(pin);
  if (!pinned) {
    std::fputs("no guest program is pinned; pin this one with: ./dev pin\n", stderr);
    return 1;
  }
  while (!pinned->empty() && pinned->back() == '\n') pinned->pop_back();
  if (*pinned == commitment) return 0;
  std::fprintf(stderr,
               "the guest program is not the one that chains have pinned\n"
               "  expected %s (%s)\n"
               "  got      %s\n"
               "Where the program was meant to change, pin it with: ./dev pin\n",
               pinned->c_str(), pin, commitment.c_str());
  return 1;
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
  const auto program = riscv::load_elf({reinterpret_cast<const u8*>(file->data()), file->size()},
                                       riscv::guest_ram_bytes);
  if (!program) {
    std::fprintf(stderr, "%s: %s\n", arguments[1], riscv::describe(program.error()));
    return 1;
  }
  const std::string commitment = to_hex(riscv::commitment(*program));
  std::printf("%s: %zu instructions, commitment %s\n", arguments[1], program->code.size(),
              commitment.c_str());
  if (option == "--check") return check(arguments[3], commitment);
  if (option == "--write") return guest::write_pin(arguments[3], commitment + "\n");
  return 0;
}
