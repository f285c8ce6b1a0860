#include "runtime/evm/code.hpp"

namespace ashlar::evm {

namespace {
/// PUSH32 as the last byte reads 32 bytes behind it; then a STOP ends the run. The search for jump
/// targets goes on to the end of a word of them.
constexpr std::size_t padding = 33;
}  // namespace

void code::assign(bytes_view from) {
  size_ = static_cast<u32>(from.size());
  padded_.resize(from.size() + padding);
  std::copy(from.begin(), from.end(), padded_.begin());
  std::fill(padded_.begin() + static_cast<std::ptrdiff_t>(from.size()), padded_.end(), u8{0});
  jumpdests_.assign((from.size() + 31) / 32, 0);
  searched_ = 0;
}

void code::search(u32 target) const noexcept {
  constexpr u8 jumpdest = 0x5b, push1 = 0x60;
  const u8* const code = padded_.data();
  u32 i = searched_;
  while (i <= target) {
    const u32 word = i / 32, end = (word + 1) * 32;
    u32 found = 0;
    do {
      const u8 op = code[i];
      if (op == jumpdest)
        found |= u32{1} << (i % 32);
      else if (static_cast<u8>(op - push1) < 32)
        i += op - push1 + 1u;
      ++i;
    } while (i < end);
    jumpdests_[word] |= found;
  }
  searched_ = i;
}

const code& code_cache::get(const hash256& code_hash, bytes_view from) {
  std::unique_ptr<code>& cell = codes_[code_hash];
  if (!cell) {
    cell = std::make_unique<code>(from);
    cell->translate_after(translate_after_runs_,
                          translate_after_runs_ == 0 ? nullptr : &credit_bytes_);
    bytes_ += cell->memory_bytes();
  }
  return *cell;
}

void code_cache::trim() {
  if (bytes_ <= bytes_max_) return;
  codes_.clear();
  bytes_ = 0;
  ++generation_;
}

}  // namespace ashlar::evm
