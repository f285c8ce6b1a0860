#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/verifier/verifier.hpp"

namespace ashlar::stark {

namespace {

// Numbers as u64 in the hash's encoding, strings behind their length: no two keys have the same
// bytes.
class encoder {
 public:
  explicit encoder(hash_kind hash) : hash_(hash) {}
  void number(u64 v) {
    u8 b[8];
    store_number(hash_, b, v);
    append(out, b);
  }
  void text(std::string_view s) {
    number(s.size());
    append(out, {reinterpret_cast<const u8*>(s.data()), s.size()});
  }
  void digest(const hash256& d) { append(out, {d.data(), d.size()}); }
  void element(gl e) { number(e.value()); }
  bytes out;

 private:
  hash_kind hash_;
};

bytes encoded(const proof_params& params) {
  // Bound by name, so that a new member cannot be forgotten here.
  const auto& [name, hash, blowup_log2, queries, grinding_bits, fold_log2, final_log2, cap_log2,
               height_log2_min, height_log2_max, narrow_log2_max, batch_max, secure] = params;
  encoder e(hash);
  e.text(name);
  for (u64 v :
       {static_cast<unsigned>(hash), blowup_log2, queries, grinding_bits, fold_log2, final_log2,
        cap_log2, height_log2_min, height_log2_max, narrow_log2_max, batch_max, unsigned{secure}})
    e.number(v);
  return std::move(e.out);
}

bytes encoded(hash_kind hash, const segment_commitment& c,
              const std::vector<std::vector<gl>>& publics) {
  encoder e(hash);
  write_statement(e, std::span<const u8>(c.heights_log2), c.global_root,
                  std::span<const std::vector<gl>>(publics));
  return std::move(e.out);
}

}  // namespace

// A constant to whoever verifies, so it is the same whatever its proofs are hashed with.
hash256 verifying_key::digest() const {
  if (given_digest) return *given_digest;
  encoder e(hash_kind::blake3);
  e.number(airs.size());
  for (std::size_t i = 0; i < airs.size(); ++i) {
    const air_shape& s = airs[i]->shape;
    e.text(s.name);
    for (u64 v : {s.main_width, s.fixed_width, s.public_count}) e.number(v);
    e.number(s.constraints.size());
    for (const auto& c : s.constraints) {
      e.number(static_cast<u64>(c.where));
      e.number(c.degree);
    }
    e.number(s.interactions.size());
    for (const auto& x : s.interactions)
      for (u64 v : {u64{x.bus.id}, u64{x.bus.length}, u64{x.bus.global}, u64{x.multiplicity_degree},
                    u64{x.tuple_degree}})
        e.number(v);
    e.number(fixed_height_log2[i]);
    for (gl c : airs[i]->fingerprint.c) e.number(c.value());
  }
  append(e.out, {fixed_root.data(), fixed_root.size()});
  return crypto::blake3(e.out);
}

void absorb_statement(transcript& t, const segment_commitment& commitment,
                      const std::vector<std::vector<gl>>& publics) {
  t.absorb(transcript_item::public_values, bytes_view(encoded(t.hash(), commitment, publics)));
}

transcript transcript_of_params(const proof_params& params) {
  transcript t(params.hash);
  t.absorb(transcript_item::parameters, bytes_view(encoded(params)));
  return t;
}

transcript transcript_of_key(const proof_params& params, const verifying_key& key) {
  transcript t = transcript_of_params(params);
  const hash256 digest = key.digest();
  t.absorb(transcript_item::verifying_key, bytes_view(digest.data(), digest.size()));
  return t;
}

transcript begin_transcript(const proof_params& params, const verifying_key& key,
                            const segment_commitment& commitment,
                            const std::vector<std::vector<gl>>& publics) {
  transcript t = transcript_of_key(params, key);
  absorb_statement(t, commitment, publics);
  return t;
}

bus_challenge global_challenge_of(const proof_params& params, const verifying_key& key,
                                  std::span<const segment_commitment> commitments,
                                  std::span<const std::vector<std::vector<gl>>> publics) {
  ensure(commitments.size() == publics.size());
  transcript t = transcript_of_key(params, key);
  t.absorb_number(transcript_item::segment_count, commitments.size());
  for (std::size_t i = 0; i < commitments.size(); ++i)
    absorb_statement(t, commitments[i], publics[i]);
  const gl3 alpha = t.challenge();
  return {alpha, t.challenge()};
}

std::string_view describe(verify_error e) noexcept {
  switch (e) {
    case verify_error::truncated:
      return "the proof ends early";
    case verify_error::trailing_bytes:
      return "bytes follow the proof";
    case verify_error::not_canonical:
      return "a field element is not below the modulus";
    case verify_error::height_out_of_range:
      return "a table's height is out of range";
    case verify_error::height_not_of_key:
      return "a fixed table's height is not the key's";
    case verify_error::public_count:
      return "the number of public values is not the machine's";
    case verify_error::table_count:
      return "the number of tables is not the machine's";
    case verify_error::batch_too_large:
      return "more columns than the parameters allow";
    case verify_error::local_sum:
      return "the local buses do not balance";
    case verify_error::quotient:
      return "the constraints do not hold";
    case verify_error::proof_of_work:
      return "the proof of work is missing";
    case verify_error::merkle:
      return "opened rows do not lead to the root";
    case verify_error::fri_layer:
      return "a FRI layer contradicts the one above";
    case verify_error::fri_final:
      return "the last FRI layer contradicts the final polynomial";
    case verify_error::global_sum:
      return "the global buses do not balance";
    case verify_error::segment_count:
      return "no segments, or too many";
  }
  return "unknown";
}

}  // namespace ashlar::stark
