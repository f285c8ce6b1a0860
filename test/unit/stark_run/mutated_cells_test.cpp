#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "runtime/stark/machine/run_prover.hpp"
#include "test/unit/chips/every_operation.hpp"

// Single cells of valid traces changed, and proved with the real prover all the same: the verifier
// must refuse each such proof. What the checker of tables says of all cells and many values
// (unit_chips), the verifier says here of each column.

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

/// A part of a run at a time: its own verdict, and its share of the sum over all parts. The global
/// challenge is fixed; who changes one cell of a trace that is written down cannot use that.
class part_prover {
 public:
  explicit part_prover(const program_run& run)
      : key_(make_run_key(insecure_test, *backend_, run.program, run.machine)) {}

  /// Its share, or nothing where the verifier refuses it.
  std::optional<gl3> verdict(const std::vector<checked_table>& part, bool memory) {
    const proving_key& key = memory ? key_.memory : key_.execution;
    segment_trace t;
    for (const checked_table& table : part) {
      t.main.push_back(table.main);
      t.publics.push_back(table.publics);
    }
    const auto publics = t.publics;
    segment_prover prover(insecure_test, key, *backend_);
    prover.begin(std::move(t)).value();
    const auto v =
        verify_segment(insecure_test, key.key, {publics, global_}, prover.finish(global_).value());
    if (!v.ok()) return std::nullopt;
    return v->global_sum;
  }

 private:
  std::unique_ptr<prover_backend> backend_ = make_cpu_backend();
  run_proving_key key_;
  const bus_challenge global_{gl3(gl(3u), gl(5u), gl(7u)), gl3(gl(2u), gl(4u), gl(6u))};
};

constexpr unsigned value_kinds = 9;
gl changed(gl v, unsigned kind, u64 random) {
  switch (kind % value_kinds) {
    case 0:
      return v + gl(1u);
    case 1:
      return v - gl(1u);
    case 2:
      return v + gl(u64{1} << 32);
    case 3:
      return v - gl(u64{1} << 32);
    case 4:
      return gl();
    case 5:
      return gl(0xffffffffu);
    case 6:
      return -gl(1u);
    case 7:
      return gl(random & 0xffff);
    default:
      return gl(random);
  }
}

/// Whether the row, or the one before that sees it as its next, tells of the change: a constraint
/// or a message. A cell that no row uses is free.
bool tells(checked_table& t, std::size_t row, std::size_t column, gl value) {
  const std::size_t before = row == 0 ? t.main.height() - 1 : row - 1;
  row_check was, now;
  check_table_row(t, before, was);
  check_table_row(t, row, was);
  const gl good = std::exchange(t.main.at(row, column), value);
  check_table_row(t, before, now);
  check_table_row(t, row, now);
  t.main.at(row, column) = good;
  if (!now.violated.empty()) return true;
  if (was.messages.size() != now.messages.size()) return true;
  for (std::size_t i = 0; i < was.messages.size(); ++i)
    if (!was.messages[i].same_tuple(now.messages[i]) ||
        was.messages[i].multiplicity != now.messages[i].multiplicity)
      return true;
  return false;
}

/// A row and a value that the rows tell of, `turn` picking among them.
std::optional<std::pair<std::size_t, gl>> change_of(checked_table& t, std::size_t column,
                                                    unsigned turn, std::mt19937_64& random) {
  const std::size_t rows = std::min<std::size_t>(t.main.height(), 300);
  const std::size_t first = random() % rows;
  for (unsigned kind = turn; kind < turn + value_kinds; ++kind)
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t row = (first + i) % rows;
      const gl good = t.main.at(row, column), bad = changed(good, kind, random());
      if (bad != good && tells(t, row, column, bad)) return std::pair(row, bad);
    }
  return std::nullopt;
}

struct tally {
  std::set<std::pair<std::string_view, std::size_t>> columns;
  u64 proofs = 0;
};

/// Every `step`th column that was not tried yet.
void mutate(const program_run& run, unsigned step, std::mt19937_64& random, tally& done) {
  run_tables tables = run.tables();
  part_prover prover(run);
  unsigned turn = 0;
  for (auto& part : tables.parts) {
    const bool memory = &part == &tables.parts.back();
    const auto honest = prover.verdict(part, memory);
    REQUIRE(honest.has_value());
    for (checked_table& t : part)
      for (std::size_t column = 0; column < t.main.width(); ++column) {
        const std::pair where(t.chip->name, column);
        if (done.columns.contains(where) || turn++ % step != 0) continue;
        const auto change = change_of(t, column, turn / step, random);
        if (!change) continue;  // unused in this part
        const auto [row, bad] = *change;
        const gl good = std::exchange(t.main.at(row, column), bad);
        const auto verdict = prover.verdict(part, memory);
        t.main.at(row, column) = good;
        INFO(t.chip->name << " column " << column << ", row " << row << ": " << good.value()
                          << " -> " << bad.value());
        CHECK((!verdict || *verdict != *honest));
        done.columns.insert(where);
        ++done.proofs;
      }
  }
}

}  // namespace

TEST_CASE("a trace with a cell changed has no proof that the verifier takes", "[mutation]") {
  const bool full = std::getenv("ASHLAR_FULL") != nullptr;
  const unsigned step = full ? 1 : 60;
  const u64 seed = 20261128;
  std::mt19937_64 random(seed);
  tally done;
  mutate(every_operation(), step, random, done);
  mutate(every_hash(), step, random, done);
  std::cout << done.proofs << " changed cells proved and refused, seed " << seed << "\n";
  CHECK(done.proofs >= 20);
  if (!full) return;
  // then: no column was left out
  const auto covered = [&]<class Chip>() {
    for (std::size_t j = 0; j < main_width<Chip>; ++j) {
      INFO(Chip::name << " column " << j);
      CHECK(done.columns.contains({Chip::name, j}));
    }
  };
  execution_chips::each(covered);
  recursion_chips::each(covered);
  memory_chips::each(covered);
}
