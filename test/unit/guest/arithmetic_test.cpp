#include "runtime/evm/arithmetic.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "runtime/crypto/keccak.hpp"
#include "runtime/riscv/machine.hpp"
#include "test/support/guest_file.hpp"

// Products and quotients of words, which the guest leaves to a chip and to advice, are what they
// are natively; whatever the advice says.

using namespace ashlar;
using namespace ashlar::test;

namespace {

struct triple {
  u256 a, b, c;
};
struct instruction {
  u8 opcode;
  u256 (*native)(const triple&);
};

const instruction instructions[] = {
    {0x02, [](const triple& t) { return t.a * t.b; }},
    {0x04, [](const triple& t) { return t.a / t.b; }},
    {0x05, [](const triple& t) { return evm::signed_div(t.a, t.b); }},
    {0x06, [](const triple& t) { return t.a % t.b; }},
    {0x07, [](const triple& t) { return evm::signed_mod(t.a, t.b); }},
    {0x08, [](const triple& t) { return add_mod(t.a, t.b, t.c); }},
    {0x09, [](const triple& t) { return mul_mod(t.a, t.b, t.c); }},
    {0x0a,
     [](const triple& t) {
       u256 r = 1;
       for (unsigned i = t.b.bit_length(); i-- > 0;) r = t.b.bit(i) ? r * r * t.a : r * r;
       return r;
     }},
};

std::vector<u256> edges() {
  const u256 half = u256{1} << 255;
  return {0,
          1,
          2,
          3,
          ~u64{0},
          u256{1} << 64,
          u256{1} << 128,
          u256::max() >> 128,
          half - 1,
          half,
          half + 1,
          u256::max() - 1,
          u256::max()};
}
/// Every three of the edges, and random words of all lengths, some of them equal or near.
std::vector<triple> triples(u64 seed) {
  std::vector<triple> out;
  const auto edge = edges();
  for (const u256& a : edge)
    for (const u256& b : edge)
      for (const u256& c : edge) out.push_back({a, b, c});
  std::mt19937_64 random(seed);
  const auto word = [&] {
    return u256{random(), random(), random(), random()} >> static_cast<unsigned>(random() % 256);
  };
  for (int i = 0; i < 500; ++i) {
    triple t{word(), word(), word()};
    if (i % 8 == 0) t.a = t.b * (word() >> 128);
    if (i % 8 == 1) t.a = t.b + 1;
    if (i % 8 == 2) t.b = t.a;
    if (i % 8 == 3) t.c = t.a + t.b;
    out.push_back(t);
  }
  return out;
}

struct outcome {
  bool completed = false;
  std::optional<hash256> output;
};
outcome run(u8 opcode, const std::vector<triple>& operands, riscv::advice_change change = {}) {
  static const riscv::program guest = guest_program(ASHLAR_ARITHMETIC_CHECK_ELF);
  bytes in{opcode};
  for (const triple& t : operands)
    for (const u256& w : {t.a, t.b, t.c}) append(in, w.to_be().data_);
  const auto r = riscv::run(guest, riscv::input_words(in), {u64{1} << 30}, std::move(change));
  if (!r) return {};
  return {r->exit_code == 0, r->output};
}
hash256 expected(const instruction& i, const std::vector<triple>& operands) {
  bytes results;
  for (const triple& t : operands) append(results, i.native(t).to_be().data_);
  return crypto::keccak256(results);
}

u256 number_of(std::span<const u32> words) {
  u256 n;
  std::memcpy(n.limb, words.data(), 32);
  return n;
}

}  // namespace

TEST_CASE("products and quotients in the guest are the native ones", "[guest]") {
  const u64 seed = 20'261'128;
  CAPTURE(seed);
  const auto operands = triples(seed);
  for (const instruction& i : instructions) {
    CAPTURE(static_cast<int>(i.opcode));
    const outcome got = run(i.opcode, operands);
    REQUIRE(got.completed);
    REQUIRE(got.output == expected(i, operands));
  }
}

TEST_CASE("no lie about a quotient gives another quotient", "[guest]") {
  // q b + r is a modulo 2^256 for more than one q where b is even, and fits 256 bits for all small
  // q: each check alone would let a lie pass.
  const u256 half = u256{1} << 255;
  const std::vector<triple> divisions{{100, 7, {}},           {100, 10, {}},
                                      {u256::max(), 2, {}},   {half, half, {}},
                                      {half - 1, half, {}},   {u256::max(), u256::max(), {}},
                                      {u256::max(), 1, {}},   {u256{1} << 200, u256{1} << 100, {}},
                                      {5, u256{1} << 128, {}}};
  const std::vector<std::function<u256(u256 q, const triple&)>> lies{
      [](u256 q, const triple&) { return q + 1; }, [](u256 q, const triple&) { return q - 1; },
      [](u256 q, const triple& t) { return q + t.b; },
      [](u256 q, const triple&) { return q + (u256{1} << 128); },
      [](u256 q, const triple&) { return q + (u256{1} << 156); },
      [](u256 q, const triple&) { return q + (u256{1} << 255); },
      [](u256 q, const triple&) { return -q - 1; }, [](u256, const triple& t) { return t.a; },
      [](u256, const triple&) { return u256::max(); },
      // q = (a - r) / b modulo 2^256 by the inverse of an odd b, of another remainder
      [](u256, const triple& t) {
        u256 inverse = 1;
        for (int i = 0; i < 8; ++i) inverse = inverse * (u256{2} - t.b * inverse);
        return (t.a - (t.a % t.b) - t.b) * inverse;
      }};
  for (const triple& t : divisions)
    for (const u8 opcode : {0x04, 0x05})
      for (std::size_t lie = 0; lie < lies.size(); ++lie) {
        u64 asked = 0;
        bool lied = false;
        const outcome got = run(opcode, {t}, [&](riscv::advice kind, std::span<u32> words) {
          REQUIRE(kind == riscv::advice::quotient);
          ++asked;
          const u256 q = number_of(words), told = lies[lie](q, t);
          lied = told != q;
          std::memcpy(words.data(), told.limb, 32);
        });
        CAPTURE(static_cast<int>(opcode), lie, to_quantity(t.a), to_quantity(t.b));
        REQUIRE(asked == 1);
        REQUIRE(got.completed == !lied);
      }
}

TEST_CASE("a product rides on one call of the chip, a quotient on three", "[guest]") {
  const auto calls = [](u8 opcode) {
    bytes in{opcode};
    for (const u256& w : {u256::max(), u256{3}, u256{7}}) append(in, w.to_be().data_);
    const auto r = riscv::run(guest_program(ASHLAR_ARITHMETIC_CHECK_ELF), riscv::input_words(in));
    REQUIRE(r.ok());
    return r->ecalls[static_cast<std::size_t>(riscv::ecall::mod256_mul_add)];
  };
  CHECK(calls(0x02) == 1);
  CHECK(calls(0x04) == 3);
  CHECK(calls(0x06) == 1);
  CHECK(calls(0x08) == 1);
  CHECK(calls(0x09) == 2);
  CHECK(calls(0x0a) == 3);  // by 3: two products and a squaring
}
