#if defined(__x86_64__)
#include "runtime/stark/field/lanes_avx512.hpp"
#include "runtime/stark/ntt/lane_kernels.hpp"

namespace ashlar::stark::ntt {

const kernels kernels_avx512 = kernel<lanes8>::table;

}  // namespace ashlar::stark::ntt
#endif
