#include "runtime/riscv/tracer.hpp"

#include "runtime/riscv/execute.hpp"

namespace ashlar::riscv {

namespace {

/// When a word of RAM was accessed last.
struct stamp {
  u32 segment;
  u32 time;
};

class trace_recorder {
 public:
  trace_recorder(const segment_limits& limits, u32 ram_bytes, ecall_set calls)
      : limits_(limits),
        calls_(calls),
        stamps_(ram_bytes / 4),
        touched_before_cut_(limits.memory_words - touch_max) {
    const u32 call = ecall_words_max;
    ensure(limits.cycles > 0 && limits.cycles <= segment_cycles_max);
    for (const u32 limit : {limits.add, limits.word, limits.compare, limits.bitwise, limits.shift,
                            limits.sub_word, limits.mul_div, limits.calls, limits.blake3,
                            limits.keccak, limits.mod256, limits.mod384, limits.ext3})
      ensure(limit > 0);
    ensure(limits.read_words >= call && limits.copied_words >= call);
    ensure(limits.permutations >= call && limits.hash_operands >= hash_operands_of(ecall::absorb));
    ensure(limits.memory_words >= 4 * call);
  }

  void begin(segment& out, const machine_state& m) {
    out_ = &out;
    index_ = out.index;
    time_ = 4;
    hash_operands_ = 0;
    full_ = false;
    std::fill(std::begin(register_times_), std::end(register_times_), 0);
    for (std::size_t r = 0; r < register_count; ++r) out.registers[r].initial = m.x[r];
  }

  void finish(const machine_state& m) {
    for (std::size_t r = 0; r < register_count; ++r) {
      out_->registers[r].final = m.x[r];
      out_->registers[r].last_time = register_times_[r];
    }
    auto& memory = out_->memory;
    for (memory_boundary& b : memory) {
      b.final = m.load_word(b.address);
      b.last_time = stamps_[b.address / 4].time;
    }
    std::sort(memory.begin(), memory.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
    for (const memory_boundary& b : memory)
      if (b.previous_segment == 0) first_touched_.push_back({b.address, b.initial});
  }

  void alu(operation op, u32 index, const instruction& i, u32 a, u32 b, u32 value, u32 old) {
    const auto [records, limit] = records_of(op);
    put(*records, limit, {index, time_, first(i, a), second(i, b), written(i, old, value)});
  }
  void branch(u32 index, const instruction& i, u32 a, u32 b) {
    put(out_->compare, limits_.compare, {index, time_, first(i, a), second(i, b), {}});
  }
  void load(bool word, u32 index, const instruction& i, u32 a, u32 b, u32 value, u32 old,
            u32 address, u32 ram) {
    const read_access rs1 = first(i, a), rs2 = second(i, b);
    const write_access access{ram, ram, word_time(address, ram, 2)};
    put_access(word, {index, time_, rs1, rs2, written(i, old, value), address, access});
  }
  void store(bool word, u32 index, const instruction& i, u32 a, u32 b, u32 address, u32 old,
             u32 ram) {
    const read_access rs1 = first(i, a), rs2 = second(i, b);
    const write_access access{old, ram, word_time(address, old, 2)};
    put_access(word, {index, time_, rs1, rs2, {}, address, access});
  }
  void jumped(const instruction&, u32, u32) {}
  void done() { time_ += 4; }
  bool full() const { return full_ || out_->memory.size() > touched_before_cut_; }

  u32 register_time(unsigned r) { return std::exchange(register_times_[r], time_); }
  u32 word_time(u32 address, u32 old, unsigned slot) {
    stamp& s = stamps_[address / 4];
    if (s.segment != index_) [[unlikely]] {
      out_->memory.push_back({address, old, 0, 0, s.segment});
      s = {index_, time_ + slot};
      return 0;
    }
    return std::exchange(s.time, time_ + slot);
  }
  bool has_chip(ecall call) const { return calls_.has(call); }
  bool has_room(ecall call, u32 words) const {
    if (calls_made() >= limits_.calls) return false;
    switch (call) {
      case ecall::open_row:
      case ecall::climb:
      case ecall::absorb:
        return out_->permutations.size() + words <= limits_.permutations &&
               hash_operands_ + hash_operands_of(call) <= limits_.hash_operands;
      case ecall::read:
        return out_->read_words.size() + words <= limits_.read_words;
      case ecall::copy_words:
        return out_->copied_words.size() + words <= limits_.copied_words;
      case ecall::blake3_compress:
        return out_->blake3.size() < limits_.blake3;
      case ecall::keccak_f1600:
        return out_->keccak.size() < limits_.keccak;
      case ecall::mod256_mul_add:
        return out_->mod256.size() < limits_.mod256;
      case ecall::mod384_mul_add:
        return out_->mod384.size() < limits_.mod384;
      case ecall::ext3_mul_add:
        return out_->ext3.size() < limits_.ext3;
      default:
        return true;
    }
  }
  u32 time() const { return time_; }
  u32 read_words_used() const { return static_cast<u32>(out_->read_words.size()); }
  u32 copied_words_used() const { return static_cast<u32>(out_->copied_words.size()); }
  u32 permutations_used() const { return static_cast<u32>(out_->permutations.size()); }

  void emit(const system_record& r) { out_->system.push_back(r); }
  void emit(const blake3_record& r) { out_->blake3.push_back(r); }
  void emit(const keccak_record& r) { out_->keccak.push_back(r); }
  void emit(const mod256_record& r) { out_->mod256.push_back(r); }
  void emit(const mod384_record& r) { out_->mod384.push_back(r); }
  void emit(const copy_record& r) { out_->copy.push_back(r); }
  void emit(const ext3_record& r) { out_->ext3.push_back(r); }
  void emit(const open_row_record& r) { put_hash(ecall::open_row, out_->open_row, r); }
  void emit(const climb_record& r) { put_hash(ecall::climb, out_->climb, r); }
  void emit(const absorb_record& r) { put_hash(ecall::absorb, out_->absorb, r); }
  void emit(const permutation_record& r) { out_->permutations.push_back(r); }
  void emit(const write_access& w) { out_->read_words.push_back(w); }
  void emit(const copied_word& w) { out_->copied_words.push_back(w); }

  const segment_limits& limits() const { return limits_; }
  const std::vector<image_word>& first_touched() const { return first_touched_; }
  u32 last_segment_of(u32 address) const { return stamps_.data()[address / 4].segment; }

 private:
  // The most words that one instruction touches: copy_words'.
  static constexpr u32 touch_max = 2 * ecall_words_max;

  // A record of an instruction. Each makes one, so that a table that is full ends the segment with
  // this instruction.
  template <class Record>
  void put(std::vector<Record>& to, u32 limit, const Record& r) {
    to.push_back(r);
    full_ |= to.size() >= limit;
  }
  void put_access(bool word, const memory_record& r) {
    if (word)
      put(out_->word, limits_.word, r);
    else
      put(out_->sub_word, limits_.sub_word, r);
  }
  std::size_t calls_made() const {
    const segment& s = *out_;
    return s.system.size() + s.blake3.size() + s.keccak.size() + s.mod256.size() + s.mod384.size() +
           s.copy.size() + s.ext3.size() + s.open_row.size() + s.climb.size() + s.absorb.size();
  }
  template <class Record>
  void put_hash(ecall call, std::vector<Record>& records, const Record& r) {
    records.push_back(r);
    hash_operands_ += hash_operands_of(call);
  }
  std::pair<std::vector<alu_record>*, u32> records_of(operation op) {
    switch (op) {
      case operation::add:
      case operation::sub:
        return {&out_->add, limits_.add};
      case operation::xor_:
      case operation::or_:
      case operation::and_:
        return {&out_->bitwise, limits_.bitwise};
      case operation::sll:
      case operation::srl:
      case operation::sra:
        return {&out_->shift, limits_.shift};
      case operation::slt:
      case operation::sltu:
      case operation::jal:
      case operation::jalr:
        return {&out_->compare, limits_.compare};
      default:
        return {&out_->mul_div, limits_.mul_div};
    }
  }
  read_access first(const instruction& i, u32 value) {
    return {value, std::exchange(register_times_[i.rs1], time_)};
  }
  read_access second(const instruction& i, u32 value) {
    return {value, std::exchange(register_times_[i.rs2], time_ + 1)};
  }
  write_access written(const instruction& i, u32 old, u32 value) {
    return {old, value, std::exchange(register_times_[i.rd], time_ + 3)};
  }

  const segment_limits limits_;
  const ecall_set calls_;
  zeroed_array<stamp> stamps_;
  const std::size_t touched_before_cut_;
  segment* out_ = nullptr;
  u32 index_ = 0, time_ = 4;
  u32 hash_operands_ = 0;
  bool full_ = false;
  u32 register_times_[register_count] = {};
  std::vector<image_word> first_touched_;  // with the image's value, in order of the segments
};

}  // namespace

struct tracer::implementation {
  implementation(const program& p, std::span<const u32> input, const segment_limits& segments,
                 const run_limits& limits, ecall_set calls)
      : machine(p, input), recorder(segments, p.ram_bytes, calls), cycles_max(limits.cycles_max) {}

