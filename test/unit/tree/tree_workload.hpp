#pragma once

#include <map>
#include <random>

#include "runtime/crypto/blake3.hpp"
#include "runtime/tree/leaf.hpp"

namespace ashlar::tree {

/// Seeded batches of reads and updates over a growing set of keys, as the sequencer would make.
class workload {
 public:
  explicit workload(u64 seed) : random_(seed) {}

  struct batch {
    std::vector<hash256> reads;
    std::vector<update> updates;
  };

  u64 below(u64 bound) { return random_() % bound; }

  hash256 any_hash() {
    u8 raw[8];
    store_be64(raw, random_());
    return crypto::blake3(raw);
  }

  /// A key that exists already with the given chance in 100, else one never seen.
  hash256 any_key(unsigned percent_known) {
    if (!known_.empty() && below(100) < percent_known) return known_[below(known_.size())];
    return any_hash();
  }

  /// Some keys share their first 15 bytes, so that order within a prefix matters.
  hash256 crowded_key() {
    hash256 key;
    key.data_.fill(0x42);
    store_be64(key.data() + 15, random_());
    return key;
  }

  std::vector<update> updates(std::size_t count, unsigned percent_known) {
    std::map<hash256, hash256> net;
    while (net.size() < count) {
      const hash256 key = below(10) == 0 ? crowded_key() : any_key(percent_known);
      net[key] = below(8) == 0 ? hash256{} : any_hash();
    }
    std::vector<update> out;
    for (const auto& [key, value] : net) {
      out.push_back({key, value});
      if (!value.is_zero()) known_.push_back(key);
    }
    return out;
  }

  batch next(std::size_t reads, std::size_t writes, unsigned percent_known) {
    batch b;
    for (std::size_t i = 0; i < reads; ++i) b.reads.push_back(any_key(percent_known));
    b.updates = updates(writes, percent_known);
    return b;
  }

 private:
  std::mt19937_64 random_;
  std::vector<hash256> known_;
};

}  // namespace ashlar::tree
