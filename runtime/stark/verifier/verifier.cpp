#include "runtime/stark/verifier/verifier.hpp"

#include "runtime/stark/verifier/byte_source.hpp"
#include "runtime/stark/verifier/queries.hpp"

namespace ashlar::stark {

namespace {

bool has_global(const verifying_key& key) {
  for (const verifier_air* air : key.airs)
    if (air->shape.uses_global()) return true;
  return false;
}

std::vector<const air_shape*> shapes_of_key(const verifying_key& key) {
  std::vector<const air_shape*> out;
  for (const verifier_air* air : key.airs) out.push_back(&air->shape);
  return out;
}

// All that the proof is measured against before any of its contents count.
status<verify_failure> check_shape(const proof_params& params, const verifying_key& key,
                                   const segment_statement& statement,
                                   const segment_commitment& commitment) {
  if (key.airs.empty() || statement.publics.size() != key.airs.size() ||
      key.fixed_height_log2.size() != key.airs.size())
    return fail(verify_failure{verify_error::table_count});
  const auto batch = batch_size(shapes_of_key(key));
  if (batch > params.batch_max) return fail(verify_failure{verify_error::batch_too_large});
  const unsigned tallest = tallest_log2(params, batch);
  for (u32 t = 0; t < key.airs.size(); ++t) {
    const air_shape& s = key.airs[t]->shape;
    if (statement.publics[t].size() != s.public_count)
      return fail(verify_failure{verify_error::public_count, t});
    const u8 h = commitment.heights_log2[t];
    if (h < params.height_log2_min || h > tallest)
      return fail(verify_failure{verify_error::height_out_of_range, t});
    if (s.fixed_width != 0 && h != key.fixed_height_log2[t])
      return fail(verify_failure{verify_error::height_not_of_key, t});
  }
  return nothing{};
}

// Extension elements from the values of their base columns: sum of X^c f_c.
std::vector<gl3> recombined(std::span<const gl3> columns) {
  constexpr gl3 x(gl::zero(), gl::one(), gl::zero());
  std::vector<gl3> out(columns.size() / 3);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = columns[3 * i] + x * (columns[3 * i + 1] + x * columns[3 * i + 2]);
  return out;
}

struct table_sums {
  gl3 local, global;
};

status<verify_failure> check_quotient(const verifier_air& air, const table_opening& o,
                                      air_opening opening, const gl3& alpha, const gl3& zeta,
                                      u32 table) {
  const air_shape& s = air.shape;
  const std::span<const gl3> here(o.here), next(o.next);
  const std::vector<gl3> aux = recombined(here.subspan(s.fixed_width + s.main_width));
  const std::vector<gl3> aux_next = recombined(next.subspan(s.fixed_width + s.main_width));
  opening.fixed = here.first(s.fixed_width);
  opening.fixed_next = next.first(s.fixed_width);
  opening.main = here.subspan(s.fixed_width, s.main_width);
  opening.main_next = next.subspan(s.fixed_width, s.main_width);
  opening.aux = aux;
  opening.aux_next = aux_next;
  const std::vector<gl3> chunks = recombined(o.quotient);
  const gl3 claimed = chunks[0] + chunks[1] * zeta.squared(opening.height_log2);
  if (!is_quotient_at(air, opening, alpha, zeta, claimed))
    return fail(verify_failure{verify_error::quotient, table});
  return nothing{};
}

}  // namespace

segment_commitment read_commitment(const verifying_key& key, proof_source& proof) {
  segment_commitment out;
  for (std::size_t i = 0; i < key.airs.size(); ++i) out.heights_log2.push_back(proof.byte());
  if (has_global(key)) out.global_root = proof.digest();
  return out;
}

result<segment_commitment, verify_failure> read_commitment(const verifying_key& key,
                                                           bytes_view data) {
  // Of whichever hash: heights and a digest are read alike.
  byte_source proof(data, hash_kind::blake3);
  segment_commitment out = read_commitment(key, proof);
  ASHLAR_CHECK(check_readable(proof));
  return out;
}

namespace {

// One segment's verification, step by step: each reads its part of the proof, absorbs it, and draws
// what comes after it.
class segment_check {
 public:
  segment_check(const proof_params& params, const verifying_key& key,
                const segment_statement& statement, const segment_commitment& commitment,
                proof_source& proof)
      : params_(params),
        key_(key),
        statement_(statement),
        shapes_(shapes_of_key(key)),
        heights_(commitment.heights_log2),
        proof_(proof),
        transcript_(begin_transcript(params, key, commitment, statement.publics)),
        sums_(shapes_.size()),
        openings_(shapes_.size()) {
    if (has_global(key)) absorb_global(transcript_, statement.global);
    root(tree_id::fixed) = key.fixed_root;
    root(tree_id::global_main) = commitment.global_root;
  }

  status<verify_failure> run() {
    read_traces();
    read_openings();
    ASHLAR_CHECK(check_readable(proof_));
    ASHLAR_CHECK(check_constraints());
    return check_low_degree();
  }
  gl3 global_sum() const {
    gl3 sum;
    for (const table_sums& s : sums_) sum += s.global;
    return sum;
  }

 private:
  hash256& root(tree_id tree) { return roots_[static_cast<unsigned>(tree)]; }
  void read_root(tree_id tree, transcript_item item) {
    if (groups_of(shapes_, heights_, tree).empty()) return;
    root(tree) = proof_.digest();
    transcript_.absorb(item, root(tree));
  }

