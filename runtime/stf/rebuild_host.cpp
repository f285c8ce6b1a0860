#include "runtime/stf/rebuild.hpp"

// What goes on from a rebuilt chain: a host's matter alone, and no part of the proved program.

namespace ashlar::stf {

/// The state as leaves have it.
class rebuilt_chain::state_view final : public evm::state_reader {
 public:
  explicit state_view(const rebuilt_chain& chain) : chain_(chain) {}
  std::optional<evm::account> get_account(const address& who) override {
    const auto found = chain_.accounts_.find(who);
    if (found == chain_.accounts_.end()) return std::nullopt;
    const auto& f = std::get<0>(content(found->second));
    // An account that ended keeps its leaf, as one that never was.
    if (f == account_fields{}) return std::nullopt;
    return evm::account{f.nonce, f.balance, f.code_hash, f.code_size};
  }
  u256 get_storage(const address& who, const u256& slot) override {
    const auto found = chain_.slots_.find(tree::storage_key(who, slot));
    return found == chain_.slots_.end() ? u256{} : std::get<1>(content(found->second)).second;
  }
  bytes_view get_code(const hash256& code_hash) override {
    const auto found = chain_.codes_.find(code_hash);
    return found == chain_.codes_.end() ? bytes_view{} : bytes_view(found->second);
  }

 private:
  const decltype(leaf_content::content)& content(u64 leaf) const {
    return chain_.contents_[static_cast<std::size_t>(leaf)]->content;
  }
  const rebuilt_chain& chain_;
};

std::unique_ptr<evm::state_reader> rebuilt_chain::reader() const {
  return std::make_unique<state_view>(*this);
}

}  // namespace ashlar::stf
