#include <cstdio>
#include <string>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/blake3.hpp"
#include "test/support/batch_workload.hpp"

// Applies generated batches from their witnesses and prints, a line a batch, digests of every byte
// that comes out. Any two builds must print the same, and so must two runs of one.

namespace {

using namespace ashlar;

constexpr u64 seeds = 4;
constexpr int batches_per_seed = 10;

struct totals {
  std::size_t txns = 0, messages = 0, logs = 0, priority = 0, pubdata_bytes = 0;
};

std::string digest_of(bytes_view what) {
  const hash256 digest = crypto::blake3(what);
  return to_hex({digest.data(), 16});
}

/// The messages behind one another, each behind its length.
bytes joined(const std::vector<bytes>& messages) {
  bytes all;
  for (const bytes& message : messages) {
    all.resize(all.size() + 8);
    store_be64(all.data() + all.size() - 8, message.size());
    append(all, message);
  }
  return all;
}

bool print_batch(u64 seed, int number, const test::memory_chain::sealed& sealed, totals& sum) {
  const bytes witness = stf::encode_batch_witness(sealed.witness);
  const auto done = stf::apply_batch(witness);
  if (!done) {
    std::fprintf(stderr, "batch %d: %s\n", number, stf::to_text(done.error().code));
    return false;
  }
  const hash256 input = public_input_hash(done->input);
  if (input != public_input_hash(sealed.native.input) || done->pubdata != sealed.native.pubdata) {
    std::fprintf(stderr, "batch %d: the witness gives another result\n", number);
    return false;
  }
  bytes logs;
  for (const l2_log& log : done->logs) {
    const auto raw = encode_l2_log(log);
    append(logs, {raw.data(), raw.size()});
  }
  std::printf("seed %llu batch %2d input %s pubdata %s witness %s logs %s messages %s\n",
              static_cast<unsigned long long>(seed), number,
              to_hex({input.data(), input.size()}).c_str(), digest_of(done->pubdata).c_str(),
              digest_of(witness).c_str(), digest_of(logs).c_str(),
              digest_of(joined(done->messages)).c_str());
  for (const auto& block : sealed.witness.blocks) sum.txns += block.txns.size();
  sum.messages += done->messages.size();
  sum.logs += done->logs.size();
  sum.priority += done->input.priority_count;
  sum.pubdata_bytes += done->pubdata.size();
  return true;
}

}  // namespace

int main() {
  totals sum;
  for (u64 seed = 1; seed <= seeds; ++seed) {
    test::batch_workload work(seed);
    for (int i = 0; i < batches_per_seed; ++i)
      if (!print_batch(seed, i, work.next(1 + i % 4, 12), sum)) return 1;
  }
  std::printf("%zu transactions, %zu of L1, %zu messages, %zu logs, %zu bytes of pubdata\n",
              sum.txns, sum.priority, sum.messages, sum.logs, sum.pubdata_bytes);
  // A workload that does nothing would agree with itself too.
  if (sum.txns < 1000 || sum.priority < 50 || sum.messages < 50 || sum.pubdata_bytes < 20'000) {
    std::fprintf(stderr, "the batches hold too little to compare\n");
    return 1;
  }
}
