#include <catch2/catch.hpp>

#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/hash/hash.hpp"
#include "runtime/stark/solidity/batch_list.hpp"
#include "runtime/stark/solidity/l1_machine.hpp"

namespace ashlar::stark {
namespace {

hash256 input_of(u8 first) {
  hash256 out;
  for (unsigned i = 0; i < 32; ++i) out[i] = static_cast<u8>(first + 7 * i);
  return out;
}

TEST_CASE("a list's digest is the protocol's hash of elements, batch by batch", "[solidity]") {
  const hash256 inputs[] = {input_of(3), input_of(200)};
  std::array<gl, 4> acc{};
  for (const hash256& input : inputs) {
    std::vector<gl> elements(acc.begin(), acc.end());
    for (unsigned i = 0; i < 8; ++i) elements.push_back(gl(u64{load_le32(input.data() + 4 * i)}));
    const hash256 digest = hash_elements(hash_kind::poseidon2, elements);
    for (unsigned i = 0; i < 4; ++i) acc[i] = gl(load_le64(digest.data() + 8 * i));
  }
  CHECK(list_digest(inputs) == digest_of(acc));
  CHECK(list_digest({}) == hash256{});
  CHECK(is_canonical(list_digest(inputs)));
}

TEST_CASE("an output is the keccak of the root and of the run", "[solidity]") {
  const hash256 root = input_of(9), inputs[] = {input_of(1), input_of(2)};
  const auto both = [](const hash256& a, const hash256& b) {
    bytes text = to_bytes(a);
    append(text, b);
    return crypto::keccak256(text);
  };
  CHECK(list_output(root, inputs) == both(root, both(both({}, inputs[0]), inputs[1])));
  CHECK(list_output(root, {}) == both(root, {}));
}

TEST_CASE("digests of four elements have one form", "[solidity]") {
  const std::array<gl, 4> elements{gl(5u), gl(gl::modulus - 1), gl(0u), gl(1u)};
  const hash256 digest = digest_of(elements);
  for (u32 i = 0; i < 4; ++i) CHECK(element_of(digest, i) == elements[i]);
  CHECK(is_canonical(digest));
  hash256 other = digest;
  store_be64(other.data() + 16, gl::modulus);
  CHECK_FALSE(is_canonical(other));
}

}  // namespace
}  // namespace ashlar::stark
