#pragma once

#include <optional>
#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/strong.hpp"

// What a worker and a coordinator say to each other. The worker asks, the coordinator answers each
// frame but `chunk` with one frame; a job is followed by its witness in chunks, an offer by its
// proof. Numbers are little-endian; a payload that is longer or shorter than its fields is
// malformed, and its sender is not listened to any longer.

namespace ashlar::prover::wire {

inline constexpr u32 version = 2;
inline constexpr std::size_t text_bytes_max = 1'024;

enum class kind : u8 {
  // of a worker
  hello = 1,  ///< first of all -> welcome, or refused
  ask,        ///< for a job, nothing in it -> job, or no_job
  renew,      ///< -> renewed, or stale
  offer,      ///< then the proof in chunks -> accepted, refused, or stale
  give_up,    ///< -> accepted, or stale
  chunk,      ///< of either side: 1 to frame_bytes_max bytes; of a worker full, but for the last
  // of a coordinator
  welcome,   ///< nothing in it
  refused,   ///< a sentence
  job,       ///< then the witness in chunks
  no_job,    ///< nothing in it; ask again later
  renewed,   ///< nothing in it
  stale,     ///< nothing in it: the lease is gone, stop
  accepted,  ///< nothing in it
  // of an operator, in place of hello; the connection ends with the answer
  retry,  ///< -> accepted, or refused
};

struct hello {
  u32 version = wire::version;
  std::string name;
  hash256 program_commitment;
  std::string params;
  u32 threads = 0;
  friend bool operator==(const hello&, const hello&) = default;
};
struct renew {
  batch_number batch;
  epoch lease_epoch;
  u32 pass = 0, segments_done = 0, segments = 0;
  u64 cycles = 0;
  friend bool operator==(const renew&, const renew&) = default;
};
struct offer {
  batch_number batch;
  epoch lease_epoch;
  u64 size = 0;  ///< of the proof, 1 or more
  u64 cycles = 0;
  u32 segments = 0;
  friend bool operator==(const offer&, const offer&) = default;
};
struct give_up {
  batch_number batch;
  epoch lease_epoch;
  std::string why;
  friend bool operator==(const give_up&, const give_up&) = default;
};
struct retry {
  u32 version = wire::version;
  batch_number batch;
  friend bool operator==(const retry&, const retry&) = default;
};
struct job {
  batch_number batch;
  epoch lease_epoch;
  u32 lease_ms = 0;
  u64 witness_bytes = 0;
  u64 proof_bytes_max = 0;  ///< a larger proof is not taken
  friend bool operator==(const job&, const job&) = default;
};

bytes encode(const hello& m);
bytes encode(const renew& m);
bytes encode(const offer& m);
bytes encode(const give_up& m);
bytes encode(const job& m);
bytes encode(const retry& m);
/// Cut to text_bytes_max.
bytes encode(const std::string& sentence);

// Nothing where the payload is malformed.
std::optional<hello> decode_hello(bytes_view raw);
std::optional<renew> decode_renew(bytes_view raw);
std::optional<offer> decode_offer(bytes_view raw);
std::optional<give_up> decode_give_up(bytes_view raw);
std::optional<job> decode_job(bytes_view raw);
std::optional<retry> decode_retry(bytes_view raw);
std::optional<std::string> decode_text(bytes_view raw);

}  // namespace ashlar::prover::wire
