#include "runtime/base/ensure.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "test/fuzz/target.hpp"

// Recovery of many keys together, which is by our own vector code where the processor has what it
// takes, against libsecp256k1's one by one. A signature is a digest, r, s, and a byte: its lowest
// bit is the parity, the rest puts numbers that random bytes do not meet in the place of the three.

namespace ashlar::fuzz {

namespace {

constexpr std::size_t signature_bytes = 97;

u256 number_at(bytes_view input, std::size_t at, unsigned instead) {
  const u256 given = u256::from_be(input.data() + at), n = crypto::secp256k1_order;
  switch (instead) {
    case 1:
      return u256{given.low() & 0xff};
    case 2:
      return n - u256{given.low() & 0xff};
    case 3:  // x of G
      return {0x79be667ef9dcbbac, 0x55a06295ce870b07, 0x029bfcdb2dce28d9, 0x59f2815b16f81798};
    default:
      return given;
  }
}

}  // namespace

std::vector<bytes> seeds() {
  std::vector<bytes> out;
  for (const std::size_t count : {2, 8, 11}) {
    bytes& all = out.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
      const hash256 digest = u256{~i}.to_be(), key = u256{i + 1}.to_be();
      const crypto::signature s = crypto::sign(digest, key).value();
      for (const hash256& part : {digest, s.r.to_be(), s.s.to_be()})
        all.insert(all.end(), part.begin(), part.end());
      all.push_back(s.y_parity);
    }
  }
  return out;
}

void check(bytes_view input) {
  constexpr std::size_t count_max = 24;
  std::vector<crypto::recovery> asked;
  while (input.size() >= signature_bytes && asked.size() < count_max) {
    const unsigned choice = input[96];
    asked.push_back({number_at(input, 0, choice >> 1 & 3).to_be(),
                     number_at(input, 32, choice >> 3 & 3), number_at(input, 64, choice >> 5 & 3),
                     (choice & 1) != 0});
    input = input.subspan(signature_bytes);
  }
  const auto together = crypto::recover_many(asked);
  ensure(together.size() == asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const crypto::recovery& a = asked[i];
    ensure(together[i] == crypto::recover(a.digest, a.r, a.s, a.y_parity));
  }
}

}  // namespace ashlar::fuzz
