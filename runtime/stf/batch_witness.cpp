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

constexpr std::size_t word_bytes = 4;

std::size_t to_word(std::size_t size) noexcept {
  return (word_bytes - size % word_bytes) % word_bytes;
}

void put_number(bytes& to, u64 n) {
  ensure(n <= ~u32{0});
  u8 le[word_bytes];
  store_le32(le, static_cast<u32>(n));
  append(to, le);
}

/// Behind its size, a string that begins where a word does.
void put_string(bytes& to, bytes_view s) {
  put_number(to, s.size());
  append(to, s);
  to.resize(to.size() + to_word(s.size()));
}

/// Reads what lies in words. An error leaves the position unspecified.
class word_reader {
 public:
  explicit word_reader(bytes_view from) noexcept : rest_(from) {}

  bytes_view rest() const noexcept { return rest_; }
  result<u32, batch_error> next_number() {
    ASHLAR_TRY(const bytes_view word, take(word_bytes));
    return load_le32(word.data());
  }
  /// How many follow, of which each takes a word or more.
  result<u32, batch_error> next_count() {
    ASHLAR_TRY(const u32 count, next_number());
    if (count > rest_.size() / word_bytes) return fail(too_short(u64{count} * word_bytes));
    return count;
  }
  result<bytes_view, batch_error> next_string() {
    ASHLAR_TRY(const u32 size, next_number());
    ASHLAR_TRY(const bytes_view s, take(size));
    ASHLAR_CHECK(skip_zeros(to_word(size)));
    return s;
  }
  /// A string that ends where a word does.
  result<bytes_view, batch_error> next_string_to_word() {
    ASHLAR_TRY(const u32 size, next_number());
    ASHLAR_CHECK(skip_zeros(to_word(size)));
    return take(size);
  }
  status<batch_error> skip_zeros(std::size_t count) {
    ASHLAR_TRY(const bytes_view zeros, take(count));
    for (const u8 z : zeros)
      if (z != 0) return fail(malformed({rlp::error_code::non_canonical_byte, 0, z}));
    return nothing{};
  }

 private:
  batch_error too_short(u64 wanted) const {
    return malformed({rlp::error_code::too_short, wanted, rest_.size()});
  }
  result<bytes_view, batch_error> take(std::size_t size) {
    if (size > rest_.size()) return fail(too_short(size));
    const bytes_view out = rest_.first(size);
    rest_ = rest_.subspan(size);
    return out;
  }

  bytes_view rest_;
};

result<batch_witness::block_input, batch_error> decode_block_input(word_reader& r) {
  batch_witness::block_input out;
  ASHLAR_TRY(const u32 low, r.next_number());
  ASHLAR_TRY(const u32 high, r.next_number());
  out.timestamp = unix_seconds{u64{high} << 32 | low};
  ASHLAR_TRY(const u32 count, r.next_count());
  out.txns.reserve(count);
  for (u32 i = 0; i < count; ++i) {
    ASHLAR_TRY(const bytes_view raw, r.next_string());
    out.txns.push_back(to_bytes(raw));
  }
  return out;
}

/// The part that is RLP: config, start, accounts.
status<batch_error> decode_list(bytes_view from, batch_witness& w) {
  rlp::reader outer(from);
  WITNESS_TRY(rlp::reader r, outer.next_list());
  WITNESS_TRY([[maybe_unused]] const nothing outer_end, outer.finish());
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
  WITNESS_TRY(rlp::reader accounts, r.next_list());
  WITNESS_TRY([[maybe_unused]] const nothing end, r.finish());
  while (!accounts.empty()) {
    WITNESS_TRY(rlp::reader account, accounts.next_list());
    ASHLAR_TRY(auto entry, decode_account(account));
    w.accounts.push_back(std::move(entry));
  }
  return nothing{};
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
  bytes out{batch_witness_version, 0, 0, 0};
  const bytes proof = tree::encode(w.proof);
  put_number(out, proof.size());
  out.resize(out.size() + to_word(proof.size()));
  append(out, proof);
  put_number(out, w.codes.size());
  for (const bytes& code : w.codes) put_string(out, code);
  put_number(out, w.blocks.size());
  for (const auto& b : w.blocks) {
    put_number(out, b.timestamp.value & ~u32{0});
    put_number(out, b.timestamp.value >> 32);
    put_number(out, b.txns.size());
    for (const bytes& raw : b.txns) put_string(out, raw);
  }
  rlp::list_scope all(out);
  rlp::encode_string(out, encode_chain_config(w.config));
  encode_start(out, w.start);
  {
    rlp::list_scope accounts(out);
    for (const auto& [who, account] : w.accounts) encode_account(out, who, account);
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
  word_reader r(from.subspan(1));
  ASHLAR_CHECK(r.skip_zeros(word_bytes - 1));
  ASHLAR_TRY(const bytes_view proof, r.next_string_to_word());
  batch_witness w;
  auto tree_witness = tree::decode_witness(proof);
  if (!tree_witness) {
    batch_error e;
    e.code = batch_error_code::bad_tree_witness;
    e.tree = tree_witness.error();
    return fail(e);
  }
  w.proof = std::move(*tree_witness);
  ASHLAR_TRY(const u32 codes, r.next_count());
  w.codes.reserve(codes);
  for (u32 i = 0; i < codes; ++i) {
    ASHLAR_TRY(const bytes_view code, r.next_string());
    w.codes.push_back(to_bytes(code));
  }
  ASHLAR_TRY(const u32 blocks, r.next_count());
  w.blocks.reserve(blocks);
  for (u32 i = 0; i < blocks; ++i) {
    ASHLAR_TRY(auto input, decode_block_input(r));
    w.blocks.push_back(std::move(input));
  }
  ASHLAR_CHECK(decode_list(r.rest(), w));
  return w;
}

}  // namespace ashlar::stf
