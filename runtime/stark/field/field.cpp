// Compiles the headers on their own, for the host and the guest, and holds the facts about the
// field that everything else rests on.
#include "runtime/stark/field/gl.hpp"
#include "runtime/stark/field/gl3.hpp"
#include "runtime/stark/field/matrix.hpp"

namespace ashlar::stark {

// The generator's order is p - 1 = 2^32 * 3 * 5 * 17 * 257 * 65537.
constexpr bool is_generator(gl g) {
  for (u64 q : {2u, 3u, 5u, 17u, 257u, 65537u})
    if (g.pow((gl::modulus - 1) / q) == gl::one()) return false;
  return g.pow(gl::modulus - 1) == gl::one();
}
static_assert(is_generator(gl::generator()));
static_assert(gl::root_of_unity(32).squared(31) == -gl::one());
static_assert(gl::root_of_unity(0) == gl::one());

// 2 is no cube, so X^3 - 2 is irreducible.
static_assert((gl::modulus - 1) % 3 == 0);
static_assert(gl::two().pow((gl::modulus - 1) / 3) == gl(gl::epsilon));
static_assert(gl(gl::epsilon) != gl::one());
constexpr gl3 x{gl(), gl::one(), gl()};
static_assert(x.pow(3) == gl3(gl::two()));
static_assert(x.frobenius() == x.pow(gl::modulus));
static_assert(gl(123456789u).inverse() * gl(123456789u) == gl::one());
static_assert(x.inverse() * x == gl3::one());

}  // namespace ashlar::stark
