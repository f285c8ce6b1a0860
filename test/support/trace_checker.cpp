#include "test/support/trace_checker.hpp"

#include <algorithm>
#include <map>

#include "runtime/riscv/ecall.hpp"

namespace ashlar::test {

namespace {

using namespace riscv;

struct access {
  u32 time;
  bool ram;
  u32 where;
  u32 before_value, before_time, value;
};

/// Every access of a segment, and who executes when.
class collector {
 public:
  collector(const program& p, const segment& s) : program_(p), segment_(s) {
    for (const auto* family : {&s.add, &s.bitwise, &s.shift, &s.compare, &s.mul_div})
      for (const alu_record& r : *family) alu(r);
    for (const auto* family : {&s.word, &s.sub_word})
      for (const memory_record& r : *family) memory(r);
    for (const system_record& r : s.system) system(r);
    for (const blake3_record& r : s.blake3) {
      begin_call(r, ecall::blake3_compress, {r.out, r.cv, r.block, r.counter, r.length_flags});
      reads(r.cv.value, r.cv_words, r.time);
      reads(r.block.value, r.block_words, r.time + 1);
      writes(r.out.value, r.out_words, r.time + 2);
    }
    for (const keccak_record& r : s.keccak) {
      begin_call(r, ecall::keccak_f1600, {r.state});
      writes(r.state.value, r.words, r.time);
    }
    for (const mod256_record& r : s.mod256) multiply_add(r, ecall::mod256_mul_add);
    for (const mod384_record& r : s.mod384) multiply_add(r, ecall::mod384_mul_add);
    for (const copy_record& r : s.copy) {
      begin_call(r, ecall::copy_words, {r.to, r.from, r.words});
      for (u32 i = 0; i < r.words.value; ++i) {
        const copied_word& w = s.copied_words.at(r.words_begin + i);
        read(r.from.value + 4 * i, w.source, r.time);
        write(r.to.value + 4 * i, w.destination, r.time + 1);
        if (w.source.value != w.destination.value) fault = "a copied word changed";
      }
    }
    for (const ext3_record& r : s.ext3) {
      begin_call(r, ecall::ext3_mul_add, {r.out, r.a, r.b, r.c});
      reads(r.a.value, r.a_words, r.time);
      reads(r.b.value, r.b_words, r.time + 1);
      reads(r.c.value, r.c_words, r.time + 2);
      writes(r.out.value, r.out_words, r.time + 3);
    }
    for (const open_row_record& r : s.open_row) {
      begin_call(r, ecall::open_row, {r.out, r.challenge, r.elements, r.each});
      reads(r.challenge.value, r.challenge_words, r.time);
      writes(r.out.value, r.out_words, r.time + 1);
    }
    for (const climb_record& r : s.climb) {
      begin_call(r, ecall::climb, {r.digest, r.position, r.depth, r.unused});
      reads(r.digest.value, r.digest_words, r.time);
      writes(r.digest.value, r.out_words, r.time + 1);
    }
    for (const absorb_record& r : s.absorb) {
      begin_call(r, ecall::absorb, {r.state, r.block});
      reads(r.state.value + 64, r.capacity_words, r.time);
      reads(r.block.value, r.block_words, r.time + 1);
      writes(r.state.value, r.out_words, r.time + 2);
    }
    permutations();
  }

  std::vector<access> accesses;
  struct step {
    u32 index, next_pc;
  };
  std::map<u32, step> steps;  // by time
  const char* fault = nullptr;

