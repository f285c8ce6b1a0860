#include "runtime/stark/circuit/recorded_transcript.hpp"

#include "runtime/base/ensure.hpp"

namespace ashlar::stark {

recorded_transcript::recorded_transcript(circuit_builder& builder, const transcript& constants)
    : builder_(builder) {
  ensure(constants.hash() == hash_kind::poseidon2);
  std::array<gl, 4> state;
  for (unsigned i = 0; i < 4; ++i) state[i] = gl(load_le64(constants.state().data() + 8 * i));
  state_ = builder.constant_quad(state);
}

void recorded_transcript::absorb_elements(transcript_item item, u64 count,
                                          std::vector<element> data) {
  const element head[] = {state_, element::base(gl(1 + (u64{static_cast<u8>(item)} << 8))),
                          element::base(gl(count))};
  data.insert(data.begin(), std::begin(head), std::end(head));
  state_ = builder_.hash_elements(data);
  counter_ = 0;
}

void recorded_transcript::absorb(transcript_item item, quad digest) {
  absorb_elements(item, 4, {digest});
}

void recorded_transcript::absorb(transcript_item item, std::span<const wire> extensions) {
  std::vector<element> data;
  for (const wire& e : extensions) data.push_back(element::extension(e));
  absorb_elements(item, 3 * extensions.size(), std::move(data));
}

void recorded_transcript::absorb_words(transcript_item item, std::span<const wire> words) {
  std::vector<element> data;
  for (const wire& w : words) data.push_back(element::base(w));
  absorb_elements(item, (u64{1} << 32) + 4 * words.size(), std::move(data));
}

void recorded_transcript::absorb_number(transcript_item item, const wire& number) {
  absorb_words(item, builder_.halves_of(number));
}

void recorded_transcript::absorb(transcript_item item, bytes_view data) {
  ensure(data.size() % 4 == 0);
  std::vector<wire> words;
  for (std::size_t i = 0; i < data.size(); i += 4) words.push_back(gl(load_le32(&data[i])));
  absorb_words(item, words);
}

quad recorded_transcript::tagged(const wire& tag, const wire& number) {
  const element message[] = {state_, element::base(tag), element::base(number)};
  return builder_.hash_elements(message);
}

wire recorded_transcript::challenge() {
  return builder_.unpack(draw()).first_three;
}

wire recorded_transcript::challenge_outside_base() {
  const wire e = challenge();
  // Not zero, so that it has an inverse: what is left of e without its part in the base field.
  (void)(e - builder_.limbs_of(e)[0]).inverse();
  return e;
}

std::vector<std::vector<bit>> recorded_transcript::positions(unsigned bits, unsigned count) {
  ensure(bits <= 32);
  std::vector<std::vector<bit>> out;
  while (out.size() < count)
    for (const wire& e : builder_.elements_of(draw())) {
      if (out.size() == count) break;
      const std::vector<bit> all = builder_.bits_of(e);
      for (unsigned half = 0; half < 2 && out.size() < count; ++half)
        out.emplace_back(all.begin() + 32 * half, all.begin() + 32 * half + bits);
    }
  return out;
}

void recorded_transcript::assert_work(const wire& nonce, unsigned bits) {
  const auto first = builder_.bits_of(builder_.elements_of(tagged(gl(3u), nonce))[0]);
  builder_.assert_zero(builder_.number_of({first.data(), bits}));
}

}  // namespace ashlar::stark
