#include <algorithm>
#include <cstring>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "runtime/crypto/secp256k1.hpp"
#include "runtime/riscv/ecall.hpp"
#include "runtime/riscv/machine.hpp"
#include "runtime/types/batch.hpp"
#include "runtime/types/txn.hpp"
#include "test/support/batch_workload.hpp"
#include "test/support/guest_file.hpp"

// Advice comes from whoever proves. Whatever it says, the guest leaves the public input that the
// native function computes, or none.

using namespace ashlar;
using namespace ashlar::test;
using riscv::advice;

namespace {

constexpr u256 field_prime{0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
                           0xfffffffefffffc2f};

const riscv::program& stf_program() {
  static const riscv::program p = guest_program(ASHLAR_STF_ELF);
  return p;
}

/// Numbers of 8 words, as advice has them.
u256 number_of(std::span<const u32> words) {
  u256 n;
  std::memcpy(n.limb, words.data(), 32);
  return n;
}
void put(std::span<u32> words, const u256& n) {
  std::memcpy(words.data(), n.limb, 32);
}

/// A lie is told of one number of an advice.
using lie = std::function<void(std::span<u32> number)>;

const std::vector<std::pair<std::string, lie>>& lies() {
  static const auto changed = [](auto change) {
    return [change](std::span<u32> w) { put(w, change(number_of(w))); };
  };
  static const std::vector<std::pair<std::string, lie>> all{
      {"one more", changed([](u256 q) { return q + 1; })},
      {"one less", changed([](u256 q) { return q - 1; })},
      {"2^32 more", changed([](u256 q) { return q + (u256{1} << 32); })},
      {"2^128 more", changed([](u256 q) { return q + (u256{1} << 128); })},
      {"2^132 more", changed([](u256 q) { return q + (u256{1} << 132); })},
      {"2^255 more", changed([](u256 q) { return q + (u256{1} << 255); })},
      {"the field's prime more", changed([](u256 q) { return q + field_prime; })},
      {"the order more", changed([](u256 q) { return q + crypto::secp256k1_order; })},
      {"negated in the field", changed([](u256 q) { return field_prime - q; })},
      {"negated in the scalars", changed([](u256 q) { return crypto::secp256k1_order - q; })},
      {"zero", changed([](u256) { return u256{}; })},
      {"one", changed([](u256) { return u256{1}; })},
      {"all ones", changed([](u256) { return u256::max(); })},
      {"the field's prime", changed([](u256) { return field_prime; })},
      {"the order", changed([](u256) { return crypto::secp256k1_order; })},
      {"half of it", changed([](u256 q) { return q >> 1; })},
      {"its low half", changed([](u256 q) {
         return u256{0, 0, q.limb[1], q.limb[0]};
       })},
      {"the generator's x", changed([](u256) {
         return u256{0x79be667ef9dcbbac, 0x55a06295ce870b07, 0x029bfcdb2dce28d9,
                     0x59f2815b16f81798};
       })},
  };
  return all;
}

struct outcome {
  bool completed = false;  // halted with code 0
  std::optional<hash256> output;
};

outcome run_with(std::span<const u32> input, riscv::advice_change change) {
  // An honest run of these batches takes a few million cycles; a lie must not make it endless.
  const auto r = riscv::run(stf_program(), input, {1u << 28}, std::move(change));
  if (!r) return {};
  return {r->exit_code == 0, r->output};
}

/// How often each kind of advice is asked for.
std::map<advice, u64> questions(std::span<const u32> input) {
  std::map<advice, u64> asked;
  (void)run_with(input, [&](advice kind, std::span<u32>) { ++asked[kind]; });
  return asked;
}

/// A change of the `which`-th advice of a kind; of all where that is none.
riscv::advice_change one_lie(advice kind, std::optional<u64> which, std::size_t number,
                             const lie& told) {
  return [=, seen = u64{0}](advice k, std::span<u32> words) mutable {
    if (k != kind || 8 * number >= words.size()) return;
    if (!which || seen == *which) told(words.subspan(8 * number, 8));
    ++seen;
  };
}

constexpr advice kinds[] = {advice::negated_quotient, advice::root, advice::secp256k1_key,
                            advice::secp256k1_split};

}  // namespace

