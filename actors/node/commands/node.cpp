#include <future>
#include <sys/resource.h>
#include <thread>

#include <fmt/format.h>

#include "actors/api/event_log.hpp"
#include "actors/node/commands/commands.hpp"
#include "actors/node/commands/key_store.hpp"
#include "actors/node/node_config.hpp"
#include "actors/node/process/end_signal.hpp"

namespace ashlar::node {

namespace {

int refuse(int code, const std::string& why) {
  fmt::print(stderr, "ashlar: worker: {}\n", why);
  return code;
}

/// A worker lives as long as it is let: a coordinator that is gone is waited for.
int run_prover_worker(const std::string& path, end_signal& end) {
  auto files = read_worker_config(path);
  if (!files) {
    fmt::print(stderr, "ashlar: {}\n", files.error());
    return 2;
  }
  api::set_log(files->log_level, files->log_format);
  auto plan = plan_engine(files->engine, memory_percent_alone);
  if (!plan) return refuse(2, plan.error());
  // The budget is also the system's to enforce: over it this process ends, and the coordinator
  // gives its job to another. A GPU's driver maps more than it uses.
  const u64 most = plan->config.memory_bytes_max;
  const rlimit budget{most, most};
  if (plan->config.backend == "cpu" && setrlimit(RLIMIT_DATA, &budget) != 0)
    return refuse(2, "memory_bytes_max: the system refuses it as a limit");
  files->worker.log.info("worker plans", {{"memory", plan->memory_text()}});
  auto engine = open_engine(std::move(*plan));
  if (!engine) return refuse(2, engine.error());
  files->worker.threads =
      files->engine.threads != 0 ? files->engine.threads : std::thread::hardware_concurrency();
  fmt::print(stderr, "ashlar: worker {} proves for {}\n", files->worker.name, files->socket);
  std::jthread worker([&](std::stop_token stop) {
    const auto ended = prover::run_worker(
        files->worker, **engine, [&] { return prover::dial(files->socket); }, stop);
    if (!ended) end.raise(1, "worker: " + ended.error());
  });
  const auto why = end.wait();
  worker.request_stop();
  worker.join();
  if (why.code != 0) fmt::print(stderr, "ashlar: {}\n", why.text);
  return why.code;
}

}  // namespace

int run_node(const node_command& c) {
  end_signal end;
  const auto kind = read_node_kind(c.config);
  if (!kind) {
    fmt::print(stderr, "ashlar: {}\n", kind.error());
    return 2;
  }
  if (*kind == node_kind::prover_worker) return run_prover_worker(c.config, end);
  auto files = read_node_config(c.config);
  if (!files) {
    fmt::print(stderr, "ashlar: {}\n", files.error());
    return 2;
  }
  const auto passphrase = read_passphrase(files->keys.passphrase_file);
  if (!passphrase) {
    fmt::print(stderr, "ashlar: keys.passphrase_file: {}\n", passphrase.error());
    return 2;
  }
  // Each takes most of a second of one core, as sealed keys should: both at once, and beside the
  // stores.
  const auto open = [&](const std::string& path) {
    return std::async(std::launch::async,
                      [&path, &passphrase] { return open_secp256k1_key(path, *passphrase); });
  };
  auto sequencer_key = open(files->keys.sequencer);
  auto operator_key = open(files->keys.operator_account);
  bool keys_failed = false;
  files->stack.open_keys = [&](stack_config& to) -> std::string {
    for (auto [opened, key] : {std::pair(&sequencer_key, &to.sequencer_key),
                               std::pair(&operator_key, &to.operator_key)}) {
      const auto secret = opened->get();
      keys_failed = !secret;
      if (!secret) return secret.error();
      *key = *secret;
    }
    return {};
  };
  api::set_log(files->stack.log_level, files->stack.log_format);
  auto started = stack::start(files->stack);
  if (!started) {
    fmt::print(stderr, "ashlar: {}\n", started.error());
    return keys_failed ? 2 : 1;
  }
  (*started)->on_end([&](int code, const std::string& why) { end.raise(code, why); });
  fmt::print(stderr, "ashlar: chain {} answers on port {}\n", files->stack.chain.config.chain_id,
             (*started)->rpc_port());
  const auto why = end.wait();
  if (why.code != 0) fmt::print(stderr, "ashlar: {}\n", why.text);
  return why.code;
}

int run_retry(const retry_command& c) {
  constexpr u32 answer_ms_max = 10'000;
  const auto refused = [](int code, const std::string& why) {
    fmt::print(stderr, "ashlar: {}\n", why);
    return code;
  };
  const auto files = read_node_config(c.config);
  if (!files) return refused(2, files.error());
  const std::string socket = socket_of(files->stack.proving, files->stack.data_folder);
  if (!files->stack.proving.enabled || socket.empty())
    return refused(2, c.config + ": this node has no prover, or its prover no socket");
  auto channel = prover::dial(socket);
  if (!channel) return refused(1, channel.error());
  const auto done = prover::ask_retry(std::move(*channel), batch_number{c.batch}, answer_ms_max);
  if (!done) return refused(1, done.error());
  fmt::print("batch {} is tried again\n", c.batch);
  return 0;
}

}  // namespace ashlar::node
