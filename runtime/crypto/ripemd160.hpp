#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// RIPEMD-160 (Dobbertin, Bosselaers, Preneel, 1996): the EVM's precompile 3, without its padding.
fixed_bytes<20> ripemd160(bytes_view data) noexcept;

}  // namespace ashlar::crypto
