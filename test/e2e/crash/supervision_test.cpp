#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>

#include "actors/supervision/fault_point.hpp"
#include "test/e2e/crash/deposits.hpp"
#include "test/e2e/crash/load.hpp"
#include "test/e2e/crash/settlement.hpp"
#include "test/e2e/crash/settling_node.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr load::client_numbers clients{3, 1};
const std::vector<std::string> roles{"gateway",   "sequencer",   "batch",
                                     "publisher", "l1_listener", "prover"};

/// The node of the tests: it proves and settles, and takes faults.
node::stack_config config_of(const rig& r) {
  node::stack_config config = settling(read_stack_config(r.folder() + "/node.toml"));
  config.faults_allowed = true;
  return config;
}

node::role_line line_of(node::stack& s, const std::string& role) {
  for (node::role_line& line : s.roles())
    if (line.role == role) return std::move(line);
  throw rig_error("no role " + role);
}

/// A role, and where it is to throw: at a point of its work, or with none between its messages.
struct throwing {
  std::string role, point;
};

void make_throw(node::stack& s, const throwing& t) {
  const std::string why = "planted in the test";
  if (t.point.empty()) {
    REQUIRE(s.inject_fault(t.role, why));
    return;
  }
  supervision::arm_fault(t.point, why);
  await("the point to be passed", 40, [&] { return !supervision::is_armed(t.point); });
}

std::vector<std::string> roles_of(node::stack& s) {
  std::vector<std::string> out;
  for (const node::role_line& line : s.roles()) out.push_back(line.role);
  std::sort(out.begin(), out.end());
  return out;
}

/// Each role of a node has its turn, so a new one without it fails. One under a supervisor of its
/// own is there a moment after the node is.
void check_all_roles_are(node::stack& s, std::vector<std::string> named) {
  std::sort(named.begin(), named.end());
  await("the prover's supervisor to begin", 40, [&] { return roles_of(s).size() >= named.size(); });
  CHECK(roles_of(s) == named);
}

/// One role after the other, under load: thrown, started again, and nothing lost.
void check_each(const std::vector<throwing>& all) {
  // given: every role in this process, clients at its endpoint, deposits on the way
  rig r({load::accounts(clients), 200, {}, true});
  put_verifier_on(r);
  const auto l1_client = r.connect(r.l1_endpoint());
  ledger told;
  chain_audit audit;
  std::mt19937_64 random{1};
  auto started = node::stack::start(config_of(r));
  if (!started.ok()) FAIL(started.error());
  std::unique_ptr<node::stack> s = std::move(*started);
  std::atomic<bool> gave_up{false};
  s->on_end([&](int, const std::string&) { gave_up = true; });
  r.use_endpoint("http://127.0.0.1:" + std::to_string(s->rpc_port()));
  check_all_roles_are(*s, roles);
  load senders(r, told, clients);
  deposits sent(r);
  await(
      "the first execution", 40, [&] { return check_steps(r, *l1_client).executed > 0; }, 50);

  std::map<std::string, u32> restarts;
  for (const throwing& t : all) {
    INFO(t.role << " " << t.point);
    sent.request();
    REQUIRE(told.await_size(told.size() + 300, std::chrono::seconds(30)));
    // when
    make_throw(*s, t);
    const u32 expected = ++restarts[t.role];
    // then: it runs again, and everything goes on behind it: blocks, batches, commits, executions
    await(t.role + " to be started again", 20, [&] {
      const auto line = line_of(*s, t.role);
      return line.restarts == expected && line.healthy;
    });
    REQUIRE(told.await_size(told.size() + 300, std::chrono::seconds(30)));
    const steps_on_l1 before = check_steps(r, *l1_client);
    await(
        "L1 to get more batches, and to execute some that it had not", 40,
        [&] {
          const steps_on_l1 now = check_steps(r, *l1_client);
          return now.committed >= before.committed + 2 && now.executed > before.executed;
        },
        50);
    audit.look(r, told, random);
    senders.check();
  }
  senders.finish();
  sent.await_all();
  audit.look(r, told, random);
  audit.check_nonces(r, told, load::accounts(clients));
  sent.check(audit);
  await_all_committed(r);
  await_all_executed(r, *l1_client);
  const steps_on_l1 last = check_steps(r, *l1_client);
  const u64 head = block_of_tag(r, "latest");
  for (const node::role_line& line : s->roles()) CHECK(line.restarts == restarts[line.role]);
  CHECK_FALSE(gave_up);
  s.reset();
  check_executed(r, last.executed, head);
  std::printf("%zu transactions confirmed in %llu blocks, %llu batches; %llu refused for now\n",
              told.size(), static_cast<unsigned long long>(head),
              static_cast<unsigned long long>(last.executed),
              static_cast<unsigned long long>(senders.totals().refused));
}

}  // namespace

