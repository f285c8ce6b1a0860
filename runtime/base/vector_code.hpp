#pragma once

namespace ashlar {

/// Which code hashes, transforms and works on blocks: the same bits from each. avx512: AVX-512 F,
/// VL and BW.
enum class vector_code { scalar, avx2, avx512 };

bool has_vector_code(vector_code code) noexcept;
/// The widest this processor has.
vector_code best_vector_code() noexcept;
/// What everything that has such code runs: the widest, unless another was asked for. Host only.
vector_code chosen_vector_code() noexcept;
/// Overrides the choice, for tests and measurements; not while anything is being proved.
/// Precondition: the processor has it.
void use_vector_code(vector_code code) noexcept;

}  // namespace ashlar
