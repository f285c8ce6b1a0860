#include "test/bench/node/signed_load.hpp"

#include <algorithm>
#include <fstream>
#include <thread>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {
namespace {

/// Where transaction `at` of a batch comes from and what its nonce is: the connection's senders
/// in turn.
struct place {
  u32 from = 0;
  u64 nonce = 0;
};
place place_of(const load_shape& s, u64 batch, u32 at) {
  const u32 own = s.senders / s.connections;
  const u32 connection = static_cast<u32>(batch % s.connections);
  const u64 before = batch / s.connections * s.batch + at;
  return {connection * own + static_cast<u32>(before % own), before / own};
}

transfer transfer_of(const load_shape& s, u64 batch, u32 at) {
  const place p = place_of(s, batch, at);
  transfer t;
  t.from = p.from;
  t.to = static_cast<u32>((p.from + 1 + (p.nonce * 7 + p.from * 13) % (s.senders - 1)) % s.senders);
  t.value = 1 + (batch + at) % 1'000;
  return t;
}

std::vector<bytes> sign_all(const load_shape& s) {
  std::vector<hash256> keys;
  std::vector<address> accounts;
  for (u32 i = 0; i < s.senders; ++i) {
    keys.push_back(load_key(i));
    accounts.push_back(load_account(i));
  }
  std::vector<bytes> raw(s.batches * s.batch);
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> signers;
  for (unsigned core = 0; core < cores; ++core)
    signers.emplace_back([&, core] {
      for (u64 b = core; b < s.batches; b += cores)
        for (u32 i = 0; i < s.batch; ++i) {
          const transfer t = transfer_of(s, b, i);
          raw[b * s.batch + i] = sign_transfer(s.chain_id, keys[t.from], place_of(s, b, i).nonce,
                                               accounts[t.to], t.value);
        }
    });
  for (auto& one : signers) one.join();
  return raw;
}

std::string header_of(const load_shape& s) {
  return "ashlar transfers 1: chain " + std::to_string(s.chain_id) + ", senders " +
         std::to_string(s.senders) + ", connections " + std::to_string(s.connections) + ", batch " +
         std::to_string(s.batch) + ", batches " + std::to_string(s.batches);
}

void write(const load_shape& s, const std::string& path) {
  const auto raw = sign_all(s);
  std::ofstream out(path + ".new", std::ios::binary);
  out << header_of(s) << '\n';
  for (const bytes& one : raw) out << to_hex(one) << '\n';
  out.close();
  require(out.good(), path + " cannot be written");
  require(std::rename((path + ".new").c_str(), path.c_str()) == 0, path + " cannot be replaced");
}

}  // namespace

hash256 load_key(u32 index) {
  const std::string text = "ashlar bench account " + std::to_string(index);
  return crypto::keccak256({reinterpret_cast<const u8*>(text.data()), text.size()});
}

address load_account(u32 index) {
  return *crypto::address_of(load_key(index));
}

bytes sign_transfer(u64 chain_id, const hash256& key, u64 nonce, const address& to, u64 value) {
  txn t;
  t.type = txn_type::dynamic_fee;
  t.chain_id = chain_id;
  t.nonce = nonce;
  t.max_priority_fee_per_gas = u256{transfer_tip};
  t.max_fee_per_gas = u256{transfer_max_fee};
  t.gas_limit = transfer_gas_limit;
  t.to = to;
  t.value = u256{value};
  const auto s = crypto::sign(signing_hash(t), key);
  require(s.has_value(), "a transfer could not be signed");
  t.signature = {static_cast<u8>(s->y_parity ? 1 : 0), s->r, s->s};
  return encode_txn(t);
}

std::vector<signed_batch> make_load(const load_shape& s, const std::string& path) {
  require(s.senders % s.connections == 0 && s.senders > s.connections, "senders per connection");
  const auto opened = [&](std::ifstream& in) {
    std::string first;
    return in && std::getline(in, first) && first == header_of(s);
  };
  std::ifstream in(path, std::ios::binary);
  if (!opened(in)) {
    say("signing " + std::to_string(s.batches * s.batch) + " transfers");
    write(s, path);
    in = std::ifstream(path, std::ios::binary);
    require(opened(in), path + " cannot be read");
  }
  std::vector<signed_batch> out(s.batches);
  std::string hex;
  for (u64 b = 0; b < s.batches; ++b) {
    signed_batch& one = out[b];
    one.connection = static_cast<u32>(b % s.connections);
    one.transfers.resize(s.batch);
    one.body = "[";
    for (u32 i = 0; i < s.batch; ++i) {
      require(bool(std::getline(in, hex)), path + " ends early");
      const auto raw = from_hex(hex);
      require(raw.has_value(), path + " holds a line that is not hex");
      one.transfers[i] = transfer_of(s, b, i);
      one.transfers[i].hash = crypto::keccak256(*raw);
      if (i) one.body += ',';
      one.body += R"({"jsonrpc":"2.0","id":)" + std::to_string(i + 1) +
                  R"(,"method":"eth_sendRawTransaction","params":[")" + hex + "\"]}";
    }
    one.body += ']';
  }
  return out;
}

}  // namespace ashlar::bench
