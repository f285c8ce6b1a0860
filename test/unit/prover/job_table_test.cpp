#include "actors/prover/job_table.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::prover;
using namespace std::chrono_literals;

namespace {

constexpr clock::duration start = 1h;

prover_config config() {
  prover_config c;
  c.lease_ms = 4'000;
  c.stall_ms_max = 60'000;
  c.prove_ms_max = 600'000;
  c.attempts_max = 3;
  c.lies_max = 2;
  c.backoff.jitter_percent = 0;
  return c;
}

struct fixture {
  prover_config limits = config();
  job_table table{limits, 1};
  clock::duration now = start;

  void add(std::initializer_list<u64> batches) {
    for (const u64 n : batches) table.add(batch_number{n});
  }
  worker_number join(const std::string& name) { return *table.join(name); }
  /// The batch that the worker is given; 0 where it is given none.
  u64 take(worker_number who) {
    const auto l = table.lease(who, now);
    if (!l) return 0;
    last = *l;
    return l->batch.value;
  }
  const job& at(u64 n) const { return table.jobs().at(batch_number{n}); }
  bool renew(worker_number who, const job_lease& l, const job_progress& p = {}) {
    return table.renew(who, l.batch, l.lease_epoch, p, now).ok();
  }
  /// One result that the verifier refuses.
  bool lie(worker_number who) {
    REQUIRE(take(who) != 0);
    REQUIRE(table.deliver(who, last.batch, last.lease_epoch, now).ok());
    return table.refuse(last.batch, last.lease_epoch, "it does not verify", now);
  }
  job_lease last;
};

}  // namespace

TEST_CASE("the lowest batch is given first, each to one worker, until none is left") {
  fixture f;
  f.add({7, 3, 5});
  const auto a = f.join("a"), b = f.join("b");
  CHECK(f.take(a) == 3);
  CHECK(f.take(b) == 5);
  CHECK(f.take(f.join("c")) == 7);
  CHECK(f.table.lease(f.join("d"), f.now).error() == table_error::no_job);
}

TEST_CASE("each lease has an epoch above all before, also those of an earlier table") {
  fixture f;
  f.add({1});
  const auto a = f.join("a");
  epoch before{0};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(f.take(a) == 1);
    CHECK(f.last.lease_epoch > before);
    before = f.last.lease_epoch;
    f.now += 4s;
    CHECK(f.table.expire(f.now) == 1);
    f.now += 1s;
  }
  job_table next(f.limits, 2);
  next.add(batch_number{1});
  const auto again = next.join("a");
  CHECK(next.lease(*again, f.now)->lease_epoch > before);
  CHECK(next.deliver(*again, batch_number{1}, before, f.now).error() == table_error::stale_epoch);
}

TEST_CASE("words keep a lease, silence ends it, and what comes late is stale") {
  fixture f;
  f.add({1});
  const auto a = f.join("a"), b = f.join("b");
  REQUIRE(f.take(a) == 1);
  const job_lease old = f.last;
  for (int i = 0; i < 10; ++i) {
    f.now += 3s;
    CHECK(f.renew(a, old));
    CHECK(f.table.expire(f.now) == 0);
  }
  f.now += 3999ms;
  CHECK(f.table.expire(f.now) == 0);
  f.now += 1ms;
  CHECK(f.table.expire(f.now) == 1);
  CHECK(f.at(1).reason == "a fell silent");
  // The other worker has it at once; the first speaks for nobody now.
  REQUIRE(f.take(b) == 1);
  CHECK_FALSE(f.renew(a, old));
  CHECK_FALSE(f.table.deliver(a, old.batch, old.lease_epoch, f.now).ok());
  CHECK_FALSE(f.table.give_up(a, old.batch, old.lease_epoch, "why", f.now).ok());
  CHECK_FALSE(f.renew(a, f.last));  // the epoch of another worker's lease, guessed
  CHECK(f.renew(b, f.last));
  CHECK(f.table.counts().stale == 4);
}

TEST_CASE("time in which nobody could be heard is forgiven, and no more than that") {
  fixture f;
  f.add({1, 2});
  const auto a = f.join("a"), b = f.join("b");
  REQUIRE(f.take(a) == 1);
  const job_lease first = f.last;
  REQUIRE(f.take(b) == 2);
  f.now += 3s + 1h;
  REQUIRE(f.renew(a, first));  // it was heard before the table was told
  f.table.forgive(1h, f.now);
  CHECK(f.at(1).heard_at == f.now);
  CHECK(f.table.expire(f.now) == 0);
  f.now += 1s;
  CHECK(f.table.expire(f.now) == 1);
  CHECK(f.at(2).reason == "b fell silent");
  f.now += 3s;
  CHECK(f.table.expire(f.now) == 1);
}

