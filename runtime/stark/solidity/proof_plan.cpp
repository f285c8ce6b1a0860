#include "runtime/stark/solidity/proof_plan.hpp"

#include <algorithm>

namespace ashlar::stark {

bool is_canonical(const hash256& digest) noexcept {
  for (u32 i = 0; i < 4; ++i)
    if (load_be64(digest.data() + 8 * i) >= gl::modulus) return false;
  return true;
}

gl element_of(const hash256& digest, u32 element) noexcept {
  return gl(load_be64(digest.data() + 8 * element));
}

hash256 digest_of(const std::array<gl, 4>& elements) noexcept {
  hash256 out;
  for (u32 i = 0; i < 4; ++i) store_be64(out.data() + 8 * i, elements[i].value());
  return out;
}

std::vector<std::vector<gl>> publics_of(const l1_machine& machine, const hash256& list,
                                        const hash256& set_root) {
  ensure(is_canonical(list) && is_canonical(set_root));
  std::vector<std::vector<gl>> out;
  for (const auto& table : machine.publics) {
    std::vector<gl>& values = out.emplace_back();
    for (const public_source& s : table)
      values.push_back(s.from == public_source::kind::list       ? element_of(list, s.element)
                       : s.from == public_source::kind::set_root ? element_of(set_root, s.element)
                                                                 : s.constant);
  }
  return out;
}

status<verify_failure> check_machine(const l1_machine& machine) {
  if (machine.heights_log2.size() != machine.key.airs.size() ||
      machine.publics.size() != machine.key.airs.size())
    return fail(verify_failure{verify_error::table_count});
  return check_shape(machine.params, machine.key.key, {publics_of(machine, {}, {}), {}},
                     {machine.heights_log2, {}});
}

proof_plan::proof_plan(const l1_machine& machine) {
  ensure(is_consistent(machine.params) && check_machine(machine).ok());
  // An element that no table speaks of would be the claimant's to choose.
  unsigned elements = 0;
  for (const auto& table : machine.publics)
    for (const public_source& s : table) {
      if (s.from == public_source::kind::constant) continue;
      ensure(s.element < 4);
      elements |= 1u << (s.element + (s.from == public_source::kind::list ? 0 : 4));
    }
  ensure(elements == 0xff);
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
  head_bytes = at;
}

std::size_t proof_plan::root_at(tree_id tree) const noexcept {
  switch (tree) {
    case tree_id::global_main:
      return global_root_at;
    case tree_id::main:
      return main_root_at;
    case tree_id::aux:
      return aux_root_at;
    default:
      return quotient_root_at;
  }
}

void proof_plan::place_caps(const l1_machine& machine) {
  std::size_t at = head_bytes, roots = 0;
  for (tree_plan& t : trees) {
    t.cap_at = at;
    at += std::size_t{32} << t.cap_log2;
    roots += t.id != tree_id::fixed;
  }
  tree_cap_bytes = at - head_bytes;
  // Seed, zeta, gamma; per height the two combinations of the openings (see rows_source.cpp);
  // roots.
  rows_context_bytes = 32 * (3 + 2 * heights.size() + roots);
  for (layer_plan& l : layers) {
    l.cap_at = at;
    at += std::size_t{32} << l.cap_log2;
  }
  layer_cap_bytes = at - head_bytes - tree_cap_bytes;
  // Seed, list, betas, roots, final polynomial.
  leaves_context_bytes =
      32 * (2 + 2 * layers.size()) + (gl3::encoded_bytes << machine.params.final_log2);
  queries_at = at;
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
  const std::size_t rows_fixed = rows_prefix_bytes + rows_context_bytes + tree_cap_bytes,
                    leaves_fixed = leaves_prefix_bytes + leaves_context_bytes + layer_cap_bytes;
  ensure(head_prefix_bytes + head_bytes <= machine.call_bytes_max &&
         rows_fixed + row_bytes <= machine.call_bytes_max &&
         leaves_fixed + leaf_bytes <= machine.call_bytes_max);
  const std::size_t rows_room = machine.call_bytes_max - rows_fixed,
                    leaves_room = machine.call_bytes_max - leaves_fixed;
  const std::size_t leaves_fit = leaf_bytes == 0 ? queries : leaves_room / leaf_bytes;
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
