#include "runtime/evm/threaded.hpp"

#include "runtime/evm/arithmetic.hpp"
#include "runtime/evm/instructions.hpp"

// Handlers of translated code. Each ends in a jump to the next one: with clang by `musttail`, with
// gcc because at -O2 a call in tail position with register arguments is a jump, as long as no
// local's address escapes. Heavy arithmetic is therefore behind functions that are not inlined.

#if defined(__clang__)
#define ASHLAR_TAIL [[clang::musttail]] return
#else
#define ASHLAR_TAIL return
#endif
// The meter is in a register too, counted down from cycles_untold_max so that a segment's end sees
// in one test that there is no gas or that the meter is to be told: added to in memory, it cost up
// to a tenth.
#ifdef ASHLAR_GUEST
#define ASHLAR_HANDLER const threaded_insn *at, u8 *sp, i64 gas, frame *f
#define ASHLAR_STATE sp, gas, f
#define ASHLAR_ROOM_BEHIND(cycles) 0
#define ASHLAR_METER(cycles) (void)0
#define ASHLAR_TELL_METER (void)0
#else
#define ASHLAR_HANDLER const threaded_insn *at, u8 *sp, i64 gas, frame *f, i64 room
#define ASHLAR_STATE sp, gas, f, room
#define ASHLAR_ROOM_BEHIND(cycles) (room - i64{cycles})
#define ASHLAR_METER(cycles) room -= (cycles)
#define ASHLAR_TELL_METER                                       \
  do {                                                          \
    f->meter().add(static_cast<u64>(cycles_untold_max - room)); \
    room = cycles_untold_max;                                   \
  } while (false)
#endif
#define ASHLAR_GO(next)                      \
  do {                                       \
    const threaded_insn* const go_ = (next); \
    ASHLAR_TAIL go_->run(go_, ASHLAR_STATE); \
  } while (false)

namespace ashlar::evm::threaded {

namespace {

inline u256& slot(u8* sp, i32 offset) noexcept {
  return *reinterpret_cast<u256*>(sp + offset);
}

template <halt_reason Why>
[[gnu::noinline]] void do_halt(ASHLAR_HANDLER) noexcept {
  (void)at;
  (void)sp;
  (void)gas;
  ASHLAR_TELL_METER;
  f->reason = Why;
  f->gas_left = 0;
}
/// After an instruction that halted the frame, for the reason it left.
[[gnu::noinline]] void do_end(ASHLAR_HANDLER) noexcept {
  (void)at;
  (void)sp;
  (void)gas;
  ASHLAR_TELL_METER;
  if (f->reason != halt_reason::success && f->reason != halt_reason::revert) f->gas_left = 0;
}
/// Leaves the block that starts here to the exact loop.
[[gnu::noinline]] void do_leave(ASHLAR_HANDLER) noexcept {
  ASHLAR_TELL_METER;
  interpret_from(*f, f->program.begin() + at->extra, &slot(sp, 0), gas);
}

// Pure instructions -------------------------------------------------------------------------

#define ASHLAR_LIGHT(name, expression)                                      \
  struct name##_op {                                                        \
    static u256 fold(const u256& a, const u256& b) { return (expression); } \
    static void into(u256& to, const u256& a, const u256& b) noexcept {     \
      copy_word(to, (expression));                                          \
    }                                                                       \
  };
#define ASHLAR_HEAVY(name, expression)                                                    \
  struct name##_op {                                                                      \
    static u256 fold(const u256& a, const u256& b) { return (expression); }               \
    [[gnu::noinline]] static void into(u256& to, const u256& a, const u256& b) noexcept { \
      copy_word(to, (expression));                                                        \
    }                                                                                     \
  };
