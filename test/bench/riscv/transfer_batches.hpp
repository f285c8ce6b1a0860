#pragma once

#include "test/support/memory_chain.hpp"

namespace ashlar::bench {

/// A batch of one block with so many transfers, each from another sender to another receiver, among
/// 2,000 accounts: of ether, or of the token in test/bench/evm/erc20.hex, whose receivers hold
/// some.
test::memory_chain::sealed ether_transfers(std::size_t count);
test::memory_chain::sealed token_transfers(std::size_t count);

}  // namespace ashlar::bench
