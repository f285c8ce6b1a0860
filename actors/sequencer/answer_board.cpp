#include "actors/sequencer/answer_board.hpp"

namespace ashlar::sequencer {

class answer_board::group {
 public:
  api::submission_list_ptr list;
  std::vector<api::submit_answer> answers;
  std::vector<bool> answered;
  u32 left = 0;
  clock::duration deadline{};
  answer_function done;
};

answer_board::group_ptr answer_board::open(const api::submission_list_ptr& list,
                                           clock::duration deadline, answer_function done) {
  auto g = std::make_shared<group>();
  const std::size_t n = list->items.size();
  g->list = list;
  g->answers.resize(n);
  g->answered.resize(n);
  g->left = static_cast<u32>(n);
  g->deadline = deadline;
  g->done = std::move(done);
  std::lock_guard lock{mutex_};
  if (waiting_.size() + n > waits_max_) return nullptr;
  for (u32 i = 0; i < n; ++i) waiting_.emplace(list->items[i].hash, place{g, i});
  deadlines_.emplace(deadline, g);
  return g;
}

void answer_board::set(const group_ptr& g, u32 index, api::submit_answer what,
                       std::vector<group_ptr>& finished) {
  if (g->answered[index]) return;
  g->answered[index] = true;
  g->answers[index] = std::move(what);
  const auto [first, last] = waiting_.equal_range(g->list->items[index].hash);
  for (auto it = first; it != last; ++it) {
    if (it->second.g != g || it->second.index != index) continue;
    waiting_.erase(it);
    break;
  }
  if (--g->left > 0) return;
  const auto [from, to] = deadlines_.equal_range(g->deadline);
  for (auto it = from; it != to; ++it) {
    if (it->second != g) continue;
    deadlines_.erase(it);
    break;
  }
  finished.push_back(g);
}

void answer_board::tell(const std::vector<group_ptr>& finished) {
  for (const group_ptr& g : finished)
    g->done(std::make_shared<const api::submit_answer_list>(
        api::submit_answer_list{std::move(g->answers)}));
}

void answer_board::answer(const group_ptr& g, u32 index, api::submit_answer what) {
  std::vector<group_ptr> finished;
  {
    std::lock_guard lock{mutex_};
    set(g, index, std::move(what), finished);
  }
  tell(finished);
}

void answer_board::answer_all(const hash256& txn_hash,
                              const std::function<api::submit_answer(bool sign)>& make) {
  std::vector<group_ptr> finished;
  {
    std::lock_guard lock{mutex_};
    for (auto it = waiting_.find(txn_hash); it != waiting_.end(); it = waiting_.find(txn_hash)) {
      const place p = it->second;
      set(p.g, p.index, make(p.g->list->sign), finished);
    }
  }
  tell(finished);
}

void answer_board::answer_rest(const group_ptr& g, const api::drop_reason& why,
                               std::vector<group_ptr>& finished) {
  for (u32 i = 0; i < g->answers.size(); ++i) set(g, i, why, finished);
}

void answer_board::expire(clock::duration now) {
  std::vector<group_ptr> finished;
  {
    std::lock_guard lock{mutex_};
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      const group_ptr g = deadlines_.begin()->second;
      answer_rest(g, {api::drop_code::not_confirmed_in_time, {}, {}}, finished);
    }
  }
  tell(finished);
}

void answer_board::close(const api::drop_reason& why) {
  std::vector<group_ptr> finished;
  {
    std::lock_guard lock{mutex_};
    while (!deadlines_.empty()) {
      const group_ptr g = deadlines_.begin()->second;
      answer_rest(g, why, finished);
    }
  }
  tell(finished);
}

bool answer_board::empty() const {
  std::lock_guard lock{mutex_};
  return waiting_.empty();
}

}  // namespace ashlar::sequencer
