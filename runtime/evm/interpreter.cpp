#include <utility>

#include "runtime/evm/arithmetic.hpp"
#include "runtime/evm/instructions.hpp"
#include "runtime/evm/threaded.hpp"

// The exact interpreter: one instruction at a time, each with its own checks, threaded through a
// table of label addresses. pc, stack top and gas live in registers; what touches more than the
// stack is a call into instructions.hpp.

namespace ashlar::evm {

namespace {

/// N bytes as a number: none for N of zero or less, the last 8 for more than 8.
template <int N>
inline u64 load_limb(const u8* p) noexcept {
  if constexpr (N <= 0) {
    return 0;
  } else if constexpr (N >= 8) {
    return load_be64(p + N - 8);
  } else if constexpr (N >= 4) {
    return u64{load_limb<N - 4>(p)} << 32 | load_be32(p + N - 4);
  } else {
    u32 v = 0;
    for (int i = 0; i < N; ++i) v = v << 8 | p[i];
    return v;
  }
}

template <int N>
inline u256 load_push(const u8* p) noexcept {
  return {load_limb<N - 24>(p), load_limb<N - 16>(p), load_limb<N - 8>(p), load_limb<N>(p)};
}

void step(frame& f, const u8* pc, const u256* base, const u256* top, i64 gas) noexcept {
  f.run.observer->on_step({static_cast<u32>(pc - f.program.begin()),
                           *pc,
                           f.msg.depth,
                           static_cast<u64>(gas),
                           {base, static_cast<std::size_t>(top - base + 1)},
                           f.memory.view(),
                           f.return_data,
                           f.self.who});
}

#ifdef ASHLAR_GUEST
#define ASHLAR_COUNT(byte) (void)0
#define ASHLAR_TELL_METER (void)0
#else
#define ASHLAR_COUNT(byte) untold += opcode_weight(byte)
#define ASHLAR_TELL_METER f.meter().add(std::exchange(untold, 0))
#endif

/// Less gas, by a difference that may wrap: one whose sign a compiler may reason about becomes a
/// comparison of 64 bits and then the difference, twice as long where registers have 32.
inline i64 less_gas(i64 gas, u64 by) noexcept {
  return static_cast<i64>(static_cast<u64>(gas) - by);
}

// What the dispatch macros share: the checks of one instruction, from the table alone.
#define ASHLAR_ENTER(byte)                                                               \
  constexpr instruction_traits traits = instructions[byte];                              \
  ASHLAR_COUNT(byte);                                                                    \
  if constexpr (traits.in > 0)                                                           \
    if (__builtin_expect(top < base + (traits.in - 1), 0)) goto stack_underflow;         \
  if constexpr (traits.out > traits.in)                                                  \
    if (__builtin_expect(top >= base + (stack_words_max - (traits.out - traits.in)), 0)) \
      goto stack_overflow;                                                               \
  if constexpr (traits.gas > 0)                                                          \
    if (__builtin_expect((gas = less_gas(gas, traits.gas)) < 0, 0)) goto out_of_gas

#define ASHLAR_NEXT                                    \
  do {                                                 \
    if constexpr (Traced) step(f, pc, base, top, gas); \
    goto* labels[*pc];                                 \
  } while (false)

#define ASHLAR_OP(name) \
  at_##name : {         \
    ASHLAR_ENTER(op::name);

#define ASHLAR_END \
  ++pc;            \
  ASHLAR_NEXT;     \
  }

// a is the top of the stack, b the word below; the result takes b's place.
#define ASHLAR_BINARY(name, expression) \
  ASHLAR_OP(name)                       \
  const u256& a = top[0];               \
  const u256& b = top[-1];              \
  copy_word(top[-1], (expression));     \
  --top;                                \
  ASHLAR_END

#define ASHLAR_NULLARY(name, expression) \
  ASHLAR_OP(name)                        \
  copy_word(*++top, (expression));       \
  ASHLAR_END

// An instruction of instructions.hpp.
#define ASHLAR_CALL(name, body)                  \
  ASHLAR_OP(name)                                \
  gas = body(f, top, gas);                       \
  if (__builtin_expect(gas < 0, 0)) goto halted; \
  top += int{traits.out} - int{traits.in};       \
  ASHLAR_END

// The same of one that calls: what the callee may take depends on what has been counted.
#define ASHLAR_NESTED(name, body)                \
  ASHLAR_OP(name)                                \
  ASHLAR_TELL_METER;                             \
  gas = body(f, top, gas);                       \
  if (__builtin_expect(gas < 0, 0)) goto halted; \
  top += int{traits.out} - int{traits.in};       \
  ASHLAR_END

template <bool Traced>
void run(frame& f, const u8* pc, u256* top, i64 gas) noexcept {
#define ASHLAR_X(byte, name, in, out, gas, since) &&at_##name,
#define ASHLAR_P(n) &&at_push##n,
#define ASHLAR_D(n) &&at_dup##n,
#define ASHLAR_S(n) &&at_swap##n,
#define ASHLAR_U(byte) &&undefined,
  static const void* const labels[256] = {
      ASHLAR_EVM_OPCODES(ASHLAR_X, ASHLAR_P, ASHLAR_D, ASHLAR_S, ASHLAR_U)};
#undef ASHLAR_X
#undef ASHLAR_P
#undef ASHLAR_D
#undef ASHLAR_S
#undef ASHLAR_U

  u256* const base = f.stack;
  [[maybe_unused]] u64 untold = 0;
  ASHLAR_NEXT;

  ASHLAR_OP(stop)
  f.gas_left = gas;
  ASHLAR_TELL_METER;
  return;
}

ASHLAR_BINARY(add, fast_add(a, b))
ASHLAR_OP(mul)
multiply(top[-1], top[0], top[-1]);
--top;
ASHLAR_END
ASHLAR_BINARY(sub, fast_sub(a, b))
ASHLAR_BINARY(div, fast_div(a, b))
ASHLAR_BINARY(sdiv, signed_div(a, b))
ASHLAR_BINARY(mod, fast_mod(a, b))
ASHLAR_BINARY(smod, signed_mod(a, b))
ASHLAR_OP(addmod)
top[-2] = fast_addmod(top[0], top[-1], top[-2]);
top -= 2;
ASHLAR_END
ASHLAR_OP(mulmod)
top[-2] = fast_mulmod(top[0], top[-1], top[-2]);
top -= 2;
ASHLAR_END
ASHLAR_CALL(exp, do_exp)
ASHLAR_BINARY(signextend, sign_extend(a, b))
ASHLAR_BINARY(lt, u64{fast_less(a, b)})
ASHLAR_BINARY(gt, u64{fast_less(b, a)})
ASHLAR_BINARY(slt, u64{fast_signed_less(a, b)})
ASHLAR_BINARY(sgt, u64{fast_signed_less(b, a)})
ASHLAR_BINARY(eq, u64{a == b})
ASHLAR_OP(iszero)
*top = u64{top->is_zero()};
ASHLAR_END
ASHLAR_BINARY(and_, a& b)
ASHLAR_BINARY(or_, a | b)
ASHLAR_BINARY(xor_, a ^ b)
ASHLAR_OP(not_)
*top = ~*top;
ASHLAR_END
ASHLAR_BINARY(byte, byte_at(a, b))
ASHLAR_BINARY(shl, b << shift_count(a))
ASHLAR_BINARY(shr, b >> shift_count(a))
ASHLAR_BINARY(sar, shift_right_signed(b, shift_count(a)))
ASHLAR_OP(clz)
if (f.env().rev < traits.since) goto undefined;
*top = u64{256} - top->bit_length();
ASHLAR_END

ASHLAR_CALL(keccak256, do_keccak256)
ASHLAR_NULLARY(address, to_word(f.msg.recipient))
ASHLAR_CALL(balance, do_balance)
ASHLAR_NULLARY(origin, to_word(f.run.origin))
ASHLAR_NULLARY(caller, to_word(f.msg.sender))
ASHLAR_NULLARY(callvalue, f.msg.value)
ASHLAR_OP(calldataload)
load_calldata(f, top);
ASHLAR_END
ASHLAR_NULLARY(calldatasize, u64{f.calldata.size()})
ASHLAR_CALL(calldatacopy, do_calldatacopy)
ASHLAR_NULLARY(codesize, u64{f.program.size()})
ASHLAR_CALL(codecopy, do_codecopy)
ASHLAR_NULLARY(gasprice, f.run.gas_price)
ASHLAR_CALL(extcodesize, do_extcodesize)
ASHLAR_CALL(extcodecopy, do_extcodecopy)
ASHLAR_NULLARY(returndatasize, u64{f.return_data.size()})
ASHLAR_CALL(returndatacopy, do_returndatacopy)
ASHLAR_CALL(extcodehash, do_extcodehash)
ASHLAR_CALL(blockhash, do_blockhash)
ASHLAR_NULLARY(coinbase, to_word(f.env().beneficiary))
ASHLAR_NULLARY(timestamp, f.env().timestamp)
ASHLAR_NULLARY(number, f.env().number)
ASHLAR_NULLARY(prevrandao, u256::from_be(f.env().prev_randao))
ASHLAR_NULLARY(gaslimit, f.env().gas_limit)
ASHLAR_NULLARY(chainid, f.env().chain_id)
ASHLAR_NULLARY(selfbalance, f.self.now.balance)
ASHLAR_NULLARY(basefee, f.env().base_fee)
ASHLAR_CALL(blobhash, do_blobhash)
ASHLAR_NULLARY(blobbasefee, f.env().blob_base_fee)

ASHLAR_OP(pop)
--top;
ASHLAR_END
ASHLAR_OP(mload)
if ((gas = need_memory(f, gas, *top, u64{32})) < 0) goto halted;
load_word(*top, f.memory + top->low());
ASHLAR_END
ASHLAR_OP(mstore)
if ((gas = need_memory(f, gas, *top, u64{32})) < 0) goto halted;
top[-1].to_be(f.memory + top->low());
top -= 2;
ASHLAR_END
ASHLAR_OP(mstore8)
if ((gas = need_memory(f, gas, *top, u64{1})) < 0) goto halted;
*(f.memory + top->low()) = static_cast<u8>(top[-1].low());
top -= 2;
ASHLAR_END
ASHLAR_CALL(sload, do_sload)
ASHLAR_CALL(sstore, do_sstore)
ASHLAR_OP(jump)
if (!top->fits_u64() || !f.program.is_jumpdest(top->low())) goto bad_jump;
pc = f.program.begin() + top->low();
--top;
ASHLAR_NEXT;
}
ASHLAR_OP(jumpi)
if (top[-1].is_zero()) {
  ++pc;
} else {
  if (!top->fits_u64() || !f.program.is_jumpdest(top->low())) goto bad_jump;
  pc = f.program.begin() + top->low();
}
top -= 2;
ASHLAR_NEXT;
}
ASHLAR_NULLARY(pc, static_cast<u64>(pc - f.program.begin()))
ASHLAR_NULLARY(msize, f.memory.size())
ASHLAR_NULLARY(gas, static_cast<u64>(gas))
ASHLAR_OP(jumpdest)
if constexpr (cycle_meter::counts) {
  if (__builtin_expect(untold > static_cast<u64>(cycles_untold_max), 0)) {
    ASHLAR_TELL_METER;
    if (f.meter().is_over()) goto proving_limit;
  }
}
ASHLAR_END
ASHLAR_CALL(tload, do_tload)
ASHLAR_CALL(tstore, do_tstore)
ASHLAR_CALL(mcopy, do_mcopy)
ASHLAR_NULLARY(push0, u256{})

