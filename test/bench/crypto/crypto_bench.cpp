#include <benchmark/benchmark.h>
#include <random>

#include "runtime/base/ensure.hpp"
#include "runtime/base/vector_code.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/blake3_lanes.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/mod256.hpp"
#include "runtime/crypto/modexp.hpp"
#include "runtime/crypto/p256.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/crypto/sha256.hpp"

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

bytes random_bytes(std::size_t size, u64 seed = 1) {
  std::mt19937_64 rng(seed);
  bytes out(size);
  for (auto& b : out) b = static_cast<u8>(rng());
  return out;
}

template <hash256 (*Hash)(bytes_view) noexcept>
void hash_of_length(benchmark::State& state) {
  const bytes input = random_bytes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Hash(input));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(hash_of_length<keccak256>)->Name("keccak256")->Arg(64)->Arg(1024);
BENCHMARK(hash_of_length<blake3>)->Name("blake3")->Arg(64)->Arg(1024)->Arg(1 << 20);
BENCHMARK(hash_of_length<sha256>)->Name("sha256")->Arg(64)->Arg(1024);

// 4096 inputs of `length` bytes a turn: in cache, so that the hashing is what is measured.
void many(benchmark::State& state, void (*run)(const blake3_job&) noexcept, std::size_t length) {
  constexpr std::size_t n = 4096;
  const bytes input = random_bytes(length * n);
  bytes out(32 * n), expected(32 * n);
  blake3_job job{
      input.data(),   length, n, 0, 0, 0, blake3_chunk_start, blake3_chunk_end | blake3_root,
      expected.data()};
  blake3_hash_many_scalar(job);
  job.out = out.data();
  run(job);
  ensure(out == expected);
  for (auto _ : state) {
    run(job);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(n));
}
BENCHMARK_CAPTURE(many, nodes / scalar, blake3_hash_many_scalar, 64);
BENCHMARK_CAPTURE(many, nodes / dispatched, blake3_hash_many, 64);
BENCHMARK_CAPTURE(many, leaves_of_72 / dispatched, blake3_hash_many, 72);
BENCHMARK_CAPTURE(many, rows_of_1024 / dispatched, blake3_hash_many, 1024);

void nodes_avx2(benchmark::State& state) {
  if (has_vector_code(vector_code::avx2))
    many(state, blake3_hash_many_avx2, 64);
  else
    state.SkipWithError("this processor has no AVX2");
}
void nodes_avx512(benchmark::State& state) {
  if (has_vector_code(vector_code::avx512))
    many(state, blake3_hash_many_avx512, 64);
  else
    state.SkipWithError("this processor has no AVX-512");
}
BENCHMARK(nodes_avx2)->Name("many/nodes/avx2");
BENCHMARK(nodes_avx512)->Name("many/nodes/avx512");

void one_node(benchmark::State& state) {
  hash256 left = blake3({}), right = left;
  for (auto _ : state) left = blake3_node(left, right);
  benchmark::DoNotOptimize(left);
}
BENCHMARK(one_node)->Name("blake3_node");

template <auto Recover>
void recovery_of_one(benchmark::State& state) {
  const hash256 key = keccak256({}), digest = keccak256(key.data_);
  const auto s = sign(digest, key).value();
  ensure(Recover(digest, s.r, s.s, s.y_parity) == address_of(key));
  for (auto _ : state) benchmark::DoNotOptimize(Recover(digest, s.r, s.s, s.y_parity));
}
// Of so many signatures, all of different keys: divide by their number.
void recovery_of_many(benchmark::State& state) {
  std::vector<recovery> asked;
  std::vector<std::optional<address>> signers;
  for (i64 i = 0; i < state.range(0); ++i) {
    const hash256 key = u256{static_cast<u64>(i + 1)}.to_be(), digest = keccak256(key.data_);
    const auto s = sign(digest, key).value();
    asked.push_back({digest, s.r, s.s, s.y_parity});
    signers.push_back(address_of(key));
  }
  ensure(recover_many(asked) == signers);
  for (auto _ : state) benchmark::DoNotOptimize(recover_many(asked));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(recovery_of_many)->Name("recover_many")->Arg(1)->Arg(2)->Arg(8)->Arg(200);
BENCHMARK(recovery_of_one<recover>)->Name("recover/libsecp256k1");
BENCHMARK(recovery_of_one<recover_own>)->Name("recover/own");

void signing(benchmark::State& state) {
  const hash256 key = keccak256({});
  for (auto _ : state) benchmark::DoNotOptimize(sign(key, key));
}
BENCHMARK(signing)->Name("sign");

// EIP-7951's example.
void p256(benchmark::State& state) {
  const hash256 digest =
      u256{0x4cee90eb86eaa050, 0x036147a12d49004b, 0x6b9c72bd725d39d4, 0x785011fe190f0b4d}.to_be();
  const u256 r{0xa73bd4903f0ce3b6, 0x39bbbf6e8e80d169, 0x31ff4bcf5993d584, 0x68e8fb19086e8cac};
  const u256 s{0x36dbcd03009df8c5, 0x9286b162af3bd7fc, 0xc0450c9aa81be5d1, 0x0d312af6c66b1d60};
  const u256 x{0x4aebd3099c618202, 0xfcfe16ae7770b0c4, 0x9ab5eadf74b75420, 0x4a3bb6060e44eff3};
  const u256 y{0x7618b065f9832de4, 0xca6ca971a7a1adc8, 0x26d0f7c00181a5fb, 0x2ddf79ae00b4e10e};
  ensure(p256_verify(digest, r, s, x, y));
  for (auto _ : state) benchmark::DoNotOptimize(p256_verify(digest, r, s, x, y));
}
BENCHMARK(p256)->Name("p256_verify");

// A full-length exponent over an odd modulus of this many bytes.
template <auto Power>
void power(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const bytes base = random_bytes(size, 1), exponent = random_bytes(size, 2);
  bytes modulus = random_bytes(size, 3);
  modulus.back() |= 1;
  ensure(Power(base, exponent, modulus) == modexp_own(base, exponent, modulus));
  for (auto _ : state) benchmark::DoNotOptimize(Power(base, exponent, modulus));
}
BENCHMARK(power<modexp>)->Name("modexp/gmp")->Arg(32)->Arg(256);
BENCHMARK(power<modexp_own>)->Name("modexp/own")->Arg(32)->Arg(256);

void mod256(benchmark::State& state) {
  static constexpr modulus256 prime{{0xfffffffefffffc2f, ~0ull, ~0ull, ~0ull},
                                    {0x00000001000003d1, 0, 0, 0}};
  u256 x = u256::from_be(keccak256({})), y = x;
  for (auto _ : state) mod256_mul_add(x.limb, x.limb, y.limb, y.limb, &prime);
  benchmark::DoNotOptimize(x);
}
BENCHMARK(mod256)->Name("mod256_mul_add");

}  // namespace

BENCHMARK_MAIN();
