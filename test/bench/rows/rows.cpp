#include "test/bench/rows/rows.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace ashlar::bench {
namespace {

std::string number(double v) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", v);
  return std::isfinite(v) ? text : "null";
}

/// Names are ours: only quotes and backslashes could hurt.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

}  // namespace

std::string to_json(const std::vector<row>& rows) {
  std::string out = "[\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const row& r = rows[i];
    const bool held = r.peer_value && *r.peer_value != 0;
    out += " {\"name\": " + quoted(r.name) + ", \"value\": " + number(r.value) +
           ", \"unit\": " + quoted(r.unit) +
           ", \"peer\": " + (r.peer.empty() ? "null" : quoted(r.peer)) +
           ", \"peer_value\": " + (r.peer_value ? number(*r.peer_value) : "null") +
           ", \"ratio\": " + (held ? number(r.value / *r.peer_value) : "null") +
           ", \"runs\": " + std::to_string(r.runs) + "}" + (i + 1 < rows.size() ? ",\n" : "\n");
  }
  return out + "]\n";
}

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double own_cpu_s() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double cpu_s_of(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  if (!std::getline(in, text)) return -1;
  // The name of the program, in parentheses, may hold spaces. Then field 3; 14 and 15 are ours.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size()));
  return values[std::min(at, values.size() - 1)];
}

void give_up(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

void require(bool ok, const std::string& why) {
  if (!ok) give_up(why);
}

void say(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
}

}  // namespace ashlar::bench
