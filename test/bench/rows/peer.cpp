#include "test/bench/rows/peer.hpp"

#include <cstdio>
#include <cstdlib>

#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {

std::optional<std::string> ask_peer(const std::string& variable, const std::string& arguments) {
  const char* program = std::getenv(variable.c_str());
  if (program == nullptr || *program == 0) return std::nullopt;
  std::FILE* pipe = popen((std::string(program) + ' ' + arguments).c_str(), "r");
  require(pipe != nullptr, variable + ": the peer cannot be started");
  std::string text;
  char part[4096];
  for (std::size_t n; (n = fread(part, 1, sizeof part, pipe)) > 0;) text.append(part, n);
  require(pclose(pipe) == 0, variable + ": the peer failed: " + program + ' ' + arguments);
  return text;
}

}  // namespace ashlar::bench
