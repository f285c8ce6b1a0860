#include "actors/node/commands/key_store.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "actors/node/process/scratch_folder.hpp"
#include "runtime/crypto/keys/sealed_key.hpp"

using namespace ashlar;

TEST_CASE("a process that opened a key leaves no core dump and cannot be read", "[node]") {
  // given: a key file, and limits as a shell may give them
  const node::scratch_folder scratch("", "ashlar-key-store");
  const std::string path = scratch.path() + "/key";
  crypto::secret32 secret;
  secret.data()[31] = 7;
  crypto::system_random random;
  REQUIRE(
      crypto::seal_key_file(path, crypto::key_kind::secp256k1, secret, "word", random, {1, 8192})
          .ok());
  // when: a process of its own opens it (a sanitizer needs to read this one)
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto opened = node::open_secp256k1_key(path, "word");
    rlimit core{1, 1};
    const bool limited = ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0;
    ::_exit((opened.ok() ? 0 : 1) | (limited ? 0 : 2) | (::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 4));
  }
  // then
  int end = 0;
  REQUIRE(::waitpid(child, &end, 0) == child);
  REQUIRE(WIFEXITED(end));
  CHECK(WEXITSTATUS(end) == 0);
}
