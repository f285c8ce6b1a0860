#include "test/support/memory_chain.hpp"

#include <stdexcept>
#include <string>

#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/stf/publication.hpp"

namespace ashlar::test {

std::optional<evm::account> memory_state::get_account(const address& who) {
  const auto found = accounts.find(who);
  return found == accounts.end() ? std::nullopt : std::optional<evm::account>(found->second);
}

u256 memory_state::get_storage(const address& who, const u256& slot) {
  const auto found = slots.find({who, slot});
  return found == slots.end() ? u256{} : found->second;
}

bytes_view memory_state::get_code(const hash256& code_hash) {
  const auto found = codes.find(code_hash);
  return found == codes.end() ? bytes_view{} : bytes_view(found->second);
}

void memory_state::apply(const evm::state_diff& diff) {
  for (const auto& c : diff.accounts) {
    if (c.after)
      accounts[c.who] = *c.after;
    else
      accounts.erase(c.who);
  }
  for (const auto& c : diff.slots) {
    if (c.after.is_zero())
      slots.erase({c.who, c.slot});
    else
      slots[{c.who, c.slot}] = c.after;
  }
  for (const auto& [hash, code] : diff.codes) codes[hash] = code;
}

void memory_state::put(const address& who, const evm::account& account, bytes_view code) {
  evm::account a = account;
  if (!code.empty()) {
    a.code_hash = crypto::keccak256(code);
    a.code_size = static_cast<u32>(code.size());
    codes[a.code_hash] = to_bytes(code);
  }
  accounts[who] = a;
}

evm::state_diff memory_state::all() const {
  evm::state_diff d;
  for (const auto& [who, account] : accounts) d.accounts.push_back({who, std::nullopt, account});
  for (const auto& [place, value] : slots)
    d.slots.push_back({place.first, place.second, {}, value});
  for (const auto& [hash, code] : codes) d.codes.emplace_back(hash, code);
  return d;
}

key_pair test_key(u64 number) {
  key_pair k;
  store_be64(k.secret.data(), 0x6173686c61720000ull);
  store_be64(k.secret.data() + 24, number + 1);
  const auto account = crypto::address_of(k.secret);
  ensure(account.has_value());
  k.account = *account;
  return k;
}

chain_config memory_chain::sample_config() {
  chain_config c;
  c.chain_id = 270;
  c.l1_chain_id = 31337;
  c.chain_contract[19] = 0xcc;
  c.fee_vault[19] = 0xfe;
  return c;
}

memory_chain::memory_chain(const memory_state& genesis, chain_config c)
    : state(genesis), config(std::move(c)) {
  const auto planted = tree.apply(stf::tree_updates(state.all()));
  ensure(planted.ok());
  start.number = batch_number{1};
  start.tree = *planted;
  start.parent = stf::genesis_header(config, unix_seconds{1'700'000'000});
  start.hashes = {header_hash(start.parent)};
}

memory_chain::sealed memory_chain::seal(
    const std::vector<std::pair<unix_seconds, std::vector<txn>>>& blocks) {
  stf::batch_run run(config, start, state);
  std::vector<stf::batch_witness::block_input> inputs;
  std::vector<receipt> receipts;
  for (const auto& [timestamp, txns] : blocks) {
    std::vector<address> senders;
    std::vector<hash256> hashes;
    stf::batch_witness::block_input input{timestamp, {}};
    for (const txn& t : txns) {
      senders.push_back(recover_sender(t).value());
      hashes.push_back(txn_hash(t));
      input.txns.push_back(encode_txn(t));
    }
    const auto done = run.add_block(timestamp, txns, senders, hashes);
    if (!done)
      throw std::runtime_error(stf::to_text(done.error().code) + std::string(": ") +
                               evm::to_text(done.error().rejection));
    inputs.push_back(std::move(input));
    receipts.insert(receipts.end(), done->receipts.begin(), done->receipts.end());
  }
  const evm::state_diff diff = run.state().diff();
  sealed out{{},
             stf::make_batch_witness(config, start, run, tree, std::move(inputs)),
             std::move(receipts),
             run.pubdata_bytes_charged(),
             run.memory(),
             start.tree.leaf_count,
             run.state().meter().cycles()};
  bytes pubdata = stf::publish(run, diff, [&](const hash256& key) { return tree.find(key); });
  const auto after = tree.apply(stf::tree_updates(diff));
  ensure(after.ok());
  out.native = stf::conclude(config, start, run, *after, std::move(pubdata));

  start.number = start.number.next();
  start.tree = *after;
  start.parent = run.last_header();
  start.hashes = run.hashes().oldest_first();
  start.priority_hash = run.priority_hash();
  start.priority_next = run.priority_next();
  state.apply(diff);
  return out;
}

txn signed_txn(const chain_config& config, const key_pair& from, u64 nonce,
               std::optional<address> to, const u256& value, bytes data, u64 gas_limit,
               std::vector<access_list_entry> listed) {
  txn t;
  t.type = txn_type::dynamic_fee;
  t.chain_id = config.chain_id;
  t.nonce = nonce;
  t.max_fee_per_gas = u256{10'000'000'000};
  t.max_priority_fee_per_gas = u256{1'000};
  t.gas_limit = gas_limit;
  t.to = to;
  t.value = value;
  t.data = std::move(data);
  t.access_list = std::move(listed);
  const auto s = crypto::sign(signing_hash(t), from.secret);
  ensure(s.has_value());
  t.signature = {static_cast<u8>(s->y_parity), s->r, s->s};
  return t;
}

}  // namespace ashlar::test
