#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/store/error.hpp"

namespace ashlar::store {

/// A height that is known to be durable, in a file apart from the database that it watches. Two
/// slots are written in turn, each with a checksum, so that a torn write leaves the other. Not
/// synchronous: after a power failure it may be old, never too new.
class watermark {
 public:
  struct mark {
    u64 height = 0;
    hash256 chain;
  };

  static bool exists(const std::string& path);
  /// Creates the file, durable, with the given mark.
  static result<std::unique_ptr<watermark>, error> create(const std::string& path,
                                                          const mark& first);
  static result<std::unique_ptr<watermark>, error> open(const std::string& path);
  ~watermark();
  watermark(const watermark&) = delete;

  const mark& last() const noexcept { return last_; }
  status<error> write(const mark& next);

 private:
  explicit watermark(int file) noexcept : file_(file) {}
  int file_;
  mark last_;
  u32 slot_ = 0;  // where the next mark goes
};

}  // namespace ashlar::store
