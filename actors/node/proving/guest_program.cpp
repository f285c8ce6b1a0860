#include "actors/node/proving/guest_program.hpp"

#include "actors/node/process/child_process.hpp"
#include "actors/node/process/whole_file.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/riscv/commitment.hpp"
#include "runtime/riscv/elf.hpp"

namespace ashlar::node {

result<bytes, std::string> read_guest(const std::string& given) {
  const std::string path =
      given.empty() ? find_program("ASHLAR_GUEST", "runtime/guest/ashlar-stf.elf", "ashlar-stf.elf")
                    : given;
  if (path.empty())
    return fail(
        std::string("the guest program ashlar-stf.elf is nowhere; build it, or name it "
                    "in the configuration, with --guest or ASHLAR_GUEST"));
  return read_whole(path);
}

hash256 pinned_program() {
  static const hash256 pinned = fixed_from_hex<32>(ASHLAR_PINNED_PROGRAM).value();
  return pinned;
}

std::string why_not_pinned(bytes_view guest) {
  const auto program = riscv::load_elf(guest, riscv::guest_ram_bytes);
  if (!program) return std::string("guest program: ") + riscv::describe(program.error());
  const hash256 commitment = riscv::commitment(*program);
  if (commitment == pinned_program()) return {};
  return "the guest program is " + to_hex(commitment) + ", and chains of this build prove " +
         to_hex(pinned_program()) +
         " (configs/chain): name the program that belongs to this build, or build and pin anew "
         "with ./dev pin";
}

result<bytes, std::string> read_pinned(const std::string& given) {
  ASHLAR_TRY(bytes guest, read_guest(given));
  if (auto why = why_not_pinned(guest); !why.empty()) return fail(std::move(why));
  return guest;
}

}  // namespace ashlar::node
