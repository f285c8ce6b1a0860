#if defined(__x86_64__)
#include "runtime/stark/field/lanes_avx2.hpp"
#include "runtime/stark/ntt/lane_kernels.hpp"

namespace ashlar::stark::ntt {

const kernels kernels_avx2 = kernel<lanes4>::table;

}  // namespace ashlar::stark::ntt
#endif
