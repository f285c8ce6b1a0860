#include "net/http/static_files.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace ashlar::http {

namespace fs = std::filesystem;

std::string_view content_type_of(std::string_view path) noexcept {
  struct row {
    std::string_view extension, type;
  };
  static constexpr row rows[] = {{".html", "text/html; charset=utf-8"},
                                 {".js", "text/javascript; charset=utf-8"},
                                 {".css", "text/css; charset=utf-8"},
                                 {".json", "application/json"},
                                 {".svg", "image/svg+xml"},
                                 {".png", "image/png"},
                                 {".ico", "image/x-icon"},
                                 {".woff2", "font/woff2"},
                                 {".txt", "text/plain; charset=utf-8"}};
  for (const row& r : rows)
    if (path.ends_with(r.extension)) return r.type;
  return "application/octet-stream";
}

result<static_files, http_error> static_files::load(const std::string& folder,
                                                    std::size_t files_max, std::size_t bytes_max) {
  const auto bad = [&](const std::string& what) {
    return fail(http_error{http_errc::bad_config, "static_folder " + folder + ": " + what});
  };
  static_files out;
  std::size_t bytes = 0;
  std::error_code failed;
  fs::recursive_directory_iterator at(folder, failed);
  if (failed) return bad(failed.message());
  for (; at != fs::recursive_directory_iterator(); at.increment(failed)) {
    if (at->path().filename().string().starts_with('.')) {
      at.disable_recursion_pending();
      continue;
    }
    if (at->is_symlink(failed) || !at->is_regular_file(failed)) continue;
    std::ifstream in(at->path(), std::ios::binary);
    auto body = std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                                    std::istreambuf_iterator<char>());
    if (!in) return bad("cannot read " + at->path().string());
    bytes += body->size();
    if (bytes > bytes_max) return bad("more than static_bytes_max = " + std::to_string(bytes_max));
    if (out.files_.size() >= files_max)
      return bad("more than static_files_max = " + std::to_string(files_max));
    const std::string key = "/" + at->path().lexically_relative(folder).generic_string();
    out.files_[key] = {std::string(content_type_of(key)), std::move(body)};
  }
  if (failed) return bad(failed.message());
  return out;
}

const static_file* static_files::find(std::string_view path) const {
  const auto at = files_.find(path == "/" ? std::string_view("/index.html") : path);
  return at == files_.end() ? nullptr : &at->second;
}

}  // namespace ashlar::http
