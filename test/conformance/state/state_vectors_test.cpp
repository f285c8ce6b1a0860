#include <chrono>
#include <cstdlib>
#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "test/conformance/state/state_fixture.hpp"
#include "test/conformance/types/vectors.hpp"

// GeneralStateTests: every sub-test of every fork of ours must give the published state root and
// logs hash. ASHLAR_FILTER=TEXT runs only the files or tests whose name contains it.

using namespace ashlar;
using namespace ashlar::conformance;
namespace json = boost::json;

namespace {

/// Every sub-test runs in both loops.
struct workspaces {
  evm::workspace exact{{.translate_after_runs = ~0u}};
  evm::workspace translated{{.translate_after_runs = 0}};
};

struct tally {
  std::size_t passed = 0, failed = 0, skipped = 0;
};

/// Empty where the sub-test passes, else what differs. `used`: of a proof's memory.
std::string run_case(const test::map_reader& pre, const state_case& c, evm::workspace& space,
                     memory_use& used) {
  test::map_reader world = pre;
  evm::state over{world, &space};
  hash256 logs = logs_hash({});
  bool rejected = true;
  std::string why = "does not fit its fields";
  if (c.transaction) {
    auto r = evm::execute_txn(over, c.env, *c.transaction, c.sender);
    used = over.block_memory();
    rejected = !r.ok();
    if (r.ok()) {
      logs = logs_hash(r->logs);
      why = evm::to_text(r->reason);
      why += ", gas used " + std::to_string(r->gas_used);
    } else {
      why = evm::to_text(r.error().reason);
    }
  }
  if (rejected == c.expected_exception.empty())
    return (rejected ? "rejected: " : "not rejected for " + c.expected_exception + ": ") + why;
  const evm::state_diff diff = over.diff();
  if (rejected && (diff != evm::state_diff{})) return "a rejection changed the state";
  world.apply(diff);
  if (root_of(world) != c.expected_root) {
    std::string text = "state root differs (" + why + ")";
    for (const auto& a : diff.accounts)
      text += "\n      " + to_hex(a.who.data_) + " nonce " +
              std::to_string(a.after ? a.after->nonce : 0) + " balance " +
              to_quantity(a.after ? a.after->balance : u256{});
    for (const auto& s : diff.slots)
      text += "\n      " + to_hex(s.who.data_) + "[" + to_quantity(s.slot) +
              "] = " + to_quantity(s.after);
    return text;
  }
  if (logs != c.expected_logs) return "logs differ (" + why + ")";
  return {};
}

void run_test(const std::string& name, const json::object& test, const std::set<std::string>& skip,
              workspaces& spaces, tally& count) {
  const test::map_reader pre = read_pre_state(test);
  for_each_sub_test(name, test,
                    [&](const std::string& id, revision rev, const json::object& entry) {
                      if (skip.contains(id)) {
                        ++count.skipped;
                        return;
                      }
                      const state_case c = read_case(test, rev, entry);
                      memory_use exact, translated;
                      std::string wrong = run_case(pre, c, spaces.exact, exact);
                      if (wrong.empty()) wrong = run_case(pre, c, spaces.translated, translated);
                      if (wrong.empty() && exact != translated) wrong = "memory is metered apart";
                      wrong.empty() ? ++count.passed : ++count.failed;
                      if (!wrong.empty() && count.failed <= 200)
                        std::cout << "FAILED " << id << "\n    " << wrong << "\n";
                    });
}

}  // namespace

TEST_CASE("state vectors give the published roots and logs") {
  const auto folder = vectors_of("state_tests");
  if (!folder) return;
  const auto skip = skipped_names();
  const auto start = std::chrono::steady_clock::now();
  workspaces spaces;
  tally count;
  for_each_test(*folder, [&](const std::string& name, const json::object& test) {
    run_test(name, test, skip, spaces, count);
  });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << "state vectors: " << count.passed << " passed, " << count.failed << " failed, "
            << count.skipped << " skipped, " << took.count() << " s\n";
  CHECK(count.failed == 0);
  CHECK(count.passed > 0);
}
