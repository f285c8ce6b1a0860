#include <random>

#include <catch2/catch.hpp>

#include "runtime/stark/machine/run_prover.hpp"
#include "test/unit/chips/forgery.hpp"

// A dishonest prover with the real proof system: he proves whatever tables he likes. All refusals
// below come before the queries, by sums and openings, so that they do not depend on the number of
// queries of `insecure_test`.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

riscv::program looped() {
  using enum riscv::operation;
  program_writer w;
  w.program.image = {{0x100, 7}};
  w.call(riscv::ecall::read, {0x300, 3});
  w.load_immediate(5, 20);
  const u32 loop = w.pc();
  w.emit(lw, 1, 0, 0, 0x100).emit(add, 1, 1, 5).emit(sw, 32, 0, 1, 0x100);
  w.emit(mul, 2, 1, 5).emit(sw, 32, 0, 2, 0x104);
  w.emit(add, 5, 5, 0, -1u).emit(bne, 32, 5, 0, loop);
  w.call(riscv::ecall::blake3_compress, {0x108, 0x300, 0x300, 1, 64});
  return w.finish(0x100);
}

struct liar {
  proof_params params = insecure_test;
  std::unique_ptr<prover_backend> backend = make_cpu_backend();
  riscv::program program = looped();
  run_proving_key key = make_run_key(params, *backend, program);
  run_tables honest = honest_run();

  run_tables honest_run() const {
    const u32 input[] = {5, 6, 7};
    riscv::segment_limits limits;
    limits.cycles = 60;
    return run_and_fill(program, input, limits);
  }

  static segment_trace trace_of(const std::vector<checked_table>& part) {
    segment_trace t;
    for (const auto& table : part) {
      t.main.push_back(table.main);
      t.publics.push_back(table.publics);
    }
    return t;
  }

  /// Proves the tables as they are, and claims what the honest run did.
  bytes prove(const run_tables& run) {
    std::vector<segment_claim> claims;
    for (const auto& s : run.segments) claims.push_back(claim_of(s));
    std::vector<std::unique_ptr<segment_prover>> provers;
    std::vector<segment_commitment> commitments;
    for (std::size_t i = 0; i < run.parts.size(); ++i) {
      const bool memory = i + 1 == run.parts.size();
      provers.push_back(
          std::make_unique<segment_prover>(params, memory ? key.memory : key.execution, *backend));
      commitments.push_back(provers.back()->begin(trace_of(run.parts[i])).value());
    }
    const segment_commitment memory = commitments.back();
    commitments.pop_back();
    const bus_challenge global =
        run_challenge(params, key.verifier(), run.output, memory, claims, commitments);
    bytes out(run_magic.begin(), run_magic.end());
    const auto number = [&](u64 v, unsigned width) {
      for (unsigned i = 0; i < width; ++i) out.push_back(static_cast<u8>(v >> (8 * i)));
    };
    number(run_version, 4);
    number(claims.size(), 4);
    for (const auto& c : claims) {
      number(c.cycles, 4);
      number(c.end_pc, 8);
    }
    std::rotate(provers.begin(), provers.end() - 1, provers.end());
    for (auto& p : provers) {
      const bytes part = p->finish(global).value();
      number(part.size(), 8);
      append(out, part);
    }
    return out;
  }

  std::optional<run_failure> refusal(const run_tables& run) {
    const auto v = verify_run(params, key.verifier(), run.output, prove(run));
    if (v.ok()) return std::nullopt;
    return v.error();
  }
  /// The refusal in words: "" where the proof is taken.
  std::string outcome(const run_tables& run) {
    const auto f = refusal(run);
    if (!f) return {};
    if (f->what != run_error::part) return std::string(describe(f->what));
    return std::string(describe(f->inner.what));
  }
};

const std::string unbalanced = std::string(describe(verify_error::local_sum)),
                  violated = std::string(describe(verify_error::quotient)),
                  unlinked = std::string(describe(run_error::global_sum));

void copy_row_cells(matrix& m, std::size_t to, std::size_t from) {
  for (std::size_t j = 0; j < m.width(); ++j) m.at(to, j) = m.at(from, j);
}
void clear_row(matrix& m, std::size_t row) {
  for (std::size_t j = 0; j < m.width(); ++j) m.at(row, j) = gl();
}
std::size_t rows_used(const matrix& m) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < m.height(); ++i)
    for (std::size_t j = 0; j < m.width(); ++j)
      if (!m.at(i, j).is_zero()) used = i + 1;
  return used;
}

}  // namespace

TEST_CASE("tables proved by hand are taken where they are honest", "[forged]") {
  liar l;
  REQUIRE(l.honest.segments.size() >= 3);
  CHECK(l.outcome(l.honest) == "");
}