#define ASHLAR_P(n)                          \
  at_push##n : {                             \
    ASHLAR_ENTER(op::push1 + n - 1);         \
    copy_word(*++top, load_push<n>(pc + 1)); \
    pc += n;                                 \
    ASHLAR_END
#define ASHLAR_D(n)                 \
  at_dup##n : {                     \
    ASHLAR_ENTER(op::dup1 + n - 1); \
    copy_word(top[1], top[1 - n]);  \
    ++top;                          \
    ASHLAR_END
#define ASHLAR_S(n)                  \
  at_swap##n : {                     \
    ASHLAR_ENTER(op::swap1 + n - 1); \
    u256 w;                          \
    copy_word(w, top[0]);            \
    copy_word(top[0], top[-n]);      \
    copy_word(top[-n], w);           \
    ASHLAR_END
#define ASHLAR_IGNORE(...)
ASHLAR_EVM_OPCODES(ASHLAR_IGNORE, ASHLAR_P, ASHLAR_D, ASHLAR_S, ASHLAR_IGNORE)
#undef ASHLAR_P
#undef ASHLAR_D
#undef ASHLAR_S
#undef ASHLAR_IGNORE

ASHLAR_CALL(log0, do_log0)
ASHLAR_CALL(log1, do_log1)
ASHLAR_CALL(log2, do_log2)
ASHLAR_CALL(log3, do_log3)
ASHLAR_CALL(log4, do_log4)
ASHLAR_NESTED(create, do_create)
ASHLAR_NESTED(call, do_call)
ASHLAR_NESTED(callcode, do_callcode)
ASHLAR_NESTED(delegatecall, do_delegatecall)
ASHLAR_NESTED(create2, do_create2)
ASHLAR_NESTED(staticcall, do_staticcall)
ASHLAR_OP(return_)
gas = do_return(f, top, gas);
goto halted;
}
ASHLAR_OP(revert)
gas = do_revert(f, top, gas);
goto halted;
}
ASHLAR_OP(selfdestruct)
gas = do_selfdestruct(f, top, gas);
goto halted;
}

