#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::crypto {

/// The order of secp256k1's group (SEC 2, 2.4.1), and half of it: EIP-2 asks s <= half in
/// transactions; the ecrecover precompile does not.
inline constexpr u256 secp256k1_order{0xffffffffffffffff, 0xfffffffffffffffe, 0xbaaedce6af48a03b,
                                      0xbfd25e8cd0364141};
inline constexpr u256 secp256k1_half_order{0x7fffffffffffffff, 0xffffffffffffffff,
                                           0x5d576e7357a4501d, 0xdfe92f46681b20a0};

struct signature {
  u256 r, s;
  bool y_parity = false;  // oddness of the y of the nonce's point
};

/// The address that signed `digest`: ECDSA public-key recovery (SEC 1, 4.1.6) and the last 20 bytes
/// of its keccak-256. Nothing where r or s is 0 or not below the order, where r is no x of a point,
/// or where the key would be infinity. High s is allowed.
/// Host: libsecp256k1. Guest: recover_own.
std::optional<address> recover(const hash256& digest, const u256& r, const u256& s,
                               bool y_parity) noexcept;

/// The same over our own arithmetic, reaching the curve only through mod256_mul_add.
std::optional<address> recover_own(const hash256& digest, const u256& r, const u256& s,
                                   bool y_parity) noexcept;

/// What `recover` is asked, for many at once.
struct recovery {
  hash256 digest;
  u256 r, s;
  bool y_parity = false;
};

/// `recover` of each. Host: eight at a time where the processor can. Guest: recover_many_own.
std::vector<std::optional<address>> recover_many(std::span<const recovery> asked);

/// The same answers from advised keys, checked together: a random combination, fixed by a hash of
/// all of them, of the equations s R = e G + r Q must vanish. Per signature this costs about a
/// third of recover_own. A wrong key passes with probability 2^-129 for each attempt at choosing
/// keys; keys that do not pass are recovered one by one.
std::vector<std::optional<address>> recover_many_own(std::span<const recovery> asked);

/// Host only. Deterministic (RFC 6979), low s. Nothing where the key is 0 or not below the order.
std::optional<signature> sign(const hash256& digest, const hash256& secret_key) noexcept;

/// Host only. The address of a secret key; nothing where the key is 0 or not below the order.
std::optional<address> address_of(const hash256& secret_key) noexcept;

}  // namespace ashlar::crypto
