#pragma once

#include <string>
#include <vector>

#include "runtime/stark/circuit/machine.hpp"
#include "runtime/stark/field/gl3.hpp"
#include "runtime/stark/field/matrix.hpp"

namespace ashlar::stark {

/// A cell's address.
enum class cell : u32 {};
inline constexpr cell zero_cell{alu_chip::zero_cell};

/// Where the value of a hint comes from when the circuit is run. Nothing of it is proved: what a
/// hint is follows from the assertions that depend on it.
struct hint {
  enum class source : u8 {
    input,    ///< the next `count` elements of the input, then zeros
    bit,      ///< bit `index` of the first element of `of`, canonical
    lanes,    ///< `count` elements of `of` from `index` on, then zeros
    inverse,  ///< of the extension element in `of`; of zero: zero
  };
  source from = source::input;
  cell of{};
  u32 index = 0, count = 3;
};

enum class cell_use : u8 { none, read, written };

/// A row of alu_chip.
struct alu_row {
  alu_shape shape = alu_shape::product;
  cell a{}, b{}, c{}, out{};
  cell_use a_use = cell_use::none, out_use = cell_use::written;
  bool base = false;
  gl product, constant;
  hint from{};  ///< where a is written
  /// The row says of a hint only that it has the form that it is to have, a bit for instance.
  bool form_only = false;
};

/// A row of sponge_chip. What is written is input: four elements for each of in[0] and in[1], in
/// this order. With a bit the other side is four elements of input.
struct sponge_row {
  cell in[2]{}, out{}, bit{};
  cell_use in_use[2] = {}, out_use = cell_use::none;
  bool climbs = false, chained = false;
  gl capacity;
};

/// Of the tables of circuit_chips, as log2 of their rows.
struct circuit_heights {
  u8 alu = 0, sponge = 0;
  friend bool operator==(const circuit_heights&, const circuit_heights&) = default;
  /// Whether both tables of `other` fit in tables of these heights.
  bool hold(const circuit_heights& other) const noexcept {
    return other.alu <= alu && other.sponge <= sponge;
  }
};
/// The least that so many rows of the tables need.
circuit_heights heights_for(std::size_t alu_rows, std::size_t sponge_rows) noexcept;

/// A circuit, complete: rows in an order in which every cell is written before it is read.
struct circuit {
  struct step {
    bool is_sponge;
    u32 row;  ///< in `alu` or `sponge`
  };
  struct section {
    u32 first_step;
    std::string name;
  };
  std::vector<step> steps;
  std::vector<alu_row> alu;
  std::vector<sponge_row> sponge;
  std::vector<section> sections;  ///< ascending
  std::vector<u32> reads;         ///< by cell: how many rows read it
  u32 input_elements = 0;
  circuit_heights heights;  ///< the rows behind the last are without a use

  /// The fixed columns of the machine's tables: what a verifying key commits to.
  std::vector<matrix> fixed() const;
  /// The name of the section that a step is in.
  const std::string& section_of(std::size_t step) const noexcept;
};

}  // namespace ashlar::stark
