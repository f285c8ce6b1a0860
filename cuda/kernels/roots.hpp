#pragma once

#include "runtime/stark/field/domain.hpp"

// Only nvcc knows the loop after it must not stay one: its arrays are to be registers.
#ifdef __CUDACC__
#define ASHLAR_UNROLL _Pragma("unroll")
#else
#define ASHLAR_UNROLL
#endif

namespace ashlar::cuda {

using stark::gl;
using stark::gl3;

/// Powers of the root of unity of order 2^32 out of two tables of 2^16: any power of any root at
/// the cost of one product.
struct root_powers {
  static constexpr unsigned table_log2 = 16;
  const gl* low;   // w^i
  const gl* high;  // w^(2^16 i)

  constexpr gl power(u32 e) const noexcept {
    return low[e & ((1u << table_log2) - 1)] * high[e >> table_log2];
  }
  /// gl::root_of_unity(log2)^i.
  constexpr gl operator()(unsigned log2, u64 i) const noexcept {
    return power(static_cast<u32>(i << (32 - log2)));
  }
  constexpr gl inverse(unsigned log2, u64 i) const noexcept {
    return power(0u - static_cast<u32>(i << (32 - log2)));
  }
};

}  // namespace ashlar::cuda
