#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "runtime/base/u256.hpp"

namespace ashlar::evm {

using i32 = std::int32_t;

class code;
struct frame;
struct threaded_insn;

/// Runs one translated instruction and, as a tail call, all that follow. `sp` is where the stack's
/// top was when the block was entered; `gas` has been charged for the current segment.
#ifdef ASHLAR_GUEST
using threaded_handler = void (*)(const threaded_insn* at, u8* sp, i64 gas, frame* f) noexcept;
#else
/// `room`: of cycles_untold_max, what is left until the meter is told.
using threaded_handler = void (*)(const threaded_insn* at, u8* sp, i64 gas, frame* f,
                                  i64 room) noexcept;
#endif

/// One instruction over stack slots: operands and result are byte offsets from `sp`.
struct threaded_insn {
  threaded_handler run = nullptr;
  union {
    const u256* word = nullptr;  ///< a constant operand
    i64 number;                  ///< gas of a segment
  };
  const threaded_insn* target = nullptr;  ///< of a linked jump
  i32 to = 0, a = 0, b = 0;  ///< where gas is charged, `to` is the segment's proving cycles
  i32 extra = 0;             ///< of a block's entry or a link: pc; of a jump: what sp moves by
};

/// Code translated block by block, as it is first reached, from a stack machine's instructions to
/// ones over slots: PUSH, DUP, SWAP and POP vanish into operands, gas and stack bounds are checked
/// once a block. See translator.cpp.
class translation {
 public:
  explicit translation(const code& of);

  /// The block at `pc`, translated now if it was not. Precondition: 0 or a jump target.
  const threaded_insn* block_at(u32 pc) {
    const threaded_insn* known = entries_[pc];
    return known != nullptr ? known : translate(pc);
  }

 private:
  friend class block_builder;
  const threaded_insn* translate(u32 pc);

  const code* of_;
  std::vector<const threaded_insn*> entries_;
  std::vector<std::unique_ptr<threaded_insn[]>> runs_;
  std::deque<u256> words_;
};

}  // namespace ashlar::evm