 private:
  const instruction& begin(u32 index, u32 time) {
    if (index >= program_.code.size()) {
      fault = "no such instruction";
      index = 0;
    }
    if (!steps.emplace(time, step{index, program_.pc_of(index) + 4}).second)
      fault = "two instructions at one time";
    return program_.code[index];
  }
  template <class Record>
  void begin_call(const Record& r, ecall number, std::initializer_list<read_access> arguments) {
    const instruction& i = begin(r.index, r.time);
    if (i.op != operation::ecall) fault = "a call that is no ecall";
    if (r.number.value != static_cast<u32>(number)) fault = "a call of another number";
    reg(ecall_number_register, r.number.value, r.number.time, r.number.value, r.time);
    u32 n = ecall_argument_register;
    for (const read_access& a : arguments) reg(n++, a.value, a.time, a.value, r.time);
  }
  template <std::size_t N>
  void multiply_add(const modular_record<N>& r, ecall number) {
    begin_call(r, number, {r.out, r.a, r.b, r.c, r.m});
    reads(r.a.value, r.a_words, r.time);
    reads(r.b.value, r.b_words, r.time + 1);
    reads(r.c.value, r.c_words, r.time + 2);
    reads(r.m.value, r.m_words, r.time + 3);
    writes(r.out.value, r.out_words, r.time + 3);
  }
  void reg(u32 which, u32 before, u32 before_time, u32 value, u32 time) {
    accesses.push_back({time, false, which, before, before_time, value});
  }
  void read(u32 address, const read_access& a, u32 time) {
    accesses.push_back({time, true, address, a.value, a.time, a.value});
  }
  void write(u32 address, const write_access& a, u32 time) {
    accesses.push_back({time, true, address, a.old_value, a.time, a.value});
  }
  template <std::size_t N>
  void reads(u32 address, const std::array<read_access, N>& words, u32 time) {
    for (u32 i = 0; i < N; ++i) read(address + 4 * i, words[i], time);
  }
  template <std::size_t N>
  void writes(u32 address, const std::array<write_access, N>& words, u32 time) {
    for (u32 i = 0; i < N; ++i) write(address + 4 * i, words[i], time);
  }

  void alu(const alu_record& r) {
    const instruction& i = begin(r.index, r.time);
    reg(i.rs1, r.rs1.value, r.rs1.time, r.rs1.value, r.time);
    reg(i.rs2, r.rs2.value, r.rs2.time, r.rs2.value, r.time + 1);
    const bool branch = i.op >= operation::beq && i.op <= operation::bgeu;
    if (!branch) reg(i.rd, r.rd.old_value, r.rd.time, r.rd.value, r.time + 3);
    const u32 a = r.rs1.value, b = r.rs2.value;
    const auto sa = static_cast<std::int32_t>(a), sb = static_cast<std::int32_t>(b);
    u32& next = steps[r.time].next_pc;
    switch (i.op) {
      case operation::jal:
        next = i.imm;
        break;
      case operation::jalr:
        next = (a + i.imm) / 2 * 2;
        break;
      case operation::beq:
        next = a == b ? i.imm : next;
        break;
      case operation::bne:
        next = a != b ? i.imm : next;
        break;
      case operation::blt:
        next = sa < sb ? i.imm : next;
        break;
      case operation::bge:
        next = sa >= sb ? i.imm : next;
        break;
      case operation::bltu:
        next = a < b ? i.imm : next;
        break;
      case operation::bgeu:
        next = a >= b ? i.imm : next;
        break;
      default:
        break;
    }
  }

  void memory(const memory_record& r) {
    const instruction& i = begin(r.index, r.time);
    const bool store = i.op == operation::sw || i.op == operation::sb || i.op == operation::sh;
    reg(i.rs1, r.rs1.value, r.rs1.time, r.rs1.value, r.time);
    reg(i.rs2, r.rs2.value, r.rs2.time, r.rs2.value, r.time + 1);
    write(r.address, r.ram, r.time + 2);
    if (!store) reg(i.rd, r.rd.old_value, r.rd.time, r.rd.value, r.time + 3);
    if (!store && r.ram.old_value != r.ram.value) fault = "a load changed RAM";
    if (r.address != (r.rs1.value + i.imm) / 4 * 4) fault = "an access to another address";
  }

  void system(const system_record& r) {
    switch (static_cast<ecall>(r.number.value)) {
      case ecall::halt:
        begin_call(r, ecall::halt, {r.a0});
        break;
      case ecall::read:
        begin_call(r, ecall::read, {r.a0, r.a1});
        for (u32 i = 0; i < r.a1.value; ++i)
          write(r.a0.value + 4 * i, segment_.read_words.at(r.words_begin + i), r.time + 2);
        break;
      case ecall::commit:
        begin_call(r, ecall::commit, {r.a0});
        reads(r.a0.value, r.output, r.time + 2);
        break;
      default:
        fault = "a system record of no system call";
    }
  }

