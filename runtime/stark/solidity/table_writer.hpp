#pragma once

#include <set>

#include "runtime/stark/solidity/l1_machine.hpp"

namespace ashlar::stark {

/// Writes the check of one table's quotient, or a slice of its constraints, as straight-line Yul.
/// Values are packed words; how many times p a lane may hold at most is known of each, so that sums
/// need no reduction.
class table_writer {
 public:
  /// Words of the input of constraint_part.
  struct places {
    std::size_t table;    ///< zeta^(2^h) and what follows it
    std::size_t opening;  ///< of the table
  };
  /// Constraints first .. end - 1, those of the buses counted behind the chip's. They are combined
  /// from the last one down, so a slice goes on from the sum of the slice above it; the lowest
  /// compares with the quotient.
  struct slice {
    u32 first, end;
  };
  table_writer(const l1_machine& machine, u32 table, const places& at, const slice& of);

  /// Statements, in order.
  const std::string& text() const noexcept { return text_; }
  /// Of code, about.
  std::size_t code_bytes() const noexcept;
  /// Multiples of p, in each lane, that the statements expect in memory: see multiple_at.
  const std::set<unsigned>& multiples() const noexcept { return multiples_; }

  /// Where 2^n p, in each lane, is found.
  static std::size_t multiple_at(unsigned n) noexcept { return 0x200 + 32 * n; }

 private:
  struct value {
    std::string text;
    u64 bound = 1;             ///< lanes are below bound x p
    bool is_constant = false;  ///< of the base field
    gl constant;
    unsigned depth = 0;  ///< of nested calls
  };
  /// What an operand of the program is: an input or constant, or what instruction `of` computes.
  struct operand {
    bool is_computed = false;
    u32 of = 0;
  };
  static value constant_of(gl c);
  static value word(std::size_t w);
  static value extension_at(std::size_t first_word);
  value leaf(u32 reg) const;
  value read(const operand& o) const;
  value add(const value& a, const value& b);
  value sub(const value& a, const value& b);
  value mul(const value& a, const value& b);
  value bounded(value v) const;
  value keep(const value& v);
  void trace_operands();
  void mark(const operand& o);
  void mark_needed();
  void run_code();
  value fingerprint(u32 interaction);
  void bus_constraint(u32 group);
  value phi(u32 group);
  void constraint(row_set where, const value& v);
  void combine();
  std::string selector(row_set where) const;
  bool is_wanted(u32 constraint) const noexcept {
    return slice_.first <= constraint && constraint < slice_.end;
  }
  std::size_t here(std::size_t column) const { return at_.opening + column; }
  std::size_t next(std::size_t column) const { return at_.opening + opened_ + column; }

  const air_shape& shape_;
  const air_program& program_;
  u32 table_;
  unsigned height_log2_;
  places at_;
  slice slice_;
  std::size_t opened_;
  std::size_t values_, spare_;  // memory: where constraint values are kept; what is free
  // The program, each instruction by itself: its operands; how often it is read; its value.
  std::vector<operand> first_, second_;
  std::vector<operand> constraint_operand_;
  std::vector<operand> multiplicity_;
  std::vector<std::vector<operand>> tuple_;
  std::vector<u32> uses_;
  std::vector<value> computed_;
  std::vector<row_set> where_;
  std::set<unsigned> multiples_;
  std::string text_;
};

}  // namespace ashlar::stark
