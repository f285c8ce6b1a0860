// A node that settles, as a process of its own:
//   settling_node node --config NODE.toml    until SIGTERM

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "actors/api/event_log.hpp"
#include "test/e2e/crash/settling_node.hpp"

int main(int argc, char** argv) {
  using namespace ashlar;
  if (argc != 4 || std::strcmp(argv[1], "node") != 0 || std::strcmp(argv[2], "--config") != 0)
    return 2;
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  api::set_log(api::log_level::info, api::log_format::text);
  try {
    auto started = node::stack::start(test::settling(test::read_stack_config(argv[3])));
    if (!started.ok()) {
      std::fprintf(stderr, "settling_node: %s\n", started.error().c_str());
      return 1;
    }
    (*started)->on_end([](int code, const std::string& why) {
      std::fprintf(stderr, "settling_node: %s\n", why.c_str());
      std::_Exit(code);
    });
    std::fprintf(stderr, "settling_node: answers on port %u\n", (*started)->rpc_port());
    int got = 0;
    sigwait(&ends, &got);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "settling_node: %s\n", e.what());
    return 1;
  }
}
