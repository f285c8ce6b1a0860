#pragma once

#include "runtime/riscv/machine.hpp"
#include "test/solidity/fixture.hpp"

namespace ashlar::stark {

/// The verifier of the outermost layer's proofs as a guest program (circuit_guest.cpp), run in the
/// emulator. Of machines with its two tables and the parameters insecure_keccak.
class guest_verifier {
 public:
  /// `program`: the ELF file.
  guest_verifier(const char* program, const l1_machine& machine, const hash256& set_root);

  /// Whether the guest accepts the proof of a list. Whatever ends a run but an answer ends the
  /// process: no proof may trap a verifier.
  bool accepts(const hash256& list, bytes_view proof) const;

 private:
  riscv::program program_;
  bytes head_;  // heights and root
  hash256 set_root_;
};

}  // namespace ashlar::stark
