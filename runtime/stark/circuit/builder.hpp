#pragma once

#include <unordered_map>

#include "runtime/stark/circuit/wire.hpp"

namespace ashlar::stark {

/// Records a circuit. Every row that writes a cell takes a new address for it, so no cell can be
/// written twice. A row that was recorded before is not recorded again.
class circuit_builder {
 public:
  circuit_builder();
  circuit_builder(const circuit_builder&) = delete;
  circuit_builder& operator=(const circuit_builder&) = delete;

  /// Names what is recorded from here on; a run that fails says where.
  void section(std::string name);

  // Values that the prover chooses.
  wire input();
  wire input_base();
  /// Precondition: `of` in the base field.
  bit bit_of(const wire& of, unsigned index);

  // What must hold.
  void assert_zero(const wire& x) { assert_equal(x, gl()); }
  void assert_equal(const wire& x, const wire& y);

  /// on ? x : y.
  wire select(const bit& on, const wire& x, const wire& y) { return y + on.value() * (x - y); }
  /// The bits of the canonical value of x, lowest first: 64. Of an x with a part outside of the
  /// base field there are none.
  std::vector<bit> bits_of(const wire& x);
  /// x is a number below 2^bits. Precondition: bits <= 63.
  void assert_below_power(const wire& x, unsigned bits);
  /// The number that the bits are, lowest first.
  wire number_of(std::span<const bit> bits);
  /// base to the power that the bits are, lowest first.
  wire power_of(gl base, std::span<const bit> bits);
  /// Precondition for a run: x is not zero.
  wire inverse(const wire& x);
  /// x0, x1, x2 in the base field, x = x0 + x1 X + x2 X^2.
  std::array<wire, 3> limbs_of(const wire& x);

  /// low + 2^32 high = x, both below 2^32, of the canonical value.
  std::array<wire, 2> halves_of(const wire& x);

  /// The public values, as they stand in the machine: eight.
  std::array<wire, 8> publics();

  // Cells of four. Of `fourth` the part in the base field counts.
  quad input_quad();
  quad constant_quad(const std::array<gl, 4>& lanes);
  /// Its elements, each in the base field.
  std::array<wire, 4> elements_of(quad from);
  quad pack(const wire& first_three, const wire& fourth);
  struct lanes {
    wire first_three, fourth;
  };
  lanes unpack(quad from);
  void assert_equal(quad x, quad y);

  // Hashing, by Poseidon2 as the protocol has it.

  /// An element of the base field, one of the extension, or a digest: one, three or four elements
  /// of what is hashed.
  class element {
   public:
    element(quad q) noexcept : four_(q), width_(4) {}  // NOLINT
    /// Precondition: in the base field.
    static element base(const wire& x) noexcept { return {x, 1}; }
    static element extension(const wire& x) noexcept { return {x, 3}; }
    unsigned width() const noexcept { return width_; }
    const wire& value() const noexcept { return value_; }
    quad four() const noexcept { return four_; }

   private:
    element(const wire& x, unsigned width) noexcept : value_(x), width_(width) {}
    wire value_;
    quad four_{zero_cell};
    unsigned width_;
  };
  quad hash_elements(std::span<const element> elements);
  quad hash_node(quad left, quad right);

  /// n elements of input, hashed in blocks of `each`; their quads, two a block, zeros in front.
  struct opened {
    quad digest;
    std::vector<quad> quads;
  };
  opened open(u32 n, unsigned each);
  /// The elements of the quads as coefficients, falling, of a polynomial: its value at z.
  wire horner(std::span<const quad> quads, const wire& z);
  /// The ancestor of a node, by the bits of its index, lowest first; siblings are input.
  quad climb(quad node, std::span<const bit> index);

  u32 rows() const noexcept { return static_cast<u32>(made_.alu.size()); }
  /// The least heights of tables that hold what was recorded.
  circuit_heights heights() const noexcept {
    return heights_for(made_.alu.size(), made_.sponge.size());
  }
  /// Hints of which no assertion says more than their form: as good as the prover's free choice.
  std::vector<cell> unnoticed_hints() const;
  /// Whether an assertion says something of each of the eight public values.
  bool states_its_output() const;
  /// What a proof of the circuit says of its public values: something of each, or nothing that
  /// counts, so that it holds for others too.
  enum class output : u8 { stated, none };
  /// The circuit, in tables of these heights or of such as it needs. Precondition: no hint is
  /// unnoticed, and the output is stated as it is said. Once.
  circuit finish(output what = output::stated, const circuit_heights& at_least = {});

 private:
  struct notices {
    std::vector<bool> noticed;  // by cell
    std::vector<cell> unnoticed_hints;
  };
  // What the steps from this one on say something of.
  notices noticed_from(std::size_t first_step) const;

  friend wire operator+(const wire&, const wire&);
  friend wire operator*(const wire&, const wire&);
  friend class wire;
  struct row_key {
    alu_shape shape;
    cell a, b, c;
    u64 product, constant;
    friend bool operator==(const row_key&, const row_key&) = default;
  };
  struct row_hash {
    std::size_t operator()(const row_key& k) const noexcept;
  };

  wire sum(const wire& x, const wire& y);
  wire product(const wire& x, const wire& y);
  wire constant_wire(const gl3& c);
  wire plain(const wire& x);                   // neither product nor constant
  cell cell_of(const wire& x);                 // holds exactly x
  cell computed(alu_row row);                  // its out; an older row's where there is one
  cell hinted(const hint& from);               // a row for itself
  cell hinted(const hint& from, alu_row row);  // as the a of this row
  quad last_of(unsigned n);                    // zeros, and n elements of input
  cell permuted(sponge_row row);               // its out
  quad hash_quads(std::span<const quad> quads, std::size_t n);
  cell new_cell() { return cell{cells_++}; }
  void record(const alu_row& row);

  circuit made_;
  std::vector<cell> public_words_;      // once they were asked for
  std::size_t steps_with_publics_ = 0;  // steps that there were when they had been taken apart
  u32 cells_ = 3;                       // zero and the public values' halves are there
  cell one_;
  std::unordered_map<row_key, cell, row_hash> known_;
  std::unordered_map<u32, lanes> unpacked_;  // by cell
  std::unordered_map<u32, std::array<wire, 2>> halves_;
};

}  // namespace ashlar::stark
