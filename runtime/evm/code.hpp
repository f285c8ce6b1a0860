#pragma once

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/evm/entry_table.hpp"
#include "runtime/evm/translation.hpp"

namespace ashlar::evm {

/// Code made ready to run: padded with zero bytes (STOP) so that no PUSH reads past its end, and
/// with the set of valid jump targets, which is found as far as jumps ask for it.
class code {
 public:
  /// Code that will run once, such as initcode; `cached` code may be worth translating.
  code() = default;
  explicit code(bytes_view from) { assign(from); }

  /// Takes other code, keeping the memory.
  void assign(bytes_view from);

  const u8* begin() const noexcept { return padded_.data(); }
  u32 size() const noexcept { return size_; }
  bytes_view view() const noexcept { return {padded_.data(), size_}; }
  /// Whether a JUMP may land there. Any `target`.
  bool is_jumpdest(u64 target) const noexcept {
    if (target >= size_) return false;  // what is searched may end behind the code
    if (target >= searched_) search(static_cast<u32>(target));
    return ((jumpdests_[target / 32] >> (target % 32)) & 1) != 0;
  }
  /// With what a translation may come to need.
  std::size_t memory_bytes() const noexcept { return padded_.size() * 48 + jumpdests_.size() * 4; }

  /// The translation to run, none while the code has not shown that it runs again, or while nobody
  /// has paid for translating it. Counts a run.
  translation* translation_to_run() const {
    if (translation_) return translation_.get();
    if (runs_ < translate_after_runs_) {
      ++runs_;
      return nullptr;
    }
    if (credit_bytes_ != nullptr) {
      if (*credit_bytes_ < size_) return nullptr;
      *credit_bytes_ -= size_;
    }
    translation_ = std::make_unique<translation>(*this);
    return translation_.get();
  }
  /// Precondition: `translation_to_run` has given it.
  translation* translated() const noexcept { return translation_.get(); }
  /// `credit_bytes`: what may still be translated; null for no limit. It must outlive the code.
  void translate_after(u32 runs, u64* credit_bytes) noexcept {
    translate_after_runs_ = runs;
    credit_bytes_ = credit_bytes;
  }

 private:
  void search(u32 target) const noexcept;

  bytes padded_;
  mutable std::vector<u32> jumpdests_;
  mutable u32 searched_ = 0;  ///< jump targets below are found; an instruction begins here
  u32 size_ = 0;
  u32 translate_after_runs_ = ~0u;
  u64* credit_bytes_ = nullptr;
  mutable u32 runs_ = 0;
  mutable std::unique_ptr<translation> translation_;
};

/// Prepared codes by hash. Not thread-safe: one for each thread that executes.
class code_cache {
 public:
  /// Codes are translated once they have run `translate_after_runs` times and the gas that all
  /// runs have used pays for it; with 0 at once, whatever it costs.
  code_cache(std::size_t bytes_max, u32 translate_after_runs, const seeded_hash& hash)
      : codes_(0, hash), bytes_max_(bytes_max), translate_after_runs_(translate_after_runs) {}
  code_cache(const code_cache&) = delete;
  code_cache& operator=(const code_cache&) = delete;

  /// The prepared form of `from`, whose hash is `code_hash`. Good until `trim` empties the cache.
  const code& get(const hash256& code_hash, bytes_view from);
  /// To be called while nothing runs: empties the cache when it is above its limit.
  void trim();
  /// Gas that was used, and so paid for. Translating costs some 0.7 us a byte where gas buys 10 ns
  /// a unit: without this, calls of large codes that end at once would be the cheapest way to keep
  /// a sequencer busy.
  void earn(u64 gas_used) noexcept {
    credit_bytes_ = std::min(credit_bytes_ + gas_used / gas_per_byte, credit_bytes_max);
  }
  /// Changes whenever references given out before have died.
  u32 generation() const noexcept { return generation_; }

 private:
  std::unordered_map<hash256, std::unique_ptr<code>, seeded_hash> codes_;
  std::size_t bytes_ = 0;
  std::size_t bytes_max_;
  u32 translate_after_runs_;
  u32 generation_ = 1;
  static constexpr u64 gas_per_byte = 64, credit_bytes_max = 1u << 20;
  u64 credit_bytes_ = credit_bytes_max / 2;
};

}  // namespace ashlar::evm
