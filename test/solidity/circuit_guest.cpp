#include "runtime/guest/guest_main.hpp"
#include "runtime/stark/circuit/machine.hpp"
#include "runtime/stark/verifier/verifier.hpp"

// The verifier of proofs for L1 as a program of the guest's machine, at the parameters of the
// contracts' tests, so that all three verifiers can be asked the same (guest_verdict.hpp). Private
// input: the fixed columns' heights, a byte a table; their root; the eight public values,
// big-endian, 8 bytes each; the proof. Exit code 0: it is accepted.

namespace ashlar::guest {

using namespace stark;

u32 guest_main() {
  const bytes_view input = read_input();
  constexpr std::size_t root_at = circuit_chips::size, publics_at = root_at + 32,
                        proof_at = publics_at + 64;
  if (input.size() < proof_at) return 1;
  std::vector<verifier_air> airs;
  circuit_chips::each([&]<class Chip>() {
    airs.push_back(verifier_air_of<Chip>());
    airs.back().fingerprint = fingerprint_of(airs.back());  // the key's digest is made here, too
  });
  verifying_key key;
  std::vector<std::vector<gl>> publics;
  for (const verifier_air& air : airs) {
    key.fixed_height_log2.push_back(input[key.airs.size()]);
    key.airs.push_back(&air);
    std::vector<gl>& values = publics.emplace_back();
    if (air.shape.public_count == 0) continue;
    if (air.shape.public_count != 8) return 2;
    for (std::size_t i = 0; i < 8; ++i) {
      const u64 value = load_be64(input.data() + publics_at + 8 * i);
      if (value >= gl::modulus) return 3;
      values.push_back(gl(value));
    }
  }
  std::copy_n(input.begin() + root_at, 32, key.fixed_root.begin());
  const std::vector<std::vector<gl>> all[] = {std::move(publics)};
  const bytes_view proofs[] = {input.subspan(proof_at)};
  if (const auto verdict = verify_segments(insecure_keccak, key, all, proofs); !verdict.ok())
    return 16 + static_cast<u32>(verdict.error().what);
  commit({});
  return 0;
}

}  // namespace ashlar::guest
