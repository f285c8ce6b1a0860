#include "runtime/stark/solidity/circuit_machine.hpp"

namespace ashlar::stark {

l1_machine circuit_machine(std::string name, const proof_params& params, const proving_key& key,
                           const circuit& of) {
  l1_machine out{std::move(name), params, key, {}, {}};
  for (bool of_sponge : {false, true})
    out.heights_log2.push_back(static_cast<u8>(of.height_log2(of_sponge)));
  // Of alu; sponge has none.
  out.publics.resize(2);
  for (const auto from : {public_source::kind::list, public_source::kind::set_root})
    for (u32 i = 0; i < 4; ++i) out.publics[0].push_back({from, i, {}});
  return out;
}

}  // namespace ashlar::stark
