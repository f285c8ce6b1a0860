#pragma once

#include "runtime/stark/join/join.hpp"

namespace ashlar::test {

/// About 4 bits, with tables as tall as a join's run in one segment needs them.
inline constexpr stark::proof_params insecure_base = {
    "insecure_base", stark::hash_kind::poseidon2, 1, 3, 1, 3, 5, 2, 5, 20, 20, 8192, false};
inline constexpr stark::proof_params insecure_layer = {
    "insecure_layer", stark::hash_kind::poseidon2, 1, 3, 2, 3, 5, 2, 5, 21, 21, 8192, false};
inline constexpr stark::join_params insecure_join = {insecure_base, insecure_layer};

}  // namespace ashlar::test