TEST_CASE("no lie in the advice makes the guest leave another public input", "[guest]") {
  // given: batches whose transactions ask for every kind of advice, in the batch of signatures, for
  // authorisations and for the recovery precompile
  u64 runs = 0, refused = 0;
  for (const u64 seed : {3, 8}) {
    batch_workload work(seed);
    const auto sealed = work.next(2, 7);
    const hash256 expected = public_input_hash(sealed.native.input);
    const auto input = riscv::input_words(stf::encode_batch_witness(sealed.witness));
    const auto asked = questions(input);
    for (const advice kind : kinds) {
      REQUIRE(asked.contains(kind));
      const u64 count = asked.at(kind);
      const u64 samples = std::min<u64>(count, 5);
      for (const auto& [name, told] : lies())
        for (std::size_t number = 0; number < riscv::advice_words(kind) / 8; ++number)
          for (u64 i = 0; i <= samples; ++i) {
            // when: one answer is a lie, or every answer of this kind
            const auto which = i == samples
                                   ? std::nullopt
                                   : std::optional(i * (count - 1) / std::max<u64>(samples - 1, 1));
            CAPTURE(seed, static_cast<int>(kind), name, number, which.value_or(~u64{0}));
            const outcome got = run_with(input, one_lie(kind, which, number, told));
            // then: the same public input, or none that could be proved
            if (got.completed)
              REQUIRE(got.output == expected);
            else
              ++refused;
            ++runs;
          }
    }
  }
  // Keys and halves that are wrong only cost a recovery one by one; wrong slopes end the program.
  CHECK(runs > 500);
  CHECK(refused > runs / 8);
}

TEST_CASE("advice of random words does not make the guest leave another public input", "[guest]") {
  batch_workload work(4);
  const auto sealed = work.next(1, 8);
  const hash256 expected = public_input_hash(sealed.native.input);
  const auto input = riscv::input_words(stf::encode_batch_witness(sealed.witness));
  for (u64 seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const u64 one_in = u64{1} << (random() % 12);
    const outcome got = run_with(input, [&](advice, std::span<u32> words) {
      if (random() % one_in != 0) return;
      for (u32& w : words) w = static_cast<u32>(random());
    });
    CAPTURE(seed, one_in);
    if (got.completed) REQUIRE(got.output == expected);
  }
}

TEST_CASE("a signature that is not the sender's is refused, whatever key is advised", "[guest]") {
  // given: a good batch, and the keys that its signatures have
  batch_workload work(12);
  const auto sealed = work.next(1, 8);
  std::vector<std::vector<u32>> keys;
  (void)run_with(riscv::input_words(stf::encode_batch_witness(sealed.witness)),
                 [&](advice kind, std::span<u32> words) {
                   if (kind == advice::secp256k1_key) keys.emplace_back(words.begin(), words.end());
                 });
  REQUIRE(keys.size() >= 4);
  int tried = 0;
  for (std::size_t i = 0; i < sealed.witness.blocks[0].txns.size(); ++i) {
    // when: r, s or the parity of one signature is another
    for (const int change : {0, 1, 2}) {
      auto witness = sealed.witness;
      bytes& raw = witness.blocks[0].txns[i];
      auto t = decode_txn(raw, txn_source::log);
      REQUIRE(t.ok());
      if (t->is_priority()) continue;
      txn_signature& s = t->signature;
      if (change == 0) s.y_parity ^= 1;
      if (change == 1) s.s = s.s == u256{1} ? u256{2} : s.s - 1;
      if (change == 2) s.r = s.r == u256{1} ? u256{2} : s.r - 1;
      raw = encode_txn(*t);
      const auto native = stf::apply_batch(witness);
      REQUIRE_FALSE(native.ok());
      const auto input = riscv::input_words(stf::encode_batch_witness(witness));
      // then: neither honest advice nor the keys of the good batch complete the run
      CAPTURE(i, change);
      REQUIRE_FALSE(run_with(input, {}).completed);
      const outcome got =
          run_with(input, [&, next = std::size_t{0}](advice kind, std::span<u32> words) mutable {
            if (kind != advice::secp256k1_key || next == keys.size()) return;
            std::copy(keys[next].begin(), keys[next].end(), words.begin());
            ++next;
          });
      REQUIRE_FALSE(got.completed);
      ++tried;
    }
  }
  REQUIRE(tried >= 12);
}