TEST_CASE("words without progress end a lease too, and so does progress without an end") {
  fixture f;
  f.add({1});
  const auto a = f.join("a");
  REQUIRE(f.take(a) == 1);
  const auto lease_ends_after = [&](auto progress_at) {
    for (u32 s = 1;; ++s) {
      f.now += 1s;
      f.renew(a, f.last, progress_at(s));
      if (f.table.expire(f.now) == 1) return s;
    }
  };
  // It goes on for 20 s, then only talks; going back and forth is no progress.
  CHECK(lease_ends_after([](u32 s) {
          return job_progress{1, s < 20 ? s : 20 - s % 2, 0, 0};
        }) == 80);
  CHECK(f.at(1).reason == "a got no further");
  f.now += 1s;
  REQUIRE(f.take(a) == 1);
  CHECK(lease_ends_after([](u32 s) { return job_progress{2, s, ~0u, 0}; }) == 600);
}

TEST_CASE("a worker that ends is replaced at once; its connection's number is nobody's after") {
  fixture f;
  f.add({1});
  const auto a = f.join("a");
  REQUIRE(f.take(a) == 1);
  const job_lease old = f.last;
  f.table.leave(a, f.now);
  CHECK(f.at(1).state == job_state::queued);
  CHECK(f.table.lease(a, f.now).error() == table_error::unknown_worker);
  const auto back = f.join("a");
  CHECK(back != a);
  CHECK(f.take(back) == 0);  // another would have it at once
  f.now += 1s;
  REQUIRE(f.take(back) == 1);
  CHECK_FALSE(f.renew(a, old));
  CHECK_FALSE(f.renew(back, old));
}

TEST_CASE("a proof counts once, under the epoch that it was delivered with") {
  fixture f;
  f.add({1});
  const auto a = f.join("a");
  REQUIRE(f.take(a) == 1);
  f.table.accept(f.last.batch, f.last.lease_epoch);  // was not delivered
  CHECK(f.at(1).state == job_state::leased);
  REQUIRE(f.table.deliver(a, f.last.batch, f.last.lease_epoch, f.now).ok());
  CHECK_FALSE(f.table.deliver(a, f.last.batch, f.last.lease_epoch, f.now).ok());
  f.now += 1h;  // the check's time is ours
  CHECK(f.table.expire(f.now) == 0);
  f.table.accept(f.last.batch, epoch{f.last.lease_epoch.value + 1});
  CHECK(f.at(1).state == job_state::checking);
  f.table.accept(f.last.batch, f.last.lease_epoch);
  CHECK(f.table.jobs().empty());
  CHECK(f.table.workers().at("a").proofs == 1);
  CHECK(f.table.counts().accepted == 1);
}

TEST_CASE("a lie costs the worker, not the job; too many suspend its name for a time") {
  fixture f;
  f.add({1});
  const auto a = f.join("a");
  CHECK_FALSE(f.lie(a));
  CHECK(f.at(1).failures == 0);
  CHECK(f.at(1).reason == "it does not verify");
  CHECK(f.lie(a));
  CHECK(f.table.workers().at("a").lies == 2);
  CHECK(f.table.lease(a, f.now).error() == table_error::suspended);
  // It cannot wash its name by coming again.
  f.table.leave(a, f.now);
  const auto again = f.join("a");
  CHECK(f.table.lease(again, f.now).error() == table_error::suspended);
  CHECK(f.take(f.join("honest")) == 1);
  f.table.leave(*f.table.workers().at("honest").connected, f.now);
  f.now += 10min;
  CHECK(f.take(again) == 1);
}

TEST_CASE("a liar that is gone before the verdict is counted all the same") {
  fixture f;
  f.add({1});
  for (int i = 0; i < 2; ++i) {
    const auto a = f.join("a");
    REQUIRE(f.take(a) == 1);
    REQUIRE(f.table.deliver(a, f.last.batch, f.last.lease_epoch, f.now).ok());
    f.table.leave(a, f.now);
    CHECK(f.at(1).state == job_state::checking);
    CHECK(f.table.refuse(f.last.batch, f.last.lease_epoch, "no", f.now) == (i == 1));
  }
  CHECK(f.table.workers().at("a").lies == 2);
}

TEST_CASE("an accepted proof clears the row of lies, not their count") {
  fixture f;
  f.add({1});
  const auto a = f.join("a");
  f.lie(a);
  REQUIRE(f.take(a) == 1);
  REQUIRE(f.table.deliver(a, f.last.batch, f.last.lease_epoch, f.now).ok());
  f.table.accept(f.last.batch, f.last.lease_epoch);
  f.add({2});
  CHECK_FALSE(f.lie(a));
  CHECK(f.table.workers().at("a").lies == 2);
}

