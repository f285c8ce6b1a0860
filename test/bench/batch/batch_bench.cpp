// What a batch costs: bytes of pubdata a transfer, and the time to apply a batch from its witness.
// Batches are executed, sealed and applied again from their witness by the real functions; the two
// results must be equal before anything is printed.
#include <algorithm>
#include <cstdio>
#include <random>

#include "test/bench/rows/rows.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::bench;

namespace {

constexpr u64 transfers = 1'000;
/// A block takes no more transactions from 16,384 bytes of pubdata, at most about 150 transfers.
constexpr u64 transfers_a_block = 100;
constexpr u64 ether = 1'000'000'000'000'000'000;
/// Accounts that are in the state and do not move: leaf indexes are as wide as in a used chain.
constexpr u64 strangers = 100'000;

address stranger(u64 n) {
  address a;
  a[0] = 0x77;
  store_be64(a.data() + 12, n);
  return a;
}

/// The senders lie spread between the strangers.
test::memory_state populate(u64 senders, std::mt19937_64& random) {
  test::memory_state state;
  evm::account a;
  a.balance = u256{ether} * u256{1'000};
  for (u64 i = 0; i < strangers; ++i) state.put(stranger(i), a);
  for (u64 i = 0; i < senders; ++i) {
    a.nonce = random() % 300;
    a.balance = u256{ether} * u256{10} + u256{random() % ether};
    state.put(test::test_key(i).account, a);
  }
  a = {};
  a.balance = u256{ether};
  state.put(test::memory_chain::sample_config().fee_vault, a);
  return state;
}

/// Amounts as people choose them: whole units of 10^12 wei.
u256 amount(std::mt19937_64& random) {
  return u256{1 + random() % 1'000'000} * u256{1'000'000'000'000};
}

struct measured {
  double bytes_each = 0;
  double apply_ms = 0;
  u64 runs = 0;
};

template <class Recipient>
measured measure(u64 senders, u64 seed, Recipient to) {
  std::mt19937_64 random{seed};
  const auto state = populate(senders, random);
  test::memory_chain chain(state);
  std::vector<u64> nonces(senders);
  for (u64 i = 0; i < senders; ++i) nonces[i] = state.accounts.at(test::test_key(i).account).nonce;
  std::vector<std::pair<unix_seconds, std::vector<txn>>> blocks(transfers / transfers_a_block);
  for (u64 i = 0; i < transfers; ++i) {
    const u64 from = senders == transfers ? i : random() % senders, block = i / transfers_a_block;
    blocks[block].first = unix_seconds{1'700'000'000 + block};
    blocks[block].second.push_back(test::signed_txn(chain.config, test::test_key(from),
                                                    nonces[from]++, to(i, random), amount(random)));
  }
  const auto sealed = chain.seal(blocks);
  const bytes witness = stf::encode_batch_witness(sealed.witness);
  measured m;
  m.bytes_each = static_cast<double>(sealed.native.pubdata.size()) / transfers;
  m.apply_ms = 1e9;
  for (const double stop = own_cpu_s() + 1.5; m.runs < 3 || own_cpu_s() < stop; ++m.runs) {
    const double start = own_cpu_s();
    const auto again = stf::apply_batch(witness);
    m.apply_ms = std::min(m.apply_ms, 1e3 * (own_cpu_s() - start));
    require(again.ok() && again->input == sealed.native.input,
            "the witness gives another public input");
  }
  return m;
}

}  // namespace

int main(int argc, char**) {
  require(argc == 1, "bench_batch takes no arguments");
  say("1,000 transfers among 100 accounts");
  const measured among = measure(
      100, 1, [](u64, std::mt19937_64& random) { return test::test_key(random() % 100).account; });
  say("1,000 transfers from 1,000 senders to 1,000 new recipients");
  const measured fresh = measure(transfers, 2, [](u64, std::mt19937_64& random) {
    address a;
    for (std::size_t i = 0; i < 20; ++i) a[i] = static_cast<u8>(random());
    return a;
  });
  std::fputs(to_json({{"batch: pubdata of a transfer, 100 accounts", among.bytes_each, "bytes",
                       "required at most", 4, 1},
                      {"batch: pubdata of a transfer, new recipients", fresh.bytes_each, "bytes",
                       "required at most", 60, 1},
                      {"batch: 1,000 transfers applied from the witness",
                       among.apply_ms,
                       "ms",
                       {},
                       {},
                       among.runs}})
                 .c_str(),
             stdout);
}
