#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "net/http/error.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::http {

struct static_file {
  std::string content_type;
  std::shared_ptr<const std::string> body;
};

/// A folder's files in memory. A request names a key of the map and never a path of the system.
class static_files {
 public:
  static_files() = default;
  /// Follows no symbolic links; hidden files are left out. Over a limit: an error that names it.
  static result<static_files, http_error> load(const std::string& folder, std::size_t files_max,
                                               std::size_t bytes_max);
  /// `path` as in the request line, without the query; "/" is "/index.html". Null: no such file.
  const static_file* find(std::string_view path) const;
  bool empty() const noexcept { return files_.empty(); }

 private:
  std::map<std::string, static_file, std::less<>> files_;
};

/// By the extension; "application/octet-stream" when unknown.
std::string_view content_type_of(std::string_view path) noexcept;

}  // namespace ashlar::http
