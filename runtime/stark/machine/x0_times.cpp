#include "runtime/stark/machine/x0_times.hpp"

namespace ashlar::stark {

x0_times::x0_times(const riscv::segment& s, const riscv::program& p) : dropped_(s.cycles + 2) {
  for (const auto* records : {&s.word, &s.sub_word})
    for (const auto& r : *records)
      if (is_load(p.code[r.index].op)) dropped_[r.time >> 2] = r.rs2.time + 1;
}

}  // namespace ashlar::stark
