#include "runtime/stf/rebuild.hpp"

#include "runtime/stf/publication.hpp"
#include "runtime/tree/witness_builder.hpp"
#include "runtime/tree/witness_tree.hpp"

namespace ashlar::stf {
const char* to_text(rebuild_error_code code) noexcept {
  switch (code) {
    case rebuild_error_code::wrong_number:
      return "the batch does not follow the last one";
    case rebuild_error_code::wrong_commitment:
      return "the pubdata is not what the header commits to";
    case rebuild_error_code::bad_pubdata:
      return "the pubdata is malformed";
    case rebuild_error_code::wrong_header:
      return "the last block's header does not fit the batch";
    case rebuild_error_code::wrong_state_before:
      return "the batch starts from another state";
    case rebuild_error_code::wrong_state_after:
      return "the rebuilt state is not what the batch claims";
    case rebuild_error_code::tree_refused:
      return "the state tree refused the batch";
  }
  return "unknown";
}

/// The state before a batch, as `resolve` asks for it.
class rebuilt_chain::leaves final : public leaf_source {
 public:
  explicit leaves(const rebuilt_chain& chain) : chain_(chain) {}
  std::optional<leaf_content> at(u64 leaf_index) override {
    if (leaf_index >= chain_.contents_.size()) return std::nullopt;
    return chain_.contents_[static_cast<std::size_t>(leaf_index)];
  }
  std::optional<u64> account_leaf(const address& who) override {
    const auto found = chain_.accounts_.find(who);
    return found == chain_.accounts_.end() ? std::nullopt : std::optional<u64>(found->second);
  }
  std::optional<u64> slot_leaf(const address& who, const u256& slot) override {
    const auto found = chain_.slots_.find(tree::storage_key(who, slot));
    return found == chain_.slots_.end() ? std::nullopt : std::optional<u64>(found->second);
  }

