#include "runtime/store/content_store.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/store/folder.hpp"

namespace ashlar::store {

namespace {

error system_error(error_code code, const std::string& what) {
  return {code, 0, 0, what + ": " + std::strerror(errno)};
}

class descriptor {
 public:
  explicit descriptor(int file) noexcept : file_(file) {}
  ~descriptor() {
    if (file_ >= 0) ::close(file_);
  }
  descriptor(const descriptor&) = delete;
  int get() const noexcept { return file_; }

 private:
  int file_;
};

}  // namespace

result<content_store, error> content_store::open(std::string folder) {
  ASHLAR_CHECK(make_folder(folder));
  // What a writer that was killed had begun. Nobody else writes here now.
  std::error_code ec;
  for (const auto& e : std::filesystem::directory_iterator(folder, ec))
    if (e.path().extension() == ".part") std::filesystem::remove(e.path(), ec);
  if (ec) return fail(error{error_code::open_failed, 0, 0, folder + ": " + ec.message()});
  return content_store{std::move(folder)};
}

std::string content_store::path_of(const hash256& hash) const {
  return folder_ + "/" + to_hex({hash.data(), hash.size()}).substr(2);
}

result<hash256, error> content_store::put(bytes_view content) {
  const hash256 hash = crypto::blake3(content);
  const std::string path = path_of(hash);
  if (has(hash)) {
    // Perhaps by a writer that ended before it made the name durable.
    ASHLAR_CHECK(sync_folder(folder_));
    return hash;
  }
  // Two writers of the same content write the same bytes, each beside the place by its own name.
  const std::string beside = path + "." + std::to_string(::getpid()) + "." +
                             std::to_string(reinterpret_cast<std::uintptr_t>(&hash)) + ".part";
  ASHLAR_CHECK(replace_file(path, beside, content));
  return hash;
}

result<bytes, error> content_store::get(const hash256& hash) const {
  const std::string path = path_of(hash);
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0)
    return fail(
        system_error(errno == ENOENT ? error_code::not_found : error_code::read_failed, path));
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  if (size < 0) return fail(system_error(error_code::read_failed, path));
  bytes content(static_cast<std::size_t>(size));
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t n =
        ::pread(file.get(), content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(system_error(error_code::read_failed, path));
    done += static_cast<std::size_t>(n);
  }
  if (crypto::blake3(content) != hash) return fail(error{error_code::damaged, 0, 0, path});
  return content;
}

bool content_store::has(const hash256& hash) const {
  std::error_code ec;
  return std::filesystem::exists(path_of(hash), ec);
}

void content_store::erase(const hash256& hash) {
  std::error_code ec;
  std::filesystem::remove(path_of(hash), ec);
}

}  // namespace ashlar::store
