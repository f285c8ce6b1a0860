#include "runtime/store/open_leveldb.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <leveldb/env.h>

namespace ashlar::store {

namespace {

/// What only a database that was opened once has: a first start that was cut off leaves a manifest
/// at most.
bool holds_writes(std::string_view file) {
  return file.ends_with(".ldb") || file.ends_with(".sst") || file.ends_with(".log");
}

result<bool, error> has_database(leveldb::Env& env, const std::string& folder) {
  std::vector<std::string> files;
  const leveldb::Status s = env.GetChildren(folder, &files);
  if (s.IsNotFound()) return false;
  if (!s.ok()) return fail(error{error_code::open_failed, 0, 0, folder + ": " + s.ToString()});
  return std::any_of(files.begin(), files.end(), holds_writes);
}

}  // namespace

result<std::unique_ptr<leveldb::DB>, error> open_leveldb(leveldb::Options options,
                                                         const std::string& folder, wal_rule rule,
                                                         const leveldb::Env* env) {
  ASHLAR_TRY(const bool is_there, has_database(*options.env, folder));
  const std::string current = folder + "/CURRENT";
  const auto lost = [&] {
    return fail(error{error_code::damaged, 0, 0,
                      current +
                          " is missing or cannot be read, though the folder holds tables or " +
                          "logs; nothing was changed. Check the disk and put the file back: its " +
                          "one line is the name of the newest MANIFEST file"});
  };
  if (is_there && !options.env->FileExists(current)) return lost();
  options.paranoid_checks = true;
  options.create_if_missing = !is_there;
  if (!env && rule == wal_rule::whole_prefix) ASHLAR_CHECK(cut_torn_wal(folder, rule));
  leveldb::DB* db = nullptr;
  leveldb::Status s = leveldb::DB::Open(options, folder, &db);
  if (s.IsCorruption() && !env) {
    // A power cut in the middle of a write looks like this; anything else stays an error.
    ASHLAR_TRY(const u64 cut, cut_torn_wal(folder, rule));
    if (cut > 0) s = leveldb::DB::Open(options, folder, &db);
  }
  if (s.IsInvalidArgument() && is_there) return lost();  // gone since it was looked for
  if (!s.ok()) {
    const error_code code = s.IsCorruption() ? error_code::damaged : error_code::open_failed;
    return fail(error{code, 0, 0, folder + ": " + s.ToString()});
  }
  return std::unique_ptr<leveldb::DB>(db);
}

}  // namespace ashlar::store
