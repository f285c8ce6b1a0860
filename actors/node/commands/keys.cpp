#include <fstream>

#include <fmt/format.h>

#include "actors/node/commands/commands.hpp"
#include "actors/node/commands/key_store.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keys/sealed_key.hpp"
#include "runtime/crypto/secp256k1.hpp"

namespace ashlar::node {

int run_keys(const keys_command& c) {
  const auto passphrase = read_passphrase(c.passphrase_file);
  if (!passphrase) {
    fmt::print(stderr, "ashlar: {}\n", passphrase.error());
    return 2;
  }
  if (c.what == keys_command::action::create) {
    crypto::system_random random;
    crypto::secret32 secret = crypto::random_secret(random);
    while (!crypto::address_of(hash256::copy_of(secret.data())))
      secret = crypto::random_secret(random);
    if (const auto sealed =
            crypto::seal_key_file(c.file, crypto::key_kind::secp256k1, secret, *passphrase, random);
        !sealed) {
      fmt::print(stderr, "ashlar: {}\n", sealed.error().message());
      return 1;
    }
  }
  if (c.what == keys_command::action::rotate) {
    const auto next = read_passphrase(c.next_passphrase_file);
    if (!next) {
      fmt::print(stderr, "ashlar: {}\n", next.error());
      return 2;
    }
    crypto::system_random random;
    if (const auto done = crypto::reseal_key_file(c.file, *passphrase, *next, random); !done) {
      fmt::print(stderr, "ashlar: {}\n", done.error().message());
      return 1;
    }
    const auto secret = open_secp256k1_key(c.file, *next);
    if (!secret) {
      fmt::print(stderr, "ashlar: {}\n", secret.error());
      return 1;
    }
    fmt::print("{}\n", to_hex(*crypto::address_of(*secret)));
    return 0;
  }
  const auto secret = open_secp256k1_key(c.file, *passphrase);
  if (!secret) {
    fmt::print(stderr, "ashlar: {}\n", secret.error());
    return 1;
  }
  fmt::print("{}\n", to_hex(*crypto::address_of(*secret)));
  return 0;
}

}  // namespace ashlar::node
