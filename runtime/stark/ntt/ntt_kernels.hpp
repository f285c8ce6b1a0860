#pragma once

#include "runtime/stark/field/gl.hpp"

// The kernels behind ntt.hpp, same bits from each. The vector ones may run only where the processor
// has the named extension.
namespace ashlar::stark::ntt {

void interpolate_scalar(gl* x, unsigned log2) noexcept;
void evaluate_coset_scalar(const gl* from, gl* to, unsigned log2, gl shift) noexcept;

}  // namespace ashlar::stark::ntt
