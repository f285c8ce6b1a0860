#pragma once

#include "runtime/stark/field/gl3.hpp"

namespace ashlar::stark {

/// Operations over runs of n elements, each in scalar and vector code with the same results. Every
/// pointer may equal another or be apart; partial overlap is not allowed. Extension elements are
/// held as three runs.
struct block_ops {
  void (*add)(gl* to, const gl* a, const gl* b, std::size_t n);
  void (*sub)(gl* to, const gl* a, const gl* b, std::size_t n);
  void (*mul)(gl* to, const gl* a, const gl* b, std::size_t n);
  /// to += c a
  void (*add_scaled)(gl* const to[3], const gl* a, const gl3& c, std::size_t n);
  /// to += c[0] a[0] + ... + c[count - 1] a[count - 1]. The runs a lie apart from to. Cheaper than
  /// one after the other from three on: products are added up before they are reduced. Meanwhile
  /// what lies `ahead` elements further in each run is fetched: n where the runs go on and are read
  /// next, 0 for nothing. A line between two products costs nothing, while all of them at once,
  /// before, hold up what is to be computed. Fetching reads nothing and cannot fault.
  void (*add_combination)(gl* const to[3], const gl* const* a, const gl3* c, std::size_t count,
                          std::size_t n, std::size_t ahead);
  /// to = a b, a in the extension, b in the base field
  void (*mul_base)(gl* const to[3], const gl* const a[3], const gl* b, std::size_t n);
  /// to = a b
  void (*mul_ext)(gl* const to[3], const gl* const a[3], const gl* const b[3], std::size_t n);
  /// The sum of a[i] w[i] for each of three runs w. Meanwhile n elements at `next` are fetched as
  /// above; `a` for nothing.
  gl3 (*dot)(const gl* a, const gl* const w[3], std::size_t n, const gl* next);
};

/// In place x[i] -> 1 / x[i], in vector code but for a few elements. Precondition: none is zero, n
/// is a multiple of `inversion_chains` or below it. `scratch` holds inversion_scratch n elements.
void invert_runs(const block_ops& ops, gl* const x[3], std::size_t n, gl* scratch) noexcept;
inline constexpr std::size_t inversion_chains = 32, inversion_scratch = 6;

const block_ops& scalar_block_ops() noexcept;
/// For this processor.
const block_ops& best_block_ops() noexcept;

}  // namespace ashlar::stark
