#include "runtime/stark/air/checker.hpp"

#include <algorithm>

namespace ashlar::stark {

namespace {

std::string decimal(u64 v) {
  std::string s;
  do s.insert(s.begin(), static_cast<char>('0' + v % 10));
  while ((v /= 10) != 0);
  return s;
}

bool before(const bus_message& a, const bus_message& b) noexcept {
  if (a.on != b.on) return a.on < b.on;
  for (std::size_t i = 0; i < properties_of(a.on).length; ++i)
    if (a.tuple[i] != b.tuple[i]) return a.tuple[i].value() < b.tuple[i].value();
  return false;
}

void gather(const matrix& m, std::size_t row, std::vector<gl>& out) {
  out.resize(m.width() + 1);
  for (std::size_t j = 0; j < m.width(); ++j) out[j] = m.at(row, j);
}

}  // namespace

std::string check_failure::text() const {
  if (!chip.empty())
    return std::string(chip) + ": constraint " + decimal(constraint) + " fails in row " +
           decimal(row);
  std::string s = "bus " + std::string(name_of(excess.on)) + ": (";
  for (u32 i = 0; i < properties_of(excess.on).length; ++i)
    s += (i == 0 ? "" : ", ") + decimal(excess.tuple[i].value());
  const u64 m = excess.multiplicity.value();
  const bool negative = m > gl::modulus / 2;
  return s + (negative ? ") received " : ") sent ") + decimal(negative ? gl::modulus - m : m) +
         " times too often";
}

void check_table_row(const checked_table& t, std::size_t row, row_check& out) {
  const std::size_t height = t.main.height(), after = row + 1 == height ? 0 : row + 1;
  std::vector<gl> here, next, fixed(1), fixed_next(1);
  gather(t.main, row, here);
  gather(t.main, after, next);
  if (t.chip->fixed_width != 0) {
    gather(t.fixed, row, fixed);
    gather(t.fixed, after, fixed_next);
  }
  t.chip->check({here.data(), next.data(), fixed.data(), fixed_next.data(), t.publics.data(),
                 row == 0, row + 1 == height},
                out);
}

std::optional<check_failure> balance(std::vector<bus_message>& messages) {
  std::sort(messages.begin(), messages.end(), before);
  for (std::size_t i = 0; i < messages.size();) {
    bus_message sum = messages[i];
    std::size_t j = i + 1;
    for (; j < messages.size() && messages[j].same_tuple(sum); ++j)
      sum.multiplicity += messages[j].multiplicity;
    if (!sum.multiplicity.is_zero()) return check_failure{{}, 0, 0, sum};
    i = j;
  }
  return std::nullopt;
}

std::optional<check_failure> check_tables(std::span<const checked_table> tables,
                                          std::vector<bus_message>& global) {
  std::vector<bus_message> local;
  row_check out;
  for (const auto& t : tables) {
    ensure(t.main.width() == t.chip->width && t.fixed.width() == t.chip->fixed_width &&
           t.publics.size() == t.chip->publics_width);
    ensure(t.chip->fixed_width == 0 || t.fixed.height() == t.main.height());
    for (std::size_t row = 0; row < t.main.height(); ++row) {
      out.clear();
      check_table_row(t, row, out);
      if (!out.violated.empty()) return check_failure{t.chip->name, out.violated[0], row, {}};
      for (const auto& m : out.messages) (properties_of(m.on).global ? global : local).push_back(m);
    }
  }
  return balance(local);
}

}  // namespace ashlar::stark
