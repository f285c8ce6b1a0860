#include <cmath>
#include <cstddef>
#include <cstring>

// What libc++'s hash tables ask of its compiled part and of libm.

extern "C" float ceilf(float x) {
  unsigned bits;
  std::memcpy(&bits, &x, sizeof bits);
  const int exponent = static_cast<int>(bits >> 23 & 255) - 127;
  if (exponent >= 23) return x;
  const bool negative = bits >> 31 != 0;
  if (exponent < 0) return negative || (bits << 1) == 0 ? 0.0f : 1.0f;
  const unsigned fraction = (1u << (23 - exponent)) - 1;
  if ((bits & fraction) == 0) return x;
  // A carry out of the mantissa goes to the exponent, as it should.
  if (!negative) bits += fraction + 1;
  bits &= ~fraction;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

_LIBCPP_BEGIN_NAMESPACE_STD
/// The number of buckets. Powers of two do as well as primes, as the hashes that are used mix all
/// bits, and libc++ then masks where it would divide.
size_t __next_prime(size_t n) {
  size_t buckets = 2;
  while (buckets < n) buckets *= 2;
  return buckets;
}
_LIBCPP_END_NAMESPACE_STD
