// evmone on the workloads of bench_evm: evmone_peer CODE_FILE SELECTOR SECONDS
// Prints "GAS MILLISECONDS RUNS OUTPUT": gas used, best processor time of a call, how many calls,
// the call's output as hex. Its host is a hash map, built anew for each call as bench_evm builds
// its state. Not part of the build: evmone is built outside (see test/bench/README.md).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <evmc/evmc.hpp>
#include <evmc/hex.hpp>
#include <evmone/evmone.h>
#include <fstream>
#include <string>
#include <unordered_map>

namespace {

using namespace evmc::literals;

struct slot {
  evmc::bytes32 original, current;
  bool warm = false;
};

/// One contract, its storage, and nothing else of the world.
class map_host final : public evmc::Host {
 public:
  bool account_exists(const evmc::address&) const noexcept override { return true; }
  evmc::bytes32 get_storage(const evmc::address&,
                            const evmc::bytes32& key) const noexcept override {
    const auto at = slots_.find(key);
    return at == slots_.end() ? evmc::bytes32{} : at->second.current;
  }
  evmc_storage_status set_storage(const evmc::address&, const evmc::bytes32& key,
                                  const evmc::bytes32& value) noexcept override {
    slot& s = slots_[key];
    const evmc::bytes32 before = s.current;
    s.current = value;
    const bool was_clean = before == s.original, has_original = !evmc::is_zero(s.original);
    if (before == value) return EVMC_STORAGE_ASSIGNED;
    if (was_clean && !has_original) return EVMC_STORAGE_ADDED;
    if (was_clean) return evmc::is_zero(value) ? EVMC_STORAGE_DELETED : EVMC_STORAGE_MODIFIED;
    if (!has_original)
      return evmc::is_zero(value) ? EVMC_STORAGE_ADDED_DELETED : EVMC_STORAGE_ASSIGNED;
    if (evmc::is_zero(before))
      return value == s.original ? EVMC_STORAGE_DELETED_RESTORED : EVMC_STORAGE_DELETED_ADDED;
    if (evmc::is_zero(value)) return EVMC_STORAGE_MODIFIED_DELETED;
    return value == s.original ? EVMC_STORAGE_MODIFIED_RESTORED : EVMC_STORAGE_ASSIGNED;
  }
  evmc::uint256be get_balance(const evmc::address&) const noexcept override { return {}; }
  size_t get_code_size(const evmc::address&) const noexcept override { return 0; }
  evmc::bytes32 get_code_hash(const evmc::address&) const noexcept override { return {}; }
  size_t copy_code(const evmc::address&, size_t, uint8_t*, size_t) const noexcept override {
    return 0;
  }
  bool selfdestruct(const evmc::address&, const evmc::address&) noexcept override { return false; }
  evmc::Result call(const evmc_message&) noexcept override { return evmc::Result{EVMC_FAILURE}; }
  evmc_tx_context get_tx_context() const noexcept override {
    evmc_tx_context c{};
    c.block_number = 1;
    c.block_timestamp = 1'700'000'000;
    c.block_gas_limit = 10'000'000'000;
    return c;
  }
  evmc::bytes32 get_block_hash(int64_t) const noexcept override { return {}; }
  void emit_log(const evmc::address&, const uint8_t*, size_t, const evmc::bytes32[],
                size_t) noexcept override {
    ++logs_;
  }
  evmc_access_status access_account(const evmc::address&) noexcept override {
    return EVMC_ACCESS_WARM;
  }
  evmc_access_status access_storage(const evmc::address&,
                                    const evmc::bytes32& key) noexcept override {
    return std::exchange(slots_[key].warm, true) ? EVMC_ACCESS_WARM : EVMC_ACCESS_COLD;
  }
  evmc::bytes32 get_transient_storage(const evmc::address&,
                                      const evmc::bytes32&) const noexcept override {
    return {};
  }
  void set_transient_storage(const evmc::address&, const evmc::bytes32&,
                             const evmc::bytes32&) noexcept override {}

 private:
  std::unordered_map<evmc::bytes32, slot> slots_;
  size_t logs_ = 0;
};

double cpu_ms() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

std::string read_text(const char* path) {
  std::ifstream in{path};
  std::string text, line;
  while (std::getline(in, line)) text += line;
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto code = evmc::from_hex(read_text(argv[1]));
  const auto input = evmc::from_hex(argv[2]);
  if (!code || !input) return 2;
  evmc::VM vm{evmc_create_evmone()};
  evmc_message message{};
  message.gas = 10'000'000'000;
  message.recipient = message.code_address = 0xc000000000000000000000000000000000000000_address;
  message.sender = 0x5e00000000000000000000000000000000000000_address;
  message.input_data = input->data();
  message.input_size = input->size();
  const auto run_once = [&] {
    map_host host;
    return vm.execute(host, EVMC_PRAGUE, message, code->data(), code->size());
  };
  const auto first = run_once();
  if (first.status_code != EVMC_SUCCESS) {
    std::fprintf(stderr, "evmone: the call failed with %d\n", static_cast<int>(first.status_code));
    return 1;
  }
  double best = 1e9;
  int runs = 0;
  for (const double stop = cpu_ms() + 1e3 * std::atof(argv[3]); runs < 3 || cpu_ms() < stop;
       ++runs) {
    const double start = cpu_ms();
    run_once();
    best = std::min(best, cpu_ms() - start);
  }
  // As a transaction pays: intrinsic gas (EIP-2028), and refunds up to a fifth (EIP-3529).
  long long gas = 21'000 + message.gas - first.gas_left;
  for (const uint8_t byte : *input) gas += byte == 0 ? 4 : 16;
  gas -= std::min<long long>(first.gas_refund, gas / 5);
  std::printf("%lld %.6f %d %s\n", gas, best, runs,
              evmc::hex({first.output_data, first.output_size}).c_str());
}
