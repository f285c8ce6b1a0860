#include <cstdlib>
#include <iostream>

#include <catch2/catch.hpp>

#include "actors/prover/batch_prover.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

memory_chain::sealed sealed_batch(std::size_t transfers) {
  memory_state genesis;
  for (u64 i = 0; i < 4; ++i)
    genesis.put(test_key(i).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  memory_chain chain(genesis);
  std::vector<txn> txns;
  for (u64 i = 0; i < transfers; ++i)
    txns.push_back(signed_txn(chain.config, test_key(i % 4), i / 4, test_key((i + 1) % 4).account,
                              u256{1'000 + i}));
  return chain.seal({{unix_seconds{1'700'000'012}, txns}});
}

struct fixture {
  memory_chain::sealed sealed = sealed_batch(2);
  bytes witness = stf::encode_batch_witness(sealed.witness);
  hash256 public_input = public_input_hash(sealed.native.input);
  std::unique_ptr<prover::batch_prover> prover = open();
  prover::batch_proof proof = prove();

  static std::unique_ptr<prover::batch_prover> open() {
    auto p = prover::batch_prover::open(whole_file(ASHLAR_STF_ELF), {});
    REQUIRE(p.ok());
    return std::move(*p);
  }
  prover::batch_proof prove() {
    auto p = prover->prove(witness);
    INFO((p.ok() ? std::string() : p.error()));
    REQUIRE(p.ok());
    std::cout << p->cycles << " cycles in " << p->segments << " segments, proved in "
              << p->prove_seconds << " s, " << p->file.size() << " bytes, verified in "
              << p->verify_seconds << " s\n";
    return std::move(*p);
  }
  /// Empty where the proof is accepted.
  std::string refusal(const hash256& input, bytes_view file) const {
    const auto checked = prover->key().check(input, file);
    return checked.ok() ? std::string() : checked.error();
  }
};

}  // namespace

TEST_CASE("a batch with signed transfers is proved at 128 bits, and only as it is") {
  // given: the proof of a batch; it takes most of this program's time, so it is made once
  const fixture f;
  // then: its size is about what its segments let expect, which limits are held against
  const u64 expected = prover::expected_proof_bytes(stark::proven128, f.proof.segments);
  CHECK(f.proof.file.size() < expected + expected / 4);
  CHECK(f.proof.file.size() > expected / 2);
  // then: it is accepted for the public input that the native function computes
  CHECK(f.proof.public_input_hash == f.public_input);
  CHECK(f.refusal(f.public_input, f.proof.file) == "");

  // and for no other
  for (const std::size_t at : {0u, 13u, 31u}) {
    hash256 other = f.public_input;
    other[at] ^= 1;
    CHECK_THAT(f.refusal(other, f.proof.file),
               Catch::Matchers::StartsWith("a part of the proof is refused"));
  }
  // and with no byte changed
  for (std::size_t i = 0; i < 48; ++i) {
    bytes changed = f.proof.file;
    const std::size_t at = i * (changed.size() - 1) / 47;
    changed[at] ^= static_cast<u8>(1 << i % 8);
    INFO("byte " << at);
    CHECK(f.refusal(f.public_input, changed) != "");
  }
  // and not cut or extended
  for (const std::size_t size : {std::size_t{0}, std::size_t{11}, std::size_t{100},
                                 f.proof.file.size() / 2, f.proof.file.size() - 1}) {
    INFO(size << " bytes");
    CHECK(f.refusal(f.public_input, bytes_view(f.proof.file).first(size)) != "");
  }
  bytes longer = f.proof.file;
  longer.push_back(0);
  CHECK(f.refusal(f.public_input, longer) != "");

  // and a witness that is cut, extended or changed has no proof, for a reason in words
  const auto unprovable = [&](bytes_view witness) {
    const auto p = f.prover->prove(witness);
    REQUIRE_FALSE(p.ok());
    return p.error();
  };
  const auto reason = Catch::Matchers::StartsWith("the witness does not hold: ");
  for (const std::size_t size : {std::size_t{0}, f.witness.size() / 2, f.witness.size() - 1})
    CHECK_THAT(unprovable(bytes_view(f.witness).first(size)), reason);
  bytes witness = f.witness;
  witness.push_back(0);
  CHECK_THAT(unprovable(witness), reason);
  witness = f.witness;
  witness[witness.size() / 2] ^= 1;
  CHECK_THAT(unprovable(witness), reason);
}
