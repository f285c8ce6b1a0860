#pragma once

#include "cuda/device/memory.hpp"
#include "cuda/kernels/keccak.hpp"
#include "cuda/kernels/poseidon2.hpp"
#include "runtime/stark/prover/backend.hpp"

// What the GPU backend keeps on the device; for the parts of this folder alone.
namespace ashlar::cuda {

/// Values on the trace domain until commit (or coefficients, bit-reversed, where `coefficients`);
/// afterwards the extension, coset by coset.
struct gpu_table final : stark::device_table {
  device_array<gl> trace;  // column j at j << height_log2
  bool coefficients = false;
  device_array<gl> extension;  // column j at j stride()
  unsigned blowup_log2 = 0;

  u64 rows() const noexcept { return u64{1} << height_log2; }
  u64 stride() const noexcept { return u64{1} << (height_log2 + blowup_log2); }
  const gl* column(std::size_t j) const noexcept { return extension.data() + j * stride(); }
};

/// Columns of one height; a leaf holds one element of each.
struct gpu_leaves {
  unsigned height_log2 = 0;
  u32 width = 0;
  device_array<leaf_column> columns;
};

struct gpu_tree final : stark::device_tree {
  stark::hash_kind hash{};
  std::vector<gpu_leaves> groups;  // by falling height
  unsigned depth = 0;
  device_array<digest> nodes;  // level d at 2^d
};

struct gpu_codeword final : stark::device_codeword {
  device_array<gl> cells;  // three runs, each coset by coset
};

inline gpu_table& on_gpu(stark::device_table& t) {
  return static_cast<gpu_table&>(t);
}
inline const gpu_table& on_gpu(const stark::device_table& t) {
  return static_cast<const gpu_table&>(t);
}
inline const gpu_tree& on_gpu(const stark::device_tree& t) {
  return static_cast<const gpu_tree&>(t);
}
inline gpu_codeword& on_gpu(stark::device_codeword& c) {
  return static_cast<gpu_codeword&>(c);
}
inline const gpu_codeword& on_gpu(const stark::device_codeword& c) {
  return static_cast<const gpu_codeword&>(c);
}

/// A copy of host elements on the device.
template <class T, class Device>
device_array<T> array_of(Device& device, std::span<const T> from) {
  device_array<T> out(device.memory(), from.size());
  device.upload(out.data(), from.data(), from.size() * sizeof(T));
  return out;
}
template <class T, class Device>
device_array<T> array_of(Device& device, const std::vector<T>& from) {
  return array_of(device, std::span<const T>(from));
}

}  // namespace ashlar::cuda
