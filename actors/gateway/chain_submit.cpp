#include <algorithm>

#include "actors/gateway/chain_backend.hpp"

// How transactions reach the sequencer.

namespace ashlar::gateway {
namespace {

using rpc::submit_errc;
using rpc::submit_error;

submit_error unavailable(std::string why) {
  return {submit_errc::unavailable, std::move(why)};
}

api::submission_list_ptr one_of(const api::submission& s, api::submit_wait wait,
                                std::chrono::milliseconds timeout) {
  auto list = std::make_shared<api::submission_list>();
  list->items.push_back(s);
  list->wait = wait;
  list->wait_ms = static_cast<u32>(timeout.count());
  return list;
}

rpc::submit_result to_result(const hash256& hash, const api::submit_answer& a) {
  const auto* dropped = std::get_if<api::drop_reason>(&a);
  // Not confirmed in time is not refused: it waits in the pool.
  if (dropped == nullptr || dropped->code == api::drop_code::not_confirmed_in_time) return hash;
  return fail(to_submit_error(*dropped));
}

}  // namespace

/// One call of `submit` on its way.
struct chain_backend::list_run {
  rpc::submit_wait wait;
  rpc::submit_callback done;
  std::vector<rpc::submit_result> results;
  std::vector<std::size_t> places;  ///< in `results`, of what the sequencer is offered
};

revision chain_backend::rules_now() const {
  return parts_.chain.revision_at(std::max(parts_.time.wall(), parts_.blocks.head().timestamp));
}

void chain_backend::submit(std::span<const bytes_view> raw, rpc::submit_wait wait,
                           rpc::submit_callback done) {
  const std::size_t n = raw.size();
  submitted_ += n;
  if (!flights_->enter(n)) {
    const submit_error why =
        unavailable(flights_->is_closed() ? "the node is shutting down"
                                          : "too many transactions are in flight, try again");
    return done(std::vector<rpc::submit_result>(n, fail(why)));
  }
  auto run = std::make_shared<list_run>();
  run->wait = wait;
  run->done = [own = std::make_shared<flight>(flights_, n), done = std::move(done)](auto results) {
    done(std::move(results));
    own->leave();
  };
  auto send_on = [this, run](std::vector<admitted> checked) { send(run, std::move(checked)); };
  if (n > 0 && n <= admitted_together)
    desk_.admit(raw, parts_.chain, rules_now(), std::move(send_on));
  else
    admit_all(raw, parts_.chain, rules_now(), pool_, std::move(send_on));
}

void chain_backend::send(std::shared_ptr<list_run> run, std::vector<admitted> checked) {
  auto list = std::make_shared<api::submission_list>();
  const bool confirm = run->wait == rpc::submit_wait::confirmed;
  list->wait = confirm ? api::submit_wait::confirmed : api::submit_wait::accepted;
  list->wait_ms = static_cast<u32>(config_.confirm_timeout.count());
  run->results.reserve(checked.size());
  for (std::size_t i = 0; i < checked.size(); ++i) {
    if (!checked[i]) {
      run->results.push_back(fail(std::move(checked[i]).error()));
      continue;
    }
    run->results.push_back(checked[i]->hash);
    run->places.push_back(i);
    list->items.push_back(*std::move(checked[i]));
  }
  refused_stateless_ += checked.size() - list->items.size();
  if (list->items.empty()) return run->done(std::move(run->results));
  const api::submission_list_ptr sent = std::move(list);
  const auto timeout =
      config_.submit_timeout + (confirm ? config_.confirm_timeout : std::chrono::milliseconds{0});
  offer(sent, timeout, [this, run, sent](rpc::answer<api::submit_answer_list_ptr> a) {
    const bool fits = a && (*a)->items.size() == sent->items.size();
    for (std::size_t i = 0; i < run->places.size(); ++i) {
      rpc::submit_result& to = run->results[run->places[i]];
      if (fits)
        to = to_result(sent->items[i].hash, (*a)->items[i]);
      else
        to = fail(a ? submit_error{submit_errc::internal, "an answer for another list"}
                    : unavailable(a.error().detail));
    }
    if (fits) note_pending(*sent, **a);
    run->done(std::move(run->results));
  });
}

/// To the engine where it is in this process: two mailboxes there and two back were four of a
/// confirmation's wake-ups. Confirmations come from the thread that commits blocks or from an
/// actor's: what is made of them is made on a thread of their own.
void chain_backend::offer(api::submission_list_ptr list, std::chrono::milliseconds timeout,
                          role_link::callback<api::submit_answer_list_ptr> done) {
  if (list->wait == api::submit_wait::confirmed)
    done = [this, done = std::move(done)](rpc::answer<api::submit_answer_list_ptr> a) {
      auto tell = [done, a = std::move(a)] { done(a); };
      if (!answers_.post(tell)) tell();
    };
  const auto& submit = parts_.sequencer.submit;
  if (!submit) return link_.submit(std::move(list), timeout, std::move(done));
  if (!submit(list, [done](api::submit_answer_list_ptr all) { done(std::move(all)); }))
    done(fail(rpc::backend_error{rpc::backend_errc::unavailable,
                                 "too many transactions wait for their confirmation"}));
}

void chain_backend::note_pending(const api::submission_list& sent,
                                 const api::submit_answer_list& answers) {
  if (!observers_.want_pending()) return;
  std::vector<rpc::pending_txn_ptr> taken;
  for (std::size_t i = 0; i < sent.items.size(); ++i) {
    const auto* dropped = std::get_if<api::drop_reason>(&answers.items[i]);
    if (dropped != nullptr && dropped->code != api::drop_code::not_confirmed_in_time) continue;
    const api::submission& s = sent.items[i];
    taken.push_back(
        std::make_shared<const rpc::pending_txn>(rpc::pending_txn{*s.body, s.hash, s.sender}));
  }
  if (!taken.empty()) observers_.on_pending(taken);
}

void chain_backend::submit_sync(bytes_view raw, std::chrono::milliseconds timeout,
                                rpc::sync_callback done) {
  ++submitted_;
  if (!flights_->enter(1))
    return done(unavailable(flights_->is_closed()
                                ? "the node is shutting down"
                                : "too many transactions are in flight, try again"));
  auto leave = [own = std::make_shared<flight>(flights_, 1),
                done = std::move(done)](rpc::sync_outcome o) {
    done(std::move(o));
    own->leave();
  };
  desk_.admit({&raw, 1}, parts_.chain, rules_now(),
              [this, timeout, leave = std::move(leave)](std::vector<admitted> checked) {
                if (checked[0]) return send_sync(*checked[0], timeout, leave);
                ++refused_stateless_;
                leave(std::move(checked[0]).error());
              });
}

std::optional<u64> chain_backend::nonce_at_head(const address& who) const {
  const auto state = parts_.blocks.state_at(parts_.blocks.head().number);
  if (!state) return std::nullopt;
  const auto found = state->get_account(who);
  return found ? found->nonce : 0;
}

/// The next nonce needs no question; a later one waits for others in the pool, or there is a gap.
void chain_backend::send_sync(const api::submission& one, std::chrono::milliseconds timeout,
                              rpc::sync_callback done) {
  const auto next = nonce_at_head(one.sender);
  if (next && one.body->nonce <= *next)
    return wait_sync(one, timeout, std::nullopt, std::move(done));
  auto wait = [this, one, timeout, done = std::move(done)](rpc::answer<u64> pending) {
    std::optional<u64> gap;
    if (pending && *pending < one.body->nonce) gap = *pending;
    wait_sync(one, timeout, gap, done);
  };
  if (parts_.sequencer.pending_nonce) return wait(parts_.sequencer.pending_nonce(one.sender));
  link_.pending_nonce(one.sender, std::move(wait));
}

/// With a gap the transaction is only put into the pool: nothing will confirm it before the
/// timeout.
void chain_backend::wait_sync(const api::submission& one, std::chrono::milliseconds timeout,
                              std::optional<u64> gap_nonce, rpc::sync_callback done) {
  const auto sent =
      one_of(one, gap_nonce ? api::submit_wait::accepted : api::submit_wait::confirmed, timeout);
  offer(
      sent, timeout + config_.submit_timeout,
      [this, sent, gap_nonce, done = std::move(done)](rpc::answer<api::submit_answer_list_ptr> a) {
        const hash256& hash = sent->items[0].hash;
        if (!a) return done(unavailable(a.error().detail));
        if ((*a)->items.size() != 1)
          return done(submit_error{submit_errc::internal, "an answer for another list"});
        note_pending(*sent, **a);
        const api::submit_answer& answer = (*a)->items[0];
        if (const auto* dropped = std::get_if<api::drop_reason>(&answer)) {
          if (dropped->code == api::drop_code::not_confirmed_in_time)
            return done(rpc::sync_timeout{hash, parts_.sequencer.why_unconfirmed
                                                    ? parts_.sequencer.why_unconfirmed()
                                                    : std::string()});
          return done(to_submit_error(*dropped));
        }
        if (gap_nonce) return done(rpc::sync_nonce_gap{hash, *gap_nonce});
        auto found = txn_by_hash(hash);
        if (found)
          done(std::move(*found));
        else
          done(rpc::sync_timeout{hash, {}});
      });
}

u64 chain_backend::pending_nonce(const address& who) {
  if (parts_.sequencer.pending_nonce) return parts_.sequencer.pending_nonce(who);
  const auto pending = link_.pending_nonce(who);
  if (pending) return *pending;
  return nonce_at_head(who).value_or(0);
}

std::optional<api::pool_lookup> chain_backend::look_up(const hash256& txn_hash) {
  if (parts_.sequencer.lookup) return parts_.sequencer.lookup(txn_hash);
  const auto found = link_.lookup(txn_hash);
  if (!found || !*found) return std::nullopt;
  return **found;
}

rpc::pending_txn_ptr chain_backend::pending_by_hash(const hash256& txn_hash) {
  const auto found = look_up(txn_hash);
  if (!found || found->body == nullptr) return nullptr;
  return std::make_shared<const rpc::pending_txn>(
      rpc::pending_txn{*found->body, txn_hash, found->sender});
}

}  // namespace ashlar::gateway
