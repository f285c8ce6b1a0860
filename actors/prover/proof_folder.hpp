#pragma once

#include <memory>

#include "runtime/stark/recursion_prover/proof_shelf.hpp"
#include "runtime/store/error.hpp"

namespace ashlar::prover {

/// A shelf on disk: one file a name, each whole or absent. One process at a time.
class proof_folder final : public stark::proof_shelf {
 public:
  /// Creates `folder` where it is missing.
  static result<std::unique_ptr<proof_folder>, store::error> open(const std::string& folder);

  std::optional<bytes> find(const hash256& name) override;
  status<std::string> keep(const hash256& name, bytes_view value) override;
  void drop(const hash256& name) override;

 private:
  explicit proof_folder(std::string folder) : folder_(std::move(folder)) {}
  std::string path_of(const hash256& name) const;
  std::string folder_;
};

}  // namespace ashlar::prover
