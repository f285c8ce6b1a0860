#pragma once

#include <boost/json/memory_resource.hpp>

#include "net/http/byte_ledger.hpp"

/// Internal to net/rpc.
namespace ashlar::rpc {

namespace json = boost::json;

/// The memory of one request: what its document allocates here, and what is noted of the rest, is
/// held in the ledger. A short text can be a large document (16 times in "[[0],[0],...", and half
/// as much again while it is parsed), so it is measured and not guessed.
class weighed_memory final : public json::memory_resource {
 public:
  explicit weighed_memory(http::byte_hold hold) : hold_(std::move(hold)) {}

  /// What the request holds beside its document. False: no room for it.
  [[nodiscard]] bool note(u64 others_bytes);
  /// The document is about to go and the answer leaves: hands over the hold, of so many bytes.
  http::byte_hold hand_over(u64 bytes) noexcept;

 private:
  /// Throws std::bad_alloc where the ledger has no room.
  void* do_allocate(std::size_t bytes, std::size_t align) override;
  void do_deallocate(void* p, std::size_t bytes, std::size_t align) override;
  bool do_is_equal(const json::memory_resource& other) const noexcept override;

  http::byte_hold hold_;
  u64 document_bytes_ = 0;
  u64 others_bytes_ = 0;
};

}  // namespace ashlar::rpc
