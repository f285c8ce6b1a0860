#include <algorithm>

#include "runtime/evm/code.hpp"
#include "runtime/evm/opcodes.hpp"
#include "runtime/evm/threaded.hpp"

// From stack code to slot code, a block at a time. A block runs from a jump target (or the start,
// or what follows a JUMPI) to the next jump or jump target.
//
// Inside a block the stack is symbolic: each position holds a constant or the number of the slot
// where its word lies. Position p's own slot is p, relative to the top at entry; spare slots lie
// above everything the block reaches. PUSH, DUP, SWAP and POP only change the symbols. A slot is
// written only while no symbol refers to it. At the block's end every position is brought home.
//
// Gas is charged a segment at a time, at the segment's start. A segment ends with each instruction
// that can see the gas, that reads state or that is metered, so what runs out of gas has read and
// used exactly what it would have in the exact loop; within a segment there is nothing to see. A
// block whose first segment or stack need is not met is left to the exact loop.

namespace ashlar::evm {

namespace {

constexpr i32 spare_base = 1 << 20;  ///< number of the first spare slot until the block is placed
constexpr i32 word_bytes = 32;
constexpr unsigned block_instructions_max = 512;
/// Spare slots that an instruction may find taken; more are freed by bringing everything home.
constexpr unsigned spares_taken_max = stack_spare_words / 2;

bool ends_segment(u8 opcode) noexcept {
  switch (opcode) {
    case op::gas:
    case op::sload:
    case op::sstore:
    case op::balance:
    case op::extcodesize:
    case op::extcodehash:
    case op::extcodecopy:
    case op::blockhash:
    case op::call:
    case op::callcode:
    case op::delegatecall:
    case op::staticcall:
    case op::create:
    case op::create2:
    case op::tload:
    case op::tstore:
    case op::log0:
    case op::log1:
    case op::log2:
    case op::log3:
    case op::log4:
      return true;
    default:
      return false;
  }
}

struct value {
  const u256* word = nullptr;  ///< a constant, else
  i32 slot = 0;
};

}  // namespace

class block_builder {
 public:
  block_builder(translation& t, const code& c) : t_(t), code_(c) {}

  /// Translates from `pc` on while blocks follow one another.
  const threaded_insn* build(u32 pc) {
    std::vector<std::pair<u32, u32>> starts;  // pc, index
    for (u32 next = pc; next != none;) {
      if (const threaded_insn* known = t_.entries_[next]) {
        emit(threaded::jump).target = known;
        break;
      }
      starts.emplace_back(next, static_cast<u32>(out_.size()));
      t_.entries_[next] = &pending_;
      next = build_block(next);
      if (next != none && t_.entries_[next] == &pending_) {
        link_to(next);
        emit(threaded::jump);
        break;
      }
    }
    return place(starts);
  }

 private:
  static constexpr u32 none = ~0u;

  struct link_request {
    u32 from;  ///< index of the jump
    u32 pc;
    bool valid;
  };
  /// The comparison emitted last, while a JUMPI or ISZERO may still take it in.
  struct test {
    std::size_t index = ~std::size_t{0};
    bool zero = false;
    bool negated = false;
    threaded::comparison kind{};
    threaded::form form{};
  };

  // Slots ---------------------------------------------------------------------------------------

  u16& refs(i32 slot) {
    if (slot >= spare_base) return spare_refs_[static_cast<std::size_t>(slot - spare_base)];
    track(slot);
    const std::size_t i = static_cast<std::size_t>(slot - bottom_);
    if (i >= home_refs_.size()) home_refs_.resize(i + 16, 0);
    return home_refs_[i];
  }
  value& at(i32 position) {
    track(position);
    const std::size_t i = static_cast<std::size_t>(position - bottom_);
    if (i >= stack_.size()) stack_.resize(i + 16);
    return stack_[i];
  }
  /// Lets the symbolic stack reach down to `position`, whose words are at home.
  void track(i32 position) {
    while (position < bottom_) {
      constexpr i32 more = 16;
      stack_.insert(stack_.begin(), more, value{});
      home_refs_.insert(home_refs_.begin(), more, 1);
      bottom_ -= more;
      for (i32 i = 0; i < more; ++i) stack_[static_cast<std::size_t>(i)].slot = bottom_ + i;
    }
  }
  i32 take_spare() {
    for (unsigned i = 0; i < stack_spare_words; ++i)
      if (spare_refs_[i] == 0) return spare_base + static_cast<i32>(i);
    ensure(!"a spare slot");
    return 0;
  }
  unsigned spares_taken() const {
    return static_cast<unsigned>(
        std::count_if(spare_refs_, spare_refs_ + stack_spare_words, [](u16 n) { return n != 0; }));
  }

