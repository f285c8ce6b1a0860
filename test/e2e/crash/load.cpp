#include "test/e2e/crash/load.hpp"

#include <algorithm>

#include "runtime/base/hex.hpp"

namespace ashlar::test {
namespace json = boost::json;

namespace {

constexpr u64 group_size = 25;
constexpr u64 recipients = 40;
constexpr u64 sync_wait_ms = 5'000;

hash256 secret_of(unsigned n) {
  hash256 secret;
  store_be64(secret.data(), 0x6372617368ull);
  store_be64(secret.data() + 24, n + 1);
  return secret;
}

/// The node is away; it comes back when the test starts it.
void pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

}  // namespace

address load::account(unsigned n) {
  return l1::make_signer(secret_of(n))->account();
}

std::vector<address> load::accounts(const client_numbers& numbers) {
  std::vector<address> out;
  for (unsigned n = 0; n < numbers.total(); ++n) out.push_back(account(n));
  return out;
}

load::load(const rig& r, ledger& told, const client_numbers& numbers) : rig_(r), told_(told) {
  for (unsigned n = 0; n < numbers.total(); ++n) signers_.push_back(l1::make_signer(secret_of(n)));
  for (unsigned n = 0; n < numbers.total(); ++n)
    threads_.emplace_back([this, n, grouped = n >= numbers.single] { run(n, grouped); });
}

load::~load() {
  aborting_ = true;
  for (std::thread& t : threads_)
    if (t.joinable()) t.join();
}

void load::finish() {
  ending_ = true;
  for (std::thread& t : threads_)
    if (t.joinable()) t.join();
  check();
}

void load::check() const {
  std::lock_guard lock{mutex_};
  if (!failure_.empty()) throw rig_error(failure_);
}

void load::fail(const std::string& why) {
  aborting_ = true;
  std::lock_guard lock{mutex_};
  if (failure_.empty()) failure_ = why;
}

void load::run(unsigned number, bool grouped) {
  try {
    connection to;
    const u64 step = grouped ? group_size : 1;
    for (u64 nonce = 0; !ending_ && !aborting_; nonce += step) {
      if (grouped)
        send_group(number, nonce, nonce + step, to);
      else
        send_one(number, nonce, to);
    }
  } catch (const std::exception& e) {
    fail("client " + std::to_string(number) + ": " + e.what());
  }
}

bytes load::sign(unsigned number, u64 nonce, hash256& hash) const {
  txn t;
  t.type = txn_type::dynamic_fee;
  t.chain_id = rig_.chain().config.chain_id;
  t.nonce = nonce;
  t.max_fee_per_gas = u256{1'000'000'000'000};
  t.max_priority_fee_per_gas = u256{1'000 + number};
  t.gas_limit = 100'000;
  address to;
  store_be64(to.data() + 4, 0xabcd);
  store_be64(to.data() + 12, 1 + (nonce * 7 + number) % recipients);
  t.to = to;
  t.value = u256{1 + nonce};
  signers_[number]->sign(t);
  hash = txn_hash(t);
  return encode_txn(t);
}

/// False while the node is away.
bool load::connect(connection& to) const {
  const std::string endpoint = rig_.l2_endpoint();
  if (!endpoint.empty() && (!to.rpc || to.endpoint != endpoint)) {
    to.endpoint = endpoint;
    to.rpc.emplace(endpoint);
  }
  if (endpoint.empty()) pause();
  return !endpoint.empty();
}

/// True where it is in a block, which is noted.
bool load::ask_receipt(rpc_session& rpc, const hash256& txn, unsigned number, u64 nonce) {
  const auto got = rpc.call("eth_getTransactionReceipt", {to_hex(txn)});
  if (!got.ok() || !got->is_object()) return false;
  confirmed_txn c = read_place(got->as_object());
  c.sender = number;
  c.nonce = nonce;
  told_.note(c);
  return true;
}

void load::send_one(unsigned number, u64 nonce, connection& to) {
  hash256 hash;
  const std::string raw = to_hex(sign(number, nonce, hash));
  while (!aborting_) {
    if (!connect(to)) continue;
    ++totals_.sent;
    const auto got = to.rpc->call("eth_sendRawTransactionSync", {raw, sync_wait_ms});
    if (got.ok()) {
      confirmed_txn c = read_place(got->as_object());
      if (c.txn != hash) throw rig_error("the receipt of another transaction");
      c.sender = number;
      c.nonce = nonce;
      return told_.note(c);
    }
    if (!got.error().is_answer) {
      ++totals_.broken;
      to.rpc.reset();
      pause();
      continue;
    }
    if (ask_receipt(*to.rpc, hash, number, nonce)) {
      ++totals_.known;
      return;
    }
    // Refused and in no block: only a node, or a role of it, that is going or coming may say so.
    if (got.error().text.find("not available now") != std::string::npos) {
      ++totals_.refused;
      pause();
      continue;
    }
    if (to.endpoint == rig_.l2_endpoint())
      throw rig_error("transaction " + to_hex(hash) + ", nonce " + std::to_string(nonce) +
                      ", is refused: " + got.error().text);
  }
}

void load::send_group(unsigned number, u64 first, u64 end, connection& to) {
  std::vector<json::array> raws;
  std::vector<hash256> hashes(end - first);
  for (u64 n = first; n < end; ++n) raws.push_back({to_hex(sign(number, n, hashes[n - first]))});
  u64 next = first;  // told of what is below
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (!aborting_ && next < end) {
    if (!connect(to)) continue;
    // What a killed node had confirmed is there; the rest is sent, again or for the first time.
    while (next < end && ask_receipt(*to.rpc, hashes[next - first], number, next)) ++next;
    const std::vector<json::array> rest(raws.begin() + static_cast<std::ptrdiff_t>(next - first),
                                        raws.end());
    if (rest.empty()) return;
    ++totals_.sent;
    bool all_taken = false;
    const auto taken = to.rpc->call_many("eth_sendRawTransaction", rest);
    if (!taken.ok()) {
      ++totals_.broken;
      to.rpc.reset();
      pause();
      continue;
    }
    // A role that is away refuses some: they are sent again, with what the pool has by now.
    if (std::any_of(taken->begin(), taken->end(), [](const json::value& v) { return v.is_null(); }))
      ++totals_.refused;
    else
      all_taken = true;
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(all_taken ? 30'000 : 50);
    while (!aborting_ && next < end && to.endpoint == rig_.l2_endpoint()) {
      if (ask_receipt(*to.rpc, hashes[next - first], number, next)) {
        ++next;
        continue;
      }
      if (std::chrono::steady_clock::now() > until) break;
      pause();
    }
    if (all_taken && next < end && to.endpoint == rig_.l2_endpoint() && !aborting_)
      throw rig_error("transaction " + to_hex(hashes[next - first]) + ", nonce " +
                      std::to_string(next) + ", was taken and is in no block after 30 s");
    if (next < end && std::chrono::steady_clock::now() > deadline)
      throw rig_error("transaction " + to_hex(hashes[next - first]) + ", nonce " +
                      std::to_string(next) + ", is refused for 120 s");
  }
}

}  // namespace ashlar::test
