#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sodium.h>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keys/ed25519.hpp"
#include "runtime/crypto/keys/sealed_key.hpp"

using namespace ashlar;
using namespace ashlar::crypto;

namespace {

secret32 secret_of(const char* hex) {
  secret32 out;
  const auto raw = from_hex(hex).value();
  REQUIRE(raw.size() == 32);
  std::copy(raw.begin(), raw.end(), out.data());
  return out;
}

// A new empty folder that goes with the test.
struct scratch_folder {
  std::filesystem::path path;
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ashlar-keys-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~scratch_folder() { std::filesystem::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
};

constexpr sealing_cost cheap{1, 8};

bytes contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return bytes(std::istreambuf_iterator<char>(in), {});
}

void replace(const std::string& path, const bytes& what) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(what.data()), static_cast<std::streamsize>(what.size()));
}

key_file_fault fault_of(const std::string& path, const char* passphrase = "open sesame") {
  const auto opened = open_key_file(path, passphrase);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().message().find(path) != std::string::npos);
  return opened.error().fault;
}

std::string sealed(const scratch_folder& folder, const char* name = "key") {
  system_random random;
  const auto path = folder.file(name);
  REQUIRE(
      seal_key_file(path, key_kind::ed25519,
                    secret_of("0707070707070707070707070707070707070707070707070707070707070707"),
                    "open sesame", random, cheap)
          .ok());
  return path;
}

}  // namespace