  machine_state machine;
  trace_recorder recorder;
  const u64 cycles_max;
  u32 segments = 0;
  bool ended = false, halted = false;
};

tracer::tracer(const program& p, std::span<const u32> input, const segment_limits& segments,
               const run_limits& limits, ecall_set calls)
    : self_(std::make_unique<implementation>(p, input, segments, limits, calls)) {}
tracer::~tracer() = default;

status<trap> tracer::next(segment& out) {
  ensure(!self_->ended);
  machine_state& m = self_->machine;
  out.clear();
  out.index = ++self_->segments;
  out.start_pc = m.pc_of(m.next);
  const u64 before = m.so_far.cycles;
  const u64 budget = std::min<u64>(self_->recorder.limits().cycles, self_->cycles_max - before);
  if (budget == 0) {
    self_->ended = true;
    return fail(trap{trap_code::cycle_limit, out.start_pc, 0, before});
  }
  self_->recorder.begin(out, m);
  const pause why = execute(m, self_->recorder, budget);
  if (why == pause::trapped) {
    self_->ended = true;
    return fail(m.last_trap);
  }
  self_->recorder.finish(m);
  out.end_pc = m.pc_of(m.next);
  out.cycles = static_cast<u32>(m.so_far.cycles - before);
  out.last = self_->ended = self_->halted = why == pause::halted;
  return nothing{};
}

const run_result& tracer::result() const {
  ensure(self_->halted);
  return self_->machine.so_far;
}

std::size_t tracer::touched_words() const noexcept {
  return self_->recorder.first_touched().size();
}

std::vector<memory_boundary> tracer::touched_memory() const {
  std::vector<memory_boundary> out;
  for (const image_word& w : self_->recorder.first_touched())
    out.push_back({w.address, w.value, self_->machine.load_word(w.address), 0,
                   self_->recorder.last_segment_of(w.address)});
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.address < b.address; });
  return out;
}

}  // namespace ashlar::riscv
