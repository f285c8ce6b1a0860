#pragma once

#include <functional>
#include <optional>

#include "runtime/stf/batch_run.hpp"

namespace ashlar::batch {

/// Upper bound of what an open batch publishes, cheap to ask for at each block: what it was when it
/// was last encoded, and what may have come on top by what was charged since.
class pubdata_bound {
 public:
  /// Without encoding anything.
  u64 bytes(const stf::batch_run& run) const noexcept;
  /// Encodes. Charges are netted over the batch, so this is often a fraction of their sum.
  /// `index_of`: where the tree has a key.
  void measure(const stf::batch_run& run,
               const std::function<std::optional<u64>(const hash256& key)>& index_of);
  /// Bytes charged since the last measurement.
  u64 charged_since(const stf::batch_run& run) const noexcept {
    return run.pubdata_bytes_charged() - charged_;
  }

 private:
  /// As measured, with what may come on top when more changes move its dictionaries; and what was
  /// charged and laid up to then.
  u64 bytes_ = 0, charged_ = 0, blocks_ = 0;
};

}  // namespace ashlar::batch