ASHLAR_LIGHT(add, fast_add(a, b))
ASHLAR_LIGHT(sub, fast_sub(a, b))
ASHLAR_LIGHT(and_, a& b)
ASHLAR_LIGHT(or_, a | b)
ASHLAR_LIGHT(xor_, a ^ b)
ASHLAR_LIGHT(byte, byte_at(a, b))
ASHLAR_HEAVY(div, fast_div(a, b))
ASHLAR_HEAVY(sdiv, signed_div(a, b))
ASHLAR_HEAVY(mod, fast_mod(a, b))
ASHLAR_HEAVY(smod, signed_mod(a, b))
ASHLAR_HEAVY(signextend, sign_extend(a, b))
ASHLAR_LIGHT(shl, b << shift_count(a))
ASHLAR_LIGHT(shr, b >> shift_count(a))
ASHLAR_HEAVY(sar, shift_right_signed(b, shift_count(a)))
#undef ASHLAR_LIGHT
#undef ASHLAR_HEAVY
struct mul_op {
  static u256 fold(const u256& a, const u256& b) { return fast_mul(a, b); }
  static void into(u256& to, const u256& a, const u256& b) noexcept { multiply(to, a, b); }
};

template <form F>
inline const u256& first(const threaded_insn* at, u8* sp) noexcept {
  if constexpr (F == form::cs) return *at->word;
  return slot(sp, at->a);
}
template <form F>
inline const u256& second(const threaded_insn* at, u8* sp) noexcept {
  if constexpr (F == form::sc) return *at->word;
  return slot(sp, at->b);
}

template <class Op, form F>
void do_binary(ASHLAR_HANDLER) noexcept {
  Op::into(slot(sp, at->to), first<F>(at, sp), second<F>(at, sp));
  ASHLAR_GO(at + 1);
}
template <class Op>
constexpr binary_handlers binary_of{
    {do_binary<Op, form::ss>, do_binary<Op, form::sc>, do_binary<Op, form::cs>}, Op::fold};

u256 fold_not(const u256& a) {
  return ~a;
}
void do_not(ASHLAR_HANDLER) noexcept {
  copy_word(slot(sp, at->to), ~slot(sp, at->a));
  ASHLAR_GO(at + 1);
}
void do_clz(ASHLAR_HANDLER) noexcept {
  if (f->env().rev < revision::osaka)
    ASHLAR_TAIL do_halt<halt_reason::undefined_instruction>(at, ASHLAR_STATE);
  slot(sp, at->to) = u64{256} - slot(sp, at->a).bit_length();
  ASHLAR_GO(at + 1);
}
[[gnu::noinline]] void calldata_into(const frame* f, u256* to, const u256* offset) noexcept {
  *to = *offset;
  load_calldata(*f, to);
}
void do_calldataload(ASHLAR_HANDLER) noexcept {
  calldata_into(f, &slot(sp, at->to), &slot(sp, at->a));
  ASHLAR_GO(at + 1);
}

// Comparisons ---------------------------------------------------------------------------------

template <comparison C>
inline bool holds(const u256& a, const u256& b) noexcept {
  if constexpr (C == comparison::less) return fast_less(a, b);
  if constexpr (C == comparison::signed_less) return fast_signed_less(a, b);
  return a == b;
}
template <comparison C, bool Negated, form F>
void do_compare(ASHLAR_HANDLER) noexcept {
  const bool yes = holds<C>(first<F>(at, sp), second<F>(at, sp)) != Negated;
  slot(sp, at->to) = u64{yes};
  ASHLAR_GO(at + 1);
}
template <comparison C, bool Negated, form F>
void do_jump_if_compare(ASHLAR_HANDLER) noexcept {
  const bool yes = holds<C>(first<F>(at, sp), second<F>(at, sp)) != Negated;
  sp += at->extra;
  if (yes) ASHLAR_GO(at->target);
  ASHLAR_GO(at + 1);
}
template <bool Negated>
void do_is_zero(ASHLAR_HANDLER) noexcept {
  slot(sp, at->to) = u64{slot(sp, at->a).is_zero() != Negated};
  ASHLAR_GO(at + 1);
}
template <bool Negated>
void do_jump_if_zero(ASHLAR_HANDLER) noexcept {
  const bool yes = slot(sp, at->a).is_zero() != Negated;
  sp += at->extra;
  if (yes) ASHLAR_GO(at->target);
  ASHLAR_GO(at + 1);
}

