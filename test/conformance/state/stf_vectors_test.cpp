#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>

#include <catch2/catch.hpp>

#include "test/conformance/state/stf_run.hpp"
#include "test/conformance/types/vectors.hpp"
#include "test/support/guest_file.hpp"

// GeneralStateTests once more, as batches through the state-transition function, natively and in
// the guest. ASHLAR_FILTER=TEXT runs only the files or tests whose name contains it.

using namespace ashlar;
using namespace ashlar::conformance;
namespace json = boost::json;

namespace {

/// A few vectors loop until their gas is gone; --full runs these to the end as well. Those given up
/// are named in skipped.txt, as "guest:" and the name.
u64 cycles_max() {
  return std::getenv("ASHLAR_FULL") != nullptr ? u64{1} << 36 : 200'000'000;
}

/// Whether the vectors are those that skipped.txt speaks of.
bool vectors_are_ours() {
  return std::getenv("ASHLAR_VECTORS") == nullptr;
}

struct tally {
  std::array<std::size_t, 5> by_verdict{};
  std::map<std::string, std::size_t> unsupported;  ///< by class
  std::size_t skipped = 0;
  std::size_t operator[](stf_verdict v) const { return by_verdict[static_cast<std::size_t>(v)]; }
};

void run_test(const std::string& name, const json::object& test, const std::set<std::string>& skip,
              evm::workspace& space, test::guest_runs& guest, tally& count) {
  const planted_state pre(read_pre_state(test));
  for_each_sub_test(
      name, test, [&](const std::string& id, revision rev, const json::object& entry) {
        if (skip.contains(id)) {
          ++count.skipped;
          return;
        }
        stf_outcome o = run_through_stf(pre, read_case(test, rev, entry), space, id, guest);
        if (o.verdict == stf_verdict::unsupported) {
          ++count.unsupported[o.why];
          if (!skip.contains(o.why)) o = {stf_verdict::failed, o.why + " is not in skipped.txt"};
        }
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
  const riscv::program program = test::guest_program(ASHLAR_STF_ELF);
  test::guest_runs guest(program, cycles_max());
  tally count;
  for_each_test(*folder, [&](const std::string& name, const json::object& test) {
    run_test(name, test, skip, space, guest, count);
  });
  const auto& in_guest = guest.finish();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const std::size_t published = count[stf_verdict::published],
                    environment = count[stf_verdict::environment],
                    refused = count[stf_verdict::refused],
                    unsupported = count[stf_verdict::unsupported];
  std::cout << "state vectors through stf: " << published + environment + refused + unsupported
            << " passed (" << published << " with the published root, " << environment
            << " as the EVM run directly in our block, " << refused << " refused as published, "
            << unsupported << " refused as skipped.txt says), " << count[stf_verdict::failed]
            << " failed, " << count.skipped << " skipped, " << took.count() << " s\n";
  for (const auto& [name, times] : count.unsupported)
    std::cout << "  " << name << ": " << times << "\n";
  std::cout << "the same in the guest: " << in_guest.same << ", other: " << in_guest.other
            << ", given up after " << cycles_max() / 1'000'000
            << " million cycles: " << in_guest.too_long.size() << "; "
            << in_guest.cycles / 1'000'000 << " million cycles in all, the most "
            << in_guest.cycles_longest / 1'000'000 << " in " << in_guest.longest << "\n";
  for (const std::string& complaint : in_guest.complaints)
    std::cout << "OTHER " << complaint << "\n";
  CHECK(in_guest.other == 0);
  for (const std::string& name : in_guest.out_of_memory)
    std::cout << "out of the guest's memory: " << name << "\n";
  CHECK(in_guest.out_of_memory.empty());
  for (const std::string& name : in_guest.too_long) {
    const bool listed = skip.contains("guest:" + name);
    if (!listed) std::cout << "given up and not in skipped.txt: guest:" << name << "\n";
    if (vectors_are_ours()) CHECK(listed);
  }
  CHECK(in_guest.too_long.size() * 50 <= in_guest.same);
  CHECK(count[stf_verdict::failed] == 0);
  CHECK(published + environment + refused + unsupported > 0);
}
