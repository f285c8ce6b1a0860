#include "runtime/evm/proving_price.hpp"

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/bls12_381_curve.hpp"
#include "runtime/types/batch.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/memory_chain.hpp"
#include "test/support/table_use.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

// Calls one precompile with its own input so many times; a hash of the last answer is stored.
bytes caller_of(evm::precompile which, unsigned calls) {
  bytes code = *from_hex("0x365f5f37");  // calldatacopy(0, 0, calldatasize)
  for (unsigned i = 0; i < calls; ++i) {
    append(code, *from_hex("0x5f5f365f61"));
    code.push_back(static_cast<u8>(static_cast<u16>(which) >> 8));
    code.push_back(static_cast<u8>(which));
    append(code, *from_hex("0x5afa50"));  // pop(staticcall(gas, which, 0, calldatasize, 0, 0))
  }
  // returndatacopy(0, 0, returndatasize), sstore(0, keccak256(0, returndatasize))
  append(code, *from_hex("0x3d5f5f3e3d5f205f5500"));
  return code;
}

// What the guest fills for a batch with one such transaction. Its public input is the native one.
table_use use_of(evm::precompile which, unsigned calls, const bytes& input) {
  static const riscv::program program = guest_program(ASHLAR_STF_ELF);
  const address caller{{0x9e}};
  memory_state state;
  state.put(test_key(0).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  state.put(caller, {1, {}, evm::empty_code_hash, 0}, caller_of(which, calls));
  memory_chain chain(state);
  const auto sealed =
      chain.seal({{unix_seconds{1'700'000'000},
                   {signed_txn(chain.config, test_key(0), 0, caller, {}, input, 16'700'000)}}});
  REQUIRE(sealed.receipts.back().success);
  const auto input_words = riscv::input_words(stf::encode_batch_witness(sealed.witness));
  const auto r = trace_run(program, input_words);
  if (!r.ok()) FAIL(describe(r.error()));
  REQUIRE(r->result.exit_code == 0);
  REQUIRE(r->result.output == public_input_hash(sealed.native.input));
  return r->use;
}

// One more call takes no more of any table than its bound, and CALL's own 100 gas. So what it costs
// at a new chain's rate pays for it.
void check_price(evm::precompile which, const bytes& input) {
  const u64 rate = chain_config{}.proving_cycles_per_gas;
  const u64 cycles = evm::proving_cycles(which, input);
  const u64 gas = evm::precompile_gas(which, latest_revision, input);
  const u64 price = std::max(gas, (cycles + rate - 1) / rate);
  const double proved = use_of(which, 2, input).most_beyond(use_of(which, 1, input));
  CAPTURE(static_cast<unsigned>(which), input.size(), cycles, gas, price, proved);
  CHECK(proved <= static_cast<double>(cycles + 100 * rate));
  CHECK(proved <= static_cast<double>((price + 100) * rate));
}

bytes words(std::initializer_list<u256> list) {
  bytes out;
  for (const u256& w : list) {
    u8 b[32];
    w.to_be(b);
    append(out, b);
  }
  return out;
}
bytes repeated(const bytes& what, unsigned times) {
  bytes out;
  while (times-- > 0) append(out, what);
  return out;
}
bytes joined(bytes front, const bytes& back) {
  append(front, back);
  return front;
}
bytes encoded(const crypto::bls12_381::fp& a) {
  bytes out(64);
  a.serialise(out.data() + 16);
  return out;
}
bytes encoded(const crypto::bls12_381::fp2& a) {
  return joined(encoded(a.c0), encoded(a.c1));
}
template <class F>
bytes encoded(const crypto::affine_point<F>& a) {
  return joined(encoded(a.x), encoded(a.y));
}

}  // namespace

using p = evm::precompile;

TEST_CASE("hashes take no more cycles in the guest than their gas pays for", "[guest]") {
  for (const std::size_t size : {0, 1, 63, 64, 4'096, 60'000}) {
    const bytes input(size, 0xa5);
    check_price(p::identity, input);
    check_price(p::sha256, input);
    check_price(p::ripemd160, input);
  }
  for (const u32 rounds : {0u, 1u, 12u, 5'000u}) {
    bytes input(213, 0x5a);
    store_be32(input.data(), rounds);
    input.back() = 1;
    check_price(p::blake2f, input);
  }
}

TEST_CASE("modexp takes no more cycles in the guest than its gas pays for", "[guest]") {
  for (const unsigned size : {1u, 32u, 33u, 48u, 64u, 128u, 512u, 1024u})
    for (const unsigned exponent : {1u, 32u, 200u})
      for (const u8 last : {0xf1, 0xf0, 0x80}) {
        if (size > 128 && (exponent > 1 || last != 0xf1)) continue;
        bytes input = words({size, exponent, size});
        append(input, bytes(size, 0xfd));
        append(input, bytes(exponent, 0xff));
        bytes modulus(size, last == 0x80 ? 0 : 0xff);
        (last == 0x80 ? modulus.front() : modulus.back()) = last;
        append(input, modulus);
        check_price(p::modexp, input);
      }
  // a base longer than the modulus, and the other way round
  check_price(p::modexp, joined(words({1024, 1, 32}), bytes(1024 + 1 + 32, 0xff)));
  check_price(p::modexp, joined(words({1024, 1, 40}), bytes(1024 + 1 + 40, 0xff)));
  check_price(p::modexp, joined(words({1, 2, 1000}), bytes(1 + 2 + 1000, 0xff)));
  // an exponent that is empty, or zero
  for (const unsigned size : {33u, 40u, 512u, 1024u})
    for (const unsigned exponent : {0u, 1u}) {
      bytes input = joined(words({size, exponent, size}), bytes(size, 0xfd));
      append(input, bytes(exponent));
      append(input, bytes(size, 0xff));
      check_price(p::modexp, input);
    }
  // modulo one, by a long base and by a long exponent
  for (const unsigned base : {1u, 1024u}) {
    bytes input = joined(words({base, 1025 - base, 1}), bytes(1025, 0xff));
    input.push_back(1);
    check_price(p::modexp, input);
  }
}

TEST_CASE("signatures and bn254 take no more cycles in the guest than their gas pays for",
          "[guest]") {
  check_price(p::ecrecover,
              *from_hex("0x18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"
                        "000000000000000000000000000000000000000000000000000000000000001c"
                        "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
                        "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549"));
  check_price(p::p256_verify,
              *from_hex("0x4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"
                        "a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac"
                        "36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"
                        "4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3"
                        "7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"));
  const bytes g1 = words({1, 2});
  const bytes g2 =
      words({{0x198e9393920d483a, 0x7260bfb731fb5d25, 0xf1aa493335a9e712, 0x97e485b7aef312c2},
             {0x1800deef121f1e76, 0x426a00665e5c4479, 0x674322d4f75edadd, 0x46debd5cd992f6ed},
             {0x090689d0585ff075, 0xec9e99ad690c3395, 0xbc4b313370b38ef3, 0x55acdadcd122975b},
             {0x12c85ea5db8c6deb, 0x4aab71808dcb408f, 0xe3d1e7690c43d37b, 0x4ce6cc0166fa7daa}});
  check_price(p::bn254_add, repeated(g1, 2));
  check_price(p::bn254_mul, joined(g1, words({u256::max()})));
  for (const unsigned pairs : {0u, 1u, 4u})
    check_price(p::bn254_pairing, repeated(joined(g1, g2), pairs));
}

TEST_CASE("BLS12-381 takes no more cycles in the guest than its gas pays for", "[guest]") {
  using namespace crypto::bls12_381;
  const bytes g1 = encoded(g1_generator), g2 = encoded(g2_generator);
  const bytes scalar = words({u256::max()});
  check_price(p::bls_g1_add, repeated(g1, 2));
  check_price(p::bls_g2_add, repeated(g2, 2));
  for (const unsigned points : {1u, 3u, 20u})
    check_price(p::bls_g1_msm, repeated(joined(g1, scalar), points));
  for (const unsigned points : {1u, 5u})
    check_price(p::bls_g2_msm, repeated(joined(g2, scalar), points));
  for (const unsigned pairs : {1u, 3u})
    check_price(p::bls_pairing, repeated(joined(g1, g2), pairs));
  // whichever of the two candidates is a square
  for (u8 last = 0; last < 6; ++last) {
    bytes element(64);
    element.back() = last;
    check_price(p::bls_map_fp_to_g1, element);
    check_price(p::bls_map_fp2_to_g2, repeated(element, 2));
  }
  check_price(p::point_evaluation, *from_hex("0x01e798154708fe7789429634053cbf9f99b619f9f0840489273"
                                             "33fce637f549b564c0a11a0f704f4fc3e8acf"
                                             "e0f8245f0ad1347b378fbf96e206da11a5d3630624d25032e67a7"
                                             "e6a4910df5834b8fe70e6bcfeeac0352434196"
                                             "bdf4b2485d5a18f59a8d2a1a625a17f3fea0fe5eb8c896db3764f"
                                             "3185481bc22f91b4aaffcca25f26936857bc3a"
                                             "7c2539ea8ec3a952b7873033e038326e87ed3e1276fd140253fa0"
                                             "8e9fc25fb2d9a98527fc22a2c9612fbeafdad4"
                                             "46cbc7bcdbdcd780af2c16a"));
}
