#pragma once

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::evm {

/// Where the operand stacks and memories of the frames lie that are running: one above the other,
/// since frames end in the reverse order of their beginnings and only the last one's memory grows.
/// What a batch touches of it is the most that any moment held, not a sum over transactions. In the
/// first block nothing ever moves; where that is full, further blocks follow, and a memory that
/// outgrows one is copied to the next. Nothing is zeroed here.
class frame_arena {
 public:
  explicit frame_arena(std::size_t first_block_bytes) : first_block_bytes_(first_block_bytes) {}
  frame_arena(const frame_arena&) = delete;
  frame_arena& operator=(const frame_arena&) = delete;
  ~frame_arena() {
    for (const block& b : blocks_) std::free(b.raw);
  }

  /// A moment to go back to.
  struct place {
    std::size_t block = 0, used = 0;
    u64 held = 0;
  };
  const place& now() const noexcept { return at_; }
  /// Ends what began since. Its bytes rest until the next `open` or `grow`.
  void close(const place& to) noexcept { at_ = to; }
  /// Bytes of all stacks and memories that are open, wherever they lie.
  u64 held() const noexcept { return at_.held; }

  /// A block of its own for a frame's operand stack; its memory goes behind it. Aligned to 32
  /// bytes, a multiple of which `bytes` is.
  u8* open(std::size_t bytes) {
    if (blocks_.empty() || blocks_[at_.block].bytes - at_.used < bytes) next_block(bytes);
    u8* const out = blocks_[at_.block].start + at_.used;
    at_.used += bytes;
    at_.held += bytes;
    return out;
  }
  /// The last frame's memory made larger, where it lies or elsewhere. `from` bytes lie at `memory`;
  /// both sizes are multiples of 32.
  u8* grow(u8* memory, u64 from, u64 to) {
    const std::size_t have = static_cast<std::size_t>(from), want = static_cast<std::size_t>(to);
    at_.held += to - from;
    if (blocks_[at_.block].bytes - at_.used < want - have) {
      next_block(want * 2);
      at_.used = want;
      if (have != 0) std::memcpy(blocks_[at_.block].start, memory, have);
      return blocks_[at_.block].start;
    }
    u8* const out = blocks_[at_.block].start + at_.used - have;
    at_.used += want - have;
    return out;
  }
  /// While nothing is open: gives back all blocks but the first.
  void trim() noexcept {
    while (blocks_.size() > 1) {
      std::free(blocks_.back().raw);
      blocks_.pop_back();
    }
  }

 private:
  static constexpr std::size_t alignment = 64;
  struct block {
    void* raw = nullptr;
    u8* start = nullptr;
    std::size_t bytes = 0;
  };

  /// Goes on at the start of the next block, which has `bytes_min` at least.
  void next_block(std::size_t bytes_min) {
    const std::size_t next = blocks_.empty() ? 0 : at_.block + 1;
    // Nothing lies in blocks behind the current one.
    if (next < blocks_.size() && blocks_[next].bytes < bytes_min) {
      for (std::size_t i = next; i < blocks_.size(); ++i) std::free(blocks_[i].raw);
      blocks_.resize(next);
    }
    if (next == blocks_.size()) {
      const std::size_t usual = next == 0 ? first_block_bytes_ : 2 * blocks_.back().bytes;
      block b;
      b.bytes = std::max(bytes_min, usual);
      b.raw = std::malloc(b.bytes + alignment);
      ensure(b.raw != nullptr);
      const auto at = reinterpret_cast<std::uintptr_t>(b.raw);
      b.start = static_cast<u8*>(b.raw) + (alignment - at % alignment);
      blocks_.push_back(b);
    }
    at_.block = next;
    at_.used = 0;
  }

  std::size_t first_block_bytes_;
  std::vector<block> blocks_;
  place at_;
};

}  // namespace ashlar::evm
