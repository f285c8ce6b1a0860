#include "actors/node/commands/key_store.hpp"

#include <fstream>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "runtime/crypto/keys/sealed_key.hpp"
#include "runtime/crypto/secp256k1.hpp"

namespace ashlar::node {

result<std::string, std::string> read_passphrase(const std::string& path) {
  if (path.empty())
    return fail(
        std::string("a passphrase file is needed (mode 0600, the passphrase in its first line)"));
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return fail(path + ": cannot be read");
  if ((info.st_mode & 077) != 0) return fail(path + ": others can read it; chmod 600 it");
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line.empty()) return fail(path + ": its first line is empty");
  return line;
}

namespace {

/// From here on the process holds a secret: its memory shall not land in a file, nor be read by
/// another process of the same user.
bool keep_memory_private() {
  const rlimit none{0, 0};
  return ::setrlimit(RLIMIT_CORE, &none) == 0 && ::prctl(PR_SET_DUMPABLE, 0) == 0;
}

}  // namespace

result<hash256, std::string> open_secp256k1_key(const std::string& path,
                                                const std::string& passphrase) {
  if (!keep_memory_private()) return fail(path + ": core dumps cannot be turned off");
  auto opened = crypto::open_key_file(path, passphrase);
  if (!opened) return fail(opened.error().message());
  if (opened->kind != crypto::key_kind::secp256k1) return fail(path + ": not a secp256k1 key");
  const hash256 secret = hash256::copy_of(opened->secret.data());
  if (!crypto::address_of(secret)) return fail(path + ": not a key of the group");
  return secret;
}

}  // namespace ashlar::node
