#pragma once

#include <cstddef>

namespace ashlar::rpc::test {

/// Bytes that this process has from `new`, now and at most since `restart`. Counted over all
/// threads, without the allocator's own.
struct allocation_watch {
  static std::size_t now() noexcept;
  static std::size_t peak() noexcept;
  /// The peak is what is held now.
  static void restart() noexcept;
};

}  // namespace ashlar::rpc::test
