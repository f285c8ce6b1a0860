#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// Answers that are slow to find and quick to check. On the host they are right; in the guest they
/// come from whoever proves, so every use must check them, and end the program where they are
/// wrong.

/// out with out b + a = 0 mod m: -a / b. Any number where b has no inverse. a, b < m.
void mod256_negated_quotient_advice(u64 out[4], const u64 a[4], const u64 b[4],
                                    const u64 m[4]) noexcept;

/// out = a^((m + 1) / 4) mod m. For a prime m = 3 mod 4 its square is a where a is a square, else
/// -a.
void mod256_root_advice(u64 out[4], const u64 a[4], const u64 m[4]) noexcept;

/// out = floor(a / b) over the integers. Any number where b is zero.
void quotient256_advice(u64 out[4], const u64 a[4], const u64 b[4]) noexcept;

}  // namespace ashlar::crypto
