#include <algorithm>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "runtime/crypto/keccak.hpp"
#include "runtime/types/batch_diff.hpp"
#include "runtime/types/pubdata_bytes.hpp"

using namespace ashlar;

namespace {

address address_of(u64 n) {
  const hash256 h = crypto::keccak256(u256{n}.to_be().data_);
  return address::copy_of(h.data());
}

/// A state that numbers its leaves as they come, as the tree does.
class plain_state final : public leaf_source {
 public:
  u64 add_account(const address& who, const account_fields& fields) {
    leaves_.push_back({who, fields});
    return accounts_[who] = leaves_.size() - 1;
  }
  u64 add_slot(const address& who, const u256& slot, const u256& value) {
    leaves_.push_back({who, std::pair{slot, value}});
    return slots_[{who, slot}] = leaves_.size() - 1;
  }
  u64 size() const { return leaves_.size(); }

  std::optional<leaf_content> at(u64 i) override {
    if (i >= leaves_.size()) return std::nullopt;
    return leaves_[i];
  }
  std::optional<u64> account_leaf(const address& who) override {
    const auto it = accounts_.find(who);
    return it == accounts_.end() ? std::nullopt : std::optional{it->second};
  }
  std::optional<u64> slot_leaf(const address& who, const u256& slot) override {
    const auto it = slots_.find({who, slot});
    return it == slots_.end() ? std::nullopt : std::optional{it->second};
  }