TEST_CASE("rows dropped, doubled, exchanged or brought to life are not proved", "[forged]") {
  liar l;
  // The memory's part stands for the run's, the first segment's for itself.
  const bus_challenge global{gl3(gl(3u), gl(5u), gl(7u)), gl3(gl(2u), gl(4u), gl(6u))};
  const auto segment_outcome = [&](const std::vector<checked_table>& part) {
    segment_prover prover(l.params, l.key.execution, *l.backend);
    segment_trace t = liar::trace_of(part);
    const auto publics = t.publics;
    prover.begin(std::move(t)).value();
    const auto v = verify_segment(l.params, l.key.execution.key, {publics, global},
                                  prover.finish(global).value());
    return v.ok() ? std::string() : std::string(describe(v.error().what));
  };
  REQUIRE(segment_outcome(l.honest.parts[0]) == "");
  for (const std::size_t part : {std::size_t{0}, l.honest.parts.size() - 1})
    for (std::size_t t = 0; t < l.honest.parts[part].size(); ++t) {
      const checked_table& honest = l.honest.parts[part][t];
      const std::size_t used = rows_used(honest.main);
      INFO("part " << part << ", " << honest.chip->name << ", " << used << " rows");
      if (used == 0 || honest.main.height() > 2048) continue;
      const auto outcome = [&](const auto& change) {
        run_tables run = l.honest;
        change(run.parts[part][t].main);
        REQUIRE(run.parts[part][t].main != honest.main);
        return part == 0 ? segment_outcome(run.parts[0]) : l.outcome(run);
      };
      CHECK(outcome([&](matrix& m) { clear_row(m, used - 1); }) != "");
      if (used == honest.main.height() || honest.chip->fixed_width != 0) continue;
      CHECK(outcome([&](matrix& m) { copy_row_cells(m, used, used - 1); }) != "");
      // A padding row whose first flag is set: alive, with nothing behind it.
      const std::size_t flag = honest.chip->name == "compare"   ? 3
                               : honest.main.at(0, 0) == gl(1u) ? 0
                                                                : 2;
      CHECK(outcome([&](matrix& m) { m.at(used, flag) = gl(1u); }) != "");
    }
  // The order of rows matters where the description says so.
  run_tables run = l.honest;
  matrix& ram = memory_table_in<ram_chip>(run).main;
  for (std::size_t j = 0; j < ram.width(); ++j) std::swap(ram.at(0, j), ram.at(1, j));
  CHECK(l.outcome(run) == violated);
}

TEST_CASE("wrong multiplicities leave the lookups unbalanced", "[forged]") {
  liar l;
  for (unsigned column = 0; column < 4; ++column)
    for (const gl by : {column % 2 == 0 ? gl(1u) : -gl(1u), gl(2u).inverse()}) {
      run_tables run = l.honest;
      table_in<range_chip>(run, 1).main.at(1000, column) += by;
      CHECK(l.outcome(run) == unbalanced);
    }
  run_tables run = l.honest;
  table_in<program_chip>(run, 0).main.at(0, 0) += gl(1u);
  CHECK(l.outcome(run) == unbalanced);
  run = l.honest;
  memory_table_in<range_chip>(run).main.at(3, 0) -= gl(1u);
  CHECK(l.outcome(run) == unbalanced);
}

TEST_CASE("segments whose memories do not fit are refused by the sum over all", "[forged]") {
  liar l;
  // given: the memory's table says that the word at 0x104 ended otherwise
  run_tables run = l.honest;
  auto& ram = memory_table_in<ram_chip>(run);
  ram.main.at(1, column_of<ram_chip>(&row_of<ram_chip>::final)) += gl(1u);
  CHECK(l.outcome(run) == unlinked);
  // given: a register that ended otherwise
  run = l.honest;
  memory_table_in<image_chip>(run).main.at(l.program.image.size() + 5, 0) += gl(1u);
  CHECK(l.outcome(run) == unlinked);
  // given: a cell that no segment left, and none takes, beside the honest ones
  run = l.honest;
  matrix& boundary = table_in<boundary_chip>(run, 1).main;
  row_of<boundary_chip> forged{};
  forged.is_real = gl(1u);
  forged.space = ram_space;
  forged.address = gl(0x8000u);
  put_row<boundary_chip>(table_in<boundary_chip>(run, 1), rows_used(boundary), forged);
  table_in<range_chip>(run, 1).main.at(1, 0) += gl(1u);
  CHECK(l.outcome(run) == unlinked);
  // and the same made to cancel, as taken from this segment itself: there is no such distance
  forged.previous_segment = gl(2u);
  put_row<boundary_chip>(table_in<boundary_chip>(run, 1), rows_used(boundary) - 1, forged);
  CHECK(l.outcome(run) == unbalanced);
}

TEST_CASE("an output that the program did not leave is refused", "[forged]") {
  liar l;
  // given: the statement and the memory's table agree on another output
  run_tables run = l.honest;
  run.output[0] ^= 1;
  auto& output = memory_table_in<output_chip>(run);
  output.publics[0] = gl(load_le32(run.output.data()));
  output.main.at(0, 0) = output.publics[0];
  CHECK(l.outcome(run) == unlinked);
  // and so does the commit, which read another word
  const std::size_t last = run.segments.size() - 1;
  table_in<commit_chip>(run, last).main.at(0, column_of<commit_chip>(&row_of<commit_chip>::value)) =
      output.publics[0];
  CHECK(l.outcome(run) == unbalanced);
}

TEST_CASE("a run's proof with any byte changed is refused", "[forged]") {
  liar l;
  const bytes honest = l.prove(l.honest);
  const auto taken = [&](const bytes& proof) {
    return verify_run(l.params, l.key.verifier(), l.honest.output, proof).ok();
  };
  REQUIRE(taken(honest));
  std::mt19937_64 random(20261127);
  std::size_t tried = 0;
  bytes proof = honest;
  for (std::size_t at = 0; at < proof.size(); at += at < 64 ? 1 : 1 + random() % 2500, ++tried) {
    const u8 flip = static_cast<u8>(1u << random() % 8);
    proof[at] ^= flip;
    INFO("byte " << at << " of " << proof.size());
    REQUIRE_FALSE(taken(proof));
    proof[at] ^= flip;
  }
  CHECK(tried > 200);
}
