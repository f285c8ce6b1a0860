#pragma once

#include "runtime/stark/recursion_prover/recursion_keys.hpp"

namespace ashlar::stark {

/// What chains pin of a catalog's circuits. Whoever holds it needs no key made: the keys are here,
/// the set's root follows from them, and a circuit that is used is held to its own.
struct circuit_pin {
  hash256 circuits;     ///< digest_of_circuits
  recursion_keys keys;  ///< in the order of circuit_catalog
};

/// As text, a line each:
///
///   circuits DIGEST    of all circuits, with their parameters
///   set_root ROOT      of the set, as L1 has it: four big-endian numbers
///   outer ROOT A S     the outer circuit: root of its fixed columns, log2 of its tables' rows
///   member ROOT A S    the same of each circuit of the set, in order
std::string encode_pin(const circuit_pin& pin);

/// The pin in a text. Its set's root is made anew from the members, with the tables that this build
/// has for circuits, and must be the one that is written. The error is a sentence.
result<circuit_pin, std::string> decode_pin(std::string_view text);

/// Whether each line of the pin is what the catalog's circuits give: a key that another circuit has
/// would have L1 take proofs of that one. Makes every key anew, the outer one first, and keeps the
/// fixed columns of one circuit at a time. The error names the line, with expected and got.
status<std::string> check_pin(const circuit_pin& pin, const circuit_catalog& catalog,
                              prover_pool& pool);

}  // namespace ashlar::stark
