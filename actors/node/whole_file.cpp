#include "actors/node/whole_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
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

status<std::string> write_whole(const std::string& path, bytes_view content) {
  const std::string beside = path + ".new";
  std::FILE* const out = std::fopen(beside.c_str(), "wb");
  if (out == nullptr) return fail(beside + ": cannot be written: " + std::strerror(errno));
  bool whole = std::fwrite(content.data(), 1, content.size(), out) == content.size() &&
               std::fflush(out) == 0 && fsync(fileno(out)) == 0;
  std::string why = whole ? "" : std::strerror(errno);
  if (std::fclose(out) != 0 && whole) {
    whole = false;
    why = std::strerror(errno);
  }
  if (whole && std::rename(beside.c_str(), path.c_str()) == 0) return nothing{};
  if (whole) why = std::strerror(errno);
  std::remove(beside.c_str());
  return fail(path + ": cannot be replaced: " + why);
}

}  // namespace ashlar::node
