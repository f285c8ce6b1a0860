#include "runtime/stark/prover/prover.hpp"

#include <new>

namespace ashlar::stark {

namespace {

void put(bytes& to, hash_kind hash, const gl3& e) {
  const std::size_t at = to.size();
  to.resize(at + gl3::encoded_bytes);
  store_element(hash, to.data() + at, e);
}

void put(bytes& to, const hash256& h) {
  append(to, {h.data(), h.size()});
}

std::vector<const air_shape*> shapes_of_key(const proving_key& key) {
  std::vector<const air_shape*> out;
  for (const prover_air* air : key.airs) out.push_back(&air->verifier.shape);
  return out;
}

}  // namespace

std::string_view describe(prove_error e) noexcept {
  switch (e) {
    case prove_error::table_count:
      return "the number of tables is not the machine's";
    case prove_error::table_shape:
      return "a table's width or height does not fit the machine";
    case prove_error::public_count:
      return "the number of public values is not the machine's";
    case prove_error::batch_too_large:
      return "more columns than the parameters allow";
    case prove_error::unlucky_challenge:
      return "a bus fingerprint is zero";
    case prove_error::out_of_memory:
      return "out of memory, or of the memory budget: allow more, or smaller segments";
  }
  return "unknown";
}

proving_key make_proving_key(const proof_params& params, prover_backend& backend,
                             std::vector<const prover_air*> airs, std::vector<matrix> fixed) {
  ensure(fixed.size() == airs.size());
  proving_key out;
  std::vector<device_table*> tables;
  for (std::size_t i = 0; i < airs.size(); ++i) {
    const air_shape& shape = airs[i]->verifier.shape;
    out.key.airs.push_back(&airs[i]->verifier);
    ensure(fixed[i].width() == shape.fixed_width);
    out.key.fixed_height_log2.push_back(0);
    out.fixed.push_back(nullptr);
    if (shape.fixed_width == 0) continue;
    out.key.fixed_height_log2.back() = static_cast<u8>(fixed[i].height_log2());
    out.fixed.back() = backend.upload(std::move(fixed[i]));
    tables.push_back(out.fixed.back().get());
  }
  if (!tables.empty()) {
    out.fixed_tree = backend.commit(tables, params.hash, params.blowup_log2, true);
    out.key.fixed_root = out.fixed_tree->root;
  }
  out.airs = std::move(airs);
  return out;
}

result<segment_commitment, prove_failure> segment_prover::begin(segment_trace trace) {
  if (trace.main.size() != key_.airs.size() || trace.publics.size() != key_.airs.size())
    return fail(prove_failure{prove_error::table_count});
  const auto batch = batch_size(shapes_of_key(key_));
  if (batch > params_.batch_max) return fail(prove_failure{prove_error::batch_too_large});
  const unsigned tallest = tallest_log2(params_, batch);
  whole_ = true;
  for (u32 i = 0; i < trace.main.size(); ++i) {
    const air_shape& shape = key_.airs[i]->verifier.shape;
    const matrix& m = trace.main[i];
    const bool left_out = m.width() == 0 && !shape.uses_global();
    whole_ = whole_ && !left_out;
    if (m.height() == 0 || (m.width() != shape.main_width && !left_out) ||
        m.height_log2() < params_.height_log2_min || m.height_log2() > tallest ||
        (shape.fixed_width != 0 && m.height_log2() != key_.key.fixed_height_log2[i]))
      return fail(prove_failure{prove_error::table_shape, i});
    if (trace.publics[i].size() != shape.public_count)
      return fail(prove_failure{prove_error::public_count, i});
  }
  publics_ = std::move(trace.publics);
  commitment_ = {};
  main_.clear();
  try {
    for (matrix& m : trace.main) {
      commitment_.heights_log2.push_back(static_cast<u8>(m.height_log2()));
      main_.push_back(m.width() == 0 ? nullptr : backend_.upload(std::move(m)));
    }
    tree_handle& global = trees_[static_cast<unsigned>(tree_id::global_main)];
    global = commit_main(true);
    if (global != nullptr) commitment_.global_root = global->root;
  } catch (const std::bad_alloc&) {
    main_.clear();
    return fail(prove_failure{prove_error::out_of_memory});
  }
  return commitment_;
}

tree_handle segment_prover::commit_main(bool global) {
  std::vector<device_table*> tables;
  for (std::size_t i = 0; i < main_.size(); ++i)
    if (key_.airs[i]->verifier.shape.uses_global() == global) tables.push_back(main_[i].get());
  return tables.empty() ? nullptr
                        : backend_.commit(tables, params_.hash, params_.blowup_log2, true);
}

air_tables segment_prover::tables_of(std::size_t i) const {
  return {main_[i].get(), key_.fixed[i].get(), i < aux_.size() ? aux_[i].get() : nullptr};
}

air_challenges segment_prover::challenges_of(std::size_t i, const bus_challenge& local,
                                             const bus_challenge& global) const {
  return {publics_[i], local, global};
}

status<prove_failure> segment_prover::make_auxiliary(const bus_challenge& local,
                                                     const bus_challenge& global) {
  std::vector<device_table*> tables;
  aux_.clear();
  sums_.clear();
  for (u32 i = 0; i < main_.size(); ++i) {
    auto aux = backend_.auxiliary(*key_.airs[i], tables_of(i), challenges_of(i, local, global));
    if (!aux) return fail(prove_failure{prove_error::unlucky_challenge, i});
    backend_.drop_trace(*main_[i]);
    if (aux->table != nullptr) tables.push_back(aux->table.get());
    aux_.push_back(std::move(aux->table));
    sums_.push_back(aux->sums);
  }
  if (!tables.empty())
    trees_[static_cast<unsigned>(tree_id::aux)] =
        backend_.commit(tables, params_.hash, params_.blowup_log2, false);
  return nothing{};
}

void segment_prover::open_at(const gl3& zeta) {
  opened_.clear();
  for (std::size_t i = 0; i < main_.size(); ++i) {
    opened o;
    const air_tables tables = tables_of(i);
    for (const device_table* part : {tables.fixed, tables.main, tables.aux}) {
      if (part == nullptr) continue;
      std::vector<gl3> here, next;
      backend_.evaluate(*part, zeta, here, &next);
      o.here.insert(o.here.end(), here.begin(), here.end());
      o.next.insert(o.next.end(), next.begin(), next.end());
    }
    backend_.evaluate(*quotient_[i], zeta, o.quotient, nullptr);
    opened_.push_back(std::move(o));
  }
}

namespace {

// first, first z, first z^2, .. in falling order; `first` becomes the power after them.
std::vector<gl3> falling_powers(gl3& first, const gl3& z, std::size_t count) {
  std::vector<gl3> out(count);
  for (std::size_t i = count; i-- > 0; first *= z) out[i] = first;
  return out;
}

gl3 combination(std::span<const gl3> coefficients, std::span<const gl3> values) {
  gl3 out;
  for (std::size_t i = 0; i < coefficients.size(); ++i) out += coefficients[i] * values[i];
  return out;
}

}  // namespace

segment_prover::opened_part segment_prover::part_of(std::size_t table, tree_id tree) const {
  const opened& o = opened_[table];
  const std::span<const gl3> here(o.here), next(o.next);
  const air_shape& s = key_.airs[table]->verifier.shape;
  const auto at = [&](const device_table* part, std::size_t first) {
    return opened_part{part, here.subspan(first, part->width), next.subspan(first, part->width)};
  };
  switch (tree) {
    case tree_id::fixed:
      return at(key_.fixed[table].get(), 0);
    case tree_id::aux:
      return at(aux_[table].get(), s.fixed_width + s.main_width);
    case tree_id::quotient:
      return {quotient_[table].get(), o.quotient, {}};
    case tree_id::global_main:
    case tree_id::main:
      break;
  }
  return at(main_[table].get(), s.fixed_width);
}

codeword_handle segment_prover::deep_codeword(const height_columns& columns, const gl3& gamma,
                                              const gl3& zeta, gl3& power) {
  const std::vector<const air_shape*> shapes = shapes_of_key(key_);
  const gl3 next_factor = gamma.pow(columns.opened());
  std::vector<std::vector<gl3>> coefficients;
  std::vector<deep_term> terms;
  coefficients.reserve(tree_count);
  for (const tree_id tree : all_trees) {
    // The quotient's powers come after those of the same columns at both points.
    if (tree == tree_id::quotient) power *= next_factor;
    coefficients.push_back(falling_powers(power, gamma, columns.of(tree)));
    std::span<const gl3> left(coefficients.back());
    for (std::size_t i = 0; i < main_.size(); ++i) {
      const std::size_t width = columns_in(*shapes[i], tree);
      if (commitment_.heights_log2[i] != columns.height_log2 || width == 0) continue;
      const opened_part part = part_of(i, tree);
      const auto own = left.first(width);
      left = left.subspan(width);
      deep_term term{part.table, own, combination(own, part.here), {}, {}};
      if (tree != tree_id::quotient) {
        term.at_next = combination(own, part.next);
        term.next_factor = next_factor;
      }
      terms.push_back(term);
    }
  }
  return backend_.deep(columns.height_log2, params_.blowup_log2, terms, zeta);
}

void segment_prover::fri(transcript& t, const gl3& gamma, const gl3& zeta) {
  const std::span<const u8> heights(commitment_.heights_log2);
  const unsigned height_max = *std::max_element(heights.begin(), heights.end());
  std::vector<codeword_handle> by_height(33);
  gl3 power = gl3::one();
  for (const height_columns& columns : columns_by_height(shapes_of_key(key_), heights))
    by_height[columns.height_log2] = deep_codeword(columns, gamma, zeta, power);
  const std::vector<fri_layer> layers = fri_layers(params_, heights);
  // A layer's tree reads its codeword when it is opened, so both stay until the end.
  std::vector<codeword_handle> codewords;
  std::vector<tree_handle> layer_trees;
  codewords.push_back(std::move(by_height[height_max]));
  for (const fri_layer& layer : layers) {
    device_codeword& c = *codewords.back();
    layer_trees.push_back(
        backend_.commit_layer(c, params_.hash, layer.fold_log2, params_.blowup_log2));
    put(proof_, layer_trees.back()->root);
    t.absorb(transcript_item::fri_root, layer_trees.back()->root);
    const gl3 beta = t.challenge();
    codewords.push_back(backend_.fold(c, layer.fold_log2, params_.blowup_log2, beta,
                                      by_height[layer.height_log2 - layer.fold_log2].get()));
  }
  const std::vector<gl3> final_polynomial = backend_.final_polynomial(*codewords.back());
  for (const gl3& e : final_polynomial) put(proof_, params_.hash, e);
  t.absorb(transcript_item::final_polynomial, std::span<const gl3>(final_polynomial));

  const u64 nonce = backend_.grind(t, params_.grinding_bits);
  u8 encoded[8];
  store_number(params_.hash, encoded, nonce);
  append(proof_, encoded);
  t.absorb_number(transcript_item::nonce, nonce);
  open_queries(t.positions(height_max + params_.blowup_log2, params_.queries), layer_trees);
}

void segment_prover::open_queries(const std::vector<u32>& positions,
                                  std::span<const tree_handle> layer_trees) {
  const std::span<const u8> heights(commitment_.heights_log2);
  const unsigned height_max = *std::max_element(heights.begin(), heights.end());
  const std::vector<fri_layer> layers = fri_layers(params_, heights);
  const std::vector<const air_shape*> shapes = shapes_of_key(key_);
  std::vector<tree_openings> opened;
  const auto open = [&](const device_tree& tree, unsigned height_log2, unsigned lowest_log2) {
    std::vector<u32> at;
    for (const u32 position : positions) at.push_back(position >> (height_max - height_log2));
    opened.push_back(
        backend_.gather(tree, cap_level(params_, lowest_log2 + params_.blowup_log2), at));
    append(proof_, opened.back().cap);
  };
  for (const tree_id id : all_trees) {
    const std::vector<height_group> groups = groups_of(shapes, heights, id);
    if (groups.empty()) continue;
    const device_tree& tree =
        id == tree_id::fixed ? *key_.fixed_tree : *trees_[static_cast<unsigned>(id)];
    open(tree, groups.front().height_log2, groups.back().height_log2);
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const unsigned leaves_log2 = layers[i].height_log2 - layers[i].fold_log2;
    open(*layer_trees[i], leaves_log2, leaves_log2);
  }
  for (std::size_t q = 0; q < positions.size(); ++q)
    for (const tree_openings& o : opened) {
      const std::size_t length = o.paths.size() / positions.size();
      append(proof_, bytes_view(o.paths).subspan(q * length, length));
    }
}

result<bytes, prove_failure> segment_prover::finish(const bus_challenge& global) {
  if (!whole_) return fail(prove_failure{prove_error::table_shape});
  try {
    return prove(global);
  } catch (const std::bad_alloc&) {
    return fail(prove_failure{prove_error::out_of_memory});
  }
}

result<bytes, prove_failure> segment_prover::prove(const bus_challenge& global) {
  const std::size_t tables = main_.size();
  const bool has_global = trees_[static_cast<unsigned>(tree_id::global_main)] != nullptr;
  proof_.clear();
  append(proof_, commitment_.heights_log2);
  if (has_global) put(proof_, commitment_.global_root);
  transcript t = begin_transcript(params_, key_.key, commitment_, publics_);
  if (has_global) absorb_global(t, global);
  const auto publish = [&](tree_id id, transcript_item item) {
    const tree_handle& tree = trees_[static_cast<unsigned>(id)];
    if (tree == nullptr) return;
    put(proof_, tree->root);
    t.absorb(item, tree->root);
  };

  trees_[static_cast<unsigned>(tree_id::main)] = commit_main(false);
  publish(tree_id::main, transcript_item::main_root);
  bus_challenge local;
  local.alpha = t.challenge();
  local.beta = t.challenge();
  ASHLAR_CHECK(make_auxiliary(local, global));
  publish(tree_id::aux, transcript_item::aux_root);
  std::vector<gl3> flat;
  for (std::size_t i = 0; i < tables; ++i) {
    if (key_.airs[i]->verifier.shape.uses_local()) flat.push_back(sums_[i].local);
    if (key_.airs[i]->verifier.shape.uses_global()) flat.push_back(sums_[i].global);
  }
  for (const gl3& e : flat) put(proof_, params_.hash, e);
  t.absorb(transcript_item::sums, std::span<const gl3>(flat));

  const gl3 alpha = t.challenge();
  quotient_.clear();
  std::vector<device_table*> quotients;
  for (std::size_t i = 0; i < tables; ++i) {
    quotient_.push_back(backend_.quotient(*key_.airs[i], tables_of(i),
                                          challenges_of(i, local, global), sums_[i], alpha,
                                          params_.blowup_log2));
    quotients.push_back(quotient_.back().get());
  }
  trees_[static_cast<unsigned>(tree_id::quotient)] =
      backend_.commit(quotients, params_.hash, params_.blowup_log2, false);
  publish(tree_id::quotient, transcript_item::quotient_root);

  const gl3 zeta = t.challenge_outside_base();
  open_at(zeta);
  flat.clear();
  for (const opened& o : opened_)
    for (const auto* part : {&o.here, &o.next, &o.quotient})
      flat.insert(flat.end(), part->begin(), part->end());
  for (const gl3& e : flat) put(proof_, params_.hash, e);
  t.absorb(transcript_item::openings, std::span<const gl3>(flat));
  const gl3 gamma = t.challenge();
  fri(t, gamma, zeta);
  return std::move(proof_);
}

result<std::vector<bytes>, prove_failure> prove_segments(const proof_params& params,
                                                         const proving_key& key,
                                                         prover_backend& backend,
                                                         std::vector<segment_trace> traces) {
  std::vector<segment_prover> provers;
  std::vector<segment_commitment> commitments;
  std::vector<std::vector<std::vector<gl>>> publics;
  for (segment_trace& trace : traces) {
    publics.push_back(trace.publics);
    provers.emplace_back(params, key, backend);
    ASHLAR_TRY(segment_commitment c, provers.back().begin(std::move(trace)));
    commitments.push_back(std::move(c));
  }
  const bus_challenge global = global_challenge_of(params, key.key, commitments, publics);
  std::vector<bytes> out;
  for (segment_prover& p : provers) {
    ASHLAR_TRY(bytes proof, p.finish(global));
    out.push_back(std::move(proof));
  }
  return out;
}

}  // namespace ashlar::stark