 private:
  std::vector<leaf_content> leaves_;
  std::map<address, u64> accounts_;
  std::map<std::pair<address, u256>, u64> slots_;
};

void sort_all(batch_diff& d) {
  std::sort(d.accounts.begin(), d.accounts.end(),
            [](const auto& a, const auto& b) { return a.who < b.who; });
  std::sort(d.slots.begin(), d.slots.end(), [](const auto& a, const auto& b) {
    return std::pair{a.who, a.slot} < std::pair{b.who, b.slot};
  });
  std::sort(d.codes.begin(), d.codes.end());
  std::sort(d.owners.begin(), d.owners.end());
}

struct world {
  plain_state state;
  batch_diff diff;
};

u256 random_value(std::mt19937_64& random) {
  switch (random() % 5) {
    case 0:
      return u256{random() % 300};
    case 1:
      return u256{random()};
    case 2:
      return u256{random(), random(), random(), random()};
    case 3:
      return u256{random() % 1000} * u256{1'000'000'000'000'000};
    default:
      return u256{};
  }
}

/// A random state and a random netted diff over it, of every kind of entry.
world random_world(u64 seed) {
  std::mt19937_64 random{seed};
  world w;
  plain_state& state = w.state;
  batch_diff& diff = w.diff;
  const auto new_code = [&](account_fields& fields) {
    bytes code(1 + random() % 60);
    for (u8& b : code) b = static_cast<u8>(random() % 3);
    fields.code_hash = crypto::keccak256(code);
    fields.code_size = static_cast<u32>(code.size());
    const std::pair entry{fields.code_hash, code};
    if (std::find(diff.codes.begin(), diff.codes.end(), entry) == diff.codes.end())
      diff.codes.push_back(entry);
  };
  const u64 accounts = 1 + random() % 20;
  for (u64 i = 0; i < accounts; ++i) {
    const address who = address_of(seed * 1000 + i);
    const bool exists = random() % 4 != 0;
    const bool has_leaf = exists;
    std::optional<u64> leaf;
    account_fields before;
    if (has_leaf) {
      before.nonce = random() % 5;
      before.balance = random_value(random);
      if (random() % 3 == 0) {
        before.code_hash = crypto::keccak256(u256{random()}.to_be().data_);
        before.code_size = 32;
      }
      leaf = state.add_account(who, before);
    }
    account_fields after = before;
    if (random() % 3 != 0) {
      after.nonce += random() % 6;
      if (random() % 2 == 0) after.balance = random_value(random);
      const u64 code = random() % 40;
      if (code < 10) new_code(after);
      if (leaf && code > 36) after.code_hash = no_code_hash, after.code_size = 0;
    }
    const bool changed = after != before;
    if (changed) diff.accounts.push_back({who, leaf, before, after});
    bool owns_new = false;
    for (u64 s = random() % 6; s-- > 0;) {
      const u256 slot =
          random() % 2 == 0
              ? u256{s}
              : u256::from_be(crypto::keccak256(u256{seed ^ (i * 100 + s)}.to_be().data_));
      if (random() % 2 == 0) {
        const u256 old = random_value(random), now = random_value(random);
        const u64 index = state.add_slot(who, slot, old);
        if (now != old) diff.slots.push_back({who, slot, index, old, now});
      } else if (const u256 now = random_value(random); !now.is_zero()) {
        diff.slots.push_back({who, slot, std::nullopt, u256{}, now});
        owns_new = true;
      }
    }
    if (owns_new && leaf && !changed) diff.owners.emplace_back(who, *leaf);
  }
  u64 time = 1'700'000'000;
  for (u64 b = 1 + random() % 10; b-- > 0;)
    diff.timestamps.push_back(unix_seconds{time += random() % 3});
  if (random() % 2 == 0) {
    block_header h;
    h.timestamp = diff.timestamps.back();
    h.number = block_number{random() % 1000};
    h.gas_limit = 30'000'000;
    h.extra_data = bytes(random() % 9, 7);
    if (random() % 2 == 0) h.base_fee_per_gas = u256{7};
    if (h.base_fee_per_gas && random() % 2 == 0) h.withdrawals_root = empty_trie_root;
    if (random() % 2 == 0) bloom_add(h.logs_bloom, h.extra_data);
    if (random() % 2 == 0) h.transactions_root = crypto::keccak256(h.extra_data);
    diff.last_header = h;
  }
  u16 txn_number = 0;
  for (u64 n = random() % 5; n-- > 0;) {
    l2_log log;
    log.txn_number = txn_number = static_cast<u16>(txn_number + random() % 300);
    if (random() % 2 == 0) {
      log.sender = l1_messenger_address;
      std::memcpy(log.key.data() + 12, address_of(n).data(), 20);
      diff.messages.push_back(bytes(random() % 100, 3));
      log.value = crypto::keccak256(diff.messages.back());
    } else {
      log.sender = bootloader_address;
      log.key = crypto::keccak256(address_of(n).data_);
      log.value[31] = random() % 2;
    }
    diff.logs.push_back(log);
  }
  sort_all(diff);
  return w;
}

account_fields with_balance(const u256& balance, u64 nonce = 0) {
  account_fields f;
  f.balance = balance;
  f.nonce = nonce;
  return f;
}

constexpr u64 gwei = 1'000'000'000;

}  // namespace

TEST_CASE("a value change is the shortest and brings the value back") {
  const u256 one{1}, big = u256{1} << 200;
  CHECK_FALSE(change_between(big, big));
  CHECK(change_between(u256{}, one) == value_change{change_op::add, one});
  CHECK(change_between(big, big + one) == value_change{change_op::add, one});
  CHECK(change_between(big, big - one) == value_change{change_op::subtract, one});
  CHECK(change_between(big, u256{}) == value_change{change_op::full, u256{}});
  CHECK(change_between(big, u256{7}) == value_change{change_op::full, u256{7}});
  CHECK(change_between(u256{}, u256::max()) == value_change{change_op::subtract, one});
  std::mt19937_64 random{7};
  for (int i = 0; i < 2000; ++i) {
    const u256 before = random_value(random), after = random_value(random);
    if (const auto change = change_between(before, after)) CHECK(apply(before, *change) == after);
  }
}

TEST_CASE("a magnitude has the bytes that its bits fill") {
  CHECK(magnitude_bytes(u256{}) == 0);
  for (unsigned bit = 0; bit < 256; ++bit)
    for (const u256& v : {u256{1} << bit, (u256{1} << bit) + u256{1}, (u256{1} << bit) - u256{1}})
      CHECK(magnitude_bytes(v) == v.byte_length());
}

TEST_CASE("random diffs come back from their pubdata, which has one encoding") {
  for (u64 seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    world w = random_world(seed);
    const bytes raw = encode_pubdata(make_pubdata(w.diff));
    auto decoded = decode_pubdata(raw);
    REQUIRE(decoded);
    REQUIRE(encode_pubdata(*decoded) == raw);
    auto diff = resolve(*decoded, w.state);
    REQUIRE(diff);
    REQUIRE(*diff == w.diff);
  }
}

TEST_CASE("what the decoder takes encodes to the same bytes, whatever was changed in them") {
  std::mt19937_64 random{20261122};
  std::size_t accepted = 0, refused = 0;
  for (u64 seed = 1; seed <= 60; ++seed) {
    world w = random_world(seed);
    const bytes raw = encode_pubdata(make_pubdata(w.diff));
    for (int i = 0; i < 200; ++i) {
      bytes mutated = raw;
      switch (random() % 3) {
        case 0:
          mutated[random() % mutated.size()] = static_cast<u8>(random());
          break;
        case 1:
          mutated.resize(random() % mutated.size());
          break;
        default:
          mutated.insert(mutated.begin() + static_cast<long>(random() % mutated.size()),
                         static_cast<u8>(random()));
      }
      INFO("seed " << seed << " mutation " << i);
      auto decoded = decode_pubdata(mutated);
      if (!decoded) {
        ++refused;
        continue;
      }
      ++accepted;
      REQUIRE(encode_pubdata(*decoded) == mutated);
      // Total over the state as well; and what resolves is canonical.
      if (auto diff = resolve(*decoded, w.state))
        REQUIRE(encode_pubdata(make_pubdata(*diff)) == mutated);
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 100);
}

TEST_CASE("entries that changed nothing are not published") {
  plain_state state;
  batch_diff diff;
  diff.timestamps = {unix_seconds{5}};
  const u64 leaf = state.add_account(address_of(1), with_balance(u256{5}));
  diff.accounts.push_back({address_of(1), leaf, with_balance(u256{5}), with_balance(u256{5})});
  diff.accounts.push_back({address_of(2), std::nullopt, {}, {}});
  diff.slots.push_back({address_of(1), u256{1}, std::nullopt, u256{}, u256{}});
  sort_all(diff);
  const pubdata p = make_pubdata(diff);
  CHECK(p.known.empty());
  CHECK(p.accounts.empty());
  CHECK(p.slots.empty());
}

TEST_CASE("1,000 transfers among 100 accounts cost at most 2 bytes each") {
  plain_state state;
  std::mt19937_64 random{1};
  // 100 accounts spread over a state of 100,000 leaves, and the vault that takes the fees.
  std::map<address, account_fields> now, first;
  std::vector<address> people;
  std::map<address, u64> leaf;
  for (u64 i = 0; i < 100'000; ++i) {
    const bool ours = i % 1000 == 500;
    const account_fields f = with_balance(u256{10'000'000} * u256{gwei} * u256{gwei}, i % 7);
    leaf[address_of(i)] = state.add_account(address_of(i), f);
    if (!ours) continue;
    people.push_back(address_of(i));
    now[people.back()] = f;
  }
  const address vault = address_of(77);
  now[vault] = with_balance(u256{10'000'000} * u256{gwei} * u256{gwei}, 0);
  first = now;
  for (int i = 0; i < 1000; ++i) {
    account_fields& from = now[people[random() % 100]];
    const u256 fee = u256{21'000} * u256{gwei + random() % 1000};
    const u256 value = u256{1 + random() % 1000} * u256{1'000'000'000'000'000};
    from.nonce += 1;
    from.balance -= value + fee;
    now[people[random() % 100]].balance += value;
    now[vault].balance += fee;
  }
  batch_diff diff;
  diff.timestamps = {unix_seconds{1'700'000'000}};
  for (const auto& [who, fields] : now)
    diff.accounts.push_back({who, leaf[who], first[who], fields});
  const bytes raw = encode_pubdata(make_pubdata(diff));
  const double each = static_cast<double>(raw.size()) / 1000;
  std::printf("pubdata: 1,000 transfers among 100 accounts: %.3f bytes each\n", each);
  CHECK(each <= 2);
  CHECK(*resolve(*decode_pubdata(raw), state) == diff);
}

TEST_CASE("1,000 transfers to new recipients cost at most 45 bytes each") {
  plain_state state;
  std::mt19937_64 random{2};
  batch_diff diff;
  diff.timestamps = {unix_seconds{1'700'000'000}};
  u256 fees;
  for (u64 i = 0; i < 1000; ++i) {
    const account_fields before = with_balance(u256{10'000} * u256{gwei} * u256{gwei}, i);
    // Senders lie in a state of 100,000 leaves.
    for (u64 k = 0; k < 99; ++k) state.add_account(address_of(1'000'000 + i * 100 + k), before);
    const u64 leaf = state.add_account(address_of(i), before);
    const u256 value =
        u256{1 + random() % 1'000'000} * u256{1'000'000'000'000} + u256{random() % gwei};
    const u256 fee = u256{21'000} * u256{gwei + random() % 1000};
    fees += fee;
    account_fields after = before;
    after.nonce += 1;
    after.balance -= value + fee;
    diff.accounts.push_back({address_of(i), leaf, before, after});
    diff.accounts.push_back({address_of(500'000'000 + i), std::nullopt, {}, with_balance(value)});
  }
  const u64 vault = state.add_account(address_of(~0ull), with_balance(u256{gwei} * u256{gwei}));
  diff.accounts.push_back({address_of(~0ull), vault, with_balance(u256{gwei} * u256{gwei}),
                           with_balance(u256{gwei} * u256{gwei} + fees)});
  sort_all(diff);
  const bytes raw = encode_pubdata(make_pubdata(diff));
  const double each = static_cast<double>(raw.size()) / 1000;
  std::printf("pubdata: 1,000 transfers to new recipients: %.3f bytes each\n", each);
  CHECK(each <= 45);
  CHECK(*resolve(*decode_pubdata(raw), state) == diff);
}