  void push(const value& v) {
    ++height_;
    at(height_) = v;
    if (v.word == nullptr) ++refs(v.slot);
    most_ = std::max(most_, height_);
  }
  void push_slot(i32 slot) { push({nullptr, slot}); }
  void push_word(const u256& w) {
    t_.words_.push_back(w);
    push({&t_.words_.back(), 0});
  }
  value pop() {
    const value v = at(height_);
    --height_;
    if (v.word == nullptr) --refs(v.slot);
    return v;
  }
  /// Where the word to be pushed next can be written.
  i32 result_slot() {
    most_ = std::max(most_, height_ + 1);
    return refs(height_ + 1) == 0 ? height_ + 1 : take_spare();
  }

  threaded_insn& emit(threaded_handler run, i32 to = 0, i32 a = 0, i32 b = 0) {
    threaded_insn x;
    x.run = run;
    x.to = to * word_bytes;
    x.a = a * word_bytes;
    x.b = b * word_bytes;
    out_.push_back(x);
    return out_.back();
  }
  void emit_load(i32 to, const value& v) {
    if (v.word != nullptr)
      emit(threaded::load_word, to).word = v.word;
    else
      emit(threaded::move, to, v.slot);
  }
  /// The value in a slot: its own, or a spare one that stays free.
  i32 in_slot(const value& v) {
    if (v.word == nullptr) return v.slot;
    const i32 s = take_spare();
    emit_load(s, v);
    return s;
  }

  bool is_home(i32 position) {
    const value& v = at(position);
    return v.word == nullptr && v.slot == position;
  }
  /// Copies a slot's word to a spare one and points every symbol there.
  void evacuate(i32 slot) {
    const i32 spare = take_spare();
    emit(threaded::move, spare, slot);
    for (i32 p = bottom_; p <= height_; ++p)
      if (value& v = at(p); v.word == nullptr && v.slot == slot) v.slot = spare;
    for (value* v : held_)
      if (v->word == nullptr && v->slot == slot) v->slot = spare;
    refs(spare) = refs(slot);
    refs(slot) = 0;
  }
  void bring_home(i32 position) {
    value& v = at(position);
    emit_load(position, v);
    if (v.word == nullptr) --refs(v.slot);
    at(position) = {nullptr, position};
    ++refs(position);
  }
  bool try_swap(i32 p) {
    const value v = at(p);
    if (v.word != nullptr || v.slot >= spare_base || v.slot > height_ || v.slot < bottom_)
      return false;
    const value w = at(v.slot);
    if (w.word != nullptr || w.slot != p || refs(p) != 1 || refs(v.slot) != 1) return false;
    emit(threaded::swap, 0, p, v.slot);
    at(v.slot) = {nullptr, v.slot};
    at(p) = {nullptr, p};
    return true;
  }
  /// Brings the positions from `from` to the top home.
  void bring_all_home(i32 from) {
    for (;;) {
      bool moved = false;
      i32 waiting = height_ + 1;
      for (i32 p = from; p <= height_; ++p) {
        if (is_home(p)) continue;
        if (refs(p) == 0 || try_swap(p)) {
          if (!is_home(p)) bring_home(p);
          moved = true;
        } else {
          waiting = p;
        }
      }
      if (waiting > height_) return;
      if (!moved) evacuate(waiting);
    }
  }
  void hold(value& v) {
    held_.push_back(&v);
    if (v.word == nullptr) ++refs(v.slot);
  }
  void release() {
    for (value* v : held_)
      if (v->word == nullptr) --refs(v->slot);
    held_.clear();
  }

  // Instructions --------------------------------------------------------------------------------