at_invalid : f.reason = halt_reason::invalid_instruction;
goto halted;
undefined : f.reason = halt_reason::undefined_instruction;
goto halted;
stack_underflow : f.reason = halt_reason::stack_underflow;
goto halted;
stack_overflow : f.reason = halt_reason::stack_overflow;
goto halted;
bad_jump : f.reason = halt_reason::bad_jump;
goto halted;
out_of_gas : f.reason = halt_reason::out_of_gas;
goto halted;
proving_limit : f.reason = halt_reason::proving_limit;
halted : ASHLAR_TELL_METER;
if (f.reason != halt_reason::success && f.reason != halt_reason::revert) f.gas_left = 0;
}

}  // namespace

void interpret_from(frame& f, const u8* pc, u256* top, i64 gas) noexcept {
  run<false>(f, pc, top, gas);
}

void interpret(frame& f) noexcept {
  u256* const empty = f.stack - 1;
  if (f.run.observer != nullptr && f.run.observer->wants_steps())
    return run<true>(f, f.program.begin(), empty, f.gas_left);
  if constexpr (threaded::available)
    if (translation* t = f.program.translation_to_run()) return threaded::run(f, *t);
  run<false>(f, f.program.begin(), empty, f.gas_left);
}

}  // namespace ashlar::evm