  // Every permutation belongs to one call, and what its calls leave is what it gives.
  void permutations() {
    std::vector<bool> used(segment_.permutations.size());
    const auto take = [&](u32 begin, u32 count) {
      for (u32 i = begin; i < begin + count; ++i) {
        if (i >= used.size() || used[i]) {
          fault = "permutations of no call, or of two";
          return permutation_record{};
        }
        used[i] = true;
      }
      return segment_.permutations[begin + count - 1];
    };
    const auto same = [&](const auto& words, const permutation_record& p, unsigned elements) {
      for (unsigned i = 0; i < elements; ++i)
        if ((words[2 * i].value | u64{words[2 * i + 1].value} << 32) != p.out[i])
          fault = "a digest that is not its permutation's";
    };
    for (const open_row_record& r : segment_.open_row)
      same(r.out_words,
           take(r.permutations_begin, (r.elements.value + r.each.value - 1) / r.each.value), 4);
    for (const climb_record& r : segment_.climb)
      same(r.out_words, take(r.permutations_begin, r.depth.value), 4);
    for (const absorb_record& r : segment_.absorb)
      same(r.out_words, take(r.permutations_begin, 1), 12);
    if (std::find(used.begin(), used.end(), false) != used.end())
      fault = "a permutation of no call";
  }

  const program& program_;
  const segment& segment_;
};

struct cell_now {
  u32 value, time;
};

std::string at_time(const char* what, u32 time) {
  return std::string(what) + " at time " + std::to_string(time);
}

}  // namespace

std::string trace_checker::check(const segment& s) {
  if (s.index != ++segments_) return "segment out of order";
  if (s.start_pc != pc_) return "start_pc is not where the segment before ended";
  collector c(program_, s);
  if (c.fault) return c.fault;

  u32 time = 0;
  for (const auto& [at, step] : c.steps) {
    if (at != time + 4) return at_time("a gap in time", at);
    if (program_.pc_of(step.index) != pc_) return at_time("another instruction was due", at);
    time = at;
    pc_ = step.next_pc;
  }
  if (c.steps.size() != s.cycles) return "cycles is not the number of instructions";
  if (s.last) pc_ -= 4;
  if (s.end_pc != pc_) return "end_pc is not where the last instruction leads";

  std::map<std::pair<bool, u32>, cell_now> cells;
  for (u32 r = 0; r < register_count; ++r) {
    if (s.registers[r].initial != registers_[r]) return "a register changed between segments";
    cells[{false, r}] = {registers_[r], 0};
  }
  std::map<u32, cell> memory(memory_.begin(), memory_.end());
  if (s.index == 1)
    for (const image_word& w : program_.image) memory[w.address] = {w.value, 0};
  u32 last_address = 0;
  for (const memory_boundary& b : s.memory) {
    if (b.address % 4 != 0 || b.address >= program_.ram_bytes) return "a boundary outside RAM";
    if (&b != s.memory.data() && b.address <= last_address) return "boundaries not ascending";
    last_address = b.address;
    const auto known = memory.find(b.address);
    const cell expected = known == memory.end() ? cell{0, 0} : known->second;
    if (b.initial != expected.value || b.previous_segment != expected.segment)
      return "a boundary does not continue the segment before";
    cells[{true, b.address}] = {b.initial, 0};
    memory[b.address] = {b.final, s.index};
  }

  std::stable_sort(c.accesses.begin(), c.accesses.end(),
                   [](const access& a, const access& b) { return a.time < b.time; });
  for (const access& a : c.accesses) {
    const auto found = cells.find({a.ram, a.where});
    if (found == cells.end()) return at_time("a cell without a boundary", a.time);
    cell_now& now = found->second;
    if (now.value != a.before_value || now.time != a.before_time)
      return at_time("an access does not continue the one before", a.time);
    if (now.time >= a.time) return at_time("two accesses to a cell at one time", a.time);
    now = {a.value, a.time};
  }
  for (u32 r = 0; r < register_count; ++r) {
    const cell_now& now = cells[{false, r}];
    if (now.value != s.registers[r].final || now.time != s.registers[r].last_time)
      return "a register's boundary is not its last access";
    registers_[r] = now.value;
  }
  for (const memory_boundary& b : s.memory) {
    const cell_now& now = cells[{true, b.address}];
    if (now.time == 0) return "a boundary of a word that is not touched";
    if (now.value != b.final || now.time != b.last_time)
      return "a word's boundary is not its last access";
  }
  memory_.assign(memory.begin(), memory.end());
  return {};
}

}  // namespace ashlar::test
