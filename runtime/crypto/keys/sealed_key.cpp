#include "runtime/crypto/keys/sealed_key.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "runtime/crypto/keys/sodium_ready.hpp"

namespace ashlar::crypto {

namespace {

constexpr u8 magic[8] = {'a', 's', 'h', 'l', 'a', 'r', 'k', 'y'};
constexpr u8 version = 1;
constexpr std::size_t version_at = 8, kind_at = 9, passes_at = 10, memory_at = 14, salt_at = 18,
                      nonce_at = 34, box_at = 58, checksum_at = 106, file_bytes = 122;
static_assert(nonce_at - salt_at == crypto_pwhash_argon2id_SALTBYTES);
static_assert(box_at - nonce_at == crypto_secretbox_NONCEBYTES);
static_assert(checksum_at - box_at == secret32::size() + crypto_secretbox_MACBYTES);
static_assert(file_bytes - checksum_at == crypto_generichash_BYTES_MIN);

using file_image = std::array<u8, file_bytes>;

// A descriptor that closes itself.
class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  ~descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

void checksum_of(const file_image& image, u8* out) {
  crypto_generichash(out, file_bytes - checksum_at, image.data(), checksum_at, nullptr, 0);
}

// The box's key from the passphrase and everything before the box; false when memory lacks.
bool derive(const file_image& image, std::string_view passphrase, secret32& key) {
  secret32 stretched;
  const u64 memory = u64{1024} * load_be32(image.data() + memory_at);
  if (crypto_pwhash(stretched.data(), stretched.size(), passphrase.data(), passphrase.size(),
                    image.data() + salt_at, load_be32(image.data() + passes_at), memory,
                    crypto_pwhash_ALG_ARGON2ID13) != 0)
    return false;
  crypto_generichash(key.data(), key.size(), image.data(), box_at, stretched.data(),
                     stretched.size());
  return true;
}

bool within_limits(sealing_cost cost) {
  return cost.passes >= crypto_pwhash_argon2id_OPSLIMIT_MIN &&
         cost.memory_kib >= crypto_pwhash_argon2id_MEMLIMIT_MIN / 1024 &&
         cost.passes <= sealing_cost_max.passes && cost.memory_kib <= sealing_cost_max.memory_kib;
}

bool write_all(int fd, const u8* p, std::size_t left) {
  while (left != 0) {
    const ssize_t n = write(fd, p, left);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    p += n;
    left -= static_cast<std::size_t>(n);
  }
  return true;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

enum class if_taken { fail, replace };

// Under a temporary name first, then put in its place: a reader sees a whole file or none. A link
// fails where the name is taken, a rename takes its place.
int write_file(const std::string& path, const file_image& image, random_source& random,
               if_taken policy) {
  u8 tag[8];
  random.fill(tag);
  char hex[17];
  sodium_bin2hex(hex, sizeof hex, tag, sizeof tag);
  const std::string temporary = path + "." + hex + ".new";
  int error = 0;
  {
    descriptor file(
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.ok()) return errno;
    if (fchmod(file.get(), 0600) != 0 || !write_all(file.get(), image.data(), image.size()) ||
        fsync(file.get()) != 0)
      error = errno;
  }
  const auto put = policy == if_taken::replace ? &std::rename : &link;
  if (error == 0 && put(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0 || policy == if_taken::fail) unlink(temporary.c_str());
  if (error != 0) return error;
  const descriptor folder(open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.ok() && fsync(folder.get()) == 0 ? 0 : errno;
}

status<key_file_error> read_file(const std::string& path, file_image& image) {
  const auto failed = [&](key_file_fault fault, int error = 0) {
    return fail(key_file_error{fault, path, error});
  };
  const descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.ok()) {
    if (errno == ENOENT) return failed(key_file_fault::not_found);
    if (errno == ELOOP || errno == EACCES) return failed(key_file_fault::bad_permissions);
    return failed(key_file_fault::system, errno);
  }
  struct stat facts;
  if (fstat(file.get(), &facts) != 0) return failed(key_file_fault::system, errno);
  if (!S_ISREG(facts.st_mode) || (facts.st_mode & 07177) != 0 || facts.st_uid != geteuid())
    return failed(key_file_fault::bad_permissions);
  if (facts.st_size != static_cast<off_t>(file_bytes)) return failed(key_file_fault::damaged);
  for (std::size_t at = 0; at < file_bytes;) {
    const ssize_t n = read(file.get(), image.data() + at, file_bytes - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(key_file_fault::system, errno);
    if (n == 0) return failed(key_file_fault::damaged);
    at += static_cast<std::size_t>(n);
  }
  return nothing{};
}

std::optional<key_file_fault> fault_in(const file_image& image) {
  if (std::memcmp(image.data(), magic, sizeof magic) != 0) return key_file_fault::damaged;
  // The version first: another one may put its checksum elsewhere.
  if (image[version_at] != version) return key_file_fault::unknown_version;
  u8 checksum[file_bytes - checksum_at];
  checksum_of(image, checksum);
  if (std::memcmp(checksum, image.data() + checksum_at, sizeof checksum) != 0)
    return key_file_fault::damaged;
  const auto kind = static_cast<key_kind>(image[kind_at]);
  if (kind != key_kind::secp256k1 && kind != key_kind::ed25519) return key_file_fault::unknown_kind;
  if (!within_limits({load_be32(image.data() + passes_at), load_be32(image.data() + memory_at)}))
    return key_file_fault::excessive_cost;
  return std::nullopt;
}

}  // namespace

std::string key_file_error::message() const {
  const std::string where = "key file " + path + ": ";
  switch (fault) {
    case key_file_fault::empty_passphrase:
      return where + "the passphrase is empty; give one";
    case key_file_fault::already_exists:
      return where + "exists already and is never overwritten; choose another name or move it away";
    case key_file_fault::not_found:
      return where + "not found; check the path or create a key";
    case key_file_fault::bad_permissions:
      return where +
             "must be a plain file owned by this user with mode 0600; run chmod 600, and replace "
             "the key if others could read it";
    case key_file_fault::damaged:
      return where + "is damaged or not a key file; restore it from a backup";
    case key_file_fault::unknown_version:
      return where + "was written by a newer version; update this program";
    case key_file_fault::unknown_kind:
      return where + "holds a kind of key unknown to this program";
    case key_file_fault::excessive_cost:
      return where +
             "asks for an Argon2id cost outside the limits; it was not written by this program";
    case key_file_fault::wrong_passphrase:
      return where + "the passphrase does not open it";
    case key_file_fault::out_of_memory:
      return where + "not enough memory for Argon2id; free the amount its header names";
    case key_file_fault::system:
      return where + std::strerror(system_error);
  }
  return where + "unknown fault";
}

namespace {

status<key_file_error> seal(const std::string& path, key_kind kind, const secret32& secret,
                            std::string_view passphrase, random_source& random, sealing_cost cost,
                            if_taken policy) {
  ensure(within_limits(cost));
  const auto failed = [&](key_file_fault fault, int error = 0) {
    return fail(key_file_error{fault, path, error});
  };
  if (passphrase.empty()) return failed(key_file_fault::empty_passphrase);
  sodium_ready();
  file_image image{};
  std::memcpy(image.data(), magic, sizeof magic);
  image[version_at] = version;
  image[kind_at] = static_cast<u8>(kind);
  store_be32(image.data() + passes_at, cost.passes);
  store_be32(image.data() + memory_at, cost.memory_kib);
  random.fill({image.data() + salt_at, box_at - salt_at});
  secret32 key;
  if (!derive(image, passphrase, key)) return failed(key_file_fault::out_of_memory);
  crypto_secretbox_easy(image.data() + box_at, secret.data(), secret.size(),
                        image.data() + nonce_at, key.data());
  checksum_of(image, image.data() + checksum_at);

  const int error = write_file(path, image, random, policy);
  if (error == EEXIST) return failed(key_file_fault::already_exists);
  if (error == ENOENT) return failed(key_file_fault::not_found);
  if (error != 0) return failed(key_file_fault::system, error);
  return nothing{};
}

}  // namespace

status<key_file_error> seal_key_file(const std::string& path, key_kind kind, const secret32& secret,
                                     std::string_view passphrase, random_source& random,
                                     sealing_cost cost) {
  return seal(path, kind, secret, passphrase, random, cost, if_taken::fail);
}

result<opened_key, key_file_error> reseal_key_file(const std::string& path,
                                                   std::string_view passphrase,
                                                   std::string_view next_passphrase,
                                                   random_source& random, sealing_cost cost) {
  ASHLAR_TRY(opened_key held, open_key_file(path, passphrase));
  ASHLAR_CHECK(
      seal(path, held.kind, held.secret, next_passphrase, random, cost, if_taken::replace));
  return held;
}

result<opened_key, key_file_error> open_key_file(const std::string& path,
                                                 std::string_view passphrase) {
  const auto failed = [&](key_file_fault fault) { return fail(key_file_error{fault, path}); };
  sodium_ready();
  file_image image;
  ASHLAR_CHECK(read_file(path, image));
  if (const auto fault = fault_in(image)) return failed(*fault);
  secret32 key;
  if (!derive(image, passphrase, key)) return failed(key_file_fault::out_of_memory);
  opened_key out{static_cast<key_kind>(image[kind_at]), secret32{}};
  if (crypto_secretbox_open_easy(out.secret.data(), image.data() + box_at, checksum_at - box_at,
                                 image.data() + nonce_at, key.data()) != 0)
    return failed(key_file_fault::wrong_passphrase);
  return out;
}

}  // namespace ashlar::crypto
