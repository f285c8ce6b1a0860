#pragma once

#include <memory>
#include <vector>

#include "runtime/base/u256.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/evm/code.hpp"
#include "runtime/evm/entry_table.hpp"
#include "runtime/evm/memory.hpp"

namespace ashlar::evm {

inline constexpr u32 call_depth_max = 1024;
inline constexpr u32 stack_words_max = 1024;
/// Behind the stack: where translated code keeps words that have no place on it yet.
inline constexpr u32 stack_spare_words = 64;

/// What a frame takes of the arena for its operand stack.
inline constexpr std::size_t frame_stack_bytes = (stack_words_max + stack_spare_words) * 32;

struct workspace_config {
  std::size_t code_cache_bytes_max = 64u << 20;
  /// Of the first block for stacks and memories, which is kept. What is above it is given back
  /// between transactions.
  std::size_t frame_block_bytes = 1u << 20;
  /// Room made at once, so that growing leaves no smaller blocks behind: what calls return, and
  /// the journal of a transaction.
  std::size_t output_bytes_reserved = 0, journal_entries_reserved = 0;
  /// 0: translate at once, whatever it costs; ~0u: never. What executes does not depend on it, only
  /// how fast.
  u32 translate_after_runs = 1;
  /// Of the hash tables whose keys strangers choose. On a host drawn at random once a process, so
  /// that nobody can make keys that collide; what executes does not depend on it, only how fast.
  u64 hash_seed = 0x9e3779b97f4a7c15ull;
  /// Whether `slot_hashes` remembers. It does not pay where a chip hashes.
  bool remember_slot_hashes = true;
};

/// Hashes of 64-byte preimages seen lately, which are nearly always the slots of mappings. Exact:
/// an entry answers only for the very bytes it was made from.
class slot_hashes {
 public:
  explicit slot_hashes(bool remember)
      : entries_(remember ? std::make_unique<entry[]>(entries) : nullptr) {}

  hash256 of(const u8* preimage) noexcept {
    if (!entries_) return crypto::keccak256({preimage, 64});
    const u64 h =
        mix(mix(load_le64(preimage + 8) ^ load_le64(preimage), load_le64(preimage + 16)) ^
                load_le64(preimage + 32),
            mix(load_le64(preimage + 24), load_le64(preimage + 56) ^ load_le64(preimage + 40)));
    entry& e = entries_[static_cast<std::size_t>(h % entries)];
    if (!e.known || std::memcmp(e.preimage, preimage, 64) != 0) {
      e.known = true;
      std::memcpy(e.preimage, preimage, 64);
      e.hash = crypto::keccak256({preimage, 64});
    }
    return e.hash;
  }

 private:
  static constexpr std::size_t entries = 1024;
  struct entry {
    u8 preimage[64];
    hash256 hash;
    bool known = false;
  };
  std::unique_ptr<entry[]> entries_;
};

/// The interpreter's reusable memory and prepared codes. Keep one per executing thread and give
/// it to every `state` made there. Not thread-safe.
class workspace {
 public:
  explicit workspace(const workspace_config& config = {})
      : codes(config.code_cache_bytes_max, config.translate_after_runs,
              seeded_hash(config.hash_seed)),
        hashes(config.remember_slot_hashes),
        frames(config.frame_block_bytes),
        config_(config),
        hash_(config.hash_seed) {
    output.reserve(config.output_bytes_reserved);
  }

  /// For the initcode of a creation at this depth.
  code& initcode_at(u32 depth) {
    while (initcodes_.size() <= depth) initcodes_.push_back(std::make_unique<code>());
    return *initcodes_[depth];
  }
  /// Takes a callee's output out of its memory, which its caller's may grow into. Good until the
  /// next call, whoever makes it: a frame that calls has no return data meanwhile.
  bytes_view keep(bytes_view out) {
    if (out.empty() || (out.data() >= output.data() && out.data() < output.data() + output.size()))
      return out;
    output.assign(out.begin(), out.end());
    return output;
  }
  /// To be called when a transaction or call has ended, with the gas that it used.
  void run_ended(u64 gas_used) {
    codes.earn(gas_used);
    trim();
  }
  /// Between transactions: gives back what is above the limits.
  void trim() {
    codes.trim();
    frames.trim();
  }

  const seeded_hash& hash() const noexcept { return hash_; }
  const workspace_config& config() const noexcept { return config_; }

  code_cache codes;
  slot_hashes hashes;
  frame_arena frames;
  bytes output;  ///< of a precompile, or kept of a callee's memory

 private:
  workspace_config config_;
  seeded_hash hash_;
  std::vector<std::unique_ptr<code>> initcodes_;
};

}  // namespace ashlar::evm
