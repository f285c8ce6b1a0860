// The interpreter's speed on whole calls: milliseconds of processor time a call, best of the runs.
//   bench_evm [--folder PATH] [--seconds N]
// Each benchmark is a method without arguments of a deployed contract; gas and output are checked
// against the exact loop, and against the peer where there is one, before anything is timed.
//
// ASHLAR_EVMONE_PEER names a program built from peer/evmone_peer.cpp; without it the peer's
// figures are missing. ASHLAR_EVM_BENCH names a folder of compiled contracts of evm-bench, each
// NAME.hex with a method Benchmark(). Both are made outside this repository: see ../README.md.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/base/hex.hpp"
#include "runtime/evm/transition.hpp"
#include "test/bench/rows/peer.hpp"
#include "test/bench/rows/rows.hpp"
#include "test/support/map_reader.hpp"

using namespace ashlar;

namespace {

struct benchmark {
  std::string name;
  std::string file;  ///< the code, as hex
  std::string selector;
  bytes code{}, call{};
};

bytes read_hex(const std::string& path) {
  std::ifstream in{path};
  std::string text, line;
  while (std::getline(in, line)) text += line;
  auto code = from_hex(text);
  bench::require(code && !code->empty(), "no hex code at " + path);
  return *code;
}

const address contract{{0xc0}}, sender{{0x5e}};

evm::block_env make_env() {
  evm::block_env env;
  env.number = 1;
  env.timestamp = 1'700'000'000;
  env.gas_limit = 10'000'000'000;
  return env;
}

evm::call_outcome run_once(const benchmark& b, evm::workspace& space) {
  test::map_reader reader;
  reader.accounts[sender].balance = u256{1} << 100;
  reader.set_code(contract, b.code);
  evm::state over{reader, &space};
  evm::call_request request;
  request.from = sender;
  request.to = contract;
  request.gas_limit = 10'000'000'000;
  request.input = b.call;
  return evm::execute_call(over, make_env(), request);
}

/// Time that this process had the processor: a loaded machine disturbs it little.
double cpu_ms() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

struct timing {
  double best_ms = 0;
  unsigned long long runs = 0;
};

timing time_calls(const benchmark& b, evm::workspace& space, double budget_s) {
  timing t{1e9, 0};
  for (const double stop = cpu_ms() + 1e3 * budget_s; t.runs < 3 || cpu_ms() < stop; ++t.runs) {
    const double start = cpu_ms();
    run_once(b, space);
    t.best_ms = std::min(t.best_ms, cpu_ms() - start);
  }
  return t;
}

struct peer_figure {
  u64 gas = 0;
  double ms = 0;
  std::string output;
};

/// Nothing where there is no peer; a peer that fails ends the benchmark.
std::optional<peer_figure> ask_evmone(const benchmark& b, double budget_s) {
  std::ostringstream arguments;
  arguments << '\'' << b.file << "' " << b.selector << ' ' << budget_s;
  const auto text = bench::ask_peer("ASHLAR_EVMONE_PEER", arguments.str());
  if (!text) return std::nullopt;
  peer_figure f;
  u64 runs = 0;
  std::istringstream fields(*text);
  fields >> f.gas >> f.ms >> runs >> f.output;
  bench::require(runs > 0, b.name + ": the peer printed " + *text);
  return f;
}

/// Its time, and its gas by it.
void measure(const benchmark& b, double budget_s, std::vector<bench::row>& rows) {
  evm::workspace exact{{.translate_after_runs = ~0u}}, fast{{.translate_after_runs = 0}};
  const evm::call_outcome want = run_once(b, exact), got = run_once(b, fast);
  bench::require(want.success && got.success,
                 b.name + ": the call failed: " + evm::to_text(got.reason));
  bench::require(want.gas_used == got.gas_used && want.output == got.output,
                 b.name + ": the two loops differ");
  const auto peer = ask_evmone(b, budget_s);
  if (peer)
    bench::require(peer->gas == got.gas_used && "0x" + peer->output == to_hex(got.output),
                   b.name + ": evmone used " + std::to_string(peer->gas) + " gas, not " +
                       std::to_string(got.gas_used) + ", or its output differs");
  const timing t = time_calls(b, fast, budget_s);
  const auto mgas_per_s = [&](double ms) { return static_cast<double>(got.gas_used) / ms / 1000; };
  const auto theirs = [&](double value) { return peer ? std::optional(value) : std::nullopt; };
  rows.push_back(
      {"evm: " + b.name, t.best_ms, "ms", "evmone", theirs(peer ? peer->ms : 0), t.runs});
  rows.push_back({"evm: gas of " + b.name, mgas_per_s(t.best_ms), "Mgas/s", "evmone",
                  theirs(peer ? mgas_per_s(peer->ms) : 0), t.runs});
}

}  // namespace

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  std::string folder = "test/bench/evm";
  double budget_s = 2;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    bench::require(i + 1 < argc, name + " needs a value");
    const std::string value = argv[++i];
    if (name == "--folder")
      folder = value;
    else if (name == "--seconds")
      budget_s = std::stod(value);
    else
      bench::give_up("unknown option " + name);
  }
  const std::string token = folder + "/erc20.hex", loops = folder + "/hashes.hex";
  std::vector<benchmark> all = {
      {"5,000 token transfers", token, "ebbf8f52"}, {"5,000 mints", token, "70e7cfbf"},
      {"10,000 hashes", loops, "0c7ad446"},         {"u256 arithmetic", loops, "a806dcd8"},
      {"memory copies", loops, "1c9616f8"},         {"storage", loops, "2c61fc2c"},
  };
  const char* more = std::getenv("ASHLAR_EVM_BENCH");
  if (more != nullptr && *more != 0) {
    std::vector<fs::path> files;
    for (const auto& f : fs::directory_iterator(more))
      if (f.path().extension() == ".hex") files.push_back(f.path());
    std::sort(files.begin(), files.end());
    for (const auto& f : files) all.push_back({f.stem().string(), f.string(), "30627b7c"});
  } else {
    bench::say("ASHLAR_EVM_BENCH is not set: no contracts of evm-bench, so no snailtracer");
  }
  if (std::getenv("ASHLAR_EVMONE_PEER") == nullptr)
    bench::say("ASHLAR_EVMONE_PEER is not set: no figures of evmone");
  std::vector<bench::row> rows;
  for (benchmark& b : all) {
    b.code = read_hex(b.file);
    b.call = *from_hex(b.selector);
    measure(b, budget_s, rows);
  }
  std::fputs(bench::to_json(rows).c_str(), stdout);
}
