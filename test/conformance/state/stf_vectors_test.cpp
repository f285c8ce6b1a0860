#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include <catch2/catch.hpp>

#include "test/conformance/state/stf_run.hpp"
#include "test/conformance/types/vectors.hpp"

// GeneralStateTests once more, as batches through the state-transition function. ASHLAR_FILTER=TEXT
// runs only the files or tests whose name contains it.

using namespace ashlar;
using namespace ashlar::conformance;
namespace json = boost::json;

namespace {

struct tally {
  std::array<std::size_t, 5> by_verdict{};
  std::size_t skipped = 0;
  std::size_t operator[](stf_verdict v) const { return by_verdict[static_cast<std::size_t>(v)]; }
};

void run_test(const std::string& name, const json::object& test, const std::set<std::string>& skip,
              evm::workspace& space, tally& count) {
  const planted_state pre(read_pre_state(test));
  for_each_sub_test(
      name, test, [&](const std::string& id, revision rev, const json::object& entry) {
        if (skip.contains(id)) {
          ++count.skipped;
          return;
        }
        const stf_outcome o = run_through_stf(pre, read_case(test, rev, entry), space);
        ++count.by_verdict[static_cast<std::size_t>(o.verdict)];
        if (o.verdict == stf_verdict::failed && count[stf_verdict::failed] <= 200)
          std::cout << "FAILED " << id << "\n    " << o.why << "\n";
        if (o.verdict == stf_verdict::environment && std::getenv("ASHLAR_VERBOSE") != nullptr)
          std::cout << "in our block: " << id << "\n";
      });
}

}  // namespace

TEST_CASE("state vectors give the same state, logs and gas through stf from a witness alone") {
  const auto folder = vectors_of("state_tests");
  if (!folder) return;
  const auto skip = skipped_names();
  const auto start = std::chrono::steady_clock::now();
  evm::workspace space;
  tally count;
  for_each_test(*folder, [&](const std::string& name, const json::object& test) {
    run_test(name, test, skip, space, count);
  });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const std::size_t published = count[stf_verdict::published],
                    environment = count[stf_verdict::environment],
                    refused = count[stf_verdict::refused],
                    unsupported = count[stf_verdict::unsupported];
  std::cout << "state vectors through stf: " << published + environment + refused + unsupported
            << " passed (" << published << " with the published root, " << environment
            << " as the EVM run directly in our block, " << refused << " refused as published, "
            << unsupported << " refused for type 3), " << count[stf_verdict::failed] << " failed, "
            << count.skipped << " skipped, " << took.count() << " s\n";
  CHECK(count[stf_verdict::failed] == 0);
  CHECK(published + environment + refused > 0);
}
