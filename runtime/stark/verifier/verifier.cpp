#include "runtime/stark/verifier/verifier.hpp"

#include "runtime/stark/verifier/queries.hpp"

namespace ashlar::stark {

namespace {

verify_failure unreadable(const proof_reader& proof) {
  return {proof.not_canonical() ? verify_error::not_canonical : verify_error::truncated};
}

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
  for (u32 t = 0; t < key.airs.size(); ++t) {
    const air_shape& s = key.airs[t]->shape;
    if (statement.publics[t].size() != s.public_count)
      return fail(verify_failure{verify_error::public_count, t});
    const u8 h = commitment.heights_log2[t];
    if (h < params.height_log2_min || h > params.height_log2_max)
      return fail(verify_failure{verify_error::height_out_of_range, t});
    if (s.fixed_width != 0 && h != key.fixed_height_log2[t])
      return fail(verify_failure{verify_error::height_not_of_key, t});
  }
  if (batch_size(shapes_of_key(key)) > params.batch_max)
    return fail(verify_failure{verify_error::batch_too_large});
  return nothing{};
}

void read_values(proof_reader& proof, std::vector<gl3>& to, std::size_t count) {
  to.resize(count);
  for (gl3& v : to) v = proof.extension();
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
  if (quotient_at(air, opening, alpha, zeta) != claimed)
    return fail(verify_failure{verify_error::quotient, table});
  return nothing{};
}

}  // namespace

result<segment_commitment, verify_failure> read_commitment(const verifying_key& key,
                                                           bytes_view data) {
  proof_reader proof(data);
  segment_commitment out;
  const bytes_view heights = proof.take(key.airs.size());
  out.heights_log2.assign(heights.begin(), heights.end());
  if (has_global(key)) out.global_root = proof.digest();
  if (proof.truncated()) return fail(unreadable(proof));
  return out;
}

result<verified_segment, verify_failure> verify_segment(const proof_params& params,
                                                        const verifying_key& key,
                                                        const segment_statement& statement,
                                                        bytes_view data) {
  ensure(is_consistent(params));
  verified_segment out;
  ASHLAR_TRY(out.commitment, read_commitment(key, data));
  const segment_commitment& commitment = out.commitment;
  ASHLAR_CHECK(check_shape(params, key, statement, commitment));
  const bool global = has_global(key);
  proof_reader proof(data.subspan(key.airs.size() + (global ? 32 : 0)));
  const std::vector<const air_shape*> shapes = shapes_of_key(key);
  const std::span<const u8> heights(commitment.heights_log2);
  const u32 tables = static_cast<u32>(shapes.size());
  const auto present = [&](tree_id tree) { return !groups_of(shapes, heights, tree).empty(); };

  transcript t = begin_transcript(params, key, commitment, statement.publics);
  if (global) absorb_global(t, statement.global);
  hash256 roots[tree_count];
  roots[static_cast<unsigned>(tree_id::fixed)] = key.fixed_root;
  roots[static_cast<unsigned>(tree_id::global_main)] = commitment.global_root;
  const auto read_root = [&](tree_id tree, transcript_item item) {
    if (!present(tree)) return;
    hash256& root = roots[static_cast<unsigned>(tree)];
    root = proof.digest();
    t.absorb(item, root);
  };

  read_root(tree_id::main, transcript_item::main_root);
  bus_challenge local;
  local.alpha = t.challenge();
  local.beta = t.challenge();
  read_root(tree_id::aux, transcript_item::aux_root);
  std::vector<table_sums> sums(tables);
  std::vector<gl3> flat;
  gl3 local_total;
  for (u32 i = 0; i < tables; ++i) {
    if (shapes[i]->uses_local()) flat.push_back(sums[i].local = proof.extension());
    if (shapes[i]->uses_global()) flat.push_back(sums[i].global = proof.extension());
    local_total += sums[i].local;
    out.global_sum += sums[i].global;
  }
  t.absorb(transcript_item::sums, std::span<const gl3>(flat));
  const gl3 alpha = t.challenge();
  read_root(tree_id::quotient, transcript_item::quotient_root);
  const gl3 zeta = t.challenge_outside_base();

  std::vector<table_opening> openings(tables);
  flat.clear();
  for (u32 i = 0; i < tables; ++i) {
    table_opening& o = openings[i];
    read_values(proof, o.here, opened_columns(*shapes[i]));
    read_values(proof, o.next, opened_columns(*shapes[i]));
    for (gl3& q : o.quotient) q = proof.extension();
    flat.insert(flat.end(), o.here.begin(), o.here.end());
    flat.insert(flat.end(), o.next.begin(), o.next.end());
    flat.insert(flat.end(), std::begin(o.quotient), std::end(o.quotient));
  }
  if (proof.truncated() || proof.not_canonical()) return fail(unreadable(proof));
  t.absorb(transcript_item::openings, std::span<const gl3>(flat));
  if (!local_total.is_zero()) return fail(verify_failure{verify_error::local_sum});
  for (u32 i = 0; i < tables; ++i) {
    air_opening o;
    o.publics = statement.publics[i];
    o.local = local;
    o.global = statement.global;
    o.local_sum = sums[i].local;
    o.global_sum = sums[i].global;
    o.height_log2 = heights[i];
    ASHLAR_CHECK(check_quotient(*key.airs[i], openings[i], o, alpha, zeta, i));
  }

  const gl3 gamma = t.challenge();
  const std::vector<fri_layer> layers = fri_layers(params, heights);
  std::vector<hash256> layer_roots;
  std::vector<gl3> betas;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layer_roots.push_back(proof.digest());
    t.absorb(transcript_item::fri_root, layer_roots.back());
    betas.push_back(t.challenge());
  }
  std::vector<gl3> final_polynomial;
  read_values(proof, final_polynomial, std::size_t{1} << params.final_log2);
  t.absorb(transcript_item::final_polynomial, std::span<const gl3>(final_polynomial));
  const bytes_view nonce = proof.take(8);
  if (proof.truncated() || proof.not_canonical()) return fail(unreadable(proof));
  if (!t.check_work(load_le64(nonce.data()), params.grinding_bits))
    return fail(verify_failure{verify_error::proof_of_work});
  t.absorb(transcript_item::nonce, nonce);
  const unsigned height_max = *std::max_element(heights.begin(), heights.end());
  std::vector<u32> positions = t.positions(height_max + params.blowup_log2, params.queries);
  std::sort(positions.begin(), positions.end());

  const query_context c{params, shapes, heights,     openings, roots,           zeta,
                        gamma,  layers, layer_roots, betas,    final_polynomial};
  ASHLAR_CHECK(check_queries(c, parents_of(positions, 0), proof));
  if (proof.truncated() || proof.not_canonical()) return fail(unreadable(proof));
  if (!proof.at_end()) return fail(verify_failure{verify_error::trailing_bytes});
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