TEST_CASE("a worker that fails a job waits longer each time, for it and for others") {
  fixture f;
  f.add({1, 2});
  const auto a = f.join("a");
  for (const auto wait : {1s, 2s}) {
    REQUIRE(f.take(a) == 1);
    REQUIRE(f.table.give_up(a, f.last.batch, f.last.lease_epoch, "the guest trapped\x1b[2J", f.now)
                .ok());
    CHECK(f.at(1).reason == "the guest trapped?[2J");
    CHECK_FALSE(f.table.is_stuck(f.at(1)));
    f.now += wait - 1ms;
    CHECK(f.take(a) == 0);
    f.now += 1ms;
  }
  REQUIRE(f.take(a) == 1);
  f.table.leave(a, f.now);
  CHECK(f.at(1).reason == "a ended while it proved");
  // It was the third time: stuck for this worker, whatever its connection. The next batch is not.
  CHECK(f.table.is_stuck(f.at(1)));
  const auto back = f.join("a");
  CHECK(f.table.is_stuck(f.at(1)));
  f.now += 4s;
  CHECK(f.take(back) == 2);
  f.table.put_back(batch_number{2}, "", f.now);
  f.table.remove(batch_number{2});
  f.now += 595s;
  CHECK(f.take(back) == 0);
  f.now += 1s;
  CHECK(f.take(back) == 1);
}

TEST_CASE("a worker that takes job after job and gives all up makes none stuck for the others") {
  fixture f;
  f.add({1, 2, 3, 4, 5});
  const auto bad = f.join("bad"), busy = f.join("busy");
  REQUIRE(f.take(busy) == 1);
  const job_lease work = f.last;
  u32 given_up = 0;
  for (int second = 0; second < 600; ++second) {
    f.now += 1s;
    REQUIRE(f.renew(busy, work, {1, static_cast<u32>(second), 0, 0}));
    while (f.take(bad) != 0) {
      REQUIRE(f.table.give_up(bad, f.last.batch, f.last.lease_epoch, "broken", f.now).ok());
      ++given_up;
    }
  }
  CHECK(given_up < 20);  // it is made to wait
  for (u64 n = 1; n <= 5; ++n) CHECK_FALSE(f.table.is_stuck(f.at(n)));
  REQUIRE(f.table.deliver(busy, work.batch, work.lease_epoch, f.now).ok());
  f.table.accept(work.batch, work.lease_epoch);
  for (u64 n = 2; n <= 5; ++n) {
    REQUIRE(f.take(busy) == n);
    REQUIRE(f.table.deliver(busy, f.last.batch, f.last.lease_epoch, f.now).ok());
    f.table.accept(f.last.batch, f.last.lease_epoch);
  }
}

TEST_CASE("an accepted proof ends a worker's row of failures") {
  fixture f;
  f.add({1, 2});
  const auto a = f.join("a");
  for (int i = 0; i < 2; ++i) {
    REQUIRE(f.take(a) == 1);
    REQUIRE(f.table.give_up(a, f.last.batch, f.last.lease_epoch, "no", f.now).ok());
    f.now += 2s;
  }
  CHECK(f.table.workers().at("a").failures_row == 2);
  REQUIRE(f.take(a) == 1);
  REQUIRE(f.table.deliver(a, f.last.batch, f.last.lease_epoch, f.now).ok());
  f.table.accept(f.last.batch, f.last.lease_epoch);
  CHECK(f.table.workers().at("a").failures_row == 0);
}

TEST_CASE("what no worker can be blamed for makes a job wait for all, and stuck in the end") {
  fixture f;
  f.add({1});
  for (const auto wait : {1s, 2s, 600s}) {
    REQUIRE(f.take(f.join("w" + std::to_string(f.now.count()))) == 1);
    CHECK_FALSE(f.table.is_stuck(f.at(1)));
    f.table.put_back(batch_number{1}, "its witness is not in the store", f.now);
    CHECK(f.at(1).not_before == f.now + wait);
    if (wait == 600s) break;
    f.now += wait;
  }
  CHECK(f.table.is_stuck(f.at(1)));
  CHECK(f.take(f.join("another")) == 0);
  CHECK(f.table.workers().at("another").failures_row == 0);
}

TEST_CASE("asking again gives up what one holds") {
  fixture f;
  f.add({1});
  const auto a = f.join("a");
  REQUIRE(f.take(a) == 1);
  const job_lease old = f.last;
  CHECK(f.table.lease(a, f.now).error() == table_error::no_job);
  CHECK_FALSE(f.renew(a, old));
  CHECK(f.at(1).failures == 1);
}