// Slots ---------------------------------------------------------------------------------------

void do_move(ASHLAR_HANDLER) noexcept {
  copy_word(slot(sp, at->to), slot(sp, at->a));
  ASHLAR_GO(at + 1);
}
void do_load_word(ASHLAR_HANDLER) noexcept {
  copy_word(slot(sp, at->to), *at->word);
  ASHLAR_GO(at + 1);
}
void do_swap(ASHLAR_HANDLER) noexcept {
  u256 w;
  copy_word(w, slot(sp, at->a));
  copy_word(slot(sp, at->a), slot(sp, at->b));
  copy_word(slot(sp, at->b), w);
  ASHLAR_GO(at + 1);
}

// Control -------------------------------------------------------------------------------------

#ifdef ASHLAR_GUEST
constexpr threaded_handler charge_rarely = do_halt<halt_reason::out_of_gas>;
constexpr threaded_handler enter_rarely = do_leave;
#else
/// After a segment was charged: there is no gas for it, or the meter is to be told.
[[gnu::noinline]] void charge_rarely(ASHLAR_HANDLER) noexcept {
  if (gas < 0) ASHLAR_TAIL do_halt<halt_reason::out_of_gas>(at, ASHLAR_STATE);
  ASHLAR_TELL_METER;
  if (f->meter().is_over()) ASHLAR_TAIL do_halt<halt_reason::proving_limit>(at, ASHLAR_STATE);
  ASHLAR_GO(at + 1);
}
/// Before a block's first segment is charged: likewise, or the block is left.
[[gnu::noinline]] void enter_rarely(ASHLAR_HANDLER) noexcept {
  const std::ptrdiff_t height = sp - reinterpret_cast<u8*>(f->stack);
  if (gas < at->number || height < at->a || height > at->b) ASHLAR_TAIL do_leave(at, ASHLAR_STATE);
  gas -= at->number;
  ASHLAR_METER(static_cast<u32>(at->to));
  ASHLAR_TAIL charge_rarely(at, ASHLAR_STATE);
}
#endif

/// number: gas of the first segment; to: its proving cycles; a, b: least and most bytes between the
/// stack's first word and its top; extra: pc. What fails here is left to the exact loop, which
/// finds out how far it gets.
void do_enter(ASHLAR_HANDLER) noexcept {
  u8* const base = reinterpret_cast<u8*>(f->stack);
  const std::ptrdiff_t height = sp - base;
  const i64 left = gas - at->number;
  const i64 room_left = ASHLAR_ROOM_BEHIND(static_cast<u32>(at->to));
  if (__builtin_expect((left | room_left) < 0 || height < at->a || height > at->b, 0))
    ASHLAR_TAIL enter_rarely(at, ASHLAR_STATE);
  ASHLAR_METER(static_cast<u32>(at->to));
  gas = left;
  ASHLAR_GO(at + 1);
}
void do_charge(ASHLAR_HANDLER) noexcept {
  ASHLAR_METER(static_cast<u32>(at->to));
  gas -= at->number;
  if (__builtin_expect((gas | ASHLAR_ROOM_BEHIND(0u)) < 0, 0))
    ASHLAR_TAIL charge_rarely(at, ASHLAR_STATE);
  ASHLAR_GO(at + 1);
}
void do_skip(ASHLAR_HANDLER) noexcept {
  sp += at->extra;
  ASHLAR_GO(at + 1);
}
void do_jump(ASHLAR_HANDLER) noexcept {
  sp += at->extra;
  ASHLAR_GO(at->target);
}
void do_jump_dynamic(ASHLAR_HANDLER) noexcept {
  const u256& target = slot(sp, at->a);
  if (!target.fits_u64() || !f->program.is_jumpdest(target.low()))
    ASHLAR_TAIL do_halt<halt_reason::bad_jump>(at, ASHLAR_STATE);
  const threaded_insn* next = f->program.translated()->block_at(static_cast<u32>(target.low()));
  sp += at->extra;
  ASHLAR_GO(next);
}
void do_jump_if_dynamic(ASHLAR_HANDLER) noexcept {
  const threaded_insn* next = at + 1;
  if (!slot(sp, at->b).is_zero()) {
    const u256& target = slot(sp, at->a);
    if (!target.fits_u64() || !f->program.is_jumpdest(target.low()))
      ASHLAR_TAIL do_halt<halt_reason::bad_jump>(at, ASHLAR_STATE);
    next = f->program.translated()->block_at(static_cast<u32>(target.low()));
  }
  sp += at->extra;
  ASHLAR_GO(next);
}
/// A jump's target until the jump is taken first: finds the block at pc `extra` and links the jump,
/// `a` instructions before this one, to it.
void do_link(ASHLAR_HANDLER) noexcept {
  const threaded_insn* next = f->program.translated()->block_at(static_cast<u32>(at->extra));
  const_cast<threaded_insn*>(at - at->a)->target = next;
  ASHLAR_GO(next);
}
void do_stop(ASHLAR_HANDLER) noexcept {
  (void)at;
  (void)sp;
  ASHLAR_TELL_METER;
  f->gas_left = gas;
}
// Memory --------------------------------------------------------------------------------------

