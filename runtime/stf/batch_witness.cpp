#include "runtime/stf/batch_witness.hpp"

#include <algorithm>

#include "runtime/crypto/keccak.hpp"

namespace ashlar::stf {
namespace {

batch_error malformed(const rlp::error& cause) {
  batch_error e;
  e.code = batch_error_code::malformed_witness;
  e.rlp = cause;
  return e;
}

#define WITNESS_TRY(decl, expression)                               \
  auto ASHLAR_CONCAT(read_, __LINE__) = (expression);               \
  if (!ASHLAR_CONCAT(read_, __LINE__))                              \
    return fail(malformed(ASHLAR_CONCAT(read_, __LINE__).error())); \
  decl = std::move(ASHLAR_CONCAT(read_, __LINE__)).value()

void encode_start(bytes& to, const batch_start& s) {
  rlp::list_scope list(to);
  rlp::encode_u64(to, s.number.value);
  rlp::encode_fixed(to, s.tree.root);
  rlp::encode_u64(to, s.tree.leaf_count);
  rlp::encode_string(to, encode_header(s.parent));
  bytes hashes;
  for (const hash256& h : s.hashes) append(hashes, h);
  rlp::encode_string(to, hashes);
  rlp::encode_fixed(to, s.priority_hash);
  rlp::encode_u64(to, s.priority_next);
}

result<batch_start, batch_error> decode_start(rlp::reader r) {
  batch_start s;
  WITNESS_TRY(const u64 number, r.next_u64());
  s.number = batch_number{number};
  WITNESS_TRY(s.tree.root, r.next_fixed<32>());
  WITNESS_TRY(s.tree.leaf_count, r.next_u64());
  WITNESS_TRY(const bytes_view header, r.next_string());
  auto parent = decode_header(header);
  if (!parent) return fail(malformed(parent.error().rlp));
  s.parent = std::move(*parent);
  WITNESS_TRY(const bytes_view hashes, r.next_string(block_hash_window * 32));
  if (hashes.size() % 32 != 0)
    return fail(malformed({rlp::error_code::wrong_length, hashes.size() / 32 * 32, hashes.size()}));
  for (std::size_t i = 0; i < hashes.size(); i += 32)
    s.hashes.push_back(hash256::copy_of(hashes.data() + i));
  WITNESS_TRY(s.priority_hash, r.next_fixed<32>());
  WITNESS_TRY(s.priority_next, r.next_u64());
  WITNESS_TRY([[maybe_unused]] const nothing end, r.finish());
  return s;
}

void encode_account(bytes& to, const address& who, const evm::account& a) {
  rlp::list_scope list(to);
  rlp::encode_fixed(to, who);
  rlp::encode_u64(to, a.nonce);
  rlp::encode_u256(to, a.balance);
  rlp::encode_fixed(to, a.code_hash);
  rlp::encode_u64(to, a.code_size);
}

result<std::pair<address, evm::account>, batch_error> decode_account(rlp::reader r) {
  std::pair<address, evm::account> out;
  WITNESS_TRY(out.first, r.next_fixed<20>());
  WITNESS_TRY(out.second.nonce, r.next_u64());
  WITNESS_TRY(out.second.balance, r.next_u256());
  WITNESS_TRY(out.second.code_hash, r.next_fixed<32>());
  WITNESS_TRY(const u64 size, r.next_u64());
  if (size > ~u32{0}) return fail(malformed({rlp::error_code::integer_too_large, 4, 8}));
  out.second.code_size = static_cast<u32>(size);
  WITNESS_TRY([[maybe_unused]] const nothing end, r.finish());
  return out;
}

result<batch_witness::block_input, batch_error> decode_block_input(rlp::reader r) {
  batch_witness::block_input out;
  WITNESS_TRY(const u64 timestamp, r.next_u64());
  out.timestamp = unix_seconds{timestamp};
  WITNESS_TRY(rlp::reader txns, r.next_list());
  while (!txns.empty()) {
    WITNESS_TRY(const bytes_view raw, txns.next_string());
    out.txns.push_back(to_bytes(raw));
  }
  WITNESS_TRY([[maybe_unused]] const nothing end, r.finish());
  return out;
}

}  // namespace

void sort_codes(std::vector<bytes>& codes) {
  std::vector<std::pair<hash256, bytes>> keyed;
  keyed.reserve(codes.size());
  for (bytes& code : codes) {
    const hash256 hash = crypto::keccak256(code);
    keyed.emplace_back(hash, std::move(code));
  }
  std::sort(keyed.begin(), keyed.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  codes.clear();
  for (std::size_t i = 0; i < keyed.size(); ++i)
    if (i == 0 || keyed[i].first != keyed[i - 1].first) codes.push_back(std::move(keyed[i].second));
}

bytes encode_batch_witness(const batch_witness& w) {
  bytes out{batch_witness_version};
  rlp::list_scope all(out);
  rlp::encode_string(out, encode_chain_config(w.config));
  encode_start(out, w.start);
  rlp::encode_string(out, tree::encode(w.proof));
  {
    rlp::list_scope accounts(out);
    for (const auto& [who, account] : w.accounts) encode_account(out, who, account);
  }
  {
    rlp::list_scope codes(out);
    for (const bytes& code : w.codes) rlp::encode_string(out, code);
  }
  {
    rlp::list_scope blocks(out);
    for (const auto& b : w.blocks) {
      rlp::list_scope block(out);
      rlp::encode_u64(out, b.timestamp.value);
      rlp::list_scope txns(out);
      for (const bytes& raw : b.txns) rlp::encode_string(out, raw);
    }
  }
  all.close();
  return out;
}

result<batch_witness, batch_error> decode_batch_witness(bytes_view from) {
  if (from.empty() || from[0] != batch_witness_version) {
    batch_error e;
    e.code = batch_error_code::unknown_version;
    e.expected = batch_witness_version;
    e.got = from.empty() ? 0 : from[0];
    return fail(e);
  }
  rlp::reader outer(from.subspan(1));
  WITNESS_TRY(rlp::reader r, outer.next_list());
  WITNESS_TRY([[maybe_unused]] const nothing outer_end, outer.finish());
  batch_witness w;
  WITNESS_TRY(const bytes_view config, r.next_string());
  auto decoded = decode_chain_config(config);
  if (!decoded) {
    batch_error e;
    e.code = batch_error_code::bad_config;
    e.config = decoded.error();
    return fail(e);
  }
  w.config = std::move(*decoded);
  WITNESS_TRY(rlp::reader start, r.next_list());
  ASHLAR_TRY(w.start, decode_start(start));
  WITNESS_TRY(const bytes_view proof, r.next_string());
  auto tree_witness = tree::decode_witness(proof);
  if (!tree_witness) {
    batch_error e;
    e.code = batch_error_code::bad_tree_witness;
    e.tree = tree_witness.error();
    return fail(e);
  }
  w.proof = std::move(*tree_witness);
  WITNESS_TRY(rlp::reader accounts, r.next_list());
  while (!accounts.empty()) {
    WITNESS_TRY(rlp::reader account, accounts.next_list());
    ASHLAR_TRY(auto entry, decode_account(account));
    w.accounts.push_back(std::move(entry));
  }
  WITNESS_TRY(rlp::reader codes, r.next_list());
  while (!codes.empty()) {
    WITNESS_TRY(const bytes_view code, codes.next_string());
    w.codes.push_back(to_bytes(code));
  }
  WITNESS_TRY(rlp::reader blocks, r.next_list());
  while (!blocks.empty()) {
    WITNESS_TRY(rlp::reader block, blocks.next_list());
    ASHLAR_TRY(auto input, decode_block_input(block));
    w.blocks.push_back(std::move(input));
  }
  WITNESS_TRY([[maybe_unused]] const nothing end, r.finish());
  return w;
}

#undef WITNESS_TRY

}  // namespace ashlar::stf
