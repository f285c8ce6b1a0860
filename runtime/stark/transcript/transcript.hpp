#pragma once

#include <vector>

#include "runtime/stark/field/gl3.hpp"

namespace ashlar::stark {

/// What an absorbed item is. Part of the bytes hashed, so items of two kinds never collide.
enum class transcript_item : u8 {
  protocol = 1,
  parameters = 2,
  verifying_key = 3,
  heights = 4,
  public_values = 5,
  global_root = 6,
  global_challenge = 7,
  main_root = 8,
  aux_root = 9,
  sums = 10,
  quotient_root = 11,
  openings = 12,
  fri_root = 13,
  final_polynomial = 14,
  nonce = 15,
  segment_count = 16,
};

/// The Fiat-Shamir transcript: a 32-byte state over BLAKE3.
///
///   absorb(item, bytes)  state = BLAKE3(state ‖ 1 ‖ item ‖ length as u64 ‖ bytes), counter = 0
///   squeeze              BLAKE3(state ‖ 2 ‖ counter as u64), counter += 1
///   proof of work        BLAKE3(state ‖ 3 ‖ nonce as u64)
///
/// Numbers are little-endian. Every item carries its kind and length, so that no two sequences of
/// absorbed items give the same bytes. Soundness role: each challenge depends on all that was
/// absorbed before it, in order, and on nothing the prover may still choose.
class transcript {
 public:
  transcript();

  void absorb(transcript_item item, bytes_view data) noexcept;
  void absorb(transcript_item item, const hash256& digest) noexcept {
    absorb(item, bytes_view(digest.data(), digest.size()));
  }
  /// The canonical encodings, one after another, as one item.
  void absorb(transcript_item item, std::span<const gl> elements);
  void absorb(transcript_item item, std::span<const gl3> elements);

  /// Uniform: words of p and above are drawn again.
  gl3 challenge() noexcept;
  /// A challenge outside the base field, and so outside every evaluation domain.
  gl3 challenge_outside_base() noexcept;
  /// `count` numbers below 2^bits, drawn with replacement. Precondition: bits <= 32.
  std::vector<u32> positions(unsigned bits, unsigned count);

  /// Whether the nonce's hash ends in `bits` zero bits (bits of its first 8 bytes, as a number).
  bool check_work(u64 nonce, unsigned bits) const noexcept;
  const hash256& state() const noexcept { return state_; }

  static constexpr std::size_t work_message_bytes = 41;
  /// The bytes hashed for a nonce.
  void work_message(u64 nonce, u8 out[work_message_bytes]) const noexcept;

 private:
  hash256 squeeze() noexcept;

  hash256 state_;
  u64 counter_ = 0;
};

}  // namespace ashlar::stark
