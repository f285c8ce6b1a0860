#include "actors/prover/own_thread.hpp"

#include <stdexcept>
#include <vector>

#include <catch2/catch.hpp>

using ashlar::prover::own_thread;

TEST_CASE("what is called runs on the one thread, in order, and gives what it gives") {
  own_thread one;
  const auto id = one.call([] { return std::this_thread::get_id(); });
  CHECK(id != std::this_thread::get_id());
  CHECK(one.call([] { return std::this_thread::get_id(); }) == id);
  std::vector<int> order;  // touched there alone
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      for (int k = 0; k < 100; ++k) one.call([&] { order.push_back(k); });
    });
  for (auto& t : callers) t.join();
  CHECK(one.call([&] { return order.size(); }) == 800);
}

TEST_CASE("what a call throws, its caller gets, and the thread goes on") {
  own_thread one;
  CHECK_THROWS_AS(one.call([] { throw std::runtime_error("no"); }), std::runtime_error);
  CHECK(one.call([] { return 3; }) == 3);
}
