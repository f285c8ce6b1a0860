#include "runtime/crypto/keys/secret.hpp"

#include <sodium.h>

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/keys/sodium_ready.hpp"

namespace ashlar::crypto {

void sodium_ready() {
  static const int started = sodium_init();
  ensure(started >= 0);
}

template <std::size_t N>
secret_bytes<N>::secret_bytes() {
  sodium_ready();
  memory_ = static_cast<u8*>(sodium_malloc(N));
  ensure(memory_ != nullptr);
  sodium_memzero(memory_, N);
}

template <std::size_t N>
secret_bytes<N>::~secret_bytes() {
  sodium_free(memory_);
}

template <std::size_t N>
bool secret_bytes<N>::equals(const secret_bytes& other) const noexcept {
  return sodium_memcmp(memory_, other.memory_, N) == 0;
}

template class secret_bytes<32>;
template class secret_bytes<64>;

secret32 random_secret(random_source& random) {
  secret32 out;
  random.fill({out.data(), out.size()});
  return out;
}

system_random::system_random() {
  sodium_ready();
}

void system_random::fill(std::span<u8> out) noexcept {
  randombytes_buf(out.data(), out.size());
}

}  // namespace ashlar::crypto