TEST_CASE("ed25519 gives RFC 8032's signatures", "[keys]") {
  const ed25519_signer first(
      secret_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  CHECK(to_hex(first.public_key()) ==
        "0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  CHECK(
      to_hex(first.sign({})) ==
      "0xe5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
      "f9b46bd25bf5f0595bbe24655141438e7a100b");
  const ed25519_signer second(
      secret_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  CHECK(
      to_hex(second.sign(bytes{0x72})) ==
      "0x92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
      "f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST_CASE("ed25519 refuses another message, key or signature", "[keys]") {
  system_random random;
  const ed25519_signer signer(random_secret(random)), other(random_secret(random));
  const bytes message = {1, 2, 3};
  auto signature = signer.sign(message);
  CHECK(ed25519_verify(signer.public_key(), message, signature));
  CHECK_FALSE(ed25519_verify(other.public_key(), message, signature));
  CHECK_FALSE(ed25519_verify(signer.public_key(), bytes{1, 2, 4}, signature));
  signature[40] ^= 1;
  CHECK_FALSE(ed25519_verify(signer.public_key(), message, signature));
}

TEST_CASE("a sealed key opens with its passphrase alone", "[keys]") {
  const scratch_folder folder;
  const auto path = sealed(folder);
  const auto opened = open_key_file(path, "open sesame");
  REQUIRE(opened.ok());
  CHECK(opened->kind == key_kind::ed25519);
  CHECK(opened->secret.equals(
      secret_of("0707070707070707070707070707070707070707070707070707070707070707")));
  CHECK(fault_of(path, "open sesam") == key_file_fault::wrong_passphrase);
  CHECK(fault_of(path, "") == key_file_fault::wrong_passphrase);
  struct stat facts;
  REQUIRE(stat(path.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  // Nothing temporary is left beside it.
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("a key file is never overwritten and needs a passphrase", "[keys]") {
  const scratch_folder folder;
  system_random random;
  const auto path = sealed(folder);
  const auto before = contents(path);
  const auto again =
      seal_key_file(path, key_kind::secp256k1, random_secret(random), "x", random, cheap);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().fault == key_file_fault::already_exists);
  CHECK(contents(path) == before);
  const auto empty = seal_key_file(folder.file("b"), key_kind::secp256k1, random_secret(random), "",
                                   random, cheap);
  REQUIRE_FALSE(empty.ok());
  CHECK(empty.error().fault == key_file_fault::empty_passphrase);
  const auto lost = seal_key_file(folder.file("no/such"), key_kind::secp256k1,
                                  random_secret(random), "x", random, cheap);
  REQUIRE_FALSE(lost.ok());
  CHECK(lost.error().fault == key_file_fault::not_found);
}

TEST_CASE("a key sealed anew opens with the new passphrase alone", "[keys]") {
  scratch_folder folder;
  system_random random;
  const auto path = sealed(folder);
  const bytes before = contents(path);
  const auto first = open_key_file(path, "open sesame");
  REQUIRE(first.ok());

  // Nothing is touched where it cannot be done.
  CHECK(reseal_key_file(path, "wrong", "next", random, cheap).error().fault ==
        key_file_fault::wrong_passphrase);
  CHECK(reseal_key_file(path, "open sesame", "", random, cheap).error().fault ==
        key_file_fault::empty_passphrase);
  CHECK(contents(path) == before);

  REQUIRE(reseal_key_file(path, "open sesame", "next", random, cheap).ok());
  CHECK(fault_of(path) == key_file_fault::wrong_passphrase);
  const auto again = open_key_file(path, "next");
  REQUIRE(again.ok());
  CHECK(std::equal(again->secret.data(), again->secret.data() + 32, first->secret.data()));
  // Only the file itself is left.
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("a key file that others can read, or that is no plain file, is refused", "[keys]") {
  const scratch_folder folder;
  const auto path = sealed(folder);
  for (mode_t mode : {0640, 0604, 0610, 0602, 0700}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    CHECK(fault_of(path) == key_file_fault::bad_permissions);
  }
  REQUIRE(chmod(path.c_str(), 0400) == 0);
  CHECK(open_key_file(path, "open sesame").ok());
  REQUIRE(chmod(path.c_str(), 0600) == 0);
  REQUIRE(symlink(path.c_str(), folder.file("link").c_str()) == 0);
  CHECK(fault_of(folder.file("link")) == key_file_fault::bad_permissions);
  CHECK(fault_of(folder.path.string()) == key_file_fault::bad_permissions);
  CHECK(fault_of(folder.file("none")) == key_file_fault::not_found);
}

TEST_CASE("a key file damaged anywhere says so", "[keys]") {
  const scratch_folder folder;
  const auto path = sealed(folder);
  const auto whole = contents(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] ^= 0x10;
    replace(path, damaged);
    INFO("byte " << i);
    CHECK(fault_of(path) == (i == 8 ? key_file_fault::unknown_version : key_file_fault::damaged));
  }
  replace(path, bytes(whole.begin(), whole.end() - 1));
  CHECK(fault_of(path) == key_file_fault::damaged);
  replace(path, {});
  CHECK(fault_of(path) == key_file_fault::damaged);
}

TEST_CASE("a key file whose header was rewritten with a right checksum does not open", "[keys]") {
  const scratch_folder folder;
  const auto path = sealed(folder);
  const auto whole = contents(path);
  const auto rewritten = [&](std::size_t at, u8 value) {
    auto image = whole;
    image[at] = value;
    crypto_generichash(image.data() + 106, 16, image.data(), 106, nullptr, 0);
    replace(path, image);
    return fault_of(path);
  };
  CHECK(rewritten(9, 1) == key_file_fault::wrong_passphrase);  // another kind
  CHECK(rewritten(9, 3) == key_file_fault::unknown_kind);
  CHECK(rewritten(13, 2) == key_file_fault::wrong_passphrase);  // more passes
  CHECK(rewritten(13, 17) == key_file_fault::excessive_cost);
  CHECK(rewritten(13, 0) == key_file_fault::excessive_cost);
  CHECK(rewritten(14, 1) == key_file_fault::excessive_cost);  // 16 GiB
  CHECK(rewritten(17, 7) == key_file_fault::excessive_cost);  // less than Argon2id can take
  CHECK(rewritten(20, static_cast<u8>(whole[20] ^ 1)) == key_file_fault::wrong_passphrase);  // salt
  CHECK(rewritten(40, static_cast<u8>(whole[40] ^ 1)) ==
        key_file_fault::wrong_passphrase);  // nonce
  CHECK(rewritten(70, static_cast<u8>(whole[70] ^ 1)) == key_file_fault::wrong_passphrase);  // box
}

TEST_CASE("what the system says about a key file is passed on", "[keys]") {
  const scratch_folder folder;
  const auto below_a_file = sealed(folder) + "/key";
  CHECK(fault_of(below_a_file) == key_file_fault::system);
}

TEST_CASE("the default cost of a key file is moderate Argon2id", "[keys]") {
  const scratch_folder folder;
  system_random random;
  const auto path = folder.file("moderate");
  const auto secret = random_secret(random);
  REQUIRE(seal_key_file(path, key_kind::secp256k1, secret, "open sesame", random).ok());
  const auto image = contents(path);
  CHECK(load_be32(image.data() + 10) == 3);
  CHECK(load_be32(image.data() + 14) == 256 * 1024);
  const auto opened = open_key_file(path, "open sesame");
  REQUIRE(opened.ok());
  CHECK(opened->secret.equals(secret));
}
