#pragma once

#include <atomic>
#include <memory>

#include "net/rpc/method.hpp"

/// Internal to net/rpc: what all requests share.
namespace ashlar::rpc {

class processor::core {
 public:
  core(rpc_config c, backend& chain_of, const clock& clock_of, random_source& random,
       std::shared_ptr<http::worker_pool> workers)
      : config(std::move(c)),
        chain(chain_of),
        time(clock_of),
        pool(std::move(workers)),
        filters(config, random),
        hub(std::make_shared<subscription_hub>(config, filters, pool)),
        shared{config, chain, time, random, filters, *hub} {
    add_chain_methods(methods);
    add_state_methods(methods);
    add_call_methods(methods);
    add_filter_methods(methods);
    add_settlement_methods(methods);
  }

  const rpc_config config;
  backend& chain;
  const clock& time;
  const std::shared_ptr<http::worker_pool> pool;
  filter_store filters;
  const std::shared_ptr<subscription_hub> hub;
  services shared;
  method_table methods;
  std::atomic<u64> requests{0}, errors{0}, transactions{0};
};

}  // namespace ashlar::rpc
