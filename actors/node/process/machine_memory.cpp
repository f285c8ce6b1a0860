#include "actors/node/process/machine_memory.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

namespace ashlar::node {
namespace {

std::optional<u64> number_in(std::string_view text) {
  u64 out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{}) return std::nullopt;
  return out;
}

/// MemTotal of /proc/meminfo, which counts in KiB.
std::optional<u64> total_of(const std::string& path) {
  std::ifstream in(path);
  for (std::string word; in >> word;)
    if (u64 kib = 0; word == "MemTotal:" && in >> kib) return kib << 10;
  return std::nullopt;
}

/// The limit files of a group and of those above it, up to where the hierarchy is mounted. What a
/// container does not see of it is not there.
void take_limits(machine_memory& least, const std::string& mount, std::filesystem::path group,
                 const std::string& file) {
  for (;; group = group.parent_path()) {
    const std::string path = mount + (group == "/" ? std::string() : group.string()) + "/" + file;
    std::ifstream in(path);
    // "max", or of version 1 a number that no machine has, where there is none.
    if (std::string word; in >> word)
      if (const auto limit = number_in(word); limit && *limit < least.bytes) least = {*limit, path};
    if (!group.has_relative_path()) return;
  }
}

}  // namespace

result<machine_memory, std::string> memory_of_machine(const std::string& root) {
  const auto total = total_of(root + "/proc/meminfo");
  if (!total) return fail(std::string("/proc/meminfo does not say how much memory there is"));
  machine_memory out{*total, "this machine"};
  const std::string mount = root + "/sys/fs/cgroup";
  std::ifstream groups(root + "/proc/self/cgroup");
  // A line each: number:controllers:path; of version 2 the number is 0 and no controller is named.
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty())
      take_limits(out, mount, path, "memory.max");
    else if (("," + controllers + ",").find(",memory,") != std::string::npos)
      take_limits(out, mount + "/memory", path, "memory.limit_in_bytes");
  }
  return out;
}

}  // namespace ashlar::node
