#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/api/event_log.hpp"
#include "actors/node/commands/commands.hpp"
#include "actors/node/dev_stack.hpp"
#include "actors/node/process/end_signal.hpp"
#include "actors/node/process/scratch_folder.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {

int run_dev(const dev_command& c) {
  end_signal end;
  api::set_log(api::log_level::info, api::log_format::text);
  scratch_folder scratch(c.folder, "ashlar-dev");
  dev_options options;
  options.proofs = proofs_wanted(c.prove, c.final);
  options.folder = scratch.path();
  options.rpc_port = c.port;
  options.chain_id = c.chain_id;
  options.l1_endpoint = c.l1_endpoint;
  options.batch_age_ms = c.batch_age_ms;
  auto started = start_dev_stack(
      options, [](const std::string& line) { fmt::print(stderr, "ashlar: {}\n", line); });
  if (!started) {
    fmt::print(stderr, "ashlar: {}\n", started.error());
    return 1;
  }
  dev_stack& d = **started;
  d.node->on_end([&](int code, const std::string& why) { end.raise(code, why); });
  if (c.json) {
    const boost::json::object ready{{"rpc", d.l2_endpoint()},
                                    {"l1", d.l1_endpoint},
                                    {"chain_id", d.spec.config.chain_id},
                                    {"hub", to_hex(d.spec.ecosystem.hub)},
                                    {"vault", to_hex(d.spec.ecosystem.vault)},
                                    {"chain_contract", to_hex(d.spec.contracts.chain)},
                                    {"l1_key", to_hex(d.rich_l1_key)},
                                    {"folder", options.folder}};
    fmt::print("{}\n", boost::json::serialize(ready));
    std::fflush(stdout);
  }
  fmt::print(stderr, "ashlar: chain {} answers on {} (L1 on {}); Ctrl-C ends it\n",
             d.spec.config.chain_id, d.l2_endpoint(), d.l1_endpoint);
  const auto why = end.wait();
  if (why.code != 0) fmt::print(stderr, "ashlar: {}\n", why.text);
  return why.code;
}

}  // namespace ashlar::node
