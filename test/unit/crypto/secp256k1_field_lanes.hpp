#pragma once

#include "runtime/base/bytes.hpp"

/// The vector field's operations, for a test that is not itself compiled for that processor.
namespace ashlar::test {

/// Limb, then lane.
using field_limbs = u64[5][8];

enum class field_op : u8 {
  mul,
  mul_twice,
  mul_add,
  square,
  square_twice,
  square_thrice,
  square_add,
  carried,
  lowered,
  canonical,
  negated,
  negated_twice,
  negated_four_times,
  root,
  through_words,
};

/// out = op(a, b, c), in every lane. Only where the processor has AVX-512 IFMA.
void run_field_lanes_avx512(field_op op, const field_limbs& a, const field_limbs& b,
                            const field_limbs& c, field_limbs& out);
/// The lanes in which a and b are equal.
u8 equal_field_lanes_avx512(const field_limbs& a, const field_limbs& b);

}  // namespace ashlar::test
