#include <catch2/catch.hpp>

#include "actors/node/escape/plan.hpp"

using namespace ashlar;
using node::escape_verdict;
using what = escape_verdict::what;

namespace {

constexpr u64 noon = 1'795'780'800;  // 2026-11-27T12:00:00Z

hash256 filled(u8 byte) {
  hash256 h;
  h.data_.fill(byte);
  return h;
}

/// An operation from noon, deadline one hour, escape period two; the escape is open from 14:00:01
/// on.
l1::escape_standing standing(u64 now) {
  l1::escape_standing s;
  s.now = unix_seconds{now};
  s.at = l1::l1_block_number{100};
  s.progress.committed = batch_number{7};
  s.progress.proved = s.progress.executed = batch_number{4};
  s.progress.priority_total = 5;
  s.priority_executed = 2;
  s.oldest_requested_at = unix_seconds{noon};
  s.priority_deadline_s = 3'600;
  s.escape_period_s = 7'200;
  s.past_window_s = 600;
  s.future_window_s = 60;
  s.protocol_version = 1;
  s.config_hash = filled(0xc0);
  s.executed_state = filled(0x5a);
  s.verifier.data_.fill(0x7e);
  s.open = now > noon + 7'200;
  return s;
}

std::vector<node::queued_on_l1> queue_of(u64 count) {
  std::vector<node::queued_on_l1> out(count);
  for (u64 i = 0; i < count; ++i) {
    out[i].operation.id = priority_id{i};
    out[i].operation.hash = filled(static_cast<u8>(i + 1));
    out[i].operation.request.gas_limit = u256{200'000};
    out[i].block = l1::l1_block_number{90 + 2 * i};
  }
  return out;
}

/// A batch of the operations 2 and 3, as L1 takes it in that standing.
store::sealed_batch batch_for(const l1::escape_standing& s, std::span<const hash256> rolling) {
  store::sealed_batch b;
  b.number = b.input.number = batch_number{5};
  b.input.state_before = s.executed_state;
  b.input.protocol_version = s.protocol_version;
  b.input.config_hash = s.config_hash;
  b.input.first_timestamp = b.input.last_timestamp = s.now;
  b.input.priority_count = 2;
  b.input.priority_hash_before = rolling[2];
  b.input.priority_hash_after = rolling[4];
  return b;
}

}  // namespace

TEST_CASE("an escape is open when the contract says so, and says before when it will be") {
  const auto early = node::judge(standing(noon + 1'800));
  CHECK(early.can == what::closed);
  CHECK(early.opens_at == unix_seconds{noon + 7'201});
  CHECK_THAT(early.why, Catch::Contains("until 2026-11-27T13:00:00Z for operation 2") &&
                            Catch::Contains("from 2026-11-27T14:00:01Z on"));

  const auto overdue = node::judge(standing(noon + 7'200));
  CHECK(overdue.can == what::closed);
  CHECK_THAT(overdue.why, Catch::Contains("operation 2 is overdue since 2026-11-27T13:00:00Z"));

  CHECK(node::judge(standing(noon + 7'201)).can == what::settle);
}

TEST_CASE("deadline and window hold an escape longer than its period") {
  l1::escape_standing s = standing(noon + 7'201);
  s.priority_deadline_s = 100'000;
  s.open = false;
  CHECK(node::judge(s).opens_at == unix_seconds{noon + 100'601});
}

TEST_CASE("an escape says what it lacks") {
  l1::escape_standing s = standing(noon + 9'000);
  s.oldest_requested_at.reset();
  CHECK(node::judge(s).can == what::nothing_queued);
  s = standing(noon + 9'000);
  s.frozen = true;
  s.frozen_until = unix_seconds{noon + 86'400};
  CHECK(node::judge(s).can == what::frozen);
  CHECK_THAT(node::judge(s).why, Catch::Contains("until 2026-11-28T12:00:00Z"));
  s = standing(noon + 9'000);
  s.verifier = {};
  CHECK(node::judge(s).can == what::no_verifier);
  CHECK_THAT(node::judge(s).why, Catch::Contains("protocol version 1"));
}

TEST_CASE("batches that are proved are executed before anything is replaced") {
  l1::escape_standing s = standing(noon + 9'000);
  s.progress.proved = batch_number{6};
  CHECK(node::judge(s).can == what::execute);
  CHECK_THAT(node::judge(s).why, Catch::Contains("batches 5 to 6"));
}

TEST_CASE("a batch takes what cannot be reorganised away, and all that L1 demands") {
  const auto s = standing(noon + 9'000);
  const auto queue = queue_of(5);  // in the blocks 90, 92, 94, 96, 98 of 100
  const std::span<const node::queued_on_l1> left = std::span(queue).subspan(2);
  CHECK(node::choose_operations(s, left, 1, 4).settled == 2);
  CHECK(node::choose_operations(s, left, 1, 2).settled == 3);
  CHECK(node::choose_operations(s, left, 1, 50).settled == 1);
  CHECK(node::choose_operations(s, left, 2, 50).settled == 2);
  CHECK(node::choose_operations(s, left, 2, 4).demanded == 2);
}

TEST_CASE("L1 demands what is overdue up to a sum of gas, and one operation at least") {
  const auto s = standing(noon + 9'000);
  auto queue = queue_of(5);
  const auto demanded = [&](u64 overdue) {
    return node::choose_operations(s, queue, overdue, 1'000).demanded;
  };
  CHECK(demanded(0) == 0);
  CHECK(demanded(1) == 1);
  CHECK(demanded(2) == 2);
  CHECK(demanded(3) == 2);  // 600,000 gas
  queue[2].operation.request.gas_limit = u256{100'000};
  CHECK(demanded(3) == 3);
  CHECK(demanded(5) == 3);
  queue[2].operation.request.gas_limit = u256{100'001};
  CHECK(demanded(5) == 2);
  queue[0].operation.request.gas_limit = u256{16'000'000};
  CHECK(demanded(5) == 1);
  queue.resize(1);
  CHECK(demanded(1) == 1);
  CHECK(node::may_leave_the_rest(queue, 1));
  CHECK_FALSE(node::may_leave_the_rest(queue, 0));
}

TEST_CASE("a batch that was laid before is kept while L1 would take it") {
  const auto s = standing(noon + 9'000);
  const auto rolling = node::rolling_hashes(queue_of(5));
  const auto batch = batch_for(s, rolling);
  const auto good = node::outlook_of(batch, s, rolling, std::nullopt);
  CHECK(good.refusal.empty());
  CHECK(good.settle_till == unix_seconds{noon + 9'600});
  // The operation behind it becomes due while it is proved: the batch ended before.
  const auto due = node::outlook_of(batch, s, rolling, unix_seconds{noon + 5'500});
  CHECK(due.refusal.empty());
  CHECK(due.settle_till == unix_seconds{noon + 9'600});
}

TEST_CASE("a batch that L1 would not take any more is given up, with the reason") {
  const auto s = standing(noon + 9'000);
  const auto rolling = node::rolling_hashes(queue_of(5));
  const auto batch = batch_for(s, rolling);
  const auto refusal = [&](const l1::escape_standing& then,
                           std::optional<unix_seconds> left_out = std::nullopt) {
    return node::outlook_of(batch, then, rolling, left_out).refusal;
  };
  auto then = s;
  then.progress.executed = batch_number{5};
  CHECK_THAT(refusal(then), Catch::Contains("executed batch 5"));
  then = s;
  then.executed_state = filled(1);
  CHECK_THAT(refusal(then), Catch::Contains("another state"));
  then = s;
  then.protocol_version = 2;
  CHECK_THAT(refusal(then), Catch::Contains("protocol version is 2"));
  then = s;
  then.config_hash = filled(1);
  CHECK_THAT(refusal(then), Catch::Contains("configuration"));
  then = s;
  then.now = unix_seconds{noon + 9'601};
  CHECK_THAT(refusal(then), Catch::Contains("older than L1 takes"));
  CHECK_THAT(refusal(s, unix_seconds{noon + 5'399}), Catch::Contains("operation 4"));
  CHECK(refusal(s, unix_seconds{noon + 5'400}).empty());
  // A reorg put another operation into the queue, or took one out.
  auto other = rolling;
  other[4] = filled(9);
  CHECK_THAT(node::outlook_of(batch, s, other, std::nullopt).refusal, Catch::Contains("queue"));
  CHECK_THAT(node::outlook_of(batch, s, std::span(rolling).first(4), std::nullopt).refusal,
             Catch::Contains("queue"));
}
