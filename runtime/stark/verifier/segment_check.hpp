#pragma once

#include "runtime/stark/verifier/query_check.hpp"

namespace ashlar::stark {

inline bool has_global(const verifying_key& key) {
  for (const verifier_air* air : key.airs)
    if (air->shape.uses_global()) return true;
  return false;
}

inline std::vector<const air_shape*> shapes_of_key(const verifying_key& key) {
  std::vector<const air_shape*> out;
  for (const verifier_air* air : key.airs) out.push_back(&air->shape);
  return out;
}

/// Extension elements from the values of their base columns: sum of X^c f_c.
template <class E>
std::vector<E> recombined(std::span<const E> columns) {
  const E x = gl3(gl::zero(), gl::one(), gl::zero());
  std::vector<E> out(columns.size() / 3);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = columns[3 * i] + x * (columns[3 * i + 1] + x * columns[3 * i + 2]);
  return out;
}

/// One segment's verification, step by step: each reads its part of the proof, absorbs it, and
/// draws what comes after it. Written over what stands for values: native_values, or a circuit's.
template <class Values>
class segment_check {
 public:
  using E = typename Values::extension;
  using digest = typename Values::digest;
  using transcript = typename Values::transcript;

  /// What the segment claims.
  struct statement {
    std::span<const std::vector<typename Values::public_value>> publics;
    bus_challenge_of<E> global;
    std::span<const u8> heights_log2;
    digest fixed_root, global_root;
  };
  /// `t`: with all absorbed that comes before the challenge of the global buses.
  segment_check(const proof_params& params, const verifying_key& key, const statement& claim,
                transcript t, Values& values)
      : params_(params),
        key_(key),
        claim_(claim),
        shapes_(shapes_of_key(key)),
        values_(values),
        transcript_(std::move(t)),
        sums_(shapes_.size()),
        openings_(shapes_.size()) {
    if (has_global(key)) absorb_global(transcript_, claim.global);
    root(tree_id::fixed) = claim.fixed_root;
    root(tree_id::global_main) = claim.global_root;
  }

  status<verify_failure> run() {
    read_traces();
    read_openings();
    ASHLAR_CHECK(values_.readable());
    ASHLAR_CHECK(check_constraints());
    return check_low_degree();
  }
  E global_sum() const {
    E sum;
    for (const table_sums& s : sums_) sum += s.global;
    return sum;
  }

 private:
  struct table_sums {
    E local, global;
  };

  digest& root(tree_id tree) { return roots_[static_cast<unsigned>(tree)]; }
  void read_root(tree_id tree, transcript_item item) {
    if (groups_of(shapes_, claim_.heights_log2, tree).empty()) return;
    root(tree) = values_.read_digest();
    transcript_.absorb(item, root(tree));
  }

  void read_traces() {
    read_root(tree_id::main, transcript_item::main_root);
    local_.alpha = transcript_.challenge();
    local_.beta = transcript_.challenge();
    read_root(tree_id::aux, transcript_item::aux_root);
    std::vector<E> flat;
    for (const air_shape* shape : shapes_)
      flat.resize(flat.size() + shape->uses_local() + shape->uses_global());
    values_.read_extensions(flat);
    auto next = flat.begin();
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      if (shapes_[i]->uses_local()) sums_[i].local = *next++;
      if (shapes_[i]->uses_global()) sums_[i].global = *next++;
    }
    transcript_.absorb(transcript_item::sums, std::span<const E>(flat));
    alpha_ = transcript_.challenge();
    read_root(tree_id::quotient, transcript_item::quotient_root);
    zeta_ = transcript_.challenge_outside_base();
  }

  void read_openings() {
    std::vector<E> flat(batch_size(shapes_));
    values_.read_extensions(flat);
    auto next = flat.cbegin();
    const auto take = [&](std::size_t n) { return std::exchange(next, next + n); };
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      table_opening_of<E>& o = openings_[i];
      for (std::vector<E>* part : {&o.here, &o.next}) {
        const auto first = take(opened_columns(*shapes_[i]));
        part->assign(first, next);
      }
      std::copy_n(take(quotient_columns), quotient_columns, o.quotient);
    }
    transcript_.absorb(transcript_item::openings, std::span<const E>(flat));
  }

  status<verify_failure> check_constraints() const {
    E local_total;
    for (const table_sums& s : sums_) local_total += s.local;
    ASHLAR_CHECK(values_.equal(local_total, E(), {verify_error::local_sum}));
    for (u32 i = 0; i < shapes_.size(); ++i) ASHLAR_CHECK(check_quotient(i));
    return nothing{};
  }

  status<verify_failure> check_quotient(u32 table) const {
    const air_shape& s = *shapes_[table];
    const table_opening_of<E>& o = openings_[table];
    const std::span<const E> here(o.here), next(o.next);
    const std::vector<E> aux = recombined(here.subspan(s.fixed_width + s.main_width));
    const std::vector<E> aux_next = recombined(next.subspan(s.fixed_width + s.main_width));
    const air_opening_of<E, typename Values::public_value> opening{
        here.first(s.fixed_width),
        next.first(s.fixed_width),
        here.subspan(s.fixed_width, s.main_width),
        next.subspan(s.fixed_width, s.main_width),
        aux,
        aux_next,
        claim_.publics[table],
        local_,
        claim_.global,
        sums_[table].local,
        sums_[table].global,
        claim_.heights_log2[table]};
    const std::vector<E> chunks = recombined(std::span<const E>(o.quotient));
    const E claimed = chunks[0] + chunks[1] * zeta_.squared(opening.height_log2);
    const auto c =
        combine_constraints(s, values_.evaluator(*key_.airs[table]), opening, alpha_, zeta_);
    return values_.equal(c.left(claimed), c.right(), {verify_error::quotient, table});
  }

  status<verify_failure> check_low_degree() {
    const E gamma = transcript_.challenge();
    const std::vector<fri_layer> layers = fri_layers(params_, claim_.heights_log2);
    std::vector<digest> layer_roots;
    std::vector<E> betas, final_polynomial(std::size_t{1} << params_.final_log2);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      layer_roots.push_back(values_.read_digest());
      transcript_.absorb(transcript_item::fri_root, layer_roots.back());
      betas.push_back(transcript_.challenge());
    }
    values_.read_extensions(final_polynomial);
    transcript_.absorb(transcript_item::final_polynomial, std::span<const E>(final_polynomial));
    const auto nonce = values_.read_number();
    ASHLAR_CHECK(values_.readable());
    ASHLAR_CHECK(
        values_.has_work(transcript_, nonce, params_.grinding_bits, {verify_error::proof_of_work}));
    transcript_.absorb_number(transcript_item::nonce, nonce);
    const unsigned height_max =
        *std::max_element(claim_.heights_log2.begin(), claim_.heights_log2.end());
    const auto positions =
        values_.positions(transcript_, height_max + params_.blowup_log2, params_.queries);
    const query_context_of<E, digest> c{
        params_, shapes_, claim_.heights_log2, openings_, roots_,          zeta_,
        gamma,   layers,  layer_roots,         betas,     final_polynomial};
    return query_check<Values>(c, values_).run(positions);
  }

  const proof_params& params_;
  const verifying_key& key_;
  const statement claim_;
  std::vector<const air_shape*> shapes_;
  Values& values_;
  transcript transcript_;
  digest roots_[tree_count];
  bus_challenge_of<E> local_;
  E alpha_, zeta_;
  std::vector<table_sums> sums_;
  std::vector<table_opening_of<E>> openings_;
};

}  // namespace ashlar::stark
