#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.hpp"
#include "runtime/crypto/keys/secret.hpp"

namespace ashlar::crypto {

/// A secret at rest. The file, version 1, integers big-endian:
///
///   0   8  "ashlarky"
///   8   1  version = 1
///   9   1  kind
///   10  4  Argon2id passes
///   14  4  Argon2id memory, KiB
///   18  16 salt
///   34  24 nonce
///   58  48 secretbox (XSalsa20-Poly1305) of the 32 bytes
///   106 16 BLAKE2b checksum of all before: tells damage from a wrong passphrase, guards nothing
///
/// The box's key is BLAKE2b of bytes 0..57 keyed with Argon2id(passphrase, salt), so that a changed
/// header does not open.
enum class key_kind : u8 { secp256k1 = 1, ed25519 = 2 };

enum class key_file_fault {
  empty_passphrase,
  already_exists,
  not_found,
  bad_permissions,  // not a plain file of ours, or readable by others
  damaged,          // wrong size, magic or checksum
  unknown_version,
  unknown_kind,
  excessive_cost,  // the header asks for more work than sealing_cost_max
  wrong_passphrase,
  out_of_memory,
  system,
};

struct key_file_error {
  key_file_fault fault;
  std::string path;
  int system_error = 0;  // errno, for `system`
  /// What was wrong, where, and what to do.
  std::string message() const;
};

/// Argon2id's cost. The default is libsodium's "moderate": 3 passes over 256 MiB.
struct sealing_cost {
  u32 passes = 3;
  u32 memory_kib = 256 * 1024;
};
/// The most a file may ask of the machine that opens it.
inline constexpr sealing_cost sealing_cost_max{16, 1024 * 1024};

struct opened_key {
  key_kind kind;
  secret32 secret;
};

/// Writes `secret` under `passphrase` to a new file of mode 0600, complete and flushed or not at
/// all. Never overwrites.
[[nodiscard]] status<key_file_error> seal_key_file(const std::string& path, key_kind kind,
                                                   const secret32& secret,
                                                   std::string_view passphrase,
                                                   random_source& random, sealing_cost cost = {});

/// Opens what seal_key_file wrote. The file must be plain, owned by this user and closed to all
/// others. Costs what the file's header says: by default about a second and 256 MiB.
[[nodiscard]] result<opened_key, key_file_error> open_key_file(const std::string& path,
                                                               std::string_view passphrase);

/// Seals the same secret anew, with a new salt, under another passphrase, in the old file's place:
/// at any moment the name holds the old file or the new one, whole. Gives the secret.
[[nodiscard]] result<opened_key, key_file_error> reseal_key_file(const std::string& path,
                                                                 std::string_view passphrase,
                                                                 std::string_view next_passphrase,
                                                                 random_source& random,
                                                                 sealing_cost cost = {});

}  // namespace ashlar::crypto