template <bool Constant>
void do_mload(ASHLAR_HANDLER) noexcept {
  const u256& offset = Constant ? *at->word : slot(sp, at->a);
  gas = need_memory(*f, gas, offset, u64{32});
  if (__builtin_expect(gas < 0, 0)) ASHLAR_TAIL do_end(at, ASHLAR_STATE);
  copy_word(slot(sp, at->to), u256::from_be(f->memory + offset.low()));
  ASHLAR_GO(at + 1);
}
template <form F>
void do_mstore(ASHLAR_HANDLER) noexcept {
  const u256& offset = first<F>(at, sp);
  gas = need_memory(*f, gas, offset, u64{32});
  if (__builtin_expect(gas < 0, 0)) ASHLAR_TAIL do_end(at, ASHLAR_STATE);
  second<F>(at, sp).to_be(f->memory + offset.low());
  ASHLAR_GO(at + 1);
}

// The rest ------------------------------------------------------------------------------------

template <instruction_body* Body>
void do_general(ASHLAR_HANDLER) noexcept {
  gas = Body(*f, &slot(sp, at->a), gas);
  if (__builtin_expect(gas < 0, 0)) ASHLAR_TAIL do_end(at, ASHLAR_STATE);
  ASHLAR_GO(at + 1);
}
/// Of an instruction that calls: what the callee may take depends on what has been counted.
template <instruction_body* Body>
void do_nested(ASHLAR_HANDLER) noexcept {
  ASHLAR_TELL_METER;
  gas = Body(*f, &slot(sp, at->a), gas);
  if (__builtin_expect(gas < 0, 0)) ASHLAR_TAIL do_end(at, ASHLAR_STATE);
  ASHLAR_GO(at + 1);
}
i64 do_addmod(frame&, u256* top, i64 gas) noexcept {
  top[-2] = fast_addmod(top[0], top[-1], top[-2]);
  return gas;
}
i64 do_mulmod(frame&, u256* top, i64 gas) noexcept {
  top[-2] = fast_mulmod(top[0], top[-1], top[-2]);
  return gas;
}
i64 do_mstore8(frame& f, u256* top, i64 gas) noexcept {
  if ((gas = need_memory(f, gas, *top, u64{1})) < 0) return gas;
  *(f.memory + top->low()) = static_cast<u8>(top[-1].low());
  return gas;
}

#define ASHLAR_NULLARY(name, expression)           \
  void do_##name##_word(ASHLAR_HANDLER) noexcept { \
    slot(sp, at->to) = (expression);               \
    ASHLAR_GO(at + 1);                             \
  }
