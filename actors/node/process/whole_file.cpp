#include "actors/node/process/whole_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace ashlar::node {

result<bytes, std::string> read_whole(const std::string& path) {
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec)) return fail(path + ": is a folder");
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(path + ": cannot be read");
  bytes out{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return fail(path + ": cannot be read");
  return out;
}

namespace {

std::string text_of_errno() {
  return std::strerror(errno);
}

/// An empty file beside `path`, of this process alone, that may take its place.
result<int, std::string> make_beside(const std::string& path, const std::string& beside) {
  std::error_code ec;
  const auto there = std::filesystem::status(path, ec);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
    return fail(path + ": is there, and no ordinary file");
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  int file = ::open(beside.c_str(), flags, 0666);
  // Left by a process of our number that is gone.
  if (file < 0 && errno == EEXIST && ::unlink(beside.c_str()) == 0)
    file = ::open(beside.c_str(), flags, 0666);
  if (file < 0) return fail(path + ": cannot be written: " + text_of_errno());
  return file;
}

std::string name_beside(const std::string& path) {
  return path + ".new-" + std::to_string(::getpid());
}

bool write_all(int file, bytes_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(file, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    content = content.subspan(static_cast<std::size_t>(n));
  }
  return ::fsync(file) == 0;
}

/// A name in a folder is on disk when the folder is.
bool sync_folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  const int folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool synced = ::fsync(folder) == 0;
  ::close(folder);
  return synced;
}

}  // namespace

status<std::string> check_writable(const std::string& path) {
  const std::string beside = name_beside(path);
  ASHLAR_TRY(const int file, make_beside(path, beside));
  ::close(file);
  ::unlink(beside.c_str());
  return nothing{};
}

status<std::string> write_whole(const std::string& path, bytes_view content) {
  const std::string beside = name_beside(path);
  ASHLAR_TRY(const int file, make_beside(path, beside));
  std::string why;
  if (!write_all(file, content)) why = text_of_errno();
  if (::close(file) != 0 && why.empty()) why = text_of_errno();
  if (why.empty() && std::rename(beside.c_str(), path.c_str()) != 0) why = text_of_errno();
  if (!why.empty()) {
    ::unlink(beside.c_str());
    return fail(path + ": cannot be written: " + why);
  }
  if (!sync_folder_of(path))
    return fail(path + ": its folder cannot be written: " + text_of_errno());
  return nothing{};
}

}  // namespace ashlar::node
