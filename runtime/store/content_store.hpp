#pragma once

#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/store/error.hpp"

namespace ashlar::store {

/// Large immutable values (witnesses, proofs) as files named by their BLAKE3. A file is complete
/// or absent: it is written beside its place, made durable, and renamed. Thread-safe.
class content_store {
 public:
  static result<content_store, error> open(std::string folder);
  /// Durable when it returns. Putting what is there already costs one hash.
  result<hash256, error> put(bytes_view content);
  /// Checked against its name. Errors: not_found, damaged, read_failed.
  result<bytes, error> get(const hash256& hash) const;
  bool has(const hash256& hash) const;
  /// Nothing happens where it is absent.
  void erase(const hash256& hash);

 private:
  explicit content_store(std::string folder) : folder_(std::move(folder)) {}
  std::string path_of(const hash256& hash) const;
  std::string folder_;
};

}  // namespace ashlar::store
