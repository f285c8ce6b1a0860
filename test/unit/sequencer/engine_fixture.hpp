#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "actors/sequencer/engine.hpp"
#include "runtime/stf/block.hpp"
#include "test/unit/store/sample_chain.hpp"

namespace ashlar::test {

class manual_clock final : public clock {
 public:
  duration steady() const noexcept override { return duration(steady_ns_.load()); }
  unix_seconds wall() const noexcept override { return unix_seconds{wall_.load()}; }
  void advance(duration by) {
    steady_ns_ += by.count();
    wall_ += static_cast<u64>(by / std::chrono::seconds(1));
  }
  /// The wall's time is set, the steady one goes on.
  void set_wall(u64 seconds) { wall_ = seconds; }

 private:
  std::atomic<i64> steady_ns_{1};
  std::atomic<u64> wall_{1'700'000'000};
};

inline address user(u64 n) {
  address a;
  a[0] = 0x55;
  store_be64(a.data() + 12, n + 1);
  return a;
}

/// A chain with funded users, its store in a scratch folder, and an engine on it.
struct engine_fixture {
  static constexpr u64 users = 200;

  scratch_folder folder;
  chain_config chain;
  store::genesis origin;
  store::chain_store_config store_config;
  sequencer::engine_config config;
  manual_clock time;
  sequencer::local_signer signer{u256{12345}.to_be()};
  epoch writer{0};
  std::vector<std::string> fatal;
  std::vector<api::head_event> heads;
  std::function<void(const api::head_event&)> on_head;
  std::function<void(const std::string&)> on_fatal;

  std::unique_ptr<store::chain_store> store;
  std::unique_ptr<sequencer::engine> engine;

  engine_fixture() {
    chain.chain_id = 7;
    chain.l1_chain_id = 1;
    chain.fee_vault = user(9999);
    chain.base_fee_min = 10;
    chain.base_fee_genesis = 10;
    chain.pubdata_gas_per_byte = 0;
    origin.block.block.header = stf::genesis_header(chain, unix_seconds{1'600'000'000});
    origin.block.hash = header_hash(origin.block.block.header);
    for (u64 i = 0; i < users; ++i) {
      evm::account a;
      a.balance = u256{1'000'000'000'000'000};
      origin.diff.accounts.push_back({user(i), std::nullopt, a});
    }
    store_config = quiet_config(folder / "chain");
    config.threads = false;
  }
  ~engine_fixture() { close(); }

  void open_store() {
    auto opened = store::chain_store::open(store_config, origin);
    if (!opened.ok()) FAIL(store::to_text(opened.error()));
    store = std::move(*opened);
  }
  std::function<unix_seconds(priority_id)> horizon;
  std::function<unix_seconds()> date_max;
  std::function<std::string()> held_by;
  std::function<sequencer::l1_standing()> l1;
  /// What recover() says.
  std::string open() {
    if (!store) open_store();
    engine = std::make_unique<sequencer::engine>(
        config, sequencer::engine_parts{chain, *store, time, signer, writer,
                                        [this](const api::head_event& e) {
                                          heads.push_back(e);
                                          if (on_head) on_head(e);
                                        },
                                        [this](const std::string& why) {
                                          fatal.push_back(why);
                                          if (on_fatal) on_fatal(why);
                                        },
                                        horizon, date_max, held_by, l1});
    return engine->recover();
  }
  void close() {
    engine.reset();
    store.reset();
  }

  api::submission transfer(u64 from, u64 nonce, u64 value = 1, u64 tip = 1) const {
    auto t = std::make_shared<txn>();
    t->type = txn_type::dynamic_fee;
    t->chain_id = 7;
    t->nonce = nonce;
    t->max_priority_fee_per_gas = u256{tip};
    t->max_fee_per_gas = u256{1'000'000};
    t->gas_limit = 21'000;
    t->to = user((from + 1) % users);
    t->value = u256{value};
    t->signature = {0, u256{from + 1}, u256{1}};
    api::submission s;
    s.sender = user(from);
    const bytes raw = encode_txn(*t);
    s.hash = crypto::keccak256(raw);
    s.encoded_bytes = static_cast<u32>(raw.size());
    s.body = std::move(t);
    return s;
  }

  api::priority_op forced(u64 id, u64 from) const {
    auto t = std::make_shared<txn>();
    t->type = txn_type::priority;
    t->nonce = id;
    t->max_fee_per_gas = u256{100};
    t->gas_limit = 200'000;
    t->to = user(from + 1);
    t->value = u256{5};
    t->priority.sender = user(from);
    t->priority.mint = u256{1'000'000'000};
    t->priority.refund_recipient = user(from);
    t->priority.gas_per_pubdata_limit = 800;
    t->priority.canonical_hash = u256{0xabc000 + id}.to_be();
    return {priority_id{id}, t, t->priority.canonical_hash, 1, unix_seconds{5}};
  }

  struct reply {
    std::vector<api::submit_answer> items;
    bool came = false;
    bool confirmed(std::size_t i) const {
      return std::holds_alternative<api::soft_confirmation>(items.at(i));
    }
    const api::soft_confirmation& place(std::size_t i) const {
      return std::get<api::soft_confirmation>(items.at(i));
    }
    api::drop_code code(std::size_t i) const {
      const auto* d = std::get_if<api::drop_reason>(&items.at(i));
      return d ? d->code : api::drop_code::none;
    }
  };
  std::shared_ptr<reply> submit(std::vector<api::submission> items, api::submit_wait wait,
                                bool sign = false, u32 wait_ms = 20'000) {
    auto out = std::make_shared<reply>();
    const auto list = std::make_shared<const api::submission_list>(
        api::submission_list{std::move(items), wait, wait_ms, sign});
    ensure(engine->submit(list, [out](api::submit_answer_list_ptr answers) {
      out->items = answers->items;
      out->came = true;
    }));
    return out;
  }
  std::shared_ptr<reply> confirm(std::vector<api::submission> items) {
    return submit(std::move(items), api::submit_wait::confirmed);
  }
  void step_all() {
    while (engine->step()) {
    }
  }
};

}  // namespace ashlar::test
