#include "runtime/store/folder.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <vector>

namespace ashlar::store {

status<error> sync_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return fail(error{error_code::write_failed, 0, 0, path + ": " + std::strerror(errno)});
  const int done = ::fsync(folder);
  const error why{error_code::write_failed, 0, 0, path + ": " + std::strerror(errno)};
  ::close(folder);
  if (done != 0) return fail(why);
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
