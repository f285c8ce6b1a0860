#pragma once

#include <atomic>
#include <functional>
#include <future>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/api/actors.hpp"
#include "actors/api/errors.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/supervision/role_directory.hpp"
#include "runtime/stf/block.hpp"
#include "test/unit/gateway/contracts.hpp"
#include "test/unit/store/sample_chain.hpp"

namespace ashlar::test {

class still_clock final : public clock {
 public:
  duration steady() const noexcept override { return duration(steady_.load()); }
  unix_seconds wall() const noexcept override { return unix_seconds{wall_.load()}; }
  void pass(std::chrono::seconds by) {
    steady_ += std::chrono::nanoseconds(by).count();
    wall_ += static_cast<u64>(by.count());
  }

 private:
  std::atomic<i64> steady_{1};
  std::atomic<u64> wall_{1'700'000'000};
};

/// A store in a scratch folder with the sample contracts, and blocks as the sequencer lays them.
struct stored_chain {
  scratch_folder folder;
  chain_config config = memory_chain::sample_config();
  std::unique_ptr<store::chain_store> blocks;
  std::unique_ptr<store::batch_store> batches;

  stored_chain() {
    config.base_fee_min = config.base_fee_genesis = 1'000'000;
    store::genesis origin;
    origin.block.block.header = stf::genesis_header(config, unix_seconds{1'700'000'000});
    origin.block.hash = header_hash(origin.block.block.header);
    origin.diff = sample_genesis().all();
    auto opened = store::chain_store::open(quiet_config(folder / "chain"), origin);
    ensure(opened.ok());
    blocks = std::move(*opened);
    store::database_config db;
    db.folder = folder / "batches";
    auto sealed = store::batch_store::open(db);
    ensure(sealed.ok());
    batches = std::move(*sealed);
  }

  struct hashes final : evm::block_hashes {
    explicit hashes(const store::chain_store& s) : from(s) {}
    hash256 hash_of(u64 n) override { return from.hash_of(block_number{n}).value_or(hash256{}); }
    const store::chain_store& from;
  };

  /// Executes them as the next block and lays it. Precondition: all can be included.
  store::executed_block_ptr lay_block(const std::vector<txn>& txns, u64 seconds_later = 0) {
    const auto head = blocks->block_at(blocks->head().number);
    const block_header& parent = head->block.header;
    const auto reader = blocks->state_at_staged();
    evm::state over(*reader);
    hashes known{*blocks};
    stf::block_execution run(config, parent, head->hash,
                             unix_seconds{parent.timestamp.value + seconds_later}, over, known);
    for (const txn& t : txns) ensure(run.add(t, recover_sender(t).value(), txn_hash(t)).ok());
    stf::executed_block done = run.finish();
    auto out = std::make_shared<store::executed_block>();
    out->receipts = std::move(done.receipts);
    static_cast<recovered_block&>(*out) = std::move(done);
    out->diff = over.diff();
    lay(*blocks, out);
    return out;
  }
};

/// What the test's sequencer answers. Set before it is asked.
struct script {
  /// None: no answer, ever.
  std::function<std::optional<api::submit_answer_list>(const api::submission_list&)> submit;
  api::pool_lookup lookup;
  u64 pending_nonce = 0;
  api::pool_totals totals;
  std::optional<api::soft_confirmation> confirmation;
  bool healthy = true;
  std::string why_unconfirmed;
  std::atomic<u32> lists{0};
  std::atomic<u32> statuses{0};
  std::function<void()> while_asked{};  ///< for its status
};

struct script_state {
  std::vector<caf::typed_response_promise<api::submit_answer_list_ptr>> unanswered;
};

inline api::sequencer_actor::behavior_type scripted(
    api::sequencer_actor::stateful_pointer<script_state> self, std::shared_ptr<script> s) {
  using namespace api;
  return {
      [self, s](submit_atom, const submission_list_ptr& l) -> caf::result<submit_answer_list_ptr> {
        ++s->lists;
        auto answer = s->submit(*l);
        if (answer) return std::make_shared<const submit_answer_list>(std::move(*answer));
        auto promise = self->make_response_promise<submit_answer_list_ptr>();
        self->state.unanswered.push_back(promise);
        return promise;
      },
      [](priority_atom, const priority_list_ptr&) { return priority_id{}; },
      [](priority_atom) { return priority_id{}; },
      [s](lookup_atom, const hash256&) -> pool_lookup_ptr {
        return std::make_shared<const pool_lookup>(s->lookup);
      },
      [s](confirm_atom, const hash256&) -> caf::result<soft_confirmation_ptr> {
        if (!s->confirmation) return make_error(errc::not_found);
        return std::make_shared<const soft_confirmation>(*s->confirmation);
      },
      [s](nonce_atom, const address&) { return s->pending_nonce; },
      [](censor_atom, const censor_list&) { return ack{}; },
      [s](totals_atom) { return s->totals; },
      [](follow_atom, const head_follower_actor&) { return head_event{}; },
      [](drain_atom) { return ack{}; },
      [s](status_atom) {
        ++s->statuses;
        if (s->while_asked) s->while_asked();
        role_status out;
        out.role = "sequencer";
        out.healthy = s->healthy;
        return out;
      },
  };
}

/// The backend over a stored chain and a scripted sequencer, on CAF's own threads.
struct gateway_fixture {
  stored_chain chain;
  still_clock time;
  std::shared_ptr<script> plan = std::make_shared<script>();
  caf::actor_system_config system_config;
  std::unique_ptr<caf::actor_system> system;
  supervision::role_directory roles;
  api::sequencer_actor sequencer;
  std::shared_ptr<gateway::chain_backend> backend;

  explicit gateway_fixture(gateway::gateway_config config = quick(),
                           gateway::proof_source* proofs = nullptr,
                           gateway::local_sequencer direct = {}) {
    api::register_messages(system_config);
    system_config.set("scheduler.max-threads", std::size_t{2});
    system = std::make_unique<caf::actor_system>(system_config);
    plan->submit = [](const api::submission_list& l) {
      api::submit_answer_list out;
      out.items.assign(l.items.size(), api::txn_accepted{});
      return out;
    };
    sequencer = system->spawn(scripted, plan);
    roles.set("sequencer", caf::actor_cast<caf::actor>(sequencer));
    direct.why_unconfirmed = [s = plan] { return s->why_unconfirmed; };
    rpc::chain_constants constants;
    constants.chain_id = chain.config.chain_id;
    constants.confirmation_signer = contract_no(200);
    backend = std::make_shared<gateway::chain_backend>(
        gateway::chain_parts{*system, roles, chain.config, *chain.blocks, chain.batches.get(), time,
                             proofs, std::move(direct)},
        constants, config);
  }
  ~gateway_fixture() {
    caf::anon_send_exit(sequencer, caf::exit_reason::user_shutdown);
    backend.reset();
    sequencer = api::sequencer_actor{};
    roles.set("sequencer", {});
    system.reset();
  }

  static gateway::gateway_config quick() {
    gateway::gateway_config c;
    c.ask_timeout = std::chrono::milliseconds{5'000};
    return c;
  }

  std::vector<rpc::submit_result> submit(const std::vector<bytes>& raw,
                                         rpc::submit_wait wait = rpc::submit_wait::admitted) {
    const std::vector<bytes_view> views(raw.begin(), raw.end());
    std::promise<std::vector<rpc::submit_result>> done;
    auto coming = done.get_future();
    backend->submit(views, wait, [&](auto results) { done.set_value(std::move(results)); });
    return coming.get();
  }
  rpc::sync_outcome submit_sync(const bytes& raw, std::chrono::milliseconds timeout) {
    std::promise<rpc::sync_outcome> done;
    auto coming = done.get_future();
    backend->submit_sync(raw, timeout, [&](auto outcome) { done.set_value(std::move(outcome)); });
    return coming.get();
  }
  txn transfer(u64 nonce, u64 from = 0) const {
    return signed_txn(chain.config, test_key(from), nonce, test_key(from + 1).account, u256{7});
  }
};

}  // namespace ashlar::test
