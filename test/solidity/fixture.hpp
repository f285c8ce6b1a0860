#pragma once

#include <filesystem>
#include <random>
#include <string>

#include "runtime/stark/solidity/batch_list.hpp"
#include "runtime/stark/solidity/constraint_source.hpp"
#include "runtime/stark/solidity/verifier_source.hpp"
#include "test/solidity/word_writer.hpp"

// Proofs for the contracts' tests, and what the native verifier says of them when they are tampered
// with.
namespace ashlar::stark {

/// A list of batches, and a proof of it.
struct subject {
  std::vector<hash256> inputs;
  hash256 list;
  bytes proof;
};

/// A proof with some bytes replaced, then cut or extended to `size`.
struct tampered {
  std::string name;
  std::size_t size = 0;
  struct patch {
    std::size_t at;
    bytes with;
  };
  std::vector<patch> patches;
  hash256 list;           ///< that it is claimed for
  bool accepted = false;  ///< by the native verifier

  bytes applied_to(bytes_view proof) const;
};

class guest_verifier;

/// Every field of the head, flipped, made not canonical and exchanged; rows, siblings, leaves and
/// paths of queries likewise; cut and extended; another list. `other` is of the same machine, to
/// mix with. Where there is a `guest`, it gives the native verdict on each, or the process ends.
std::vector<tampered> tamper_set(const l1_machine& machine, const proof_plan& plan,
                                 const hash256& set_root, const subject& of, const subject& other,
                                 u64 seed, const guest_verifier* guest = nullptr);

/// The file that the tests of Solidity read. Numbers are 32-byte words, big-endian, byte strings
/// stand behind their length:
///   parts; bytes of the head, of the caps of trees and of layers, of a query's rows and leaves, of
///   the two contexts; queries, rows a batch, batches, batches a call, calls; the set's root; two
///   subjects, each: number of inputs, inputs, list, output, proof;
///   number of cases; each: name, accepted, list, size, number of patches, each: offset, bytes.
bytes fixture_bytes(const l1_machine& machine, const proof_plan& plan, std::size_t parts,
                    const hash256& set_root, const subject& of, const subject& other,
                    std::span<const tampered> cases);

/// Ends the process where the file cannot be written.
void write_file(const std::filesystem::path& file, bytes_view data);
void write_file(const std::filesystem::path& file, std::string_view text);
/// DIR/fixtures/NAMEConstraints.., for the machine's contracts.
void write_constraints(const std::filesystem::path& dir, const l1_machine& machine);
/// DIR/src/NAME.sol, and DIR/fixtures/NAME.bin, NAMECalls.bin and what write_constraints writes.
void write_fixture(const std::filesystem::path& dir, const l1_machine& machine,
                   const hash256& set_root, const subject& of, const subject& other,
                   bool with_cases, const guest_verifier* guest = nullptr);

/// Words of the input of a constraint_part's contract, and whether the native verifier would go on.
struct constraint_case {
  std::vector<gl3> words;
  bool holds = false;
};
/// An input that satisfies the constraints, and that with each opened value changed in turn. No
/// proof is needed: of random values the quotient's are chosen to fit.
std::vector<constraint_case> constraint_cases(const l1_machine& machine,
                                              const constraint_part& part, u64 seed);
/// The file of them: number and names of the contracts, which are asked in order, each with the
/// answer of the one before as the sum to go on from; the honest input's words as bytes; the number
/// of cases, each: the word that differs, its value, whether it holds.
bytes constraint_fixture_bytes(std::span<const std::string> contracts,
                               std::span<const constraint_case> cases);

}  // namespace ashlar::stark
