#include "actors/gateway/admission_desk.hpp"

#include <exception>
#include <iterator>

namespace ashlar::gateway {
namespace {

std::vector<admitted> none_of(std::size_t count, const std::exception& why) {
  return std::vector<admitted>(count,
                               fail(rpc::submit_error{rpc::submit_errc::internal, why.what()}));
}

/// Every thread that waits gets its answer, whatever fails.
std::vector<admitted> recovered_or_say(std::vector<checked_txn> all) {
  const std::size_t count = all.size();
  try {
    return recovered(std::move(all));
  } catch (const std::exception& e) {
    return none_of(count, e);
  }
}

}  // namespace

void admission_desk::admit(std::span<const bytes_view> raw, const chain_config& chain,
                           revision rules, callback done) {
  ensure(!raw.empty() && raw.size() <= admitted_together);
  std::vector<checked_txn> list;
  bool recoverable = false;
  try {
    list.reserve(raw.size());
    for (const bytes_view one : raw) {
      list.push_back(check(one, chain, rules));
      recoverable |= list.back().body.ok();
    }
  } catch (const std::exception& e) {
    return done(none_of(raw.size(), e));
  }
  // What needs no recovery waits for none.
  if (!recoverable) return done(recovered_or_say(std::move(list)));
  {
    std::lock_guard lock{mutex_};
    waiting_txns_ += list.size();
    waiting_.push_back({std::move(list), std::move(done)});
    if (working_ > 0 && waiting_txns_ < admitted_together) return;
    ++working_;
  }
  work();
}

void admission_desk::work() {
  for (;;) {
    std::vector<entry> some;
    {
      std::lock_guard lock{mutex_};
      some = take();
      if (some.empty()) {
        --working_;
        return;
      }
    }
    std::vector<checked_txn> all;
    std::vector<std::size_t> counts;
    for (entry& e : some) {
      counts.push_back(e.list.size());
      std::move(e.list.begin(), e.list.end(), std::back_inserter(all));
    }
    auto answers = recovered_or_say(std::move(all));
    auto next = std::make_move_iterator(answers.begin());
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto end = next + static_cast<std::ptrdiff_t>(counts[i]);
      some[i].done(std::vector<admitted>(next, end));
      next = end;
    }
  }
}

std::vector<admission_desk::entry> admission_desk::take() {
  std::vector<entry> some;
  std::size_t txns = 0;
  while (!waiting_.empty() && txns + waiting_.front().list.size() <= admitted_together) {
    txns += waiting_.front().list.size();
    some.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_txns_ -= txns;
  return some;
}

}  // namespace ashlar::gateway
