#include "runtime/stark/transcript/transcript.hpp"

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/blake3.hpp"

namespace ashlar::stark {

namespace {

constexpr u8 tag_absorb = 1, tag_squeeze = 2, tag_work = 3;
constexpr std::string_view protocol_name = "ashlar stark 1: goldilocks, x^3 - 2, blake3";

template <class F>
bytes encoded(std::span<const F> elements) {
  bytes out(elements.size() * F::encoded_bytes);
  for (std::size_t i = 0; i < elements.size(); ++i)
    elements[i].encode(out.data() + i * F::encoded_bytes);
  return out;
}

}  // namespace

transcript::transcript() {
  absorb(transcript_item::protocol,
         bytes_view(reinterpret_cast<const u8*>(protocol_name.data()), protocol_name.size()));
}

void transcript::absorb(transcript_item item, bytes_view data) noexcept {
  u8 head[42];
  std::memcpy(head, state_.data(), 32);
  head[32] = tag_absorb;
  head[33] = static_cast<u8>(item);
  store_le64(head + 34, data.size());
  crypto::blake3_state h;
  h.update(head);
  h.update(data);
  state_ = h.final();
  counter_ = 0;
}

void transcript::absorb(transcript_item item, std::span<const gl> elements) {
  absorb(item, bytes_view(encoded(elements)));
}
void transcript::absorb(transcript_item item, std::span<const gl3> elements) {
  absorb(item, bytes_view(encoded(elements)));
}

hash256 transcript::squeeze() noexcept {
  u8 message[41];
  std::memcpy(message, state_.data(), 32);
  message[32] = tag_squeeze;
  store_le64(message + 33, counter_++);
  return crypto::blake3(message);
}

gl3 transcript::challenge() noexcept {
  for (;;) {
    const hash256 h = squeeze();
    if (const auto e = gl3::decode(h.data())) return *e;
  }
}

gl3 transcript::challenge_outside_base() noexcept {
  for (;;) {
    const gl3 e = challenge();
    if (!e.is_base()) return e;
  }
}

std::vector<u32> transcript::positions(unsigned bits, unsigned count) {
  ensure(bits <= 32);
  std::vector<u32> out;
  out.reserve(count);
  const u32 mask = static_cast<u32>((u64{1} << bits) - 1);
  while (out.size() < count) {
    const hash256 h = squeeze();
    for (unsigned i = 0; i < 8 && out.size() < count; ++i)
      out.push_back(load_le32(h.data() + 4 * i) & mask);
  }
  return out;
}

void transcript::work_message(u64 nonce, u8 out[work_message_bytes]) const noexcept {
  std::memcpy(out, state_.data(), 32);
  out[32] = tag_work;
  store_le64(out + 33, nonce);
}

bool transcript::check_work(u64 nonce, unsigned bits) const noexcept {
  u8 message[work_message_bytes];
  work_message(nonce, message);
  const hash256 h = crypto::blake3(message);
  return (load_le64(h.data()) & ((u64{1} << bits) - 1)) == 0;
}

}  // namespace ashlar::stark
