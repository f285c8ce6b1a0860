#include "test/unit/stark/proving_fixture.hpp"

// What must be bound before it can be used: openings before they are combined, and all that a
// verifying key stands for.

using namespace ashlar;
using namespace ashlar::stark;

namespace {

// The verifier's transcript of a proof up to the combining challenge, read from the proof's bytes.
struct transcript_replay {
  const bytes& proof;
  std::vector<const air_shape*> shapes;
  transcript t{hash_kind::blake3};
  std::size_t at = 0, openings = 0;
  gl3 gamma;

  transcript_replay(const proving_fixture& f, const proved& p) : proof(p.proofs[0]) {
    for (const auto& a : f.machine.airs) shapes.push_back(&a.verifier.shape);
    const segment_commitment commitment = read_commitment(f.key.key, proof).value();
    t = begin_transcript(f.params, f.key.key, commitment, p.publics[0]);
    absorb_global(t, global_challenge_of(f.params, f.key.key, {&commitment, 1}, p.publics));
    at = shapes.size() + 32;
    take(transcript_item::main_root, 32);
    take(transcript_item::aux_root, 32);
    std::size_t sums = 0;
    for (const air_shape* s : shapes) sums += s->uses_local() + s->uses_global();
    take(transcript_item::sums, sums * gl3::encoded_bytes);
    take(transcript_item::quotient_root, 32);
    openings = at;
    take(transcript_item::openings, batch_size(shapes) * gl3::encoded_bytes);
    gamma = t.challenge();
  }
  void take(transcript_item item, std::size_t count) {
    t.absorb(item, bytes_view(proof).subspan(at, count));
    at += count;
  }
  // Goes on to the nonce and says whether its work was done for this very state.
  bool finds_nonce(const proof_params& params) {
    const std::size_t last = 24u << params.final_log2;
    for (std::size_t i = 0; i < fri_layers(params, bytes_view(proof).first(5)).size(); ++i)
      take(transcript_item::fri_root, 32);
    take(transcript_item::final_polynomial, last);
    return t.check_work(load_le64(proof.data() + at), params.grinding_bits);
  }
};

/// Two chips of one shape that differ in a number.
template <u32 Factor, u32 Sent>
struct scaled {
  static constexpr std::string_view name = "scaled";
  template <class E>
  struct columns {
    E live, x, y;
  };
  template <class B>
  static void constrain(B& b) {
    const auto& r = b.row();
    b.zero(r.y - r.x * gl(Factor));
    b.send(toy::bus::pairs, r.live, {r.x, r.y * gl(Sent)});
    b.receive(toy::bus::pairs, r.live, {r.x, r.y});
  }
};

}  // namespace

TEST_CASE("openings are absorbed before they are combined") {
  proof_params params = insecure_test;
  params.grinding_bits = 12;
  proving_fixture f(params);
  const proved honest = f.prove(toy::make_segments(1, {4, 3, 4, 3}, 99));
  REQUIRE(f.error_of(honest) == std::nullopt);
  transcript_replay replay(f, honest);
  const gl3 gamma = replay.gamma;
  REQUIRE(replay.finds_nonce(params));  // so the transcript, and gamma, are the verifier's

  // given: two openings that no constraint reads, the range table's fixed column and multiplicity
  // at the next row, moved so that gamma's combination of them stays what it was
  const std::size_t widths[] = {opened_columns(*replay.shapes[0]),
                                opened_columns(*replay.shapes[1])};
  const std::size_t next = replay.openings + 24 * (2 * widths[0] + quotient_columns + widths[1]);
  proved forged = honest;
  u8* cells = forged.proofs[0].data() + next;
  const gl3 by(gl(1234567u), gl(7u), gl(1u));
  (*gl3::decode(cells) + by).encode(cells);
  (*gl3::decode(cells + 24) - by * gamma.inverse()).encode(cells + 24);

  // then: the constraints hold as before, and the proof is refused all the same
  const auto error = f.error_of(forged);
  REQUIRE(error.has_value());
  CHECK(*error != verify_error::quotient);
  CHECK(transcript_replay(f, forged).gamma != gamma);
}

TEST_CASE("a verifying key leaves out nothing of the machine") {
  const proving_fixture f;
  const verifying_key& key = f.key.key;
  const hash256 digest = key.digest();
  verifying_key other = key;
  std::swap(other.airs[2], other.airs[3]);
  CHECK(other.digest() != digest);
  other = key;
  other.airs.pop_back();
  CHECK(other.digest() != digest);
  other = key;
  other.fixed_height_log2[1] += 1;
  CHECK(other.digest() != digest);
  other = key;
  other.fixed_root.data()[31] ^= 1;
  CHECK(other.digest() != digest);
  // Every member of a description.
  const auto changed = [&](const auto& change) {
    verifier_air air = *key.airs[2];
    change(air);
    verifying_key k = key;
    k.airs[2] = &air;
    return k.digest() != digest;
  };
  CHECK_FALSE(changed([](verifier_air&) {}));
  CHECK(changed([](verifier_air& a) { a.shape.name = "another"; }));
  CHECK(changed([](verifier_air& a) { a.shape.main_width += 1; }));
  CHECK(changed([](verifier_air& a) { a.shape.fixed_width += 1; }));
  CHECK(changed([](verifier_air& a) { a.shape.public_count += 1; }));
  CHECK(changed([](verifier_air& a) { a.shape.constraints.pop_back(); }));
  CHECK(changed([](verifier_air& a) { a.shape.constraints[0].where = row_set::first; }));
  CHECK(changed([](verifier_air& a) { a.shape.constraints[0].degree += 1; }));
  CHECK(changed([](verifier_air& a) { a.shape.interactions.pop_back(); }));
  CHECK(changed([](verifier_air& a) { a.shape.interactions[0].bus.id += 1; }));
  CHECK(changed([](verifier_air& a) { a.shape.interactions[0].bus.length += 1; }));
  CHECK(changed([](verifier_air& a) { a.shape.interactions[0].bus.global = true; }));
  CHECK(changed([](verifier_air& a) { a.shape.interactions[0].tuple_degree += 1; }));
  CHECK(changed([](verifier_air& a) { a.shape.interactions[0].multiplicity_degree += 1; }));
}

TEST_CASE("a verifying key tells apart descriptions that differ in a number alone") {
  const verifier_air airs[] = {verifier_air_of<scaled<3, 5>>(), verifier_air_of<scaled<3, 5>>(),
                               verifier_air_of<scaled<4, 5>>(), verifier_air_of<scaled<3, 6>>()};
  const auto digest_of = [](const verifier_air& a) {
    return verifying_key{{&a}, {0}, {}}.digest();
  };
  CHECK(digest_of(airs[0]) == digest_of(airs[1]));
  CHECK(digest_of(airs[0]) != digest_of(airs[2]));
  CHECK(digest_of(airs[0]) != digest_of(airs[3]));
}
