#pragma once

#include <memory>
#include <string>

#include <leveldb/db.h>
#include <leveldb/options.h>

#include "runtime/base/result.hpp"
#include "runtime/store/error.hpp"
#include "runtime/store/wal_tail.hpp"

namespace ashlar::store {

/// Opens the LevelDB in `folder`, with every check it has; one is made only where there is none.
/// LevelDB alone takes a folder whose CURRENT file is missing, or cannot be looked at, for a new
/// one and deletes the tables in it: here that is an error, and nothing is touched. `env` is null
/// for the system's, whose logs are cut as `rule` says; `options.env` may wrap it.
/// Errors: damaged, open_failed, and those of cut_torn_wal.
result<std::unique_ptr<leveldb::DB>, error> open_leveldb(leveldb::Options options,
                                                         const std::string& folder, wal_rule rule,
                                                         const leveldb::Env* env);

}  // namespace ashlar::store