ASHLAR_NULLARY(address, to_word(f->msg.recipient))
ASHLAR_NULLARY(origin, to_word(f->run.origin))
ASHLAR_NULLARY(caller, to_word(f->msg.sender))
ASHLAR_NULLARY(callvalue, f->msg.value)
ASHLAR_NULLARY(calldatasize, u64{f->calldata.size()})
ASHLAR_NULLARY(gasprice, f->run.gas_price)
ASHLAR_NULLARY(returndatasize, u64{f->return_data.size()})
ASHLAR_NULLARY(coinbase, to_word(f->env().beneficiary))
ASHLAR_NULLARY(timestamp, f->env().timestamp)
ASHLAR_NULLARY(number, f->env().number)
ASHLAR_NULLARY(prevrandao, u256::from_be(f->env().prev_randao))
ASHLAR_NULLARY(gaslimit, f->env().gas_limit)
ASHLAR_NULLARY(chainid, f->env().chain_id)
ASHLAR_NULLARY(selfbalance, f->self.now.balance)
ASHLAR_NULLARY(basefee, f->env().base_fee)
ASHLAR_NULLARY(blobbasefee, f->env().blob_base_fee)
ASHLAR_NULLARY(msize, f->memory.size())
ASHLAR_NULLARY(gas, static_cast<u64>(gas))
#undef ASHLAR_NULLARY

template <bool Jump, comparison C, bool Negated>
threaded_handler pick_form(form f) noexcept {
  constexpr auto of = []<form F>() -> threaded_handler {
    if constexpr (Jump) return do_jump_if_compare<C, Negated, F>;
    return do_compare<C, Negated, F>;
  };
  switch (f) {
    case form::ss:
      return of.template operator()<form::ss>();
    case form::sc:
      return of.template operator()<form::sc>();
    case form::cs:
      return of.template operator()<form::cs>();
  }
  return nullptr;
}
template <bool Jump>
threaded_handler pick_compare(comparison c, bool negated, form f) noexcept {
  switch (c) {
    case comparison::less:
      return negated ? pick_form<Jump, comparison::less, true>(f)
                     : pick_form<Jump, comparison::less, false>(f);
    case comparison::signed_less:
      return negated ? pick_form<Jump, comparison::signed_less, true>(f)
                     : pick_form<Jump, comparison::signed_less, false>(f);
    case comparison::equal:
      return negated ? pick_form<Jump, comparison::equal, true>(f)
                     : pick_form<Jump, comparison::equal, false>(f);
  }
  return nullptr;
}

}  // namespace

const binary_handlers& binary(u8 opcode) noexcept {
  static constexpr binary_handlers none;
  switch (opcode) {
#define ASHLAR_X(name) \
  case op::name:       \
    return binary_of<name##_op>
    ASHLAR_X(add);
    ASHLAR_X(sub);
    ASHLAR_X(mul);
    ASHLAR_X(and_);
    ASHLAR_X(or_);
    ASHLAR_X(xor_);
    ASHLAR_X(byte);
    ASHLAR_X(div);
    ASHLAR_X(sdiv);
    ASHLAR_X(mod);
    ASHLAR_X(smod);
    ASHLAR_X(signextend);
    ASHLAR_X(shl);
    ASHLAR_X(shr);
    ASHLAR_X(sar);
#undef ASHLAR_X
    default:
      return none;
  }
}

const unary_handlers& unary(u8 opcode) noexcept {
  static constexpr unary_handlers none, not_{do_not, fold_not}, clz{do_clz, nullptr},
      calldataload{do_calldataload, nullptr};
  switch (opcode) {
    case op::not_:
      return not_;
    case op::clz:
      return clz;
    case op::calldataload:
      return calldataload;
    default:
      return none;
  }
}

