#include "runtime/stark/transcript/transcript.hpp"

#include <catch2/catch.hpp>

#include "runtime/crypto/blake3.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

const bytes abc{'a', 'b', 'c'}, ab{'a', 'b'}, c{'c'}, none{};

hash256 state_after(std::initializer_list<std::pair<transcript_item, bytes>> items) {
  transcript t;
  for (const auto& [item, data] : items) t.absorb(item, bytes_view(data));
  return t.state();
}

}  // namespace

TEST_CASE("the transcript is BLAKE3 over state, kind, length and bytes") {
  transcript t;
  bytes message(t.state().begin(), t.state().end());
  append(message, bytes{1, 8, 3, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c'});
  t.absorb(transcript_item::main_root, bytes_view(abc));
  CHECK(t.state() == crypto::blake3(message));
  message.assign(t.state().begin(), t.state().end());
  append(message, bytes{2, 0, 0, 0, 0, 0, 0, 0, 0});
  const hash256 first = crypto::blake3(message);
  CHECK(t.challenge() == *gl3::decode(first.data()));
  message[33] = 1;
  const hash256 second = crypto::blake3(message);
  CHECK(t.challenge() == *gl3::decode(second.data()));
}

TEST_CASE("items cannot be cut, joined, reordered or renamed") {
  using enum transcript_item;
  const hash256 states[] = {state_after({{heights, abc}}),
                            state_after({{heights, ab}, {heights, c}}),
                            state_after({{heights, c}, {heights, ab}}),
                            state_after({{main_root, abc}}),
                            state_after({{heights, abc}, {heights, none}}),
                            state_after({})};
  for (std::size_t i = 0; i < std::size(states); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(states[i] != states[j]);
}

TEST_CASE("drawing does not change the state and absorbing starts the draws again") {
  transcript t;
  const hash256 before = t.state();
  const gl3 first = t.challenge();
  CHECK(t.challenge() != first);
  CHECK(t.state() == before);
  transcript u;
  u.absorb(transcript_item::nonce, bytes_view(c));
  t.absorb(transcript_item::nonce, bytes_view(c));
  CHECK(t.challenge() == u.challenge());
}

TEST_CASE("the out-of-domain point is never in the base field, positions are in range") {
  transcript t;
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(t.challenge_outside_base().is_base());
  const auto positions = t.positions(5, 1000);
  std::vector<int> seen(32);
  for (u32 p : positions) ++seen.at(p);
  for (int n : seen) CHECK(n > 5);
}

TEST_CASE("proof of work asks for the bits it says") {
  const transcript t;
  int passed = 0;
  for (u64 nonce = 0; nonce < 4096; ++nonce) {
    CHECK(t.check_work(nonce, 0));
    if (!t.check_work(nonce, 6)) continue;
    ++passed;
    CHECK(t.check_work(nonce, 5));
  }
  CHECK(passed > 30);
  CHECK(passed < 110);
}