  void read_traces() {
    read_root(tree_id::main, transcript_item::main_root);
    local_.alpha = transcript_.challenge();
    local_.beta = transcript_.challenge();
    read_root(tree_id::aux, transcript_item::aux_root);
    std::vector<gl3> flat;
    for (const air_shape* shape : shapes_)
      flat.resize(flat.size() + shape->uses_local() + shape->uses_global());
    proof_.extensions(flat);
    auto next = flat.begin();
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      if (shapes_[i]->uses_local()) sums_[i].local = *next++;
      if (shapes_[i]->uses_global()) sums_[i].global = *next++;
    }
    transcript_.absorb(transcript_item::sums, std::span<const gl3>(flat));
    alpha_ = transcript_.challenge();
    read_root(tree_id::quotient, transcript_item::quotient_root);
    zeta_ = transcript_.challenge_outside_base();
  }

  void read_openings() {
    std::vector<gl3> flat(batch_size(shapes_));
    proof_.extensions(flat);
    auto next = flat.cbegin();
    const auto take = [&](std::size_t n) { return std::exchange(next, next + n); };
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      table_opening& o = openings_[i];
      for (std::vector<gl3>* part : {&o.here, &o.next}) {
        const auto first = take(opened_columns(*shapes_[i]));
        part->assign(first, next);
      }
      std::copy_n(take(quotient_columns), quotient_columns, o.quotient);
    }
    transcript_.absorb(transcript_item::openings, std::span<const gl3>(flat));
  }

  status<verify_failure> check_constraints() const {
    gl3 local_total;
    for (const table_sums& s : sums_) local_total += s.local;
    if (!local_total.is_zero()) return fail(verify_failure{verify_error::local_sum});
    for (u32 i = 0; i < shapes_.size(); ++i) {
      air_opening o;
      o.publics = statement_.publics[i];
      o.local = local_;
      o.global = statement_.global;
      o.local_sum = sums_[i].local;
      o.global_sum = sums_[i].global;
      o.height_log2 = heights_[i];
      ASHLAR_CHECK(check_quotient(*key_.airs[i], openings_[i], o, alpha_, zeta_, i));
    }
    return nothing{};
  }

  status<verify_failure> check_low_degree() {
    const gl3 gamma = transcript_.challenge();
    const std::vector<fri_layer> layers = fri_layers(params_, heights_);
    std::vector<hash256> layer_roots;
    std::vector<gl3> betas, final_polynomial(std::size_t{1} << params_.final_log2);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      layer_roots.push_back(proof_.digest());
      transcript_.absorb(transcript_item::fri_root, layer_roots.back());
      betas.push_back(transcript_.challenge());
    }
    proof_.extensions(final_polynomial);
    transcript_.absorb(transcript_item::final_polynomial, std::span<const gl3>(final_polynomial));
    const u64 nonce = proof_.number();
    ASHLAR_CHECK(check_readable(proof_));
    if (!transcript_.check_work(nonce, params_.grinding_bits))
      return fail(verify_failure{verify_error::proof_of_work});
    transcript_.absorb_number(transcript_item::nonce, nonce);
    const unsigned height_max = *std::max_element(heights_.begin(), heights_.end());
    const std::vector<u32> positions =
        transcript_.positions(height_max + params_.blowup_log2, params_.queries);
    const query_context c{params_, shapes_, heights_,    openings_, roots_,          zeta_,
                          gamma,   layers,  layer_roots, betas,     final_polynomial};
    return check_queries(c, positions, proof_);
  }

  const proof_params& params_;
  const verifying_key& key_;
  const segment_statement& statement_;
  std::vector<const air_shape*> shapes_;
  std::span<const u8> heights_;
  proof_source& proof_;
  transcript transcript_;
  hash256 roots_[tree_count];
  bus_challenge local_;
  gl3 alpha_, zeta_;
  std::vector<table_sums> sums_;
  std::vector<table_opening> openings_;
};

}  // namespace

result<gl3, verify_failure> verify_segment(const proof_params& params, const verifying_key& key,
                                           const segment_statement& statement,
                                           const segment_commitment& commitment,
                                           proof_source& proof) {
  ensure(is_consistent(params));
  ASHLAR_CHECK(check_readable(proof));
  ASHLAR_CHECK(check_shape(params, key, statement, commitment));
  segment_check check(params, key, statement, commitment, proof);
  ASHLAR_CHECK(check.run());
  return check.global_sum();
}

result<verified_segment, verify_failure> verify_segment(const proof_params& params,
                                                        const verifying_key& key,
                                                        const segment_statement& statement,
                                                        bytes_view data) {
  byte_source proof(data, params.hash);
  verified_segment out;
  out.commitment = read_commitment(key, proof);
  ASHLAR_TRY(out.global_sum, verify_segment(params, key, statement, out.commitment, proof));
  if (!proof.rest().empty()) return fail(verify_failure{verify_error::trailing_bytes});
  return out;
}

status<verify_failure> verify_segments(const proof_params& params, const verifying_key& key,
                                       std::span<const std::vector<std::vector<gl>>> publics,
                                       std::span<const bytes_view> proofs) {
  if (proofs.empty() || proofs.size() > segments_max || publics.size() != proofs.size())
    return fail(verify_failure{verify_error::segment_count});
  std::vector<segment_commitment> commitments;
  for (const bytes_view& proof : proofs) {
    ASHLAR_TRY(segment_commitment c, read_commitment(key, proof));
    commitments.push_back(std::move(c));
  }
  const bus_challenge global = global_challenge_of(params, key, commitments, publics);
  gl3 sum;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    ASHLAR_TRY(const verified_segment s,
               verify_segment(params, key, {publics[i], global}, proofs[i]));
    sum += s.global_sum;
  }
  if (!sum.is_zero()) return fail(verify_failure{verify_error::global_sum});
  return nothing{};
}

}  // namespace ashlar::stark
