#pragma once

#include "runtime/evm/frame.hpp"
#include "runtime/types/revision.hpp"

namespace ashlar::evm {

/// Precompiled contracts by their address.
enum class precompile : u16 {
  none = 0,
  ecrecover = 1,
  sha256 = 2,
  ripemd160 = 3,
  identity = 4,
  modexp = 5,     ///< EIP-198; priced by EIP-2565, from Osaka EIP-7883, bounded by EIP-7823
  bn254_add = 6,  ///< EIP-196, EIP-1108
  bn254_mul = 7,
  bn254_pairing = 8,        ///< EIP-197, EIP-1108
  blake2f = 9,              ///< EIP-152
  point_evaluation = 0x0a,  ///< EIP-4844
  bls_g1_add = 0x0b,        ///< EIP-2537, from Prague
  bls_g1_msm = 0x0c,
  bls_g2_add = 0x0d,
  bls_g2_msm = 0x0e,
  bls_pairing = 0x0f,
  bls_map_fp_to_g1 = 0x10,
  bls_map_fp2_to_g2 = 0x11,
  p256_verify = 0x100,  ///< EIP-7951, from Osaka
};

inline precompile find_precompile(const address& at, revision rev) noexcept {
  if (load_le64(at.data()) != 0 || load_le64(at.data() + 8) != 0 || (at[16] | at[17]) != 0)
    return precompile::none;
  const unsigned id = static_cast<unsigned>(at[18] << 8 | at[19]);
  const unsigned last = rev >= revision::prague ? 0x11 : 0x0a;
  const bool found = (id >= 1 && id <= last) || (id == 0x100 && rev >= revision::osaka);
  return found ? static_cast<precompile>(id) : precompile::none;
}

inline bool is_precompile(const address& at, revision rev) noexcept {
  return find_precompile(at, rev) != precompile::none;
}

/// Gas of a call: Ethereum's; 2^64 - 1 where none is enough. `which` is one of
/// `find_precompile(.., rev)`.
u64 precompile_gas(precompile which, revision rev, bytes_view input) noexcept;

/// Runs it on `input` for `cost` gas. The output is written to `to` (or is a part of `input`); a
/// failure takes all gas.
frame_result run_precompile(precompile which, u64 cost, bytes_view input, i64 gas, bytes& to);

/// Gas of MODEXP on this input; 2^256 - 1 where EIP-7823 refuses the lengths.
u256 modexp_gas(bytes_view input, revision rev) noexcept;

/// EIP-2537: k * per_point * discount(k) / 1000.
u64 bls_msm_gas(bool g2, u64 points) noexcept;

}  // namespace ashlar::evm
