#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/base/hex.hpp"
#include "runtime/evm/transition.hpp"
#include "test/support/map_reader.hpp"

// The interpreter's speed on whole calls: gas a second and milliseconds of processor time a call,
// best of the runs.
// Each benchmark is a method without arguments of a deployed contract; its gas and output are
// checked against the exact loop before it is timed. `--json` prints the table as JSON.
// ASHLAR_BENCH_CODE=FILE:SELECTOR adds a contract given as hex, such as snailtracer's.

using namespace ashlar;

namespace {

struct benchmark {
  std::string name;
  bytes code;
  bytes call;
};

bytes read_hex(const std::string& path) {
  std::ifstream in{path};
  std::string text, line;
  while (std::getline(in, line)) text += line;
  auto code = from_hex(text);
  if (!code) std::fprintf(stderr, "no hex code at %s\n", path.c_str()), std::exit(1);
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

struct figure {
  std::string name;
  double ms = 0, exact_ms = 0;
  u64 gas = 0;
  int runs = 0;
};

/// Time that this process had the processor: a loaded machine disturbs it little.
double cpu_ms() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

double best_ms(const benchmark& b, evm::workspace& space, double budget_s, int& runs) {
  using clock = std::chrono::steady_clock;
  double best = 1e9;
  const auto stop = clock::now() + std::chrono::duration<double>(budget_s);
  for (runs = 0; runs < 3 || clock::now() < stop; ++runs) {
    const double start = cpu_ms();
    run_once(b, space);
    best = std::min(best, cpu_ms() - start);
  }
  return best;
}

figure measure(const benchmark& b, double budget_s) {
  evm::workspace exact{{.translate_after_runs = ~0u}}, fast{{.translate_after_runs = 0}};
  const evm::call_outcome want = run_once(b, exact), got = run_once(b, fast);
  if (!want.success || !got.success || want.gas_used != got.gas_used || want.output != got.output) {
    std::fprintf(stderr, "%s: %s, %s: the loops differ or the call failed\n", b.name.c_str(),
                 evm::to_text(want.reason), evm::to_text(got.reason));
    std::exit(1);
  }
  figure f;
  f.name = b.name;
  f.gas = want.gas_used;
  int ignored = 0;
  f.exact_ms = best_ms(b, exact, budget_s / 3, ignored);
  f.ms = best_ms(b, fast, budget_s, f.runs);
  return f;
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 1 && std::string{argv[1]} == "--json";
  const std::string folder = "test/bench/evm/";
  const bytes token = read_hex(folder + "erc20.hex"), loops = read_hex(folder + "hashes.hex");
  const auto selector = [](const std::string& text) { return *from_hex(text); };
  std::vector<benchmark> all = {
      {"erc20 transfer x 5000", token, selector("ebbf8f52")},
      {"erc20 mint x 5000", token, selector("70e7cfbf")},
      {"hashes x 10000", loops, selector("0c7ad446")},
      {"u256 arithmetic x 20000", loops, selector("a806dcd8")},
      {"memory", loops, selector("1c9616f8")},
      {"storage", loops, selector("2c61fc2c")},
  };
  if (const char* extra = std::getenv("ASHLAR_BENCH_CODE")) {
    const std::string text = extra;
    const std::size_t colon = text.rfind(':');
    all.push_back({text.substr(text.rfind('/', colon) + 1, colon - text.rfind('/', colon) - 1),
                   read_hex(text.substr(0, colon)), selector(text.substr(colon + 1))});
  }
  std::string out;
  for (const benchmark& b : all) {
    const figure f = measure(b, 2.0);
    char line[256];
    if (json)
      std::snprintf(
          line, sizeof line,
          "%s{\"name\": \"evm: %s\", \"value\": %.3f, \"unit\": \"ms\", \"peer\": \"exact loop\", "
          "\"peer_value\": %.3f, \"ratio\": %.3f, \"runs\": %d}",
          out.empty() ? "[" : ",\n ", f.name.c_str(), f.ms, f.exact_ms, f.exact_ms / f.ms, f.runs);
    else
      std::snprintf(line, sizeof line, "%-28s %9.3f ms %9.3f ms exact %8.1f Mgas/s %5d runs\n",
                    f.name.c_str(), f.ms, f.exact_ms, static_cast<double>(f.gas) / f.ms / 1000,
                    f.runs);
    out += line;
    if (!json) std::fputs(line, stdout);
  }
  if (json) std::printf("%s]\n", out.c_str());
}
