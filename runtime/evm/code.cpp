#include "runtime/evm/code.hpp"

namespace ashlar::evm {

namespace {
/// PUSH32 as the last byte reads 32 bytes behind it; then a STOP ends the run.
constexpr std::size_t padding = 33;
}  // namespace

void code::assign(bytes_view from) {
  size_ = static_cast<u32>(from.size());
  padded_.resize(from.size() + padding);
  std::copy(from.begin(), from.end(), padded_.begin());
  std::fill(padded_.begin() + static_cast<std::ptrdiff_t>(from.size()), padded_.end(), u8{0});
  jumpdests_.assign((from.size() + 63) / 64, 0);
  constexpr u8 jumpdest = 0x5b, push1 = 0x60;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const u8 op = from[i];
    if (op == jumpdest)
      jumpdests_[i / 64] |= u64{1} << (i % 64);
    else if (static_cast<u8>(op - push1) < 32)
      i += static_cast<std::size_t>(op - push1) + 1;
  }
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
