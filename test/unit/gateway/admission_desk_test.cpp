#include "actors/gateway/admission_desk.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <random>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

#include "runtime/crypto/keccak.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;
using gateway::admission_desk;
using gateway::admitted;
using rpc::submit_errc;

namespace {

const chain_config chain = memory_chain::sample_config();

/// Lists of transactions to be submitted, and what became of them.
struct bench {
  struct order {
    std::vector<bytes> raw;
    std::vector<bytes_view> views;
    std::vector<u64> signer;
    std::vector<admitted> answers;
    std::atomic<int> answered{0};
  };
  /// What the next recovery begins with, once.
  std::function<void()> meanwhile;
  int recoveries = 0;
  admission_desk desk{[this](std::vector<gateway::checked_txn> list) {
    if (meanwhile) {
      ++recoveries;
      std::exchange(meanwhile, nullptr)();
    }
    return gateway::recovered(std::move(list));
  }};
  std::deque<order> orders;

  /// The signers' keys in order; a signature of no key where it is `no_key`, cut bytes where `cut`.
  static constexpr u64 no_key = 1000, cut = 1001;
  order& add(std::vector<u64> signers) {
    order& o = orders.emplace_back();
    for (const u64 s : signers) {
      txn t = signed_txn(chain, test_key(s < no_key ? s : 0), 0, test_key(1).account, u256{s});
      if (s == no_key) t.signature.r = u256{5};
      o.raw.push_back(encode_txn(t));
      if (s == cut) o.raw.back().pop_back();
    }
    o.views.assign(o.raw.begin(), o.raw.end());
    o.signer = std::move(signers);
    return o;
  }

  void submit(
      order& o, std::function<void()> then = [] {}) {
    desk.admit(o.views, chain, revision::osaka, [&o, then](std::vector<admitted> got) {
      o.answers = std::move(got);
      ++o.answered;
      then();
    });
  }

  static void check(const order& o) {
    REQUIRE(o.answered == 1);
    REQUIRE(o.answers.size() == o.signer.size());
    for (std::size_t i = 0; i < o.signer.size(); ++i) {
      CAPTURE(i, o.signer[i]);
      const admitted& a = o.answers[i];
      REQUIRE(a.ok() == (o.signer[i] < no_key));
      if (a.ok()) {
        CHECK(a->sender == test_key(o.signer[i]).account);
        CHECK(a->hash == crypto::keccak256(o.raw[i]));
        CHECK(a->encoded_bytes == o.raw[i].size());
      } else {
        CHECK(a.error().code ==
              (o.signer[i] == cut ? submit_errc::malformed : submit_errc::invalid_signature));
      }
    }
  }
};

}  // namespace

TEST_CASE("a list that finds nobody at work is answered before the call returns") {
  bench b;
  for (const auto& signers : std::vector<std::vector<u64>>{
           {3}, {bench::cut}, {bench::no_key}, {1, bench::cut, 2, bench::no_key, 2}}) {
    auto& o = b.add(signers);
    b.submit(o);
    bench::check(o);
  }
}

TEST_CASE("what comes while another recovers is left to him and answered together") {
  // given: the first one's sender is being recovered
  bench b;
  auto& first = b.add({0});
  std::vector<bench::order*> later = {&b.add({1}), &b.add({2, bench::no_key}), &b.add({3, 4, 5})};
  auto& refused = b.add({bench::cut});
  b.meanwhile = [&] {
    // when: others come, six transactions in all
    for (auto* o : later) b.submit(*o);
    // then: they do not keep who brings them
    for (const auto* o : later) CHECK(o->answered == 0);
    // and what needs no recovery waits for none
    b.submit(refused);
    CHECK(refused.answered == 1);
  };
  b.submit(first);
  for (const auto& o : b.orders) bench::check(o);
}

TEST_CASE("whoever completes eight at the desk takes them himself") {
  bench b;
  auto& first = b.add({0});
  auto &five = b.add({1, 2, 3, 4, 5}), &most = b.add({6, 7, bench::no_key, 1, 2, 3, 4, 5});
  auto& last = b.add({9});
  b.meanwhile = [&] {
    b.submit(five);
    CHECK(five.answered == 0);
    b.submit(most);
    CHECK(five.answered == 1);
    CHECK(most.answered == 1);
    b.submit(last);
    CHECK(last.answered == 0);
  };
  b.submit(first);
  for (const auto& o : b.orders) bench::check(o);
}

TEST_CASE("nobody recovers for others more than once beside his own") {
  // given: one comes while the first is recovered
  bench b;
  auto &first = b.add({0}), &second = b.add({1}), &third = b.add({2});
  b.meanwhile = [&] {
    b.submit(second);
    // when: and another while the first one's thread recovers what was left to it
    b.meanwhile = [&] {
      CHECK(first.answered == 1);
      CHECK(second.answered == 0);
      b.submit(third);
      // then: that one is not left to it
      CHECK(third.answered == 1);
    };
  };
  b.submit(first);
  CHECK(b.recoveries == 2);
  for (const auto& o : b.orders) bench::check(o);
}

TEST_CASE("what comes while answers are told finds nobody recovering") {
  bench b;
  auto &first = b.add({0}), &second = b.add({1});
  b.submit(first, [&] {
    b.submit(second);
    CHECK(second.answered == 1);
  });
  for (const auto& o : b.orders) bench::check(o);
}

TEST_CASE("who throws when he is told keeps neither the others nor the desk") {
  // given: all but the last throw
  bench b;
  auto& first = b.add({0});
  std::vector<bench::order*> later = {&b.add({1}), &b.add({bench::cut}), &b.add({2, 3})};
  const auto throws = [] { throw std::runtime_error("no answer wanted"); };
  b.meanwhile = [&] {
    b.submit(*later[0], throws);
    CHECK_NOTHROW(b.submit(*later[1], throws));
    b.submit(*later[2]);
  };
  // when
  CHECK_NOTHROW(b.submit(first, throws));
  // then
  for (const auto& o : b.orders) bench::check(o);
  auto& next = b.add({4});
  b.submit(next);
  bench::check(next);
}

TEST_CASE("a recovery that fails is said to all whom it was for, and the next one succeeds") {
  bench b;
  auto &first = b.add({0, bench::cut}), &second = b.add({1});
  b.meanwhile = [&] {
    b.submit(second);
    throw std::bad_alloc();
  };
  b.submit(first);
  REQUIRE(first.answered == 1);
  REQUIRE(first.answers.size() == 2);
  for (const admitted& a : first.answers) {
    REQUIRE_FALSE(a.ok());
    CHECK(a.error().code == submit_errc::internal);
  }
  bench::check(second);
}

TEST_CASE("many threads at the desk all get their own answers, once each") {
  // given
  const u64 seed = 20261127;
  std::mt19937_64 rng(seed);
  bench b;
  for (int i = 0; i < 200; ++i) {
    std::vector<u64> signers(1 + rng() % gateway::admitted_together);
    for (u64& s : signers) s = rng() % 8 == 0 ? bench::no_key + rng() % 2 : rng() % 6;
    b.add(std::move(signers));
  }
  // when
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (std::size_t at; (at = next.fetch_add(1)) < b.orders.size();) b.submit(b.orders[at]);
    });
  for (std::thread& t : threads) t.join();
  // then: the last to recover takes what waits, so all is answered
  for (const auto& o : b.orders) bench::check(o);
}
