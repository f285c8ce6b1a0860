#pragma once

#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/circuit/alu.hpp"
#include "runtime/stark/circuit/sponge.hpp"

namespace ashlar::stark {

using circuit_chips = chip_list<alu_chip, sponge_chip>;

}  // namespace ashlar::stark
