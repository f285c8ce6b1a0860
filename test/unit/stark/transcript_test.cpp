#include "runtime/stark/transcript/transcript.hpp"

#include <catch2/catch.hpp>

#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/transcript/outside_base.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

const bytes abc{'a', 'b', 'c'}, ab{'a', 'b'}, c{'c'}, none{};

constexpr hash_kind kinds[] = {hash_kind::blake3, hash_kind::poseidon2, hash_kind::keccak};

hash256 state_after(hash_kind kind,
                    std::initializer_list<std::pair<transcript_item, bytes>> items) {
  transcript t(kind);
  for (const auto& [item, data] : items) t.absorb(item, bytes_view(data));
  return t.state();
}

}  // namespace

TEST_CASE("the transcript is BLAKE3 over state, kind, length and bytes") {
  transcript t(hash_kind::blake3);
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

TEST_CASE("the transcript over Keccak-256 has its numbers big-endian") {
  transcript t(hash_kind::keccak);
  bytes message(t.state().begin(), t.state().end());
  append(message, bytes{1, 8, 0, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c'});
  t.absorb(transcript_item::main_root, bytes_view(abc));
  CHECK(t.state() == crypto::keccak256(message));
  message.assign(t.state().begin(), t.state().end());
  append(message, bytes{3, 0, 0, 0, 0, 0, 0, 0, 77});
  CHECK(t.check_work(77, 16) == ((load_be64(crypto::keccak256(message).data()) & 0xffff) == 0));
  message[32] = 2;
  message[40] = 0;
  const hash256 first = crypto::keccak256(message);
  const gl e[3] = {gl(load_be64(first.data())), gl(load_be64(first.data() + 8)),
                   gl(load_be64(first.data() + 16))};
  CHECK(t.challenge() == gl3(e[0], e[1], e[2]));
  message[40] = 1;
  const hash256 second = crypto::keccak256(message);
  const auto places = t.positions(20, 8);
  for (unsigned i = 0; i < 8; ++i) CHECK(places[i] == (load_be32(second.data() + 4 * i) & 0xfffff));
}

TEST_CASE("the transcript over Poseidon2 is hash_elements over state, kind, count and elements") {
  transcript t(hash_kind::poseidon2);
  const auto elements = [](const hash256& d) {
    std::vector<gl> out;
    for (unsigned k = 0; k < 4; ++k) out.push_back(gl(load_le64(d.data() + 8 * k)));
    return out;
  };
  const auto absorbed = [&](u64 item, u64 count, std::vector<gl> data) {
    std::vector<gl> m = elements(t.state());
    m.push_back(gl(1 + 256 * item));
    m.push_back(gl(count));
    m.insert(m.end(), data.begin(), data.end());
    return hash_elements(hash_kind::poseidon2, m);
  };
  const u64 two32 = u64{1} << 32;
  hash256 expected = absorbed(3, two32 + 3, {gl(0x636261u)});
  t.absorb(transcript_item::verifying_key, bytes_view(abc));
  CHECK(t.state() == expected);
  const std::vector<gl3> pair{gl3(gl(1u), gl(2u), gl(3u)), gl3(gl(4u), gl(5u), gl(6u))};
  expected = absorbed(12, 6, {gl(1u), gl(2u), gl(3u), gl(4u), gl(5u), gl(6u)});
  t.absorb(transcript_item::openings, std::span<const gl3>(pair));
  CHECK(t.state() == expected);
  const hash256 digest = t.state();
  expected = absorbed(8, 4, elements(digest));
  t.absorb(transcript_item::main_root, digest);
  CHECK(t.state() == expected);
  expected = absorbed(15, two32 + 8, {gl(9u), gl(1u)});
  t.absorb_number(transcript_item::nonce, two32 + 9);
  CHECK(t.state() == expected);

  std::vector<gl> m = elements(t.state());
  m.push_back(gl(2u));
  m.push_back(gl(0u));
  const std::vector<gl> first = elements(hash_elements(hash_kind::poseidon2, m));
  CHECK(t.challenge() == gl3(first[0], first[1], first[2]));
  m[5] = gl(1u);
  const std::vector<gl> second = elements(hash_elements(hash_kind::poseidon2, m));
  m[5] = gl(2u);
  const std::vector<gl> third = elements(hash_elements(hash_kind::poseidon2, m));
  const auto places = t.positions(20, 11);
  for (unsigned i = 0; i < 11; ++i) {
    const u64 drawn = (i < 8 ? second[i / 2] : third[(i - 8) / 2]).value();
    CHECK(places[i] == (drawn >> (i % 2 * 32) & 0xfffff));
  }
  for (u64 nonce = 0; nonce < 300; ++nonce) {
    m[4] = gl(3u);
    m[5] = gl(nonce);
    const u64 work = elements(hash_elements(hash_kind::poseidon2, m))[0].value();
    CHECK(t.check_work(nonce, 5) == (work % 32 == 0));
  }
}

TEST_CASE("items cannot be cut, joined, reordered or renamed") {
  using enum transcript_item;
  const hash_kind kind = GENERATE(from_range(std::begin(kinds), std::end(kinds)));
  const bytes padded{'a', 'b', 'c', 0};
  const hash256 states[] = {state_after(kind, {{heights, abc}}),
                            state_after(kind, {{heights, ab}, {heights, c}}),
                            state_after(kind, {{heights, c}, {heights, ab}}),
                            state_after(kind, {{main_root, abc}}),
                            state_after(kind, {{heights, abc}, {heights, none}}),
                            state_after(kind, {{heights, padded}}),
                            state_after(kind, {})};
  for (std::size_t i = 0; i < std::size(states); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(states[i] != states[j]);
}

TEST_CASE("drawing does not change the state and absorbing starts the draws again") {
  const hash_kind kind = GENERATE(from_range(std::begin(kinds), std::end(kinds)));
  transcript t(kind);
  const hash256 before = t.state();
  const gl3 first = t.challenge();
  CHECK(t.challenge() != first);
  CHECK(t.state() == before);
  transcript u(kind);
  u.absorb(transcript_item::nonce, bytes_view(c));
  t.absorb(transcript_item::nonce, bytes_view(c));
  CHECK(t.challenge() == u.challenge());
}

// A hash that gives an element of the base field is not to be found, so the draws are made up.
TEST_CASE("the out-of-domain point is drawn again while it is in the base field") {
  const gl one = gl::one(), none;
  const gl3 outside[] = {gl3(none, one, none), gl3(none, none, one), gl3(one, none, -one)};
  for (const gl3& e : outside) {
    // Zero, one, the shift of a coset and a root of unity, and then what is outside.
    const gl3 draws[] = {gl3(), gl3(one), gl3(gl(7u)), gl3(gl::root_of_unity(20)), e};
    const gl3* next = draws;
    CHECK(first_outside_base([&] { return *next++; }) == e);
    CHECK(next == std::end(draws));
  }
  transcript t(GENERATE(from_range(std::begin(kinds), std::end(kinds)))), same = t;
  CHECK(t.challenge_outside_base() == same.challenge());
}

TEST_CASE("positions are in range, and all of it") {
  transcript t(GENERATE(from_range(std::begin(kinds), std::end(kinds))));
  const auto positions = t.positions(5, 1000);
  std::vector<int> seen(32);
  for (u32 p : positions) ++seen.at(p);
  for (int n : seen) CHECK(n > 5);
}

TEST_CASE("one work has one nonce where numbers are elements") {
  const transcript t(hash_kind::poseidon2);
  for (u64 nonce = 0; nonce < 256; ++nonce) {
    REQUIRE(t.check_work(nonce, 0));
    REQUIRE_FALSE(t.check_work(nonce + gl::modulus, 0));
  }
}

TEST_CASE("proof of work asks for the bits it says") {
  const transcript t(GENERATE(from_range(std::begin(kinds), std::end(kinds))));
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
