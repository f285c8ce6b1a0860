#include "actors/gateway/admission_desk.hpp"

#include <exception>
#include <iterator>
#include <type_traits>
#include <utility>

namespace ashlar::gateway {
namespace {

std::vector<admitted> none_of(std::size_t count, const char* why) {
  return std::vector<admitted>(count, fail(rpc::submit_error{rpc::submit_errc::internal, why}));
}

/// Whoever is told stands for himself: what he throws must reach neither the thread that happens to
/// tell him nor those that are told after him.
void answer(const admission_desk::callback& done, std::vector<admitted> answers) noexcept {
  try {
    done(std::move(answers));
  } catch (...) {
  }
}

}  // namespace

void admission_desk::admit(std::span<const bytes_view> raw, const chain_config& chain,
                           revision rules, callback done) {
  ensure(!raw.empty() && raw.size() <= admitted_together);
  entry own{{}, std::move(done)};
  std::vector<admitted> refused;
  group some;
  try {
    bool recoverable = false;
    own.list.reserve(raw.size());
    for (const bytes_view one : raw) {
      own.list.push_back(check(one, chain, rules));
      recoverable |= own.list.back().body.ok();
    }
    // What needs no recovery waits for none.
    if (recoverable)
      some = enter(own);
    else
      refused = recovered(std::move(own.list));
  } catch (const std::exception& e) {
    refused = none_of(raw.size(), e.what());
  }
  if (!refused.empty()) return answer(own.done, std::move(refused));
  if (some.empty()) return;
  auto answers = recover(some);
  group left = leave();
  tell(some, std::move(answers));
  // Nobody counts on this thread any more: what comes now is not left to it.
  if (left.empty()) return;
  answers = recover(left);
  tell(left, std::move(answers));
}

admission_desk::group admission_desk::enter(entry& own) {
  static_assert(std::is_nothrow_move_constructible_v<entry>, "or a push that fails loses `own`");
  const std::size_t count = own.list.size();
  std::lock_guard lock{mutex_};
  waiting_.push_back(std::move(own));
  waiting_txns_ += count;
  if (recovering_ > 0 && waiting_txns_ < admitted_together) return {};
  ++recovering_;
  return take();
}

admission_desk::group admission_desk::leave() noexcept {
  std::lock_guard lock{mutex_};
  if (--recovering_ > 0) return {};
  return take();
}

admission_desk::group admission_desk::take() noexcept {
  waiting_txns_ = 0;
  return std::exchange(waiting_, {});
}

std::vector<admitted> admission_desk::recover(group& some) const noexcept {
  try {
    std::vector<checked_txn> all;
    for (entry& e : some) std::move(e.list.begin(), e.list.end(), std::back_inserter(all));
    const std::size_t count = all.size();
    auto answers = recover_(std::move(all));
    ensure(answers.size() == count);
    return answers;
  } catch (...) {
    return {};
  }
}

void admission_desk::tell(const group& some, std::vector<admitted> answers) noexcept {
  auto next = std::make_move_iterator(answers.begin());
  for (const entry& e : some) {
    const std::size_t count = e.list.size();
    std::vector<admitted> own;
    try {
      if (answers.empty()) {
        own = none_of(count, "senders could not be recovered");
      } else {
        own.assign(next, next + static_cast<std::ptrdiff_t>(count));
        next += static_cast<std::ptrdiff_t>(count);
      }
    } catch (...) {
      continue;  // no memory for an answer: the rest may need less
    }
    answer(e.done, std::move(own));
  }
}

}  // namespace ashlar::gateway
