#include <cstdio>
#include <filesystem>
#include <fstream>

#include "runtime/base/hex.hpp"
#include "runtime/stark/solidity/verification.hpp"
#include "runtime/stark/solidity/verifier_source.hpp"
#include "test/solidity/stated_circuit.hpp"

// The prover of the settlement tests: real proofs, of a circuit that is no verifier of anything and
// at parameters that are not secure.
//   settle_prover source FILE             writes the contracts
//   settle_prover calls SET_ROOT INPUT..  proves a list of batches by their public inputs and
//   prints
//                                         the calls of the verification, as JSON

namespace ashlar::stark {
namespace {

int usage() {
  std::fprintf(stderr,
               "usage: settle_prover source FILE\n       settle_prover calls SET_ROOT INPUT...\n");
  return 2;
}

int write_source(const char* file) {
  const stated_circuit circuit("Test", insecure_keccak, 50);
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream out(file, std::ios::trunc);
  out << verifier_source(circuit.machine());
  out.close();
  return out ? 0 : 1;
}

int print_calls(const hash256& set_root, const std::vector<hash256>& inputs) {
  stated_circuit circuit("Test", insecure_keccak, 50);
  const bytes proof = circuit.prove(stated_values(list_digest(inputs), set_root));
  const auto v = verification_of(circuit.machine(), set_root, inputs, proof);
  if (!v.ok()) {
    std::fprintf(stderr, "settle_prover: %s\n", std::string(describe(v.error().what)).c_str());
    return 1;
  }
  std::printf("{\"output\": \"%s\", \"progress\": \"%s\", \"calls\": [", to_hex(v->output).c_str(),
              to_hex(v->progress_call).c_str());
  const char* const receivers[] = {"head", "rows", "verifier"};
  const char* separator = "";
  for (const verification_call& c : v->calls) {
    std::printf("%s{\"to\": \"%s\", \"gas\": %llu, \"data\": \"%s\"}", separator,
                receivers[static_cast<unsigned>(c.to)],
                static_cast<unsigned long long>(c.gas_limit), to_hex(c.calldata).c_str());
    separator = ", ";
  }
  std::printf("]}\n");
  return 0;
}

}  // namespace
}  // namespace ashlar::stark

int main(int argc, char** argv) {
  using namespace ashlar;
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "source" && argc == 3) return stark::write_source(argv[2]);
  if (what != "calls" || argc < 4) return stark::usage();
  std::vector<hash256> words;
  for (int i = 2; i < argc; ++i) {
    const auto word = fixed_from_hex<32>(argv[i]);
    if (!word) return stark::usage();
    words.push_back(*word);
  }
  const hash256 set_root = words.front();
  words.erase(words.begin());
  if (!stark::is_canonical(set_root) || words.size() > stark::list_batches_max)
    return stark::usage();
  return stark::print_calls(set_root, words);
}
