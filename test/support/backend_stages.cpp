#include "test/support/backend_stages.hpp"

#include <random>

#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/circuit/machine.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "test/support/circuit_stages.hpp"
#include "test/support/mixer_program.hpp"
#include "test/unit/stark/toy_machine.hpp"

namespace ashlar::test {

using namespace stark;

namespace {

gl random_gl(std::mt19937_64& rng) {
  // Corners more often than chance would have them.
  switch (rng() % 16) {
    case 0:
      return gl(rng() % 3);
    case 1:
      return gl(gl::modulus - 1 - rng() % 3);
    case 2:
      return gl(u64{0xffffffff} + rng() % 3);
    default:
      return gl(rng());
  }
}
gl3 random_gl3(std::mt19937_64& rng) {
  return {random_gl(rng), random_gl(rng), random_gl(rng)};
}
matrix random_matrix(std::mt19937_64& rng, unsigned height_log2, std::size_t width) {
  matrix m(std::size_t{1} << height_log2, width);
  for (std::size_t j = 0; j < width; ++j)
    for (gl& e : m.column(j)) e = random_gl(rng);
  return m;
}

std::string text(const gl3& e) {
  return "(" + std::to_string(e.c[0].value()) + ", " + std::to_string(e.c[1].value()) + ", " +
         std::to_string(e.c[2].value()) + ")";
}
std::string differ(const std::string& what, std::size_t at, const std::string& a,
                   const std::string& b) {
  return what + " " + std::to_string(at) + ": " + a + " expected, got " + b;
}
std::string compare(const std::string& what, const std::vector<gl3>& a, const std::vector<gl3>& b) {
  if (a.size() != b.size())
    return differ("number of " + what, 0, std::to_string(a.size()), std::to_string(b.size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(a[i] == b[i])) return differ(what, i, text(a[i]), text(b[i]));
  return {};
}
std::string compare(const std::string& what, bytes_view a, bytes_view b) {
  if (a.size() != b.size())
    return differ("bytes of " + what, 0, std::to_string(a.size()), std::to_string(b.size()));
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    std::size_t different = 0;
    for (std::size_t k = i; k < a.size(); ++k) different += a[k] != b[k];
    // As elements, for that is what most of the bytes are.
    const std::size_t word = i / 8 * 8;
    const auto at = [&](bytes_view v) {
      return word + 8 <= v.size() ? std::to_string(load_le64(v.data() + word))
                                  : std::to_string(v[i]);
    };
    return differ(what + ", word", word / 8, at(a), at(b)) + " (" + std::to_string(different) +
           " of " + std::to_string(a.size()) + " bytes differ)";
  }
  return {};
}

/// All rows at each place of both trees (or about `most` of them), and the roots.
std::string compare_trees(prover_backend& a, const device_tree& x, prover_backend& b,
                          const device_tree& y, unsigned depth, std::size_t most = 1u << 14) {
  std::vector<u32> positions;
  const std::size_t all = std::size_t{1} << depth;
  const std::size_t step = std::max<std::size_t>(1, all / most);
  // An odd number of places apart: left ones and right ones.
  for (std::size_t i = 0; i < all; i += step == 1 ? 1 : step - 1 + (i & 2))
    positions.push_back(static_cast<u32>(i));
  // In no order, and one twice. No tree here has tables that join above this level.
  std::swap(positions.front(), positions.back());
  positions.push_back(positions.front());
  constexpr unsigned cap_log2 = 2;
  const tree_openings in_x = a.gather(x, cap_log2, positions);
  const tree_openings in_y = b.gather(y, cap_log2, positions);
  if (std::string d = compare("cap", in_x.cap, in_y.cap); !d.empty()) return d;
  if (std::string d = compare("rows and siblings", in_x.paths, in_y.paths); !d.empty()) return d;
  return compare("root", {x.root.data(), 32}, {y.root.data(), 32});
}

struct sizes {
  unsigned height_log2;
  std::size_t width;
};

/// A commitment to random tables, and their openings.
std::string commitment(prover_backend& a, prover_backend& b, const std::vector<sizes>& tables,
                       unsigned blowup_log2, hash_kind hash = hash_kind::blake3) {
  std::mt19937_64 rng(tables.size() * 1000 + tables[0].height_log2 * 10 + blowup_log2);
  std::vector<table_handle> in_a, in_b;
  std::vector<device_table*> list_a, list_b;
  unsigned top = 0;
  for (const sizes& s : tables) {
    matrix m = random_matrix(rng, s.height_log2, s.width);
    in_a.push_back(a.upload(m));
    in_b.push_back(b.upload(std::move(m)));
    list_a.push_back(in_a.back().get());
    list_b.push_back(in_b.back().get());
    top = std::max(top, s.height_log2);
  }
  const auto x = a.commit(list_a, hash, blowup_log2, false),
             y = b.commit(list_b, hash, blowup_log2, false);
  if (std::string d = compare_trees(a, *x, b, *y, top + blowup_log2); !d.empty()) return d;
  const gl3 zeta = random_gl3(rng) + gl3(gl(), gl::one(), gl());
  for (std::size_t i = 0; i < tables.size(); ++i) {
    std::vector<gl3> here[2], next[2];
    a.evaluate(*in_a[i], zeta, here[0], &next[0]);
    b.evaluate(*in_b[i], zeta, here[1], &next[1]);
    if (std::string d = compare("value at zeta", here[0], here[1]); !d.empty()) return d;
    if (std::string d = compare("value at zeta w", next[0], next[1]); !d.empty()) return d;
    std::vector<gl3> alone;
    b.evaluate(*in_b[i], zeta, alone, nullptr);
    if (std::string d = compare("value at zeta alone", here[0], alone); !d.empty()) return d;
  }
  return {};
}

/// DEEP over random tables of two heights, then folds with every width that fits.
std::string combination(prover_backend& a, prover_backend& b, unsigned height_log2,
                        unsigned blowup_log2, unsigned fold_log2,
                        hash_kind hash = hash_kind::blake3) {
  std::mt19937_64 rng(height_log2 * 100 + blowup_log2 * 10 + fold_log2);
  const gl3 zeta = random_gl3(rng) + gl3(gl(), gl::one(), gl());
  prover_backend* const both[2] = {&a, &b};
  codeword_handle words[2][2];  // by backend, tall and short
  std::vector<table_handle> kept;
  for (unsigned which = 0; which < 2; ++which) {
    const unsigned h = which == 0 ? height_log2 : height_log2 - fold_log2;
    std::vector<std::vector<gl3>> coefficients;
    std::vector<matrix> traces;
    for (std::size_t width : {5u, 1u, 3u}) {
      traces.push_back(random_matrix(rng, h, width));
      coefficients.emplace_back();
      for (std::size_t j = 0; j < width; ++j) coefficients.back().push_back(random_gl3(rng));
    }
    const gl3 opened[3] = {random_gl3(rng), random_gl3(rng), random_gl3(rng)};
    const gl3 next_factor = random_gl3(rng);
    for (unsigned k = 0; k < 2; ++k) {
      std::vector<deep_term> terms;
      std::vector<device_table*> list;
      for (std::size_t t = 0; t < traces.size(); ++t) {
        kept.push_back(both[k]->upload(traces[t]));
        list.push_back(kept.back().get());
        terms.push_back({kept.back().get(), coefficients[t], opened[t], opened[2 - t],
                         t == 2 ? gl3() : next_factor});
      }
      const auto tree = both[k]->commit(list, hash, blowup_log2, false);
      words[k][which] = both[k]->deep(h, blowup_log2, terms, zeta);
    }
  }
  const gl3 beta = random_gl3(rng);
  const unsigned depth = height_log2 - fold_log2 + blowup_log2;
  tree_handle tree[2];
  for (unsigned k = 0; k < 2; ++k)
    tree[k] = both[k]->commit_layer(*words[k][0], hash, fold_log2, blowup_log2);
  if (std::string d = compare_trees(a, *tree[0], b, *tree[1], depth); !d.empty())
    return "DEEP: " + d;
  for (const bool with_joined : {false, true}) {
    codeword_handle folded[2];
    std::vector<gl3> last[2];
    tree_handle next_tree[2];
    for (unsigned k = 0; k < 2; ++k) {
      folded[k] = both[k]->fold(*words[k][0], fold_log2, blowup_log2, beta,
                                with_joined ? words[k][1].get() : nullptr);
      last[k] = both[k]->final_polynomial(*folded[k]);
      next_tree[k] = both[k]->commit_layer(*folded[k], hash, 1, blowup_log2);
    }
    if (std::string d = compare_trees(a, *next_tree[0], b, *next_tree[1], depth - 1); !d.empty())
      return "folded: " + d;
    if (std::string d = compare("final coefficient", last[0], last[1]); !d.empty()) return d;
  }
  return {};
}

/// LogUp columns and quotient of one chip over random tables: they satisfy nothing, but both
/// backends must say the same of them.
std::string chip_stage(prover_backend& a, prover_backend& b, const prover_air& air,
                       unsigned height_log2, unsigned blowup_log2) {
  std::mt19937_64 rng(height_log2);
  const air_shape& shape = air.verifier.shape;
  const matrix main = random_matrix(rng, height_log2, shape.main_width);
  matrix fixed;
  if (shape.fixed_width != 0) fixed = random_matrix(rng, height_log2, shape.fixed_width);
  std::vector<gl> publics;
  for (u32 i = 0; i < shape.public_count; ++i) publics.push_back(random_gl(rng));
  const air_challenges challenges{
      publics, {random_gl3(rng), random_gl3(rng)}, {random_gl3(rng), random_gl3(rng)}};
  const gl3 alpha = random_gl3(rng);
  prover_backend* const both[2] = {&a, &b};
  std::vector<table_handle> kept[2];
  std::vector<tree_handle> trees[2];
  std::optional<auxiliary_trace> aux[2];
  for (unsigned k = 0; k < 2; ++k) {
    air_tables tables;
    const auto add = [&](table_handle t) {
      kept[k].push_back(std::move(t));
      device_table* const p = kept[k].back().get();
      return p;
    };
    device_table* const m = add(both[k]->upload(main));
    tables.main = m;
    trees[k].push_back(both[k]->commit({&m, 1}, hash_kind::blake3, blowup_log2, true));
    if (shape.fixed_width != 0) {
      device_table* const f = add(both[k]->upload(fixed));
      tables.fixed = f;
      trees[k].push_back(both[k]->commit({&f, 1}, hash_kind::blake3, blowup_log2, true));
    }
    aux[k] = both[k]->auxiliary(air, tables, challenges);
    if (!aux[k]) return "a denominator is zero in backend " + std::to_string(k);
    both[k]->drop_trace(*m);
    if (aux[k]->table != nullptr) {
      device_table* const t = aux[k]->table.get();
      tables.aux = t;
      trees[k].push_back(both[k]->commit({&t, 1}, hash_kind::blake3, blowup_log2, false));
    }
    device_table* const q =
        add(both[k]->quotient(air, tables, challenges, aux[k]->sums, alpha, blowup_log2));
    trees[k].push_back(both[k]->commit({&q, 1}, hash_kind::blake3, blowup_log2, false));
  }
  const std::string name(shape.name);
  if (std::string d = compare("sum", {aux[0]->sums.local, aux[0]->sums.global},
                              {aux[1]->sums.local, aux[1]->sums.global});
      !d.empty())
    return name + ": " + d;
  const char* const what[] = {"main: ", "fixed: ", "auxiliary: ", "quotient: "};
  std::size_t at = 0;
  for (unsigned w = 0; w < 4; ++w) {
    if ((w == 1 && shape.fixed_width == 0) || (w == 2 && aux[0]->table == nullptr)) continue;
    if (std::string d =
            compare_trees(a, *trees[0][at], b, *trees[1][at], height_log2 + blowup_log2, 1u << 10);
        !d.empty())
      return name + ": " + what[w] + d;
    ++at;
  }
  return {};
}

template <class List>
std::string chip_stages(prover_backend& a, prover_backend& b, unsigned height_log2,
                        unsigned blowup_log2) {
  std::string out;
  List::each([&]<class Chip>() {
    const std::string d = chip_stage(a, b, prover_air_of<Chip>(), height_log2, blowup_log2);
    if (!d.empty()) out += (out.empty() ? "" : "; ") + d;
  });
  return out;
}

std::string work(prover_backend& a, prover_backend& b, unsigned bits,
                 hash_kind hash = hash_kind::blake3) {
  transcript t(hash);
  for (u8 i = 0; i < 4; ++i) {
    t.absorb(transcript_item::nonce, bytes_view(&i, 1));
    const u64 x = a.grind(t, bits), y = b.grind(t, bits);
    if (x != y) return differ("nonce", i, std::to_string(x), std::to_string(y));
  }
  return {};
}

std::string toy_proofs(prover_backend& a, prover_backend& b, const proof_params& params,
                       const toy::heights& h, unsigned segments) {
  const toy::machine machine;
  std::vector<bytes> proofs[2];
  prover_backend* const both[2] = {&a, &b};
  for (unsigned k = 0; k < 2; ++k) {
    const proving_key key =
        make_proving_key(params, *both[k], machine.list(), toy::machine::fixed());
    auto r = prove_segments(params, key, *both[k], toy::make_segments(segments, h, 5));
    if (!r) return "no proof by backend " + std::to_string(k);
    proofs[k] = std::move(*r);
  }
  for (std::size_t s = 0; s < proofs[0].size(); ++s)
    if (std::string d = compare("proof", proofs[0][s], proofs[1][s]); !d.empty())
      return "segment " + std::to_string(s) + ": " + d;
  return {};
}

std::string run_proof(prover_backend& a, prover_backend& b, const proof_params& params, u32 rounds,
                      u32 segment_cycles) {
  const riscv::program program = mixer_program(rounds);
  const std::vector<u32> input = mixer_input();
  bytes proofs[2];
  prover_backend* const both[2] = {&a, &b};
  for (unsigned k = 0; k < 2; ++k) {
    const run_proving_key key = make_run_key(params, *both[k], program);
    run_proof_options options;
    options.segments.cycles = segment_cycles;
    auto r = prove_run(params, key, *both[k], program, input, options);
    if (!r) return "no proof by backend " + std::to_string(k) + ": " + r.error().text();
    proofs[k] = std::move(r->proof);
    if (k == 0) {
      const auto v = verify_run(params, key.verifier(), r->output, proofs[0]);
      if (!v) return "the reference's proof is refused";
    }
  }
  return compare("proof", proofs[0], proofs[1]);
}

}  // namespace

std::vector<backend_stage> backend_stages(bool large) {
  std::vector<backend_stage> out;
  const auto add = [&](std::string name, auto f) { out.push_back({std::move(name), f}); };
  using backend = prover_backend;
  // Every height below and above a tile of the transforms, each with another number of columns.
  for (unsigned h = 1; h <= (large ? 16u : 14u); ++h)
    add("commit and open 2^" + std::to_string(h), [h](backend& a, backend& b) {
      return commitment(a, b, {{h, 1 + (h * 5) % 13}}, 1 + h % 3);
    });
  for (std::size_t w : {7u, 8u, 9u, 127u, 128u, 129u, 256u, 257u, 385u, 1000u})
    add("commit and open " + std::to_string(w) + " columns", [w](backend& a, backend& b) {
      return commitment(a, b, {{4, w}}, 1);
    });
  add("commit tables of many heights", [](backend& a, backend& b) {
    return commitment(a, b, {{7, 3}, {12, 5}, {7, 1}, {3, 9}, {13, 2}, {11, 4}, {1, 2}}, 1);
  });
  if (large) {
    for (unsigned h : {18u, 20u, 21u})
      add("commit and open 2^" + std::to_string(h) + ", large", [h](backend& a, backend& b) {
        return commitment(a, b, {{h, 11}, {h - 2, 3}}, 1);
      });
    add("commit and open 2^16 x 600", [](backend& a, backend& b) {
      return commitment(a, b, {{16, 600}}, 1);
    });
  }
  for (unsigned f = 1; f <= 4; ++f)
    add("DEEP and fold by 2^" + std::to_string(f), [f, large](backend& a, backend& b) {
      std::string d = combination(a, b, 5 + f, 1, f);
      if (d.empty()) d = combination(a, b, large ? 16 : 9, 2, f);
      return d;
    });
  add("proof of work", [large](backend& a, backend& b) {
    std::string d = work(a, b, 3);
    return d.empty() ? work(a, b, large ? 20 : 10) : d;
  });
  for (unsigned h : large ? std::vector<unsigned>{5, 14} : std::vector<unsigned>{5, 8})
    add("chips' buses and quotients, 2^" + std::to_string(h), [h](backend& a, backend& b) {
      std::string d = chip_stages<execution_chips>(a, b, h, 1);
      using hashing =
          chip_list<poseidon2_chip, open_row_chip, climb_chip, absorb_chip, cell_pair_chip>;
      if (d.empty()) d = chip_stages<hashing>(a, b, h, 1);
      if (d.empty()) d = chip_stages<memory_chips>(a, b, h, 2);
      for (unsigned blowup : {2u, 3u, 5u})
        if (d.empty()) d = chip_stages<circuit_chips>(a, b, h, blowup);
      return d;
    });
  add("Poseidon2: rows, levels, leaves and work", [large](backend& a, backend& b) {
    constexpr hash_kind hash = hash_kind::poseidon2;
    std::string d = commitment(a, b, {{7, 3}, {9, 5}, {7, 1}, {3, 9}, {10, 2}, {1, 2}}, 1, hash);
    for (std::size_t w : {1u, 7u, 8u, 9u, 100u})
      if (d.empty()) d = commitment(a, b, {{4, w}}, 2, hash);
    if (d.empty() && large) d = commitment(a, b, {{18, 100}, {16, 3}}, 1, hash);
    for (unsigned f = 1; f <= 4; ++f)
      if (d.empty()) d = combination(a, b, 5 + f, 1, f, hash);
    return d.empty() ? work(a, b, large ? 20 : 8, hash) : d;
  });
  add("Keccak: rows, levels, leaves and work", [large](backend& a, backend& b) {
    constexpr hash_kind hash = hash_kind::keccak;
    std::string d = commitment(a, b, {{7, 3}, {9, 5}, {7, 1}, {3, 9}, {10, 2}, {1, 2}}, 1, hash);
    // Blocks of 17 elements.
    for (std::size_t w : {1u, 16u, 17u, 18u, 33u, 34u, 35u, 100u})
      if (d.empty()) d = commitment(a, b, {{4, w}}, 2, hash);
    for (unsigned f = 1; f <= 4; ++f)
      if (d.empty()) d = combination(a, b, 5 + f, 1, f, hash);
    return d.empty() ? work(a, b, large ? 20 : 8, hash) : d;
  });
  if (large) {
    // Main tables of circuits, as leaf128, circuit128 and outer128 have them.
    add("commit 2^18 x 253, 2^19 x 23 by Poseidon2 at 1/4", [](backend& a, backend& b) {
      return commitment(a, b, {{19, 23}, {18, 253}}, 2, hash_kind::poseidon2);
    });
    add("commit 2^16 x 253, 2^17 x 23 by Poseidon2 at 1/8", [](backend& a, backend& b) {
      return commitment(a, b, {{17, 23}, {16, 253}}, 3, hash_kind::poseidon2);
    });
    add("commit 2^14 x 253, 2^15 x 23 by Keccak at 1/32", [](backend& a, backend& b) {
      return commitment(a, b, {{15, 23}, {14, 253}}, 5, hash_kind::keccak);
    });
  }
  add_circuit_stages(out, large);
  add("running sums over many tiles", [large](backend& a, backend& b) {
    return chip_stage(a, b, prover_air_of<toy::relay>(), large ? 18 : 14, 1);
  });
  add("proofs of the toy machine", [](backend& a, backend& b) {
    std::string d = toy_proofs(a, b, insecure_test, {}, 1);
    for (const toy::heights h :
         {toy::heights{2, 2, 2, 2}, toy::heights{10, 4, 3, 2}, toy::heights{4, 13, 5, 4}})
      if (d.empty()) d = toy_proofs(a, b, insecure_test, h, 2);
    for (const proof_params* p : {&insecure_poseidon2, &insecure_keccak})
      if (d.empty()) d = toy_proofs(a, b, *p, {6, 4, 3, 2}, 2);
    return d;
  });
  add("proofs at other rates and folding factors", [](backend& a, backend& b) {
    proof_params p = insecure_test;
    std::string d;
    for (p.blowup_log2 = 1; p.blowup_log2 <= 4; ++p.blowup_log2)
      for (p.fold_log2 = 1; p.fold_log2 <= 4; ++p.fold_log2)
        if (d.empty()) d = toy_proofs(a, b, p, {8, 6, 5, 3}, 1);
    return d;
  });
  add("proof of a run, test parameters, many segments",
      [](backend& a, backend& b) { return run_proof(a, b, insecure_test, 12, 60); });
  if (large)
    add("proof of a run, 128 bits, one segment of 2^17 cycles",
        [](backend& a, backend& b) { return run_proof(a, b, proven128, 8000, 1u << 20); });
  return out;
}

}  // namespace ashlar::test
