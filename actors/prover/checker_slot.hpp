#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "actors/prover/proof_engine.hpp"

namespace ashlar::prover {

/// Where the role finds what it holds proofs to: a program's key takes its time to make, and a node
/// serves meanwhile. Thread-safe.
class checker_slot {
 public:
  checker_slot() = default;
  explicit checker_slot(std::shared_ptr<const proof_checker> made) : made_(std::move(made)) {}

  /// Once.
  void set(std::shared_ptr<const proof_checker> made) {
    const std::lock_guard lock(mutex_);
    ensure(made_ == nullptr && made != nullptr);
    made_ = std::move(made);
    trouble_.clear();
  }
  /// Why there is none yet, and may not come by itself; afterwards, why the worker of this process
  /// cannot prove. Empty: nothing is wrong (any more).
  void set_trouble(std::string why) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(why);
  }
  /// Null until it is made.
  std::shared_ptr<const proof_checker> get() const {
    const std::lock_guard lock(mutex_);
    return made_;
  }
  std::string trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const proof_checker> made_;
  std::string trouble_;
};

}  // namespace ashlar::prover
