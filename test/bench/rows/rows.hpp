#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// What every benchmark of the table shares: its rows and its clocks.
namespace ashlar::bench {

/// A line of `./dev bench`. `ratio` is ours by the peer's, whatever the direction of better is.
struct row {
  std::string name;
  double value = 0;
  std::string unit;
  std::string peer;                  ///< what it is held against; empty: nothing
  std::optional<double> peer_value;  ///< none: the peer was not there
  unsigned long long runs = 1;
};

/// The rows as one JSON array, with exactly the keys name, value, unit, peer, peer_value, ratio,
/// runs; what is missing is null.
std::string to_json(const std::vector<row>& rows);

/// Seconds of a clock that only goes forward.
double now_s();
/// Processor time of this process, all threads, in seconds.
double own_cpu_s();
/// Processor time of another process, all threads, in seconds (ticks of 10 ms); negative where
/// there is no such process.
double cpu_s_of(pid_t process);

/// The value below which `part` (0 to 1) of the sorted values lie.
double quantile(std::vector<double> values, double part);

/// Ends the program with this sentence and exit code 1: a benchmark whose result is wrong has no
/// time.
[[noreturn]] void give_up(const std::string& why);
/// give_up where `ok` does not hold.
void require(bool ok, const std::string& why);
/// A line on standard error: what is being done.
void say(const std::string& what);

}  // namespace ashlar::bench
