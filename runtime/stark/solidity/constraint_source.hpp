#pragma once

#include "runtime/stark/solidity/proof_plan.hpp"
#include "runtime/stark/solidity/source_text.hpp"
#include "runtime/stark/solidity/table_writer.hpp"

namespace ashlar::stark {

/// A contract that checks the quotients of some tables at zeta, or combines some constraints of
/// one. It is called with words, packed elements all (yul_field.hpp): alpha of the constraints,
/// zeta, alpha and beta of the local buses, of the global ones, and the sum of the slice before;
/// per table zeta^(2^h), its local and its global sum, its public values; then the tables' openings
/// as they stand in the proof. It answers with the word 1, or, being a slice that another goes on
/// from, with its sum; or it reverts.
struct constraint_part {
  u32 first_table, end_table;
  table_writer::slice of;    ///< of the only table, or everything
  std::size_t opening_word;  ///< where the first table's openings start in the input
  std::size_t words;         ///< of the input
  /// Whether the next part goes on from this one's answer.
  bool is_continued() const noexcept { return of.first != 0; }
};
inline constexpr std::size_t constraint_head_words = 7;
/// Before a table's public values.
inline constexpr std::size_t constraint_table_words = 3;

/// How the tables are divided, so that no contract passes the limit of EIP-170. Slices of one table
/// follow one another.
std::vector<constraint_part> constraint_parts(const l1_machine& machine, const proof_plan& plan);

/// The contract `name`.
std::string constraint_source(const l1_machine& machine, const proof_plan& plan,
                              const constraint_part& part, std::string_view name);

}  // namespace ashlar::stark