  void do_binary(const threaded::binary_handlers& h) {
    value a = pop(), b = pop();
    if (a.word != nullptr && b.word != nullptr) return push_word(h.fold(*a.word, *b.word));
    const i32 to = result_slot();
    emit_binary(h.run[static_cast<int>(form_of(a, b))], to, a, b);
    push_slot(to);
  }
  static threaded::form form_of(const value& a, const value& b) {
    return b.word != nullptr   ? threaded::form::sc
           : a.word != nullptr ? threaded::form::cs
                               : threaded::form::ss;
  }
  threaded_insn& emit_binary(threaded_handler run, i32 to, const value& a, const value& b) {
    threaded_insn& x = emit(run, to, a.slot, b.slot);
    if (a.word != nullptr) x.word = a.word;
    if (b.word != nullptr) x.word = b.word;
    return x;
  }
  void do_unary(const threaded::unary_handlers& h) {
    const value a = pop();
    if (a.word != nullptr && h.fold != nullptr) return push_word(h.fold(*a.word));
    const i32 to = result_slot();
    i32 from = a.slot;
    if (a.word != nullptr) {
      emit_load(to, a);
      from = to;
    }
    emit(h.run, to, from);
    push_slot(to);
  }
  void do_compare(u8 opcode) {
    value a = pop(), b = pop();
    if (opcode == op::gt || opcode == op::sgt) std::swap(a, b);
    using threaded::comparison;
    const comparison c = opcode == op::eq                       ? comparison::equal
                         : opcode == op::lt || opcode == op::gt ? comparison::less
                                                                : comparison::signed_less;
    if (a.word != nullptr && b.word != nullptr) {
      const i32 spare = take_spare();
      emit_load(spare, a);
      a = {nullptr, spare};
    }
    const threaded::form f = form_of(a, b);
    const i32 to = result_slot();
    emit_binary(threaded::compare(c, false, f), to, a, b);
    last_ = {out_.size() - 1, false, false, c, f};
    push_slot(to);
  }

  bool last_is(const value& v) {
    return last_.index == out_.size() - 1 && v.word == nullptr &&
           out_.back().to == v.slot * word_bytes && refs(v.slot) == 0;
  }
  void do_iszero() {
    const value a = pop();
    if (a.word != nullptr) return push_word(u64{a.word->is_zero()});
    if (last_is(a)) {
      last_.negated = !last_.negated;
      out_.back().run = last_.zero ? threaded::is_zero(last_.negated)
                                   : threaded::compare(last_.kind, last_.negated, last_.form);
      return push_slot(a.slot);
    }
    const i32 to = result_slot();
    emit(threaded::is_zero(false), to, a.slot);
    last_ = {out_.size() - 1, true, false, {}, {}};
    push_slot(to);
  }
  void do_mload() {
    const value a = pop();
    const i32 to = result_slot();
    emit(a.word != nullptr ? threaded::mload_word : threaded::mload_slot, to, a.slot);
    if (a.word != nullptr) out_.back().word = a.word;
    push_slot(to);
  }
  void do_mstore() {
    const value a = pop();
    value b = pop();
    if (a.word != nullptr && b.word != nullptr) b = {nullptr, in_slot(b)};
    emit_binary(threaded::mstore(form_of(a, b)), 0, a, b);
  }
  void do_general(u8 opcode) {
    const instruction_traits& traits = instructions[opcode];
    const i32 top = height_;
    bring_all_home(height_ - traits.in + 1);
    for (int i = 0; i < traits.in; ++i) pop();
    if (traits.out != 0 && refs(height_ + 1) != 0) evacuate(height_ + 1);
    emit(threaded::general(opcode), 0, top);
    if (traits.out != 0) push_slot(height_ + 1);
  }

  // Jumps -----------------------------------------------------------------------------------------

  void link_to(u32 pc, bool valid = true) {
    links_.push_back({static_cast<u32>(out_.size()), pc, valid});
  }
  void link_to(const u256& target) {
    const bool valid = target.fits_u64() && code_.is_jumpdest(target.low());
    link_to(valid ? static_cast<u32>(target.low()) : 0, valid);
  }
  i32 shift() const { return height_ * word_bytes; }

