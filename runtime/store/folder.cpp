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
  if (!written || ::rename(beside.c_str(), path.c_str()) != 0) {
    const status<error> why = written ? not_written(path) : written;
    ::unlink(beside.c_str());  // on a full disk it would stand in the way of the next try
    return why;
  }
  return sync_folder(std::filesystem::path(path).parent_path().string());
}

result<bytes, error> read_file(const std::string& path, u64 bytes_max) {
  const auto unread = [&](error_code code) {
    return fail(error{code, 0, 0, path + ": " + std::strerror(errno)});
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unread(errno == ENOENT ? error_code::not_found : error_code::read_failed);
  result<bytes, error> out = bytes{};
  const off_t size = ::lseek(file, 0, SEEK_END);
  if (size < 0)
    out = unread(error_code::read_failed);
  else if (static_cast<u64>(size) > bytes_max)
    out = fail(error{error_code::too_many, bytes_max, static_cast<u64>(size), path});
  else
    out->resize(static_cast<std::size_t>(size));
  for (std::size_t done = 0; out.ok() && done < out->size();) {
    const ssize_t n =
        ::pread(file, out->data() + done, out->size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      out = unread(error_code::read_failed);
    else
      done += static_cast<std::size_t>(n);
  }
  ::close(file);
  return out;
}

status<error> remove_parts(const std::string& folder) {
  std::error_code ec;
  for (const auto& e : std::filesystem::directory_iterator(folder, ec))
    if (e.path().extension() == ".part") std::filesystem::remove(e.path(), ec);
  if (ec) return fail(error{error_code::open_failed, 0, 0, folder + ": " + ec.message()});
  return nothing{};
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
