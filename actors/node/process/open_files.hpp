#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::node {

/// Raises how many files this process may have open as far as the system lets it; what it is then.
/// Before the first database is opened: LevelDB reads it once.
u64 raise_open_files() noexcept;

/// How many connections of clients, of so many open files, leave what the rest of a node needs: a
/// fifth for tables, which LevelDB takes, and some hundreds for logs, proofs, workers and L1.
u64 connections_within(u64 open_files) noexcept;

}  // namespace ashlar::node
