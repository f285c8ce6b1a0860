#include "runtime/riscv/trace.hpp"

namespace ashlar::riscv {

void segment::clear() {
  index = start_pc = end_pc = cycles = 0;
  last = false;
  for (auto* records : {&add, &bitwise, &shift, &compare, &mul_div}) records->clear();
  word.clear();
  sub_word.clear();
  system.clear();
  blake3.clear();
  keccak.clear();
  mod256.clear();
  mod384.clear();
  copy.clear();
  ext3.clear();
  open_row.clear();
  climb.clear();
  absorb.clear();
  read_words.clear();
  copied_words.clear();
  permutations.clear();
  registers = {};
  memory.clear();
}

}  // namespace ashlar::riscv