  void do_jump() {
    value target = pop();
    hold(target);
    bring_all_home(bottom_);
    release();
    if (target.word != nullptr) {
      link_to(*target.word);
      emit(threaded::jump).extra = shift();
    } else {
      emit(threaded::jump_dynamic, 0, target.slot).extra = shift();
    }
  }
  void do_jumpi() {
    value target = pop(), condition = pop();
    if (target.word == nullptr) {
      condition = {nullptr, in_slot(condition)};
      hold(target);
      hold(condition);
      bring_all_home(bottom_);
      release();
      emit(threaded::jump_if_dynamic, 0, target.slot, condition.slot).extra = shift();
      return;
    }
    threaded_handler run = threaded::jump_if_zero(true);
    value a = condition, b;
    bool two = false;
    if (last_is(condition)) {
      const threaded_insn x = out_.back();
      out_.pop_back();
      run = last_.zero ? threaded::jump_if_zero(last_.negated)
                       : threaded::jump_if_compare(last_.kind, last_.negated, last_.form);
      two = !last_.zero;
      using threaded::form;
      a = {two && last_.form == form::cs ? x.word : nullptr, x.a / word_bytes};
      b = {two && last_.form == form::sc ? x.word : nullptr, x.b / word_bytes};
    } else if (a.word != nullptr) {
      a = {nullptr, in_slot(a)};
    }
    hold(a);
    if (two) hold(b);
    bring_all_home(bottom_);
    release();
    link_to(*target.word);
    emit_binary(run, 0, a, b).extra = shift();
  }

  // Blocks
  // ------------------------------------------------------------------------------------------

  void start_block(u32 pc) {
    stack_.clear();
    home_refs_.clear();
    std::fill(std::begin(spare_refs_), std::end(spare_refs_), u16{0});
    bottom_ = 1;
    height_ = most_ = 0;
    need_ = 0;
    last_ = {};
    segment_ = block_ = out_.size();
    segment_open_ = true;
    track(0);
    emit(threaded::enter).extra = static_cast<i32>(pc);
  }
  void finish_block() {
    threaded_insn& entry = out_[block_];
    entry.a = (need_ - 1) * word_bytes;
    entry.b = (static_cast<i32>(stack_words_max) - 1 - most_) * word_bytes;
    const i32 shift = (most_ + 1 - spare_base) * word_bytes;
    for (std::size_t i = block_ + 1; i < out_.size(); ++i)
      for (i32* field : {&out_[i].to, &out_[i].a, &out_[i].b})
        if (*field >= spare_base * word_bytes) *field += shift;
  }

  /// Whether the block goes on after this instruction.
  bool build_instruction(u32 pc, u8 opcode) {
    const instruction_traits& traits = instructions[opcode];
    if (!segment_open_) {
      segment_ = out_.size();
      segment_open_ = true;
      emit(threaded::charge);
    }
    if (traits.name == nullptr) {
      emit(threaded::undefined);
      return false;
    }
    if (spares_taken() > spares_taken_max) bring_all_home(bottom_);
    out_[segment_].number += traits.gas;
    if constexpr (cycle_meter::counts) out_[segment_].to += opcode_weight(opcode);
    need_ = std::max(need_, i32{traits.in} - height_);
    most_ = std::max(most_, height_ + traits.out - traits.in);
    if (opcode >= op::push1 && opcode <= op::push32) {
      const unsigned n = opcode - op::push1 + 1u;
      push_word(u256::from_be(bytes_view{code_.begin() + pc + 1, n}));
    } else if (opcode >= op::dup1 && opcode < op::dup1 + 16) {
      push(value{at(height_ - (opcode - op::dup1))});
    } else if (opcode >= op::swap1 && opcode < op::swap1 + 16) {
      value& low = at(height_ - (opcode - op::swap1 + 1));
      std::swap(low, at(height_));
    } else if (!build_other(pc, opcode)) {
      return false;
    }
    if (ends_segment(opcode)) segment_open_ = false;
    return true;
  }
  bool build_other(u32 pc, u8 opcode) {
    switch (opcode) {
      case op::push0:
        push_word(0);
        return true;
      case op::pop:
        pop();
        return true;
      case op::pc:
        push_word(pc);
        return true;
      case op::codesize:
        push_word(code_.size());
        return true;
      case op::jumpdest:
        return true;
      case op::iszero:
        do_iszero();
        return true;
      case op::lt:
      case op::gt:
      case op::slt:
      case op::sgt:
      case op::eq:
        do_compare(opcode);
        return true;
      case op::mload:
        do_mload();
        return true;
      case op::mstore:
        do_mstore();
        return true;
      case op::jump:
        do_jump();
        return false;
      case op::jumpi:
        do_jumpi();
        return false;
      case op::stop:
        emit(threaded::stop);
        return false;
      case op::invalid:
        emit(threaded::invalid);
        return false;
      default:
        break;
    }
    if (const auto& h = threaded::binary(opcode); h.fold != nullptr) {
      do_binary(h);
    } else if (const auto& u = threaded::unary(opcode); u.run != nullptr) {
      do_unary(u);
    } else if (const threaded_handler n = threaded::nullary(opcode)) {
      const i32 to = result_slot();
      emit(n, to);
      push_slot(to);
    } else {
      do_general(opcode);
      return opcode != op::return_ && opcode != op::revert && opcode != op::selfdestruct;
    }
    return true;
  }

