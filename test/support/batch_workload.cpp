#include "test/support/batch_workload.hpp"

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/types/priority.hpp"

namespace ashlar::test {

namespace {

address system_address(u16 number) {
  address a;
  a[18] = static_cast<u8>(number >> 8);
  a[19] = static_cast<u8>(number);
  return a;
}

// SSTORE(CALLDATALOAD(0), CALLDATALOAD(32)), then LOG0 of 32 bytes.
const bytes store_code = *from_hex("0x60203560003555602060206000a000");
const address store_account = system_address(0x5107);

// Calls the account of the first word with the other bytes of the calldata, and stores the hash of
// what it returned at that word.
const bytes forward_code =
    *from_hex("0x602036036020600037600060006020360360006000355afa503d600060003e3d6000206000355500");
const address forward_account = system_address(0xf0f0);

/// What the messenger does for its caller, in a few bytes: L1MessageSent(caller,
/// keccak256(message), message), whose data are the calldata behind the selector.
bytes messenger_code() {
  const std::string_view event = "L1MessageSent(address,bytes32,bytes)";
  const hash256 topic =
      crypto::keccak256({reinterpret_cast<const u8*>(event.data()), event.size()});
  bytes code = *from_hex("0x60043603806004600037602051604020337f");
  append(code, {topic.data(), topic.size()});
  append(code, *from_hex("0x836000a35000"));
  return code;
}

memory_state genesis(u64 accounts) {
  memory_state s;
  for (u64 i = 0; i < accounts; ++i)
    s.put(test_key(i).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  s.put(store_account, {1, {}, evm::empty_code_hash, 0}, store_code);
  s.put(forward_account, {1, {}, evm::empty_code_hash, 0}, forward_code);
  s.put(system_address(0x8008), {1, {}, evm::empty_code_hash, 0}, messenger_code());
  return s;
}

void put_word(bytes& to, const u256& word) {
  const auto raw = word.to_be();
  append(to, {raw.data(), raw.size()});
}

bytes call_of(std::string_view signature) {
  const hash256 h =
      crypto::keccak256({reinterpret_cast<const u8*>(signature.data()), signature.size()});
  return bytes(h.begin(), h.begin() + 4);
}

void sign(txn& t, const key_pair& key) {
  const auto s = crypto::sign(signing_hash(t), key.secret);
  ensure(s.has_value());
  t.signature = {static_cast<u8>(s->y_parity), s->r, s->s};
}

/// keccak256(0x05 ‖ rlp([chain id, account, nonce])), EIP-7702.
hash256 authorization_hash(const authorization& a) {
  bytes message{0x05};
  {
    rlp::list_scope list(message);
    rlp::encode_u256(message, a.chain_id);
    rlp::encode_fixed(message, a.account);
    rlp::encode_u64(message, a.nonce);
  }
  // The scope is closed behind the type byte, which stays in front of the list's header.
  return crypto::keccak256(message);
}

}  // namespace

batch_workload::batch_workload(u64 seed)
    : chain(genesis(senders)), random_(seed), nonces_(senders) {}

bytes batch_workload::any_bytes(std::size_t size_max) {
  bytes out(below(size_max + 1));
  for (u8& b : out) b = static_cast<u8>(random_());
  return out;
}

bytes batch_workload::precompile_input(u64 which) {
  bytes in;
  const auto any_word = [&](unsigned zeros) {
    hash256 word;
    for (std::size_t i = zeros; i < word.size(); ++i) word[i] = static_cast<u8>(random_());
    append(in, {word.data(), word.size()});
  };
  switch (which) {
    case 1: {  // ecrecover: digest, v, r, s
      hash256 digest;
      store_be64(digest.data(), random_());
      const auto s = crypto::sign(digest, test_key(below(senders)).secret);
      ensure(s.has_value());
      append(in, {digest.data(), digest.size()});
      put_word(in, u256{27u + s->y_parity});
      put_word(in, s->r);
      put_word(in, s->s);
      return in;
    }
    case 5:  // modexp of words
      for (int i = 0; i < 3; ++i) put_word(in, u256{32});
      for (int i = 0; i < 3; ++i) any_word(0);
      return in;
    case 6:  // bn254: the generator doubled
      for (u64 i = 0; i < 4; ++i) put_word(in, u256{1 + i % 2});
      return in;
    case 7:  // bn254: a multiple of the generator
      put_word(in, u256{1});
      put_word(in, u256{2});
      any_word(0);
      return in;
    case 9:  // blake2f: rounds, state, message, offsets, last block
      in = {0, 0, 0, static_cast<u8>(below(20))};
      for (int i = 0; i < 208 / 8; ++i) {
        in.resize(in.size() + 8);
        store_be64(in.data() + in.size() - 8, random_());
      }
      in.push_back(static_cast<u8>(below(2)));
      return in;
    case 16:
    case 17:  // BLS12-381: field elements of 64 bytes, below the modulus
      for (u64 i = 0; i < which - 15; ++i) {
        any_word(17);
        any_word(0);
      }
      return in;
    default:
      return any_bytes(1000);
  }
}

void batch_workload::choose_payload(txn& t) {
  switch (below(6)) {
    case 0:
      t.to = test_key(below(3 * senders)).account;
      t.value = u256{below(1000)};
      return;
    case 1:
      t.to = store_account;
      put_word(t.data, u256{below(32)});
      put_word(t.data, below(3) == 0 ? u256{} : u256{random_(), random_(), below(5), random_()});
      return;
    case 2: {
      // PUSH1 value, PUSH1 0, MSTORE8, RETURN(0, size): a contract of bytes that say STOP.
      const u8 size = static_cast<u8>(1 + below(40));
      t.to = std::nullopt;
      t.data = {0x60, 0x00, 0x60, 0x00, 0x53, 0x60, size, 0x60, 0x00, 0xf3};
      return;
    }
    case 3: {
      t.to = forward_account;
      const u64 which = below(18);
      put_word(t.data, which == 0 ? u256{0x100} : u256{which});
      append(t.data, below(2) ? any_bytes(400) : precompile_input(which));
      return;
    }
    case 4:
      t.to = system_address(0x8008);
      t.data = call_of("sendToL1(bytes)");
      put_word(t.data, u256{32});
      put_word(t.data, u256{32});
      put_word(t.data, u256{random_()});
      return;
    default:
      t.to = system_address(0x800a);
      t.value = u256{1 + below(1000)};
      t.data = call_of("withdraw(address)");
      put_word(t.data, u256{random_()});
  }
}

void batch_workload::choose_type(txn& t) {
  switch (below(4)) {
    case 0:
      t.type = txn_type::legacy;
      break;
    case 1:
      t.type = txn_type::access_list;
      t.access_list.push_back({store_account, {hash256{}, u256{below(32)}.to_be()}});
      break;
    case 2:
      t.type = txn_type::dynamic_fee;
      t.max_priority_fee_per_gas = u256{1'000};
      return;
    default: {
      if (!t.to) return choose_type(t);
      t.type = txn_type::set_code;
      t.max_priority_fee_per_gas = u256{1'000};
      authorization a;
      a.chain_id = below(2) ? u256{} : u256{chain.config.chain_id};
      a.account = below(3) == 0 ? address{} : store_account;
      const key_pair key = test_key(1000 + below(5));
      a.nonce = chain.state.get_account(key.account).value_or(evm::account{}).nonce;
      const auto s = crypto::sign(authorization_hash(a), key.secret);
      ensure(s.has_value());
      a.y_parity = static_cast<u8>(s->y_parity);
      a.r = s->r;
      a.s = s->s;
      t.authorizations.push_back(a);
      return;
    }
  }
  t.max_priority_fee_per_gas = t.max_fee_per_gas;
}

txn batch_workload::next_priority_txn() {
  l2_canonical_txn t;
  t.txn_type = u256{0x7f};
  t.from = u256{0x1111 + below(4)};
  t.to = u256{0x2222 + below(4)};
  t.gas_limit = u256{500'000};
  t.gas_per_pubdata_byte_limit = u256{800};
  t.max_fee_per_gas = u256{5'000'000'000};
  t.nonce = u256{priority_next_++};
  t.value = u256{below(1000)};
  t.reserved[0] = u256{1} << 60;
  t.reserved[1] = u256{0x3333};
  // Some send what is on L2 already, and some of these more than there is.
  if (const u64 id = t.nonce.low(); id % 3 == 0) {
    t.from = u256::from_be(bytes_view(test_key(id % senders).account.data_));
    t.reserved[0] = t.gas_limit * t.max_fee_per_gas + u256{id % 2 * 100};
    if (id % 9 == 0) t.value = u256{1} << 200;
  }
  t.data = any_bytes(40);
  const auto converted = to_txn(t);
  ensure(converted.ok());
  return *converted;
}

txn batch_workload::next_txn() {
  if (below(12) == 0) return next_priority_txn();
  const u64 from = below(senders);
  txn t;
  t.chain_id = chain.config.chain_id;
  t.nonce = nonces_[from]++;
  t.max_fee_per_gas = u256{10'000'000'000};
  t.gas_limit = 400'000;
  choose_payload(t);
  choose_type(t);
  sign(t, test_key(from));
  return t;
}

memory_chain::sealed batch_workload::next(std::size_t blocks, std::size_t txns_per_block) {
  std::vector<std::pair<unix_seconds, std::vector<txn>>> batch;
  for (std::size_t b = 0; b < blocks; ++b) {
    std::vector<txn> txns;
    for (std::size_t i = 0; i < txns_per_block; ++i) txns.push_back(next_txn());
    time_ += below(3);
    batch.emplace_back(unix_seconds{time_}, std::move(txns));
  }
  return chain.seal(batch);
}

}  // namespace ashlar::test
