#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <thread>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "actors/node/process/child_process.hpp"
#include "actors/node/process/scratch_folder.hpp"
#include "actors/node/process/whole_file.hpp"
#include "cuda/backend/backend.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/riscv/ecall.hpp"
#include "runtime/riscv/machine.hpp"
#include "runtime/stark/params/params.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;
namespace fs = std::filesystem;

namespace {

const std::string guests = ASHLAR_GUEST_FOLDER;

struct ended {
  int code = -1;
  std::string said;  ///< on both outputs
  double seconds = 0;
};

struct rig {
  node::scratch_folder scratch{"", "ashlar-prove-e2e"};
  memory_chain::sealed sealed = [] {
    memory_state genesis;
    genesis.put(test_key(0).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
    return memory_chain(genesis).seal({{unix_seconds{1'700'000'012}, {}}});
  }();
  bytes witness = stf::encode_batch_witness(sealed.witness);
  std::string input = to_hex(public_input_hash(sealed.native.input));

  std::string at(const std::string& name) const { return scratch.path() + "/" + name; }
  std::string put(const std::string& name, bytes_view content) const {
    REQUIRE(node::write_whole(at(name), content).ok());
    return at(name);
  }
  /// A command to its end; `before` is shell code that it runs behind.
  ended run(const std::vector<std::string>& words, const std::string& before = {}) const {
    std::vector<std::string> command{"/bin/sh", "-c", before + "exec \"$0\" \"$@\"",
                                     node::find_program("ASHLAR_BIN", "actors/node/ashlar", "")};
    command.insert(command.end(), words.begin(), words.end());
    const auto start = std::chrono::steady_clock::now();
    auto child = node::child_process::start(command, at("log"));
    REQUIRE(child.ok());
    while (child->is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::ifstream log(at("log"));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return {
        child->exit_code().value_or(-1), {std::istreambuf_iterator<char>(log), {}}, took.count()};
  }
  ended prove(const std::string& witness_file, const std::string& out,
              const std::vector<std::string>& more = {}, const std::string& before = {}) const {
    std::vector<std::string> words{"prove", "--witness", witness_file, "--out", out};
    words.insert(words.end(), more.begin(), more.end());
    return run(words, before);
  }
  ended verdict(const std::string& proof, const std::string& public_input,
                const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"verify", "--proof", proof, "--public-input", public_input};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(scratch.path()), fs::directory_iterator()));
  }
};

void expect(const ended& e, int code, const std::string& sentence) {
  INFO(e.said);
  CHECK(e.code == code);
  CHECK_THAT(e.said, Catch::Contains(sentence));
}

}  // namespace

TEST_CASE("a batch is proved to a file, which is accepted as it is and in no other form") {
  const rig r;
  const std::string witness = r.put("witness", r.witness), proof = r.at("proof");
  const auto made = r.prove(witness, proof);
  expect(made, 0, "\"public_input\":\"" + r.input + "\"");
  const bytes file = *node::read_whole(proof);
  std::cout << "proved in " << made.seconds << " s: " << file.size() << " bytes\n";
  CHECK(r.files() == 3);  // witness, proof and log: nothing beside them

  const auto good = r.verdict(proof, r.input);
  expect(good, 0, "accepted: " + r.input);
  std::cout << "verified in " << good.seconds << " s, the key included\n";

  const std::string bad = r.at("bad");
  for (const std::size_t size : {std::size_t{0}, file.size() / 2, file.size() - 1}) {
    r.put("bad", bytes_view(file).first(size));
    expect(r.verdict(bad, r.input), 1, "refused: ");
  }
  for (const std::size_t where : {std::size_t{9}, file.size() / 3, file.size() - 1}) {
    bytes flipped = file;
    flipped[where] ^= 0x10;
    r.put("bad", flipped);
    expect(r.verdict(bad, r.input), 1, "refused: ");
  }
  bytes longer = file;
  longer.push_back(0);
  r.put("bad", longer);
  expect(r.verdict(bad, r.input), 1, "refused: ");

  expect(r.verdict(proof, to_hex(hash256{})), 1, "refused: ");
  const auto other = r.verdict(proof, r.input, {"--guest", guests + "/ashlar-memory-check.elf"});
  expect(other, 1, "refused: ");
  CHECK_THAT(other.said, Catch::Contains("note: the guest program is 0x"));
  expect(r.verdict(proof, r.input, {"--params", "proven100"}), 1, "refused: ");
  expect(r.verdict(proof, r.input, {"--params", "insecure_test"}), 2, "no secure set is named");
  expect(r.verdict(r.at("none"), r.input), 2, "none: cannot be read");
  expect(r.verdict(proof, "0x12"), 2, "--public-input: expected 32 bytes of hex");

  // A disk that fills at the end: the sentence, the file that was there, and nothing beside it.
  const auto full = r.prove(witness, proof, {}, "ulimit -f 200; ");
  expect(full, 1, proof + ": cannot be written: File too large");
  CHECK(*node::read_whole(proof) == file);
  CHECK(r.files() == 4);
}

TEST_CASE("what cannot end well is refused before anything is proved") {
  const rig r;
  const std::string witness = r.put("witness", r.witness), proof = r.at("proof");
  const auto refused = [&](const ended& e, int code, const std::string& sentence) {
    expect(e, code, sentence);
    CHECK_THAT(e.said, !Catch::Contains("segment 1 of"));
    CHECK_FALSE(fs::exists(proof));
  };
  refused(r.prove(witness, r.at("none/proof")), 2, "none/proof: cannot be written: No such file");
  refused(r.prove(witness, r.scratch.path()), 2, "no ordinary file");
  refused(r.prove(witness, "/dev/full"), 2, "no ordinary file");
  refused(r.prove(r.at("none"), proof), 2, "none: cannot be read");
  refused(r.prove(witness, proof, {"--memory-mib", "600"}), 2, "MiB is too small");
  refused(r.prove(witness, proof, {"--memory-mib", "4000000000"}), 2, "more than the");
  refused(r.prove(witness, proof, {"--params", "outer128"}), 2, "no secure set is named outer128");
  refused(r.prove(witness, proof, {"--guest", witness}), 2, "guest program: ");
  if (cuda::device_count() == 0)
    refused(r.prove(witness, proof, {"--backend", "cuda"}), 2, "backend = \"cuda\": ");
  // Witnesses with bytes missing, trailing or changed.
  bytes longer = r.witness, changed = r.witness;
  longer.push_back(0);
  changed[changed.size() / 2] ^= 1;
  const bytes_view cut(r.witness.data(), r.witness.size() - 1);
  for (const bytes_view wrong : {bytes_view(longer), bytes_view(changed), cut, bytes_view()})
    refused(r.prove(r.put("wrong", wrong), proof), 1, "the witness does not hold: ");
}

TEST_CASE("a profile's cycles and calls are those of the run, phase by phase and stack by stack") {
  // given: a batch with a transfer, run by the emulator
  const rig r;
  memory_state genesis;
  genesis.put(test_key(0).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  memory_chain chain(genesis);
  const auto sealed = chain.seal(
      {{unix_seconds{1'700'000'012},
        {signed_txn(chain.config, test_key(0), 0, test_key(1).account, u256{7}, {}, 21'000)}}});
  const bytes witness = stf::encode_batch_witness(sealed.witness);
  const std::string guest = guests + "/ashlar-stf.elf";
  const auto run = riscv::run(guest_program(guest.c_str()), riscv::input_words(witness));
  REQUIRE(run.ok());
  // when
  const std::string file = r.put("witness", witness), folded = r.at("folded");
  const ended e = r.run({"prove", "--witness", file, "--profile", folded});
  // then: two tables by share and by call, a third by function, and the folded stacks
  REQUIRE(e.code == 0);
  std::map<std::string, u64> said;
  u64 phases = 0;
  std::istringstream lines(e.said);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    u64 count = 0;
    std::string what, last;
    if (!(words >> count)) continue;
    while (words >> what) last = what;
    if (line.find("%  ") != std::string::npos)
      phases += count;
    else
      said.emplace(last, count);
  }
  CHECK(phases == run->cycles);
  CHECK(said.at("all") == run->cycles);
  const auto calls = [&](riscv::ecall call) { return run->ecalls[static_cast<std::size_t>(call)]; };
  CHECK(said.at("blake3") == calls(riscv::ecall::blake3_compress));
  CHECK(said.at("keccak") == calls(riscv::ecall::keccak_f1600));
  CHECK(said.at("mod256") == calls(riscv::ecall::mod256_mul_add));
  CHECK(said.at("copy") == calls(riscv::ecall::copy_words));
  CHECK(said.at("mod256") > 0);
  u64 stacks = 0;
  std::ifstream in(folded);
  for (std::string line; std::getline(in, line);)
    stacks += std::stoull(line.substr(line.rfind(' ')));
  CHECK(stacks == run->cycles);
  CHECK(r.files() == 3);  // witness, stacks and log: no proof was made

  expect(r.run({"prove", "--witness", file, "--profile", r.at("none/folded")}), 2,
         "none/folded: cannot be written");
  expect(r.run({"prove", "--witness", file, "--profile", folded, "--guest", file}), 2,
         "guest program: ");
}

TEST_CASE("every secure set of parameters is printed with its bits, and as soundcalc reads it") {
  const rig r;
  for (const stark::proof_params* p : stark::secure_sets) {
    const std::string name(p->name);
    CAPTURE(name);
    const double bits = std::stod(name.substr(name.find('1')));
    const ended e = r.run({"proof-params", "--params", name});
    REQUIRE(e.code == 0);
    // Names end in the bits that they promise; each machine's list ends in the least component.
    std::size_t machines = 0;
    std::istringstream lines(e.said);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string what;
      double least = 0;
      if (!(words >> what) || what != "least") continue;
      REQUIRE(words >> least);
      CHECK(least >= bits);
      ++machines;
    }
    CHECK(machines > 0);
    const ended toml = r.run({"proof-params", "--params", name, "--soundcalc"});
    CHECK(toml.code == 0);
    std::size_t circuits = 0, queries = 0;
    std::istringstream in(toml.said);
    for (std::string line; std::getline(in, line);) {
      circuits += line == "[[circuits]]";
      queries += line == "num_queries = " + std::to_string(p->queries);
    }
    CHECK(circuits == machines);
    CHECK(queries == machines);
    CHECK_THAT(toml.said, Catch::Contains("protocol_family = \"FRI_STARK\""));
  }
  expect(r.run({"proof-params", "--params", "insecure_test"}), 2, "no secure set is named");
}
