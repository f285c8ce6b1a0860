#include "runtime/store/crew.hpp"

#include <system_error>

#include <catch2/catch.hpp>
#include <leveldb/env.h>
#include <leveldb/helpers/memenv.h>

#include "runtime/store/tree_store.hpp"
#include "test/support/few_threads.hpp"

namespace ashlar::store {

TEST_CASE("where the system gives no more threads the crew says so and ends those that it has") {
  const int said = test::where_threads_are_few([] {
    try {
      crew few(3);  // what there is room for works
      unsigned sum[3] = {};
      few.run([&](unsigned member) { sum[member] = member + 1; });
      if (sum[0] + sum[1] + sum[2] != 6) return 2;
    } catch (const std::system_error&) {
      return 3;
    }
    try {
      crew many(200);
    } catch (const std::system_error&) {
      return 0;
    }
    return 1;
  });
  CHECK(said == 0);
}

TEST_CASE("where the system gives no more threads a tree is not opened, and the error names them") {
  const int said = test::where_threads_are_few([] {
    const std::unique_ptr<leveldb::Env> disk(leveldb::NewMemEnv(leveldb::Env::Default()));
    tree_store_config config;
    config.folder = "/tree";
    config.leaves_max = 1u << 12;
    config.env = disk.get();
    config.threads = 64;
    const auto refused = tree_store::open(config);
    if (refused.ok()) return 1;
    if (refused.error().code != error_code::open_failed) return 2;
    if (refused.error().detail.find("tree.threads") == std::string::npos) return 3;
    // Nothing is left that stands in the way of a tree with fewer.
    config.threads = 2;
    return tree_store::open(config).ok() ? 0 : 4;
  });
  CHECK(said == 0);
}

}  // namespace ashlar::store