TEST_CASE("jobs in flight, workers and remembered names are bounded") {
  fixture f;
  f.limits.in_flight_max = 2;
  f.limits.workers_max = 3;
  f.limits.workers_remembered_max = 4;
  f.limits.open_max = 4;
  f.table = job_table(f.limits, 1);
  f.add({1, 2, 3, 4});
  CHECK(f.table.is_full());
  const auto a = f.join("a"), b = f.join("b"), c = f.join("c");
  CHECK(f.take(a) == 1);
  CHECK(f.take(b) == 2);
  CHECK(f.table.lease(c, f.now).error() == table_error::no_job);
  CHECK(f.table.join("d").error() == table_error::too_many);
  CHECK(f.table.join("a").error() == table_error::name_taken);
  // The node's own worker has a place whatever comes from outside.
  CHECK(f.table.join("local").ok());
  CHECK(f.table.join("local").error() == table_error::name_taken);
  // A liar's name is kept before that of one who only left.
  f.table.leave(b, f.now);
  f.lie(c);
  CHECK(f.lie(c));
  f.table.leave(c, f.now);
  f.join("d");
  CHECK(f.table.workers().contains("c"));
  CHECK_FALSE(f.table.workers().contains("b"));
}

TEST_CASE("names of workers fit on a line") {
  CHECK(is_worker_name("gpu-7.rack_2"));
  CHECK(is_worker_name(std::string(32, 'a')));
  for (const char* bad : {"", "A", "a b", "a\n", "a\"b", "\xc3\xa4"})
    CHECK_FALSE(is_worker_name(bad));
  CHECK_FALSE(is_worker_name(std::string(33, 'a')));
}

TEST_CASE("every limit of the prover is checked") {
  CHECK(prover_config{}.validate().empty());
  CHECK(config().validate().empty());
  const auto refused = [](auto change) {
    prover_config c;
    change(c);
    return !c.validate().empty();
  };
  CHECK(refused([](prover_config& c) { c.lease_ms = 0; }));
  CHECK(refused([](prover_config& c) { c.stall_ms_max = c.lease_ms - 1; }));
  CHECK(refused([](prover_config& c) { c.open_max = c.in_flight_max - 1; }));
  CHECK(refused([](prover_config& c) { c.workers_remembered_max = c.workers_max; }));
  CHECK(refused([](prover_config& c) { c.lies_max = 0; }));
  CHECK(refused([](prover_config& c) { c.backoff.initial = {}; }));
}

TEST_CASE("workers under ever new names do not circle on a job that ends them") {
  fixture f;  // attempts_max is 3
  f.add({1, 2});
  u32 given = 0, others = 0;
  // Each comes once, is given the lowest job that there is, and dies of the first.
  for (u32 i = 0; i < 100; ++i) {
    const auto w = f.join("pod-" + std::to_string(i));
    const u64 n = f.take(w);
    given += n == 1;
    others += n == 2;
    f.table.leave(w, f.now);
    f.now += 1s;
  }
  // The first six at most without a wait of minutes; the job behind it has had its turns.
  CHECK(given == 6);
  CHECK(others >= 3);
  CHECK(f.table.is_stuck(f.at(1)));
  CHECK_THAT(f.at(1).reason, Catch::Contains("ended while it proved"));
  // Seldom is not never.
  f.now += std::chrono::milliseconds(f.limits.stuck_retry_ms);
  CHECK(f.take(f.join("late")) == 1);
}

TEST_CASE("an operator's word gives a stuck job and suspended workers another chance at once") {
  fixture f;
  f.add({1});
  const auto a = f.join("a"), liar = f.join("liar");
  for (u32 i = 0; i < f.limits.lies_max; ++i) f.lie(liar);
  CHECK(f.take(liar) == 0);
  for (u32 i = 0; i < f.limits.attempts_max; ++i) {
    REQUIRE(f.take(a) == 1);
    REQUIRE(f.table.give_up(a, f.last.batch, f.last.lease_epoch, "no memory", f.now).ok());
    f.now += 60s;
  }
  CHECK(f.take(a) == 0);
  CHECK_FALSE(f.table.retry(batch_number{9}));
  REQUIRE(f.table.retry(batch_number{1}));
  CHECK_FALSE(f.table.is_stuck(f.at(1)));
  REQUIRE(f.take(liar) == 1);
  REQUIRE(f.table.give_up(liar, f.last.batch, f.last.lease_epoch, "no", f.now).ok());
  REQUIRE(f.take(a) == 1);
  // What is proved now is not disturbed.
  const auto lease = f.last;
  REQUIRE(f.table.retry(batch_number{1}));
  CHECK(f.renew(a, lease));
}
