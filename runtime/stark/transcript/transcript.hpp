#pragma once

#include <vector>

#include "runtime/stark/hash/hash.hpp"

namespace ashlar::stark {

/// What an absorbed item is. Part of what is hashed, so items of two kinds never collide.
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

/// The Fiat-Shamir transcript: a digest as state over one of the hashes.
///
/// blake3 and keccak, H of bytes, numbers and elements in the kind's encoding (hash.hpp):
///   absorb(item, bytes)  state = H(state ‖ 1 ‖ item ‖ length as u64 ‖ bytes), counter = 0
///   draw                 H(state ‖ 2 ‖ counter as u64), counter += 1
///   proof of work        H(state ‖ 3 ‖ nonce as u64)
/// poseidon2, H = hash_elements:
///   absorb(item, data)   state = H(state ‖ 1 + 2^8 item ‖ count ‖ data), counter = 0; elements go
///                        as they are, a digest as its 4 elements, count being how many; bytes as
///                        elements_of_bytes, count being 2^32 + how many bytes
///   draw                 H(state ‖ 2 ‖ counter), counter += 1
///   proof of work        H(state ‖ 3 ‖ nonce)
///
/// Every item carries its kind and length, so that no two sequences of absorbed items are hashed
/// alike. Soundness role: each challenge depends on all that was absorbed before it, in order, and
/// on nothing the prover may still choose.
class transcript {
 public:
  explicit transcript(hash_kind hash);

  hash_kind hash() const noexcept { return hash_; }

  void absorb(transcript_item item, bytes_view data);
  /// A digest of the transcript's own kind; others are bytes to it.
  void absorb(transcript_item item, const hash256& digest);
  /// As 8 bytes in the kind's encoding.
  void absorb_number(transcript_item item, u64 v);
  /// The canonical encodings, one after another, as one item.
  void absorb(transcript_item item, std::span<const gl> elements);
  void absorb(transcript_item item, std::span<const gl3> elements);

  /// Uniform: the first 24 bytes of a draw. Those of blake3 and keccak are drawn again where a word
  /// is of p or above; Poseidon2's are elements as they are.
  gl3 challenge() noexcept;
  /// A challenge outside the base field, and so outside every evaluation domain.
  gl3 challenge_outside_base() noexcept;
  /// `count` numbers below 2^bits, drawn with replacement. Precondition: bits <= 32. The low bits
  /// of the eight 32-bit words of a draw. poseidon2: of both halves of its four elements, so that
  /// no number, and no two of one element, is more probable than a uniform one by more than 2^-32
  /// of itself (there are at most 2^(64 - 2 bits) elements with these two, and p is 2^64 less
  /// 2^32).
  std::vector<u32> positions(unsigned bits, unsigned count);

  /// Whether the nonce's hash ends in `bits` zero bits (bits of its first 8 bytes, as a number).
  bool check_work(u64 nonce, unsigned bits) const noexcept;
  const hash256& state() const noexcept { return state_; }

  static constexpr std::size_t work_message_bytes = 41;
  /// The bytes that blake3 and keccak hash for a nonce.
  void work_message(u64 nonce, u8 out[work_message_bytes]) const noexcept;
  /// The elements that Poseidon2 hashes for a nonce.
  static constexpr std::size_t work_elements = 6;
  void work_message(u64 nonce, gl (&out)[work_elements]) const noexcept;

 private:
  // Poseidon2's absorb.
  void absorb_elements(transcript_item item, u64 count, std::span<const gl> data);
  hash256 tagged(u8 tag, u64 number) const noexcept;

  hash_kind hash_;
  hash256 state_;
  u64 counter_ = 0;
};

}  // namespace ashlar::stark
