#pragma once

#include "runtime/evm/frame.hpp"
#include "runtime/evm/translation.hpp"

// The handlers that the translator chooses from. Defined in threaded.cpp.
namespace ashlar::evm::threaded {

/// Whether this build guarantees tail calls between handlers. Where it does not, the exact loop
/// runs everything.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
inline constexpr bool available = true;
#else
inline constexpr bool available = false;
#endif

/// Where an operand is: a stack slot or a constant.
enum class form : u8 { ss, sc, cs };
inline constexpr unsigned forms = 3;

enum class comparison : u8 { less, signed_less, equal };
inline constexpr unsigned comparisons = 3;

struct binary_handlers {
  threaded_handler run[forms] = {};
  u256 (*fold)(const u256& a, const u256& b) = nullptr;  ///< null: not a pure binary instruction
};
struct unary_handlers {
  threaded_handler run = nullptr;
  u256 (*fold)(const u256& a) = nullptr;
};

/// Pure instructions by opcode. Comparisons are not among them.
const binary_handlers& binary(u8 opcode) noexcept;
const unary_handlers& unary(u8 opcode) noexcept;
/// Instructions that only yield a word; null for others.
threaded_handler nullary(u8 opcode) noexcept;
/// Instructions of instructions.hpp, their arguments in their places on the stack; `a` is the top.
threaded_handler general(u8 opcode) noexcept;

threaded_handler compare(comparison c, bool negated, form f) noexcept;
threaded_handler jump_if_compare(comparison c, bool negated, form f) noexcept;
/// to = (a is zero), or (a is not zero).
threaded_handler is_zero(bool negated) noexcept;
/// Jumps where a is zero, or where it is not.
threaded_handler jump_if_zero(bool negated) noexcept;

extern const threaded_handler move, load_word, swap;
extern const threaded_handler enter, charge, skip, jump, jump_dynamic, jump_if_dynamic, link;
extern const threaded_handler mload_slot, mload_word, stop, bad_jump, undefined, invalid;
/// mstore: a or word the offset, b or word the value.
threaded_handler mstore(form f) noexcept;

/// Enters the code at its start.
void run(frame& f, translation& t) noexcept;

}  // namespace ashlar::evm::threaded

namespace ashlar::evm {
/// The exact loop from the middle of a frame; see interpreter.cpp.
void interpret_from(frame& f, const u8* pc, u256* top, i64 gas) noexcept;
}  // namespace ashlar::evm
