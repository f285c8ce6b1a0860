#include "actors/node/escape/plan.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "runtime/base/hex.hpp"
#include "runtime/types/priority_limits.hpp"

namespace ashlar::node {
namespace {

/// Settlement.sol, escapeOpen().
unix_seconds opens_at(const l1::escape_standing& s) {
  const u64 age = std::max(s.escape_period_s, s.priority_deadline_s + s.past_window_s);
  return unix_seconds{s.oldest_requested_at->value + age + 1};
}

std::string closed_text(const l1::escape_standing& s) {
  const u64 due = s.oldest_requested_at->value + s.priority_deadline_s;
  const std::string opens = utc_text(opens_at(s));
  if (s.now.value <= due)
    return fmt::format(
        "nothing is overdue: the operator has until {} for operation {}, the oldest that is not "
        "executed; anyone may settle from {} on if it is not executed until then",
        utc_text(unix_seconds{due}), s.priority_executed, opens);
  return fmt::format(
      "operation {} is overdue since {}: anyone may settle from {} on if it is not executed until "
      "then",
      s.priority_executed, utc_text(unix_seconds{due}), opens);
}

}  // namespace

std::string utc_text(unix_seconds at) {
  const auto seconds = static_cast<std::time_t>(at.value);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

escape_verdict judge(const l1::escape_standing& s) {
  using what = escape_verdict::what;
  if (!s.oldest_requested_at)
    return {what::nothing_queued, {}, "every operation of the queue is executed"};
  if (s.frozen)
    return {what::frozen,
            {},
            fmt::format("the chain is frozen on L1 until {}, if its governor does not unfreeze it "
                        "before",
                        utc_text(s.frozen_until))};
  if (!s.open) return {what::closed, opens_at(s), closed_text(s)};
  if (s.verifier.is_zero())
    return {what::no_verifier,
            {},
            fmt::format("the chain has no verifier for protocol version {}; its governor names one",
                        s.protocol_version)};
  if (s.progress.proved > s.progress.executed)
    return {what::execute,
            {},
            fmt::format("batches {} to {} are proved and not executed",
                        s.progress.executed.next().value, s.progress.proved.value)};
  return {what::settle, {}, "anyone may settle"};
}

operations_choice choose_operations(const l1::escape_standing& s,
                                    std::span<const queued_on_l1> queue, u64 overdue,
                                    u64 confirmations) {
  operations_choice out;
  while (out.demanded < overdue && !may_leave_the_rest(queue, out.demanded)) ++out.demanded;
  out.settled = out.demanded;
  while (out.settled < queue.size() && queue[out.settled].block.value + confirmations <= s.at.value)
    ++out.settled;
  return out;
}

bool may_leave_the_rest(std::span<const queued_on_l1> queue, u64 taken) {
  if (taken >= queue.size()) return true;
  const auto gas_of = [&](u64 i) { return queue[i].operation.request.gas_limit.low(); };
  u64 gas = 0;
  for (u64 i = 0; i < taken && gas <= priority_batch_gas; ++i) gas += gas_of(i);
  return is_full_of_priority(taken, gas, gas_of(taken));
}

std::vector<hash256> rolling_hashes(std::span<const queued_on_l1> queue) {
  std::vector<hash256> out{hash256{}};
  for (const queued_on_l1& q : queue)
    out.push_back(extend_priority_hash(out.back(), q.operation.hash));
  return out;
}

batch_outlook outlook_of(const store::sealed_batch& batch, const l1::escape_standing& s,
                         std::span<const hash256> rolling,
                         std::optional<unix_seconds> left_out_requested_at) {
  const public_input& in = batch.input;
  const auto refuse = [](std::string why) { return batch_outlook{std::move(why), {}}; };
  if (batch.number != s.progress.executed.next())
    return refuse(fmt::format("L1 has executed batch {}", s.progress.executed.value));
  if (in.state_before != s.executed_state)
    return refuse("it goes on from another state than L1's, " + to_hex(s.executed_state));
  if (in.protocol_version != s.protocol_version)
    return refuse(fmt::format("the chain's protocol version is {} by now", s.protocol_version));
  if (in.config_hash != s.config_hash)
    return refuse("the chain's configuration on L1 is another one by now, " +
                  to_hex(s.config_hash));
  const u64 before = s.priority_executed, after = before + in.priority_count;
  if (after >= rolling.size() || rolling[before] != in.priority_hash_before ||
      rolling[after] != in.priority_hash_after)
    return refuse("L1's queue is another one by now");
  // L1 takes older ones, unless an operation that they leave out is overdue by its clock: before
  // this moment there is none.
  const unix_seconds too_old{in.first_timestamp.value + s.past_window_s};
  if (s.now > too_old)
    return refuse(fmt::format("its first block, of {}, is older than L1 takes",
                              utc_text(in.first_timestamp)));
  if (left_out_requested_at &&
      in.last_timestamp.value > left_out_requested_at->value + s.priority_deadline_s)
    return refuse(fmt::format("operation {}, which it leaves out, is overdue", after));
  return batch_outlook{{}, too_old};
}

}  // namespace ashlar::node
