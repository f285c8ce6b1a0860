#include "runtime/riscv/machine.hpp"

#include <cstdio>

#include "runtime/riscv/execute.hpp"

namespace ashlar::riscv {

machine_state::machine_state(const program& p, std::span<const u32> private_input)
    : base(p.base),
      code_size(static_cast<u32>(p.code.size())),
      ram_bytes(p.ram_bytes),
      code(p.code),
      ram(p.ram_bytes),
      next((p.entry - p.base) / 4),
      input(private_input) {
  ensure(p.base % 4 == 0 && p.entry % 4 == 0 && next < code_size);
  ensure(ram_bytes % 4 == 0 && ram_bytes <= u32{1} << 31);
  code.push_back({});
  for (const image_word& w : p.image) {
    ensure(w.address % 4 == 0 && w.address < ram_bytes);
    store_word(w.address, w.value);
  }
}

std::string describe(const trap& t) {
  const auto text = [&](const char* what, const char* of, bool with_value = true) {
    char line[200];
    if (with_value)
      std::snprintf(line, sizeof line, "%s (%s 0x%x) at pc 0x%x after %llu cycles", what, of,
                    t.value, t.pc, static_cast<unsigned long long>(t.cycles));
    else
      std::snprintf(line, sizeof line, "%s at pc 0x%x after %llu cycles", what, t.pc,
                    static_cast<unsigned long long>(t.cycles));
    return std::string(line);
  };
  switch (t.code) {
    case trap_code::illegal_instruction:
      return text("illegal instruction", "", false);
    case trap_code::bad_jump:
      return text("no instruction to execute", "", false);
    case trap_code::misaligned:
      return text("misaligned access", "address");
    case trap_code::out_of_range:
      return text("access outside RAM", "address");
    case trap_code::unknown_ecall:
      return text("unknown ecall", "number");
    case trap_code::bad_argument:
      return text("bad ecall argument", "value");
    case trap_code::overlapping_operands:
      return text("ecall operands overlap", "address");
    case trap_code::quotient_too_large:
      return text("quotient too large", "", false);
    case trap_code::input_exhausted:
      return text("private input exhausted", "words asked");
    case trap_code::second_output:
      return text("public output given twice", "", false);
    case trap_code::no_chip:
      return text("the machine of this proof has no chip for the ecall", "number");
    case trap_code::cycle_limit:
      return text("cycle limit reached", "", false);
  }
  return text("unknown trap", "", false);
}

std::vector<u32> input_words(bytes_view witness) {
  ensure(witness.size() <= 0xffffffff);
  std::vector<u32> words(1 + (witness.size() + 3) / 4);
  words[0] = static_cast<u32>(witness.size());
  if (!witness.empty()) std::memcpy(words.data() + 1, witness.data(), witness.size());
  return words;
}

result<run_result, trap> run(const program& p, std::span<const u32> input, const run_limits& limits,
                             advice_change change) {
  machine_state m(p, input);
  m.change_advice = std::move(change);
  no_recorder recorder;
  switch (execute(m, recorder, limits.cycles_max)) {
    case pause::halted:
      return m.so_far;
    case pause::trapped:
      return fail(m.last_trap);
    case pause::budget:
      break;
  }
  return fail(trap{trap_code::cycle_limit, m.pc_of(m.next), 0, m.so_far.cycles});
}

}  // namespace ashlar::riscv
