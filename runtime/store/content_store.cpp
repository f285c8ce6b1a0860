#include "runtime/store/content_store.hpp"

#include <filesystem>
#include <unistd.h>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/store/folder.hpp"

namespace ashlar::store {

result<content_store, error> content_store::open(std::string folder) {
  ASHLAR_CHECK(make_folder(folder));
  // What a writer that was killed had begun. Nobody else writes here now.
  ASHLAR_CHECK(remove_parts(folder));
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
  ASHLAR_TRY(bytes content, read_file(path));
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
