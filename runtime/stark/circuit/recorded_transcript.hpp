#pragma once

#include "runtime/stark/circuit/builder.hpp"
#include "runtime/stark/transcript/transcript.hpp"

namespace ashlar::stark {

/// The transcript of Poseidon2 (transcript.hpp), recorded.
class recorded_transcript {
 public:
  using element = circuit_builder::element;

  /// Goes on from a transcript of constants, from which nothing was drawn since it last absorbed.
  recorded_transcript(circuit_builder& builder, const transcript& constants);
  /// Goes on from a state that is a value, from which nothing was drawn.
  recorded_transcript(circuit_builder& builder, quad state) : builder_(builder), state_(state) {}
  quad state() const noexcept { return state_; }

  void absorb(transcript_item item, quad digest);
  void absorb(transcript_item item, std::span<const wire> extensions);
  void absorb_number(transcript_item item, const wire& number);
  /// Bytes, given as numbers of four of them.
  void absorb_words(transcript_item item, std::span<const wire> words);
  /// Constant ones; a multiple of four.
  void absorb(transcript_item item, bytes_view data);

  wire challenge();
  /// A run that draws one in the base field fails; natively another would be drawn (2^-128).
  wire challenge_outside_base();
  /// `count` numbers of that many bits, the lowest first.
  std::vector<std::vector<bit>> positions(unsigned bits, unsigned count);
  /// The hash of the nonce ends in that many zeros.
  void assert_work(const wire& nonce, unsigned bits);

 private:
  void absorb_elements(transcript_item item, u64 count, std::vector<element> data);
  quad tagged(const wire& tag, const wire& number);
  quad draw() { return tagged(gl(2u), gl(counter_++)); }

  circuit_builder& builder_;
  quad state_;
  u64 counter_ = 0;
};

}  // namespace ashlar::stark
