#include "actors/prover/proof_folder.hpp"

#include <filesystem>

#include "runtime/base/hex.hpp"
#include "runtime/store/folder.hpp"

namespace ashlar::prover {
namespace {

/// Of what is read: proofs of circuits have less than one, whatever lies there.
constexpr u64 value_bytes_max = u64{64} << 20;

}  // namespace

result<std::unique_ptr<proof_folder>, store::error> proof_folder::open(const std::string& folder) {
  ASHLAR_CHECK(store::make_folder(folder));
  ASHLAR_CHECK(store::remove_parts(folder));
  return std::unique_ptr<proof_folder>(new proof_folder(folder));
}

std::string proof_folder::path_of(const hash256& name) const {
  return folder_ + "/" + to_hex(name).substr(2);
}

std::optional<bytes> proof_folder::find(const hash256& name) {
  auto value = store::read_file(path_of(name), value_bytes_max);
  return value ? std::optional(std::move(*value)) : std::nullopt;
}

status<std::string> proof_folder::keep(const hash256& name, bytes_view value) {
  const std::string path = path_of(name);
  if (const auto done = store::replace_file(path, path + ".part", value); !done)
    return fail(store::to_text(done.error()));
  return nothing{};
}

void proof_folder::drop(const hash256& name) {
  std::error_code ec;
  std::filesystem::remove(path_of(name), ec);
}

}  // namespace ashlar::prover
