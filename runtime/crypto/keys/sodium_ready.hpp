#pragma once

namespace ashlar::crypto {

/// Starts libsodium; cheap and thread-safe to repeat. Ends the process where it cannot start:
/// without a random source there is nothing safe to do.
void sodium_ready();

}  // namespace ashlar::crypto
