#pragma once

namespace ashlar::stark {

/// Which code transforms and block operations run: the same bits from each.
enum class vector_code { scalar, avx2, avx512 };

bool has_vector_code(vector_code code) noexcept;
/// The widest this processor has.
vector_code best_vector_code() noexcept;
/// Overrides the choice, for tests and measurements; not while anything is being proved.
/// Precondition: the processor has it.
void use_vector_code(vector_code code) noexcept;

}  // namespace ashlar::stark
