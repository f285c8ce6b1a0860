#if defined(__x86_64__)
#include "runtime/crypto/secp256k1_field_avx512.hpp"
#include "test/unit/crypto/secp256k1_field_lanes.hpp"

namespace ashlar::test {

namespace {

using namespace crypto;

template <class Number>
Number loaded(const field_limbs& from) {
  Number out;
  for (int i = 0; i < 5; ++i) out.limb[i] = _mm512_loadu_si512(from[i]);
  return out;
}

template <class Number>
void store(const Number& from, field_limbs& to) {
  for (int i = 0; i < 5; ++i) _mm512_storeu_si512(to[i], from.limb[i]);
}

}  // namespace

void run_field_lanes_avx512(field_op op, const field_limbs& a, const field_limbs& b,
                            const field_limbs& c, field_limbs& out) {
  const auto x = loaded<factor8>(a), y = loaded<factor8>(b);
  const auto element = loaded<field8>(a);
  const auto sum = loaded<sum8>(c);
  switch (op) {
    case field_op::mul:
      return store(mul(x, y), out);
    case field_op::mul_twice:
      return store(mul<2>(x, y), out);
    case field_op::mul_add:
      return store(mul_add(x, y, sum), out);
    case field_op::square:
      return store(square(x), out);
    case field_op::square_twice:
      return store(square<2>(x), out);
    case field_op::square_thrice:
      return store(square<3>(x), out);
    case field_op::square_add:
      return store(square_add(x, sum), out);
    case field_op::carried:
      return store(carried(sum), out);
    case field_op::lowered:
      return store(lowered(sum), out);
    case field_op::canonical:
      return store(canonical(element), out);
    case field_op::negated:
      return store(negated(element), out);
    case field_op::negated_twice:
      return store(negated<2>(element), out);
    case field_op::negated_four_times:
      return store(negated<4>(element), out);
    case field_op::root:
      return store(root(element), out);
    case field_op::through_words: {
      vec word[4];
      to_words(element, word);
      return store(from_words(word), out);
    }
  }
}

u8 equal_field_lanes_avx512(const field_limbs& a, const field_limbs& b) {
  return equal(loaded<field8>(a), loaded<field8>(b));
}

}  // namespace ashlar::test
#endif
