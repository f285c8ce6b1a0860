#include "runtime/stark/solidity/conclude_source.hpp"

#include "runtime/crypto/poseidon2.hpp"
#include "runtime/stark/hash/sponge.hpp"
#include "runtime/stark/solidity/source_text.hpp"
#include "runtime/stark/solidity/yul_field.hpp"

namespace ashlar::stark {

namespace {

// acc' = H(acc 4 ‖ output 8): the first block is acc behind four zeros, the second the output's
// words. The twelve cells stand in memory from $CELLS$.
constexpr std::string_view functions_text = R"(
    /// The digest of a list of batches that a proof states, and the one that a chain computes, both
    /// from zero: acc = H(acc ‖ input as eight little-endian words of 32 bits), H being Poseidon2,
    /// four numbers of 64 bits; and acc = keccak256(acc ‖ input).
    function listOf(bytes32[] calldata inputs)
        public
        pure
        returns (bytes32 list, bytes32 accumulator)
    {
        assembly {
            // Three cells a word, lanes of 85 bits: word j holds the cells j, j + 4, j + 8.
            function spread(w) -> r {
                r := mul(
                    add(add(and(w, $M85$), and(shr(85, w), $M85$)), shr(170, w)),
                    $ONES$
                )
            }
            function box(w) -> r {
                let x := and(w, $M85$)
                let y := mod(mul(mul(x, x), x), $P$)
                r := mod(mul(mul(y, y), x), $P$)
                x := and(shr(85, w), $M85$)
                y := mod(mul(mul(x, x), x), $P$)
                r := or(r, shl(85, mod(mul(mul(y, y), x), $P$)))
                x := shr(170, w)
                y := mod(mul(mul(x, x), x), $P$)
                r := or(r, shl(170, mod(mul(mul(y, y), x), $P$)))
            }
            // The external layer. Lanes below p give lanes below 28 p.
            function mix(w0, w1, w2, w3) -> r0, r1, r2, r3 {
                let left := add(w0, w1)
                let right := add(w2, w3)
                let upper := add(add(left, right), w1)
                let lower := add(add(left, right), w3)
                r0 := add(upper, left)
                r1 := add(upper, shl(1, w2))
                r2 := add(lower, right)
                r3 := add(lower, shl(1, w0))
                r0 := add(r0, spread(r0))
                r1 := add(r1, spread(r1))
                r2 := add(r2, spread(r2))
                r3 := add(r3, spread(r3))
            }
            function lanes(at) -> r {
                r := or(
                    or(mload(at), shl(85, mload(add(at, 128)))),
                    shl(170, mload(add(at, 256)))
                )
            }
            function cells(at, w) {
                mstore(at, mod(and(w, $M85$), $P$))
                mstore(add(at, 128), mod(and(shr(85, w), $M85$), $P$))
                mstore(add(at, 256), mod(shr(170, w), $P$))
            }
            function firstRounds() {
                let w0, w1, w2, w3 := mix(
                    lanes($CELLS$), lanes($CELLS1$), lanes($CELLS2$), lanes($CELLS3$)
                )
$FIRST_ROUNDS$                cells($CELLS$, w0)
                cells($CELLS1$, w1)
                cells($CELLS2$, w2)
                cells($CELLS3$, w3)
            }
            function partialRounds() {
$PARTIAL_ROUNDS$            }
            function lastRounds() {
                let w0 := lanes($CELLS$)
                let w1 := lanes($CELLS1$)
                let w2 := lanes($CELLS2$)
                let w3 := lanes($CELLS3$)
$LAST_ROUNDS$                cells($CELLS$, w0)
                cells($CELLS1$, w1)
                cells($CELLS2$, w2)
                cells($CELLS3$, w3)
            }
            function permute() {
                firstRounds()
                partialRounds()
                lastRounds()
            }
            let at := inputs.offset
            for { let end := add(at, shl(5, inputs.length)) } lt(at, end) { at := add(at, 32) } {
                let input := calldataload(at)
                mstore(0, accumulator)
                mstore(32, input)
                accumulator := keccak256(0, 64)
                for { let i := 0 } lt(i, 4) { i := add(i, 1) } {
                    mstore(add($CELLS$, shl(5, i)), 0)
                    mstore(
                        add($CELLS4$, shl(5, i)),
                        and(shr(sub(192, shl(6, i)), list), $M64$)
                    )
                    mstore(add($CELLS8$, shl(5, i)), 0)
                }
                mstore($CELLS8$, $START$)
                permute()
                // Bytes of each word turned round.
                input := or(
                    shl(8, and(input, $EVEN_BYTES$)),
                    and(shr(8, input), $EVEN_BYTES$)
                )
                input := or(
                    shl(16, and(input, $EVEN_PAIRS$)),
                    and(shr(16, input), $EVEN_PAIRS$)
                )
                for { let i := 0 } lt(i, 8) { i := add(i, 1) } {
                    mstore(add($CELLS$, shl(5, i)), and(shr(sub(224, shl(5, i)), input), 0xffffffff))
                }
                permute()
                list := or(
                    or(shl(192, mload($CELLS$)), shl(128, mload($CELLS1$))),
                    or(shl(64, mload($CELLS2$)), mload($CELLS3$))
                )
            }
        }
    }
)";

constexpr std::size_t cells_at = 0x80;

std::string line(const std::string& s) {
  return "                " + s + "\n";
}

std::string cell(unsigned i) {
  return hex_literal(u64{cells_at + 32 * i});
}

// Lane k of word j: the constant of cell j + 4 k.
std::string full_rounds(unsigned first, unsigned end) {
  std::string out;
  for (unsigned round = first; round < end; ++round) {
    const auto& c = crypto::poseidon2_full_constants[round];
    for (unsigned j = 0; j < 4; ++j) {
      const std::string w = "w" + number(j);
      out += line(w + " := box(add(" + w + ", " +
                  packed_literal({gl(c[j]), gl(c[j + 4]), gl(c[j + 8])}) + "))");
    }
    out += line("w0, w1, w2, w3 := mix(w0, w1, w2, w3)");
  }
  return out;
}

// The cells as variables. Those whose factor is small are not reduced before the end: a round makes
// them 16 times as large at most, so they stay below 2^152, and the sum below 2^156.
std::string partial_rounds() {
  constexpr unsigned width = crypto::poseidon2_width;
  std::string out, sum = "s0";
  for (unsigned i = width; i-- > 0;)
    out += line("let s" + number(i) + " := mload(" + cell(i) + ")");
  for (unsigned i = 1; i < width; ++i) sum = "add(s" + number(i) + ", " + sum + ")";
  const auto is_small = [](unsigned i) { return crypto::poseidon2_diagonal[i] <= 4; };
  for (u64 c : crypto::poseidon2_partial_constants) {
    out += line("{");
    out += line("    let x := add(s0, " + hex_literal(c) + ")");
    out += line("    let y := mod(mul(mul(x, x), x), $P$)");
    out += line("    s0 := mod(mul(mul(y, y), x), $P$)");
    out += line("    x := " + sum);
    for (unsigned i = 0; i < width; ++i) {
      const u64 d = crypto::poseidon2_diagonal[i];
      const std::string s = "s" + number(i),
                        to = d == 1 ? "add(x, " + s + ")"
                                    : "add(x, mul(" + s + ", " + hex_literal(d) + "))";
      out += line("    " + s + " := " + (is_small(i) ? to : "mod(" + to + ", $P$)"));
    }
    out += line("}");
  }
  for (unsigned i = 0; i < width; ++i)
    out += line("mstore(" + cell(i) + ", " +
                (is_small(i) ? "mod(s" + number(i) + ", $P$)" : "s" + number(i)) + ")");
  return out;
}

}  // namespace

std::string list_functions() {
  constexpr unsigned half = crypto::poseidon2_full_rounds / 2;
  text_values values{{"START", hex_literal(sponge_start(12, crypto::poseidon2_rate))},
                     {"ONES", lanes_literal(1, 1)},
                     {"CELLS", cell(0)},
                     {"EVEN_BYTES", "0x" +
                                        [] {
                                          std::string digits;
                                          for (unsigned i = 0; i < 16; ++i) digits += "00ff";
                                          return digits;
                                        }()},
                     {"EVEN_PAIRS", "0x" + [] {
                        std::string digits;
                        for (unsigned i = 0; i < 8; ++i) digits += "0000ffff";
                        return digits;
                      }()}};
  for (const yul_constant& c : yul_constants) values.emplace(c.name, c.value);
  for (unsigned i = 1; i < crypto::poseidon2_width; ++i)
    values.emplace("CELLS" + number(i), cell(i));
  values["FIRST_ROUNDS"] = full_rounds(0, half);
  values["LAST_ROUNDS"] = full_rounds(half, 2 * half);
  values["PARTIAL_ROUNDS"] = filled(partial_rounds(), values);
  return filled(functions_text, values);
}

}  // namespace ashlar::stark
