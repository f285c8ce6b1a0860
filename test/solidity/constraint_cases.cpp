#include "test/solidity/fixture.hpp"

namespace ashlar::stark {

namespace {

gl3 random_element(std::mt19937_64& rng) {
  return {gl(rng()), gl(rng()), gl(rng())};
}

// What the contract is asked about one table, and the native answer to it.
struct table_case {
  const verifier_air& air;
  unsigned height_log2;
  gl3 alpha, zeta;
  bus_challenge local, global;
  gl3 local_sum, global_sum;
  std::vector<gl> publics;
  std::vector<gl3> opened;  // here, next, quotient

  std::vector<gl3> extensions(std::size_t first, std::size_t count) const {
    constexpr gl3 x(gl::zero(), gl::one(), gl::zero());
    std::vector<gl3> out;
    for (std::size_t i = first; i < first + 3 * count; i += 3)
      out.push_back(opened[i] + x * (opened[i + 1] + x * opened[i + 2]));
    return out;
  }
  gl3 quotient() const {
    const air_shape& s = air.shape;
    const std::size_t w = opened_columns(s), aux_at = s.fixed_width + s.main_width;
    const auto aux = extensions(aux_at, s.aux_columns()),
               aux_next = extensions(w + aux_at, s.aux_columns());
    const std::span<const gl3> here(opened.data(), w), next(opened.data() + w, w);
    air_opening o;
    o.fixed = here.first(s.fixed_width);
    o.fixed_next = next.first(s.fixed_width);
    o.main = here.subspan(s.fixed_width, s.main_width);
    o.main_next = next.subspan(s.fixed_width, s.main_width);
    o.aux = aux;
    o.aux_next = aux_next;
    o.publics = publics;
    o.local = local;
    o.global = global;
    o.local_sum = local_sum;
    o.global_sum = global_sum;
    o.height_log2 = height_log2;
    return quotient_at(air, o, alpha, zeta);
  }
  bool holds() const {
    const auto q = extensions(2 * opened_columns(air.shape), 2);
    return quotient() == q[0] + q[1] * zeta.squared(height_log2);
  }
};

}  // namespace

std::vector<constraint_case> constraint_cases(const l1_machine& machine,
                                              const constraint_part& part, u64 seed) {
  std::mt19937_64 rng(seed);
  std::vector<table_case> tables;
  const gl3 alpha = random_element(rng), zeta = random_element(rng);
  const bus_challenge local{random_element(rng), random_element(rng)},
      global{random_element(rng), random_element(rng)};
  for (u32 t = part.first_table; t < part.end_table; ++t) {
    const verifier_air& air = machine.key.airs[t]->verifier;
    table_case c{air, machine.heights_log2[t], alpha, zeta, local, global, {}, {}, {}, {}};
    if (air.shape.uses_local()) c.local_sum = random_element(rng);
    if (air.shape.uses_global()) c.global_sum = random_element(rng);
    for (std::size_t i = 0; i < machine.publics[t].size(); ++i) c.publics.push_back(gl(rng()));
    c.opened.resize(2 * opened_columns(air.shape) + quotient_columns);
    for (gl3& v : c.opened) v = random_element(rng);
    // The first of the quotient's columns is what the others leave over.
    const std::size_t q = 2 * opened_columns(air.shape);
    c.opened[q] = gl3();
    const auto rest = c.extensions(q, 2);
    c.opened[q] = c.quotient() - rest[0] - rest[1] * zeta.squared(c.height_log2);
    tables.push_back(std::move(c));
  }
  const auto input = [&] {
    std::vector<gl3> words{alpha, zeta, local.alpha, local.beta, global.alpha, global.beta, gl3()};
    for (const table_case& c : tables) {
      words.insert(words.end(), {zeta.squared(c.height_log2), c.local_sum, c.global_sum});
      words.insert(words.end(), c.publics.begin(), c.publics.end());
    }
    for (const table_case& c : tables) words.insert(words.end(), c.opened.begin(), c.opened.end());
    ensure(words.size() == part.words);
    return words;
  };
  std::vector<constraint_case> out{{input(), true}};
  for (table_case& c : tables)
    for (gl3& v : c.opened) {
      const gl3 honest = v;
      v.c[rng() % 3] += gl(rng() % 2 == 0 ? u64{1} : rng());
      out.push_back({input(), c.holds()});
      v = honest;
    }
  return out;
}

bytes constraint_fixture_bytes(std::span<const std::string> contracts,
                               std::span<const constraint_case> cases) {
  word_writer honest, w;
  for (const gl3& v : cases[0].words) honest.packed(v);
  w.number(contracts.size());
  for (const std::string& name : contracts) w.text(std::string_view(name));
  w.text(honest.out);
  w.number(cases.size());
  for (const constraint_case& c : cases) {
    std::size_t at = 0;
    while (at + 1 < c.words.size() && c.words[at] == cases[0].words[at]) ++at;
    w.number(at);
    w.packed(c.words[at]);
    w.number(c.holds);
  }
  return std::move(w.out);
}

}  // namespace ashlar::stark
