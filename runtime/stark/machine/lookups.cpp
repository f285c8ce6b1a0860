#include "runtime/stark/machine/lookups.hpp"

#include <algorithm>
#include <functional>

namespace ashlar::stark {

void lookup_counts::add(const lookup_counts& other) {
  const auto sum = [](auto& to, const auto& from) {
    std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus<>());
  };
  sum(range16, other.range16);
  sum(sign16, other.sign16);
  sum(byte_pair, other.byte_pair);
  sum(byte_and, other.byte_and);
  sum(power, other.power);
  sum(keccak_round, other.keccak_round);
}

matrix lookup_counts::range_table() const {
  matrix m(range_chip::height, main_width<range_chip>);
  std::size_t j = 0;
  for (const auto* counts : {&range16, &sign16, &byte_pair, &byte_and}) {
    const auto column = m.column(j++);
    for (std::size_t i = 0; i < column.size(); ++i) column[i] = gl((*counts)[i]);
  }
  return m;
}

matrix lookup_counts::ends_table() const {
  matrix m(ends_chip::height, main_width<ends_chip>);
  for (std::size_t i = 0; i < power.size(); ++i) m.at(i, 0) = gl(power[i]);
  for (std::size_t i = 0; i < keccak_round.size(); ++i) m.at(i, 1) = gl(keccak_round[i]);
  return m;
}

}  // namespace ashlar::stark
