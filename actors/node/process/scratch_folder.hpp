#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace ashlar::node {

/// The folder that was given, or a new one below the system's temporary folder that is removed
/// with the object. Where none can be made, the path is empty.
class scratch_folder {
 public:
  scratch_folder(const std::string& given, const std::string& prefix) : path_(given) {
    if (!given.empty()) return;
    std::error_code none;
    const auto above = std::filesystem::temp_directory_path(none);
    std::string name = (above / (prefix + "-XXXXXX")).string();
    if (none || mkdtemp(name.data()) == nullptr) return;
    path_ = name;
    is_ours_ = true;
  }
  ~scratch_folder() {
    std::error_code ignored;
    if (is_ours_) std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  bool is_ours_ = false;
};

}  // namespace ashlar::node