TEST_CASE("each role throws between its messages under load, and nothing is lost") {
  std::vector<throwing> all;
  for (const std::string& role : roles) all.push_back({role, {}});
  check_each(all);
}

TEST_CASE("each role throws in the middle of its work under load, and nothing is lost") {
  // Where each role's work is half done.
  const std::map<std::string, std::string> points{{"sequencer", "sequencer.moved"},
                                                  {"batch", "batch.laid"},
                                                  {"publisher", "publisher.planned_commit"},
                                                  {"l1_listener", "l1_listener.taken"},
                                                  {"gateway", "gateway.fed"},
                                                  {"prover", "prover.kept"}};
  std::vector<throwing> all;
  for (const std::string& role : roles) all.push_back({role, points.at(role)});
  check_each(all);
}

TEST_CASE("publisher and prover throw in steps of a settlement under load, and nothing is lost") {
  check_each({{"prover", "prover.leased"},
              {"publisher", "publisher.planned_verify"},
              {"prover", "prover.verified"},
              {"publisher", "publisher.sent_prove"},
              {"publisher", "publisher.planned_execute"}});
}

TEST_CASE("a role that throws at each start ends the stack with its name and exit code 1") {
  rig r({{}, 200, {}, true});
  for (const std::string& role : roles) {
    // Proving has a supervisor of its own, which takes no sibling with it
    // (test/actor/prover_faults_test.cpp).
    if (role == "prover") continue;
    INFO(role);
    auto started = node::stack::start(config_of(r));
    if (!started.ok()) FAIL(started.error());
    std::mutex mutex;
    std::optional<std::pair<int, std::string>> end;
    (*started)->on_end([&](int code, const std::string& why) {
      std::lock_guard lock{mutex};
      end.emplace(code, why);
    });
    await("the stack to give up", 40, [&] {
      (*started)->inject_fault(role, "planted in the test");
      std::lock_guard lock{mutex};
      return end.has_value();
    });
    started->reset();
    CHECK(end->first == 1);
    INFO(end->second);
    CHECK(end->second.find("gave up") != std::string::npos);
    CHECK(end->second.find("'" + role + "'") != std::string::npos);
    CHECK(end->second.find("planted in the test") != std::string::npos);
  }
}

TEST_CASE("a node whose batches cannot be written ends with a sentence and loses nothing") {
  // given: the program itself under load
  rig r({load::accounts(clients), 200, {}});
  const auto l1_client = r.connect(r.l1_endpoint());
  ledger told;
  chain_audit audit;
  std::mt19937_64 random{2};
  r.start_node();
  r.await_node();
  load senders(r, told, clients);
  await("some commits", 30, [&] { return check_commits(r, *l1_client) >= 2; });
  // when: a file lies where the folder of witnesses was
  const std::string witnesses = r.data_folder() + "/witnesses";
  std::filesystem::rename(witnesses, witnesses + ".away");
  std::ofstream{witnesses} << "in the way";
  // then
  CHECK(r.await_end(60) == 1);
  r.use_endpoint("");
  const std::string log = r.node_log();
  INFO(log);
  CHECK(log.find("gave up") != std::string::npos);
  CHECK(log.find("'batch'") != std::string::npos);
  CHECK(log.find("witnesses") != std::string::npos);
  // and when the cause is gone, it goes on where it was
  std::filesystem::remove(witnesses);
  std::filesystem::rename(witnesses + ".away", witnesses);
  r.start_node();
  r.await_node();
  audit.look(r, told, random);
  REQUIRE(told.await_size(told.size() + 100, std::chrono::seconds(30)));
  senders.finish();
  audit.look(r, told, random);
  audit.check_nonces(r, told, load::accounts(clients));
  await_all_committed(r);
  const u64 committed = check_commits(r, *l1_client);
  const u64 head = block_of_tag(r, "latest");
  CHECK(r.end_node() == 0);
  check_settled(r, *l1_client, committed, head);
}
