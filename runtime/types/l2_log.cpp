#include "runtime/types/l2_log.hpp"

#include "runtime/crypto/keccak.hpp"

namespace ashlar {
namespace {

/// keccak256("L1MessageSent(address,bytes32,bytes)").
constexpr hash256 message_sent_topic{{0x3a, 0x36, 0xe4, 0x72, 0x91, 0xf4, 0x20, 0x1f,
                                      0xaf, 0x13, 0x7f, 0xab, 0x08, 0x1d, 0x92, 0x29,
                                      0x5b, 0xce, 0x2d, 0x53, 0xbe, 0x2c, 0x6c, 0xa6,
                                      0x8b, 0xa8, 0x2c, 0x7f, 0xaa, 0x9c, 0xe2, 0x41}};

hash256 join(const hash256& left, const hash256& right) noexcept {
  u8 both[64];
  std::memcpy(both, left.data(), 32);
  std::memcpy(both + 32, right.data(), 32);
  return crypto::keccak256(both);
}

/// Roots of subtrees that hold no log, by height.
struct empty_roots {
  std::array<hash256, l2_log_tree_depth + 1> at;
  empty_roots() noexcept {
    const u8 zeros[l2_log_bytes] = {};
    at[0] = crypto::keccak256(zeros);
    for (u32 height = 1; height <= l2_log_tree_depth; ++height)
      at[height] = join(at[height - 1], at[height - 1]);
  }
};

/// Hashes the occupied part of the tree level by level. `visit(height, level)` sees each level
/// before it is folded into the next.
template <class Visit>
hash256 fold(std::span<const l2_log> logs, Visit visit) {
  ensure(logs.size() <= l2_log_leaves_max);
  const empty_roots empty;
  std::vector<hash256> level;
  level.reserve(logs.size() + 1);
  for (const l2_log& log : logs) level.push_back(l2_log_leaf(log));
  if (level.empty()) level.push_back(empty.at[0]);
  for (u32 height = 0; height < l2_log_tree_depth; ++height) {
    if (level.size() % 2 == 1) level.push_back(empty.at[height]);
    visit(height, level);
    for (std::size_t i = 0; i < level.size() / 2; ++i)
      level[i] = join(level[2 * i], level[2 * i + 1]);
    level.resize(level.size() / 2);
  }
  return level[0];
}

bool is_message(const log_entry& log) noexcept {
  return log.account == l1_messenger_address && log.topics.size() == 3 &&
         log.topics[0] == message_sent_topic;
}

}  // namespace

fixed_bytes<l2_log_bytes> encode_l2_log(const l2_log& log) noexcept {
  fixed_bytes<l2_log_bytes> out;
  out[0] = log.shard;
  out[1] = log.is_service ? 1 : 0;
  out[2] = static_cast<u8>(log.txn_number >> 8);
  out[3] = static_cast<u8>(log.txn_number);
  std::memcpy(out.data() + 4, log.sender.data(), 20);
  std::memcpy(out.data() + 24, log.key.data(), 32);
  std::memcpy(out.data() + 56, log.value.data(), 32);
  return out;
}

hash256 l2_log_leaf(const l2_log& log) noexcept {
  return crypto::keccak256(encode_l2_log(log).data_);
}

hash256 l2_log_root(std::span<const l2_log> logs) {
  return fold(logs, [](u32, const std::vector<hash256>&) {});
}

l2_log_proof prove_l2_log(std::span<const l2_log> logs, u32 index) {
  ensure(index < logs.size());
  l2_log_proof proof;
  proof.index = index;
  proof.root = fold(logs, [&](u32 height, const std::vector<hash256>& level) {
    proof.siblings[height] = level[(index >> height) ^ 1];
  });
  return proof;
}

bool check_l2_log(const hash256& leaf, const l2_log_proof& proof) noexcept {
  if (proof.index >= l2_log_leaves_max) return false;
  hash256 node = leaf;
  for (u32 height = 0; height < l2_log_tree_depth; ++height) {
    const hash256& sibling = proof.siblings[height];
    node = (proof.index >> height) & 1 ? join(sibling, node) : join(node, sibling);
  }
  return node == proof.root;
}

void append_l2_logs(std::vector<l2_log>& to, const txn& t, const receipt& r, u16 txn_number) {
  if (r.success)
    for (const log_entry& log : r.logs)
      if (is_message(log))
        to.push_back({0, true, txn_number, l1_messenger_address, log.topics[1], log.topics[2]});
  if (!t.is_priority()) return;
  const hash256 outcome = u256{r.success ? 1u : 0u}.to_be();
  to.push_back({0, true, txn_number, bootloader_address, t.priority.canonical_hash, outcome});
}

std::vector<bytes> l2_messages(const receipt& r) {
  constexpr std::size_t word = 32;
  std::vector<bytes> out;
  if (!r.success) return out;
  for (const log_entry& log : r.logs) {
    if (!is_message(log)) continue;
    // ABI: offset, length, bytes. The messenger itself wrote it.
    ensure(log.data.size() >= 2 * word);
    const u256 length = u256::from_be(log.data.data() + word);
    ensure(length <= u256{log.data.size() - 2 * word});
    out.push_back(to_bytes(bytes_view{log.data}.subspan(2 * word, length.low())));
  }
  return out;
}

}  // namespace ashlar
