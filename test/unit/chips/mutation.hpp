#pragma once

#include <map>
#include <random>

#include "test/unit/chips/run_tables.hpp"

namespace ashlar::test {

/// What became of changed cells, by chip and column.
struct mutation_count {
  u64 refused = 0;
  /// Accepted, and no message of the row changed: the rest of the world cannot tell, so what is
  /// proved is the same. Cells that a row does not use, or a free choice of witness.
  u64 unseen = 0, unseen_live = 0;
  /// Accepted although a message changed: the description has a hole.
  u64 holes = 0;
};
using mutation_counts = std::map<std::pair<std::string, std::size_t>, mutation_count>;

/// Changes cells of tables that check, one at a time, and evaluates what depends on each.
class mutation_run {
 public:
  explicit mutation_run(u64 seed) : random_(seed) {}

  /// Every cell of `rows` of a table, to every value of `candidates`. The tables around must
  /// balance.
  void mutate(stark::checked_table& t, const std::vector<std::size_t>& rows) {
    for (std::size_t row : rows) {
      const std::size_t before = row == 0 ? t.main.height() - 1 : row - 1;
      stark::row_check was, was_here;
      stark::check_table_row(t, row, was_here);
      stark::check_table_row(t, before, was);
      was.messages.insert(was.messages.end(), was_here.messages.begin(), was_here.messages.end());
      for (std::size_t j = 0; j < t.main.width(); ++j)
        mutate_cell(t, row, before, j, was, !was_here.messages.empty());
    }
  }

  const mutation_counts& counts() const { return counts_; }
  u64 total() const { return total_; }

 private:
  std::vector<stark::gl> candidates(stark::gl v) {
    using stark::gl;
    const gl wide(u64{1} << 32), inverse2 = gl(2u).inverse();
    std::vector<gl> all = {v + gl(1u),
                           v - gl(1u),
                           v + wide,
                           v - wide,
                           -v,
                           gl(),
                           gl(1u),
                           -gl(1u),
                           gl(0xffffffffu),
                           wide,
                           gl(0x80000000u),
                           v + gl(u64{1} << 31),
                           v + gl(4u),
                           v * gl(2u),
                           v * inverse2,
                           v + gl(u64{1} << 16),
                           gl(static_cast<u64>(random_())),
                           gl(static_cast<u64>(random_() & 0xffffffff)),
                           gl(random_() & 0xffffu)};
    std::erase(all, v);
    return all;
  }

  void mutate_cell(stark::checked_table& t, std::size_t row, std::size_t before, std::size_t j,
                   const stark::row_check& was, bool live) {
    const stark::gl good = t.main.at(row, j);
    auto& count = counts_[{std::string(t.chip->name), j}];
    for (stark::gl bad : candidates(good)) {
      ++total_;
      t.main.at(row, j) = bad;
      now_.clear();
      stark::check_table_row(t, before, now_);
      stark::check_table_row(t, row, now_);
      if (!now_.violated.empty()) {
        ++count.refused;
        continue;
      }
      if (same(was.messages, now_.messages)) {
        ++count.unseen;
        count.unseen_live += live;
        continue;
      }
      for (auto m : was.messages) {
        m.multiplicity = -m.multiplicity;
        now_.messages.push_back(m);
      }
      ++(stark::balance(now_.messages) ? count.refused : count.holes);
    }
    t.main.at(row, j) = good;
  }

  static bool same(const std::vector<stark::bus_message>& a,
                   const std::vector<stark::bus_message>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!a[i].same_tuple(b[i]) || a[i].multiplicity != b[i].multiplicity) return false;
    return true;
  }

  std::mt19937_64 random_;
  mutation_counts counts_;
  stark::row_check now_;
  u64 total_ = 0;
};

}  // namespace ashlar::test
