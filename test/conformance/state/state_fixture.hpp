#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include <boost/json.hpp>

#include "runtime/evm/transition.hpp"
#include "test/support/map_reader.hpp"

namespace ashlar::conformance {

/// BLOCKHASH of the state tests: keccak256 of the number in decimal.
class numbered_hashes : public evm::block_hashes {
 public:
  hash256 hash_of(u64 number) override;
};

/// One sub-test of a GeneralStateTests file: the transaction at the post entry's indexes.
struct state_case {
  evm::block_env env;
  /// None: a field does not fit its type, so the transaction could not be encoded.
  std::optional<txn> transaction;
  address sender;
  hash256 secret;  ///< the sender's key; zero where it is not published
  bytes raw;       ///< the transaction as it was published, signed; may be empty
  hash256 expected_root, expected_logs;
  std::string expected_exception;
};

/// Names in skipped.txt, one a line up to the first blank, then the reason; see the file.
std::set<std::string> skipped_names();

/// None where the fork is not one of ours.
std::optional<revision> fork_of(std::string_view name);

test::map_reader read_pre_state(const boost::json::object& test);
state_case read_case(const boost::json::object& test, revision rev,
                     const boost::json::object& post_entry);

/// Every test of the files in a folder, by "file:test". ASHLAR_FILTER=TEXT leaves those alone whose
/// name contains it.
void for_each_test(
    const std::filesystem::path& folder,
    const std::function<void(const std::string& name, const boost::json::object& test)>& visit);
/// The sub-tests of a test in forks of ours, by "name/fork/index".
void for_each_sub_test(const std::string& name, const boost::json::object& test,
                       const std::function<void(const std::string& id, revision rev,
                                                const boost::json::object& post_entry)>& visit);

/// Ethereum's state root.
hash256 root_of(const test::map_reader& from);

}  // namespace ashlar::conformance