  /// The pc of the block that follows in execution order, or `none`.
  u32 build_block(u32 pc) {
    start_block(pc);
    u32 next = none;
    for (unsigned n = 0;; ++n) {
      const u8 opcode = code_.begin()[pc];
      // The padding behind the code is STOP.
      const bool cut = n != 0 && ((opcode == op::jumpdest && code_.is_jumpdest(pc)) ||
                                  n == block_instructions_max);
      if (cut) {
        bring_all_home(bottom_);
        if (height_ != 0) emit(threaded::skip).extra = shift();
        next = pc;
        break;
      }
      if (!build_instruction(pc, opcode)) {
        if (opcode == op::jumpi) next = pc + 1;
        break;
      }
      pc += 1u + instructions[opcode].immediate;
    }
    finish_block();
    return next;
  }

  /// Copies the run to its place for good and resolves what points into it.
  const threaded_insn* place(const std::vector<std::pair<u32, u32>>& starts) {
    for (const link_request& l : links_) {
      threaded_insn x;
      x.run = l.valid ? threaded::link : threaded::bad_jump;
      x.a = static_cast<i32>(out_.size() - l.from);
      x.extra = static_cast<i32>(l.pc);
      out_.push_back(x);
    }
    auto run = std::make_unique<threaded_insn[]>(out_.size());
    std::copy(out_.begin(), out_.end(), run.get());
    for (const auto& [pc, index] : starts) t_.entries_[pc] = run.get() + index;
    const std::size_t first_link = out_.size() - links_.size();
    for (std::size_t i = 0; i < links_.size(); ++i) {
      const link_request& l = links_[i];
      const threaded_insn* known = l.valid ? t_.entries_[l.pc] : nullptr;
      run[l.from].target = known != nullptr ? known : run.get() + first_link + i;
    }
    const threaded_insn* first = run.get() + starts.front().second;
    t_.runs_.push_back(std::move(run));
    return first;
  }

  static inline const threaded_insn pending_{};

  translation& t_;
  const code& code_;
  std::vector<threaded_insn> out_;
  std::vector<link_request> links_;
  std::vector<value> stack_;    ///< by position - bottom_
  std::vector<u16> home_refs_;  ///< by slot - bottom_
  u16 spare_refs_[stack_spare_words] = {};
  std::vector<value*> held_;
  i32 bottom_ = 1;
  i32 height_ = 0;  ///< position of the top
  i32 most_ = 0;
  i32 need_ = 0;  ///< words that must be on the stack at entry
  std::size_t block_ = 0, segment_ = 0;
  bool segment_open_ = false;
  test last_;
};

/// A segment's proving cycles lie where a slot's offset does else, and must not be taken for a
/// spare's.
static_assert(block_instructions_max * 0xffff < spare_base * word_bytes);

translation::translation(const code& of) : of_(&of), entries_(of.size() + 34, nullptr) {}

const threaded_insn* translation::translate(u32 pc) {
  return block_builder(*this, *of_).build(pc);
}

}  // namespace ashlar::evm
