#include "net/rpc/processor.hpp"

#include <algorithm>

#include "net/rpc/core.hpp"
#include "net/rpc/job.hpp"

namespace ashlar::rpc {

processor::processor(rpc_config config, backend& chain, const clock& time, random_source& random,
                     std::shared_ptr<http::worker_pool> pool) {
  ensure(config.validate().ok());
  core_ = std::make_shared<core>(std::move(config), chain, time, random, std::move(pool));
  chain.observe(core_->hub);
}

processor::~processor() = default;

void processor::handle(std::string body, context from, reply_callback done, http::byte_hold held) {
  std::make_shared<job>(core_, std::move(body), std::move(from), std::move(done), std::move(held))
      ->start();
}

void processor::connection_closed(u64 connection) {
  core_->hub->remove_connection(connection);
}

processor_stats processor::stats() const noexcept {
  return {core_->requests, core_->errors, core_->transactions, core_->filters.size(),
          core_->hub->size()};
}

std::vector<std::string> processor::method_names() const {
  std::vector<std::string> out{"eth_sendRawTransaction", "eth_sendRawTransactionSync"};
  for (const auto& [name, m] : core_->methods) out.emplace_back(name);
  std::sort(out.begin(), out.end());
  return out;
}

std::string handle(processor& p, std::string_view body, const context& from) {
  std::string out;
  bool answered = false;
  p.handle(std::string(body), from, [&](processor::reply r) {
    out = std::move(r.text);
    answered = true;
  });
  ensure(answered);
  return out;
}

}  // namespace ashlar::rpc
