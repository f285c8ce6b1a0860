// The official C code of BLAKE3 on one core, as a peer of bench_prove; not part of this build: see
// test/bench/README.md.
//   blake3_peer RUNS
// A node is the whole hash of its 64 bytes, as our trees have them: one compression, by other flags
// than those of a node inside a message.
// Prints millions of 64-byte nodes a second and GB/s of one long message, best of the runs, then
// the hash of node 77 and of the message's first MiB in hex, which bench_prove compares.
#include <algorithm>
#include <blake3.h>
#include <blake3_impl.h>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "test/bench/prove/peer/best.hpp"

namespace {

void hash(const std::vector<uint8_t>& message, size_t bytes, uint8_t* out) {
  blake3_hasher h;
  blake3_hasher_init(&h);
  blake3_hasher_update(&h, message.data(), bytes);
  blake3_hasher_finalize(&h, out, BLAKE3_OUT_LEN);
}

void print_hex(const uint8_t* hash) {
  for (int i = 0; i < BLAKE3_OUT_LEN; ++i) std::printf("%02x", hash[i]);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const auto runs = static_cast<unsigned>(std::max(1, std::atoi(arguments[1])));
  constexpr size_t nodes = 1 << 20, message_bytes = 1 << 28;

  // Children as bench_prove fills them: byte i % 32 of child i is 7 i + 1.
  std::vector<uint8_t> pairs(64 * nodes), parents(BLAKE3_OUT_LEN * nodes);
  for (size_t i = 0; i < 2 * nodes; ++i) pairs[32 * i + i % 32] = static_cast<uint8_t>(i * 7 + 1);
  std::vector<const uint8_t*> at;
  for (size_t i = 0; i < nodes; ++i) at.push_back(pairs.data() + 64 * i);
  const double nodes_s = best_s(runs, [&] {
    blake3_hash_many(at.data(), nodes, 1, IV, 0, false, 0, CHUNK_START, CHUNK_END | ROOT,
                     parents.data());
  });

  std::vector<uint8_t> message(message_bytes);
  for (size_t i = 0; i < message.size(); ++i) message[i] = static_cast<uint8_t>(i % 251);
  uint8_t out[BLAKE3_OUT_LEN];
  const double message_s = best_s(runs, [&] { hash(message, message.size(), out); });
  hash(message, 1 << 20, out);

  std::printf("%.2f %.3f ", static_cast<double>(nodes) / nodes_s / 1e6,
              static_cast<double>(message_bytes) / message_s / 1e9);
  print_hex(parents.data() + 77 * BLAKE3_OUT_LEN);
  std::printf(" ");
  print_hex(out);
  std::printf("\n");
}
