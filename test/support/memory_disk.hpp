#pragma once

#include <memory>
#include <optional>

#include "runtime/store/database.hpp"

namespace ashlar::test {

/// A disk in memory for one LevelDB: it outlives the database, as a disk outlives a process. Can
/// refuse a write, which ends the process that asked for it.
class memory_disk {
 public:
  memory_disk();
  ~memory_disk();

  store::database_config config() const;
  /// The write of this number from now on (0: the next) is refused; none: no write is.
  void refuse_write(std::optional<u64> number);
  u64 writes() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace ashlar::test