threaded_handler nullary(u8 opcode) noexcept {
  switch (opcode) {
#define ASHLAR_X(name) \
  case op::name:       \
    return do_##name##_word
    ASHLAR_X(address);
    ASHLAR_X(origin);
    ASHLAR_X(caller);
    ASHLAR_X(callvalue);
    ASHLAR_X(calldatasize);
    ASHLAR_X(gasprice);
    ASHLAR_X(returndatasize);
    ASHLAR_X(coinbase);
    ASHLAR_X(timestamp);
    ASHLAR_X(number);
    ASHLAR_X(prevrandao);
    ASHLAR_X(gaslimit);
    ASHLAR_X(chainid);
    ASHLAR_X(selfbalance);
    ASHLAR_X(basefee);
    ASHLAR_X(blobbasefee);
    ASHLAR_X(msize);
    ASHLAR_X(gas);
#undef ASHLAR_X
    default:
      return nullptr;
  }
}

threaded_handler general(u8 opcode) noexcept {
  switch (opcode) {
#define ASHLAR_X(name) \
  case op::name:       \
    return do_general<do_##name>
    ASHLAR_X(exp);
    ASHLAR_X(keccak256);
    ASHLAR_X(calldatacopy);
    ASHLAR_X(codecopy);
    ASHLAR_X(returndatacopy);
    ASHLAR_X(mcopy);
    ASHLAR_X(balance);
    ASHLAR_X(extcodesize);
    ASHLAR_X(extcodehash);
    ASHLAR_X(extcodecopy);
    ASHLAR_X(blockhash);
    ASHLAR_X(blobhash);
    ASHLAR_X(sload);
    ASHLAR_X(sstore);
    ASHLAR_X(tload);
    ASHLAR_X(tstore);
    ASHLAR_X(log0);
    ASHLAR_X(log1);
    ASHLAR_X(log2);
    ASHLAR_X(log3);
    ASHLAR_X(log4);
    ASHLAR_X(revert);
    ASHLAR_X(selfdestruct);
    ASHLAR_X(addmod);
    ASHLAR_X(mulmod);
    ASHLAR_X(mstore8);
#undef ASHLAR_X
#define ASHLAR_X(name) \
  case op::name:       \
    return do_nested<do_##name>
    ASHLAR_X(call);
    ASHLAR_X(callcode);
    ASHLAR_X(delegatecall);
    ASHLAR_X(staticcall);
    ASHLAR_X(create);
    ASHLAR_X(create2);
#undef ASHLAR_X
    case op::return_:
      return do_general<do_return>;
    default:
      return nullptr;
  }
}

threaded_handler compare(comparison c, bool negated, form f) noexcept {
  return pick_compare<false>(c, negated, f);
}
threaded_handler jump_if_compare(comparison c, bool negated, form f) noexcept {
  return pick_compare<true>(c, negated, f);
}
threaded_handler is_zero(bool negated) noexcept {
  return negated ? do_is_zero<true> : do_is_zero<false>;
}
threaded_handler jump_if_zero(bool negated) noexcept {
  return negated ? do_jump_if_zero<true> : do_jump_if_zero<false>;
}
threaded_handler mstore(form f) noexcept {
  return f == form::ss   ? do_mstore<form::ss>
         : f == form::sc ? do_mstore<form::sc>
                         : do_mstore<form::cs>;
}

const threaded_handler move = do_move, load_word = do_load_word, swap = do_swap, enter = do_enter,
                       charge = do_charge, skip = do_skip, jump = do_jump,
                       jump_dynamic = do_jump_dynamic, jump_if_dynamic = do_jump_if_dynamic,
                       link = do_link, mload_slot = do_mload<false>, mload_word = do_mload<true>,
                       stop = do_stop, bad_jump = do_halt<halt_reason::bad_jump>,
                       undefined = do_halt<halt_reason::undefined_instruction>,
                       invalid = do_halt<halt_reason::invalid_instruction>;

void run(frame& f, translation& t) noexcept {
  const threaded_insn* first = t.block_at(0);
  u8* sp = reinterpret_cast<u8*>(f.stack) - static_cast<std::ptrdiff_t>(sizeof(u256));
#ifdef ASHLAR_GUEST
  first->run(first, sp, f.gas_left, &f);
#else
  first->run(first, sp, f.gas_left, &f, cycles_untold_max);
#endif
}

}  // namespace ashlar::evm::threaded
