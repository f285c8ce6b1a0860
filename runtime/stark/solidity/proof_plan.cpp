#include "runtime/stark/solidity/proof_plan.hpp"

#include <algorithm>

namespace ashlar::stark {

std::vector<std::vector<gl>> publics_of(const l1_machine& machine, const hash256& output) {
  std::vector<std::vector<gl>> out;
  for (const auto& table : machine.publics) {
    std::vector<gl>& values = out.emplace_back();
    for (const public_source& s : table)
      values.push_back(s.is_output_word ? gl(u64{load_le32(output.data() + 4 * s.word)})
                                        : s.constant);
  }
  return out;
}

status<verify_failure> check_machine(const l1_machine& machine) {
  if (machine.heights_log2.size() != machine.key.airs.size() ||
      machine.publics.size() != machine.key.airs.size() || machine.program_set_root.is_zero())
    return fail(verify_failure{verify_error::table_count});
  return check_shape(machine.params, machine.key.key, {publics_of(machine, {}), {}},
                     {machine.heights_log2, {}});
}

proof_plan::proof_plan(const l1_machine& machine) {
  ensure(is_consistent(machine.params) && check_machine(machine).ok());
  // A word that no table speaks of would be the claimant's to choose.
  unsigned words = 0;
  for (const auto& table : machine.publics)
    for (const public_source& s : table)
      if (s.is_output_word) words |= 1u << s.word;
  ensure(words == 0xff);
  for (unsigned h = 33; h-- > 0;)
    if (std::count(machine.heights_log2.begin(), machine.heights_log2.end(), h) != 0)
      heights.push_back(h);
  place_bits = heights.front() + machine.params.blowup_log2;
  const auto shapes = machine.shapes();
  for (tree_id id : all_trees) {
    tree_plan t;
    t.id = id;
    t.groups = groups_of(shapes, machine.heights_log2, id);
    if (t.groups.empty()) continue;
    t.cap_log2 =
        std::min(machine.params.cap_log2, t.groups.back().height_log2 + machine.params.blowup_log2);
    trees.push_back(std::move(t));
  }
  for (const fri_layer& l : fri_layers(machine.params, machine.heights_log2)) {
    layer_plan p;
    p.height_log2 = l.height_log2;
    p.fold_log2 = l.fold_log2;
    p.cap_log2 =
        std::min(machine.params.cap_log2, l.height_log2 - l.fold_log2 + machine.params.blowup_log2);
    p.joined = std::find(heights.begin(), heights.end(), l.height_log2) != heights.end();
    layers.push_back(p);
  }
  joined_at_end = heights.back() == machine.params.final_log2;
  place_head(machine);
  place_caps(machine);
  place_query(machine);
  cut(machine);
}

void proof_plan::place_head(const l1_machine& machine) {
  std::size_t at = 0;
  const auto take = [&at](std::size_t bytes) {
    const std::size_t from = at;
    at += bytes;
    return from;
  };
  for (const tree_plan& t : trees) {
    has_main |= t.id == tree_id::main;
    has_aux |= t.id == tree_id::aux;
  }
  for (const air_shape* s : machine.shapes()) {
    has_global |= s->uses_global();
    sum_count += s->uses_local() + s->uses_global();
    table_opening.push_back(opening_count);
    opening_count += 2 * opened_columns(*s) + quotient_columns;
  }
  take(machine.heights_log2.size());
  global_root_at = take(has_global ? 32 : 0);
  main_root_at = take(has_main ? 32 : 0);
  aux_root_at = take(has_aux ? 32 : 0);
  sums_at = take(sum_count * gl3::encoded_bytes);
  quotient_root_at = take(32);
  openings_at = take(opening_count * gl3::encoded_bytes);
  layer_roots_at = take(layers.size() * 32);
  final_at = take(gl3::encoded_bytes << machine.params.final_log2);
  nonce_at = take(8);
  caps_at = at;
}

void proof_plan::place_caps(const l1_machine& machine) {
  std::size_t at = caps_at;
  for (tree_plan& t : trees) {
    t.cap_at = at;
    at += std::size_t{32} << t.cap_log2;
  }
  // Seed, zeta, gamma; per height the two combinations of the openings (see rows_source.cpp).
  rows_context_bytes = 32 * (3 + 2 * heights.size()) + (at - caps_at);
  const std::size_t layers_from = at;
  for (layer_plan& l : layers) {
    l.cap_at = at;
    at += std::size_t{32} << l.cap_log2;
  }
  // Seed, output, betas, final polynomial.
  leaves_context_bytes = 32 * (2 + layers.size()) +
                         (gl3::encoded_bytes << machine.params.final_log2) + (at - layers_from);
  head_bytes = at;
}

void proof_plan::place_query(const l1_machine& machine) {
  for (const tree_plan& t : trees) {
    for (const height_group& g : t.groups) row_bytes += g.columns * gl::encoded_bytes;
    row_bytes += 32 * (t.groups.front().height_log2 + machine.params.blowup_log2 - t.cap_log2);
  }
  for (const layer_plan& l : layers)
    leaf_bytes += (gl3::encoded_bytes << l.fold_log2) +
                  32 * (l.height_log2 - l.fold_log2 + machine.params.blowup_log2 - l.cap_log2);
}

void proof_plan::cut(const l1_machine& machine) {
  const std::size_t queries = machine.params.queries;
  const std::size_t rows_room = machine.call_bytes_max - rows_prefix_bytes - rows_context_bytes;
  const std::size_t leaves_room =
      machine.call_bytes_max - leaves_prefix_bytes - leaves_context_bytes;
  const std::size_t leaves_fit = leaf_bytes == 0 ? queries : leaves_room / leaf_bytes;
  ensure(head_prefix_bytes + head_bytes <= machine.call_bytes_max &&
         rows_context_bytes + rows_prefix_bytes + row_bytes <= machine.call_bytes_max &&
         leaves_context_bytes + leaves_prefix_bytes + leaf_bytes <= machine.call_bytes_max);
  // Batches as even as they come, so that no transaction is nearly empty.
  const std::size_t fit = std::min({queries, rows_room / row_bytes, leaves_fit});
  rows_batches = (queries + fit - 1) / fit;
  rows_batch = (queries + rows_batches - 1) / rows_batches;
  rows_batches = (queries + rows_batch - 1) / rows_batch;
  leaves_batches = std::max<std::size_t>(1, leaves_fit / rows_batch);
  leaves_calls = (rows_batches + leaves_batches - 1) / leaves_batches;
  leaves_batches = (rows_batches + leaves_calls - 1) / leaves_calls;
  leaves_calls = (rows_batches + leaves_batches - 1) / leaves_batches;
  ensure(leaves_calls <= 256);
}

}  // namespace ashlar::stark
