#include <cstdio>

#include "runtime/guest/pin_file.hpp"
#include "runtime/stark/recursion_prover/circuit_pin.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"
#include "runtime/stark/solidity/circuit_machine.hpp"

// ashlar_verifier_source PIN FILE: the Solidity of the verifier that belongs to the pinned
// circuits. A file that has it already is left alone, so that nothing is compiled again.

using namespace ashlar;

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: ashlar_verifier_source PIN FILE\n", stderr);
    return 2;
  }
  const auto text = guest::read_whole(arguments[1]);
  if (!text) {
    std::fprintf(stderr, "%s: cannot be read\n", arguments[1]);
    return 1;
  }
  const auto pin = stark::decode_pin(*text);
  if (!pin) {
    std::fprintf(stderr, "%s: %s\n", arguments[1], pin.error().c_str());
    return 1;
  }
  const std::string source = stark::outer_source(stark::recursion_outer_params, pin->keys.outer);
  if (guest::read_whole(arguments[2]) == source) return 0;
  return guest::write_pin(arguments[2], source);
}
