#include <random>

#include <catch2/catch.hpp>

#include "test/unit/join/join_fixture.hpp"

// What a malicious prover may change is every word of the join program's input, and every byte of
// the proofs that go into it. The program and its plain twin must agree on all of it.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

join_fixture& fixture() {
  static join_fixture f;
  return f;
}

struct verdicts {
  u32 same = 0, accepted = 0, other = 0;
};

/// `kept`: the outputs that a change may leave as they are, where it changes no meaning.
void ask(verdicts& v, const std::string& what, std::span<const u32> words,
         const hash256& honest_output, bool may_hold = false) {
  const auto plain = plain_verdict(words), guest = guest_verdict(fixture().join, words);
  if (plain == guest)
    ++v.same;
  else {
    ++v.other;
    UNSCOPED_INFO(what);
  }
  // What is accepted says something else, of another set or other batches, or means the same.
  if (guest && *guest == honest_output && !may_hold) {
    ++v.accepted;
    UNSCOPED_INFO(what << ": accepted");
  }
}

}  // namespace

TEST_CASE("guest and native verifier agree on five hundred forged inputs", "[join]") {
  join_fixture& f = fixture();
  const proved_run one = f.base_run(1), two = f.base_run(2, 100);
  const join_item items[] = {f.item_of(one), f.item_of(two)};
  const auto made = make_join_input(insecure_join, f.set, join_kind::inner, items);
  REQUIRE(made.ok());
  const std::vector<u32>& honest = made->words;
  verdicts v;
  const u64 seed = 20261127;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto word = [&] { return static_cast<std::size_t>(random() % honest.size()); };

  // Single bits and whole words, anywhere.
  for (u32 i = 0; i < 240; ++i) {
    auto words = honest;
    const std::size_t at = word();
    const u32 bit = u32{1} << random() % 32;
    words[at] ^= i % 3 == 0 ? static_cast<u32>(random()) | 1 : bit;
    ask(v, "word " + std::to_string(at), words, made->output);
  }
  // Every word of the front: kind, keys, counts, claims, commitments.
  for (std::size_t at = 0; at < 160; ++at) {
    auto words = honest;
    words[at] ^= 1;
    ask(v, "front word " + std::to_string(at), words, made->output);
  }
  // Cut off, and pieces left out, doubled or swapped.
  for (u32 i = 0; i < 30; ++i) {
    auto words = honest;
    words.resize(word());
    ask(v, "cut to " + std::to_string(words.size()), words, made->output);
    words = honest;
    const std::size_t at = word() & ~std::size_t{7},
                      count = std::min<std::size_t>(8, honest.size() - at);
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(at),
                words.begin() + static_cast<std::ptrdiff_t>(at + count));
    ask(v, "without 8 words at " + std::to_string(at), words, made->output);
    words = honest;
    std::swap_ranges(words.begin() + static_cast<std::ptrdiff_t>(at),
                     words.begin() + static_cast<std::ptrdiff_t>(at + count / 2),
                     words.begin() + static_cast<std::ptrdiff_t>(at + count - count / 2));
    if (words != honest) ask(v, "swapped at " + std::to_string(at), words, made->output);
  }
  // The modulus added to an element: refused in what is read to RAM, the same residue elsewhere.
  u32 raised = 0;
  for (std::size_t at = 300; at + 1 < honest.size() && raised < 40; at += honest.size() / 397) {
    auto words = honest;
    const u64 value = words[at] | u64{words[at + 1]} << 32;
    if (value >= gl::epsilon) continue;
    ++raised;
    words[at + 1] = ~u32{0};
    words[at] = static_cast<u32>(value + 1);
    ask(v, "non-canonical at " + std::to_string(at), words, made->output, true);
  }
  // Words behind the end mean nothing.
  auto words = honest;
  words.push_back(1);
  ask(v, "extended", words, made->output, true);

  CHECK(v.other == 0);
  CHECK(v.accepted == 0);
  CHECK(v.same >= 480);
}

TEST_CASE("proofs with a byte flipped make no input", "[join]") {
  join_fixture& f = fixture();
  const proved_run one = f.base_run(1);
  std::mt19937_64 random(7);
  u32 accepted = 0;
  for (u32 i = 0; i < 100; ++i) {
    bytes proof = one.proof;
    proof[random() % proof.size()] ^= static_cast<u8>(1u << random() % 8);
    const join_item item{false, {one.output}, proof};
    accepted += make_join_input(insecure_join, f.set, join_kind::inner, std::span(&item, 1)).ok();
  }
  CHECK(accepted == 0);
}
