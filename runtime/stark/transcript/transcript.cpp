#include "runtime/stark/transcript/transcript.hpp"

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/hash/sponge.hpp"
#include "runtime/stark/transcript/outside_base.hpp"

namespace ashlar::stark {

namespace {

constexpr u8 tag_absorb = 1, tag_draw = 2, tag_work = 3;
constexpr std::string_view protocol_name = "ashlar stark 2: goldilocks, x^3 - 2";

template <class State>
hash256 hash_two(bytes_view first, bytes_view second) noexcept {
  State h;
  h.update(first);
  h.update(second);
  return h.final();
}

template <class F>
bytes encoded(hash_kind hash, std::span<const F> elements) {
  bytes out(elements.size() * F::encoded_bytes);
  for (std::size_t i = 0; i < elements.size(); ++i)
    store_element(hash, out.data() + i * F::encoded_bytes, elements[i]);
  return out;
}

}  // namespace

transcript::transcript(hash_kind hash) : hash_(hash) {
  absorb(transcript_item::protocol,
         bytes_view(reinterpret_cast<const u8*>(protocol_name.data()), protocol_name.size()));
}

void transcript::absorb(transcript_item item, bytes_view data) {
  if (hash_ == hash_kind::poseidon2)
    return absorb_elements(item, (u64{1} << 32) + data.size(), elements_of_bytes(data));
  u8 head[42];
  std::memcpy(head, state_.data(), 32);
  head[32] = tag_absorb;
  head[33] = static_cast<u8>(item);
  store_number(hash_, head + 34, data.size());
  state_ = hash_ == hash_kind::blake3 ? hash_two<crypto::blake3_state>(head, data)
                                      : hash_two<crypto::keccak256_state>(head, data);
  counter_ = 0;
}

void transcript::absorb_elements(transcript_item item, u64 count, std::span<const gl> data) {
  gl head[6];
  for (unsigned k = 0; k < 4; ++k) head[k] = gl(load_le64(state_.data() + 8 * k));
  head[4] = gl(tag_absorb + (u64{static_cast<u8>(item)} << 8));
  head[5] = gl(count);
  u64 words[4];
  poseidon2_sponge(head, data, words);
  for (unsigned k = 0; k < 4; ++k) store_le64(state_.data() + 8 * k, words[k]);
  counter_ = 0;
}

void transcript::absorb(transcript_item item, const hash256& digest) {
  if (hash_ != hash_kind::poseidon2) return absorb(item, bytes_view(digest.data(), digest.size()));
  // One that is none has been refused where it was read; here it counts as its residues.
  gl elements[4];
  for (unsigned k = 0; k < 4; ++k) elements[k] = gl(load_le64(digest.data() + 8 * k));
  absorb_elements(item, 4, elements);
}
void transcript::absorb_number(transcript_item item, u64 v) {
  u8 encoded[8];
  store_number(hash_, encoded, v);
  absorb(item, bytes_view(encoded));
}
void transcript::absorb(transcript_item item, std::span<const gl> elements) {
  if (hash_ == hash_kind::poseidon2) return absorb_elements(item, elements.size(), elements);
  absorb(item, bytes_view(encoded(hash_, elements)));
}
void transcript::absorb(transcript_item item, std::span<const gl3> elements) {
  if (hash_ != hash_kind::poseidon2) return absorb(item, bytes_view(encoded(hash_, elements)));
  if (elements.empty()) return absorb_elements(item, 0, {});
  // An extension element is its three base elements, side by side.
  const std::span<const gl> flat(elements.data()->c, gl3::degree * elements.size());
  absorb_elements(item, flat.size(), flat);
}

// H(state ‖ tag ‖ number).
hash256 transcript::tagged(u8 tag, u64 number) const noexcept {
  if (hash_ == hash_kind::poseidon2) {
    gl message[6];
    for (unsigned k = 0; k < 4; ++k) message[k] = gl(load_le64(state_.data() + 8 * k));
    message[4] = gl(tag);
    message[5] = gl(number);
    return hash_elements(hash_, message);
  }
  u8 message[41];
  std::memcpy(message, state_.data(), 32);
  message[32] = tag;
  store_number(hash_, message + 33, number);
  return hash_bytes(hash_, message);
}

gl3 transcript::challenge() noexcept {
  for (;;) {
    const hash256 h = tagged(tag_draw, counter_++);
    if (const auto e = load_extension(hash_, h.data())) return *e;
  }
}

gl3 transcript::challenge_outside_base() noexcept {
  return first_outside_base([this] { return challenge(); });
}

std::vector<u32> transcript::positions(unsigned bits, unsigned count) {
  ensure(bits <= 32);
  std::vector<u32> out;
  out.reserve(count);
  const u32 mask = static_cast<u32>((u64{1} << bits) - 1);
  while (out.size() < count) {
    const hash256 h = tagged(tag_draw, counter_++);
    for (unsigned i = 0; i < 32 && out.size() < count; i += 4) {
      const u8* const word = h.data() + i;
      out.push_back((hash_ == hash_kind::keccak ? load_be32(word) : load_le32(word)) & mask);
    }
  }
  return out;
}

void transcript::work_message(u64 nonce, u8 out[work_message_bytes]) const noexcept {
  std::memcpy(out, state_.data(), 32);
  out[32] = tag_work;
  store_number(hash_, out + 33, nonce);
}

void transcript::work_message(u64 nonce, gl (&out)[work_elements]) const noexcept {
  for (unsigned k = 0; k < 4; ++k) out[k] = gl(load_le64(state_.data() + 8 * k));
  out[4] = gl(tag_work);
  out[5] = gl(nonce);
}

bool transcript::check_work(u64 nonce, unsigned bits) const noexcept {
  // By elements, n and n + p are one message, but two nonces to absorb: two draws for one work.
  if (hash_ == hash_kind::poseidon2 && nonce >= gl::modulus) return false;
  const hash256 h = tagged(tag_work, nonce);
  return (load_number(hash_, h.data()) & ((u64{1} << bits) - 1)) == 0;
}

}  // namespace ashlar::stark
