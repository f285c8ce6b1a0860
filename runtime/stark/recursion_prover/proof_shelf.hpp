#pragma once

#include <optional>
#include <string>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::stark {

/// Where the prover of recursion keeps what it has made, so that nothing that is done is done
/// again. Names say what a value shows, and whoever takes one checks that it does: what was changed
/// on a shelf is made again, no more. One thread at a time.
class proof_shelf {
 public:
  virtual ~proof_shelf() = default;
  /// Nothing where there is none of the name, or it cannot be read.
  virtual std::optional<bytes> find(const hash256& name) = 0;
  /// Whole or not at all, and durable, where the shelf is. The error is a sentence.
  virtual status<std::string> keep(const hash256& name, bytes_view value) = 0;
  /// Nothing happens where there is none.
  virtual void drop(const hash256& name) = 0;
};

}  // namespace ashlar::stark
