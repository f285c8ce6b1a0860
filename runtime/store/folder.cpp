#include "runtime/store/folder.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <vector>

namespace ashlar::store {

namespace {

failure<error> not_written(const std::string& path) {
  return fail(error{error_code::write_failed, 0, 0, path + ": " + std::strerror(errno)});
}

status<error> write_durably(int file, const std::string& path, bytes_view content) {
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t n = ::write(file, content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return not_written(path);
    done += static_cast<std::size_t>(n);
  }
  if (::fsync(file) != 0) return not_written(path);
  return nothing{};
}

}  // namespace

status<error> sync_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return not_written(path);
  status<error> done = nothing{};
  if (::fsync(folder) != 0) done = not_written(path);
  ::close(folder);
  return done;
}

status<error> replace_file(const std::string& path, const std::string& beside, bytes_view content) {
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return not_written(beside);
  const status<error> written = write_durably(file, beside, content);
  ::close(file);
  ASHLAR_CHECK(written);
  if (::rename(beside.c_str(), path.c_str()) != 0) return not_written(path);
  return sync_folder(std::filesystem::path(path).parent_path().string());
}

status<error> make_folder(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ec;
  std::vector<fs::path> fresh;
  for (fs::path at = fs::absolute(path, ec); !at.empty() && !fs::exists(at, ec);
       at = at.parent_path()) {
    fresh.push_back(at);
    if (at == at.root_path()) break;
  }
  fs::create_directories(path, ec);
  if (ec) return fail(error{error_code::open_failed, 0, 0, path + ": " + ec.message()});
  for (const fs::path& made : fresh)
    if (!made.filename().empty()) ASHLAR_CHECK(sync_folder(made.parent_path().string()));
  return nothing{};
}

}  // namespace ashlar::store
