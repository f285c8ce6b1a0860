#pragma once

#include <cstddef>
#include <map>

namespace ashlar::stark {

/// Address space for tables, in whole huge pages, where the system gives them. What is given back
/// is kept for whoever takes next, since a fresh page costs more to clear than to fill. Kept ranges
/// that touch become one; and where none is long enough, several are moved together, as pages and
/// not as contents, so that the system is asked only for what is not there. Host only; not
/// thread-safe.
class page_pool {
 public:
  static constexpr std::size_t page_bytes = std::size_t{1} << 21;
  /// The next multiple of page_bytes.
  static constexpr std::size_t whole(std::size_t bytes) noexcept {
    return (bytes + page_bytes - 1) / page_bytes * page_bytes;
  }

  /// At most `kept_bytes_max` stay unused.
  explicit page_pool(std::size_t kept_bytes_max) noexcept : kept_bytes_max_(kept_bytes_max) {}
  ~page_pool() { let_go(kept_bytes_); }
  page_pool(const page_pool&) = delete;
  page_pool& operator=(const page_pool&) = delete;

  /// A run of `bytes`, a positive multiple of page_bytes, of any contents, aligned to a page.
  /// Throws std::bad_alloc where the system has no more.
  void* take(std::size_t bytes);
  /// Back again, as it was taken.
  void give(void* run, std::size_t bytes) noexcept;
  /// Returns at least `bytes` of what is kept to the system, or all.
  void let_go(std::size_t bytes) noexcept;
  std::size_t kept_bytes() const noexcept { return kept_bytes_; }

 private:
  using ranges = std::map<char*, std::size_t>;
  ranges::iterator shortest() noexcept;
  // Cuts `bytes` off a range's end.
  char* cut(ranges::iterator range, std::size_t bytes) noexcept;
  void* gather(std::size_t bytes);

  ranges kept_;  // no two touch
  std::size_t kept_bytes_max_, kept_bytes_ = 0;
};

}  // namespace ashlar::stark