 private:
  const rebuilt_chain& chain_;
};

rebuilt_chain::rebuilt_chain(const evm::state_diff& genesis, const block_header& genesis_block)
    : contents_(tree::leaf_count_initial), last_header_(genesis_block) {
  batch_diff diff;
  for (const auto& c : genesis.accounts)
    diff.accounts.push_back({c.who, std::nullopt, {}, published(c.after)});
  for (const auto& c : genesis.slots)
    diff.slots.push_back({c.who, c.slot, std::nullopt, {}, c.after});
  diff.codes = genesis.codes;
  const auto planted = tree_.apply(tree_updates(diff));
  ensure(planted.ok());
  plant(diff);
  hashes_ = {header_hash(genesis_block)};
  batch_start start = next();
  start.tree = *planted;
  state_ = state_of(start);
}

batch_start rebuilt_chain::next() const {
  batch_start s;
  s.number = last_batch_.next();
  s.tree = {state_.tree_root, state_.leaf_count};
  s.parent = last_header_;
  s.hashes = hashes_;
  s.priority_hash = priority_hash_;
  s.priority_next = priority_next_;
  return s;
}

status<rebuild_error> rebuilt_chain::fail_with(rebuild_error_code code) const {
  return fail(rebuild_error{code, last_batch_.next(), {}, {}});
}

/// Blocks before the last have their hashes in the history contract's storage (EIP-2935), written
/// by the block behind each; the last one's header is published whole.
std::vector<hash256> rebuilt_chain::recent_block_hashes(const block_header& last,
                                                        const batch_diff& diff) const {
  std::unordered_map<hash256, u256> written;
  for (const auto& s : diff.slots)
    if (s.who == history_address) written[tree::storage_key(s.who, s.slot)] = s.after;
  std::vector<hash256> out;
  const u64 newest = last.number.value;
  for (u64 n = newest < block_hash_window ? 0 : newest - block_hash_window + 1; n < newest; ++n) {
    const hash256 key = tree::storage_key(history_address, u256{n % history_serve_window});
    if (const auto now = written.find(key); now != written.end()) {
      out.push_back(now->second.to_be());
    } else if (const auto leaf = slots_.find(key); leaf != slots_.end()) {
      const auto& content = contents_[static_cast<std::size_t>(leaf->second)]->content;
      out.push_back(std::get<1>(content).second.to_be());
    } else {
      out.push_back({});
    }
  }
  out.push_back(header_hash(last));
  return out;
}

/// Takes a diff whose updates the tree has taken: values of known leaves, and leaves for new keys
/// in ascending order of key, as the tree appends them.
void rebuilt_chain::plant(const batch_diff& diff) {
  std::vector<std::pair<hash256, leaf_content>> fresh;
  for (const auto& a : diff.accounts) {
    leaf_content content{a.who, a.after};
    if (a.leaf_index)
      contents_[static_cast<std::size_t>(*a.leaf_index)] = std::move(content);
    else if (a.after != account_fields{})
      fresh.emplace_back(tree::account_key(a.who), std::move(content));
  }
  for (const auto& s : diff.slots) {
    leaf_content content{s.who, std::pair(s.slot, s.after)};
    if (s.leaf_index)
      contents_[static_cast<std::size_t>(*s.leaf_index)] = std::move(content);
    else if (!s.after.is_zero())
      fresh.emplace_back(tree::storage_key(s.who, s.slot), std::move(content));
  }
  std::sort(fresh.begin(), fresh.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [key, content] : fresh) {
    const u64 index = contents_.size();
    if (content.content.index() == 0)
      accounts_[content.who] = index;
    else
      slots_[key] = index;
    contents_.push_back(std::move(content));
  }
  for (const auto& [hash, code] : diff.codes) codes_[hash] = code;
  ensure(contents_.size() == tree_.leaf_count());
}

u256 rebuilt_chain::ether() const noexcept {
  u256 sum;
  for (const auto& leaf : contents_)
    if (leaf)
      if (const auto* account = std::get_if<account_fields>(&leaf->content))
        sum += account->balance;
  return sum;
}

/// The tree as the updates would leave it, by a witness of them: the tree itself stays.
result<tree::summary, tree::tree_error> rebuilt_chain::root_after(
    const std::vector<tree::update>& updates) const {
  if (!tree::is_proper(updates)) return fail(tree::tree_error::improper_updates);
  ASHLAR_TRY(const auto covered,
             tree::witness_tree::open(tree::make_witness(tree_, {}, updates), tree_.state()));
  return covered.apply(updates);
}

status<rebuild_error> rebuilt_chain::apply(const public_input& header, bytes_view published) {
  if (header.number != last_batch_.next()) return fail_with(rebuild_error_code::wrong_number);
  if (header.state_before != commitment()) return fail_with(rebuild_error_code::wrong_state_before);
  if (header.pubdata_commitment != pubdata_commitment(pubdata_mode::calldata, published))
    return fail_with(rebuild_error_code::wrong_commitment);
  rebuild_error error{rebuild_error_code::bad_pubdata, header.number, {}, {}};
  const auto decoded = decode_pubdata(published);
  if (!decoded) {
    error.pubdata = decoded.error();
    return fail(error);
  }
  leaves before(*this);
  const auto diff = resolve(*decoded, before);
  if (!diff) {
    error.pubdata = diff.error();
    return fail(error);
  }
  if (!diff->last_header || diff->last_header->number != header.last_block)
    return fail_with(rebuild_error_code::wrong_header);

  const std::vector<tree::update> updates = tree_updates(*diff);
  const auto after = root_after(updates);
  if (!after) {
    error.code = rebuild_error_code::tree_refused;
    error.tree = after.error();
    return fail(error);
  }
  const block_header& last = *diff->last_header;
  std::vector<hash256> hashes = recent_block_hashes(last, *diff);
  const chain_state state{after->root, after->leaf_count, last.number, block_hashes_digest(hashes),
                          last.timestamp};
  if (state_commitment(state) != header.state_after)
    return fail_with(rebuild_error_code::wrong_state_after);

  ensure(tree_.apply(updates).ok());
  plant(*diff);
  last_header_ = last;
  hashes_ = std::move(hashes);
  state_ = state;
  last_batch_ = header.number;
  priority_hash_ = header.priority_hash_after;
  priority_next_ += header.priority_count;
  return nothing{};
}

}  // namespace ashlar::stf
