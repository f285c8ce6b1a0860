#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include <catch2/catch.hpp>

#include "actors/node/commands/key_store.hpp"
#include "actors/node/node_config.hpp"
#include "actors/node/stack.hpp"
#include "actors/supervision/fault_point.hpp"
#include "test/e2e/crash/deposits.hpp"
#include "test/e2e/crash/load.hpp"
#include "test/e2e/crash/settlement.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr load::client_numbers clients{3, 1};
constexpr std::array roles{"gateway", "sequencer", "batch", "publisher", "l1_listener"};

/// What `ashlar node` makes of node.toml, with faults allowed.
node::stack_config config_of(const rig& r) {
  auto files = node::read_node_config(r.folder() + "/node.toml");
  if (!files.ok()) throw rig_error(files.error());
  const auto phrase = node::read_passphrase(files->keys.passphrase_file);
  if (!phrase.ok()) throw rig_error(phrase.error());
  const auto open = [&](const std::string& path) {
    const auto key = node::open_secp256k1_key(path, *phrase);
    if (!key.ok()) throw rig_error(key.error());
    return *key;
  };
  files->stack.sequencer_key = open(files->keys.sequencer);
  files->stack.operator_key = open(files->keys.operator_account);
  files->stack.faults_allowed = true;
  return files->stack;
}

node::role_line line_of(node::stack& s, const std::string& role) {
  for (node::role_line& line : s.roles())
    if (line.role == role) return std::move(line);
  throw rig_error("no role " + role);
}

/// Each role in turn, under load: thrown, started again, and nothing lost.
void check_each_role(const std::function<void(node::stack&, const std::string& role)>& make_throw) {
  // given: every role in this process, clients at its endpoint, deposits on the way
  rig r({load::accounts(clients), 200, {}});
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
  load senders(r, told, clients);
  deposits sent(r);

  for (const char* role : roles) {
    INFO(role);
    sent.request();
    REQUIRE(told.await_size(told.size() + 300, std::chrono::seconds(30)));
    // when
    make_throw(*s, role);
    // then: it runs again, and everything goes on behind it: blocks, batches, commits
    await(std::string(role) + " to be started again", 20, [&] {
      const auto line = line_of(*s, role);
      return line.restarts == 1 && line.healthy;
    });
    REQUIRE(told.await_size(told.size() + 300, std::chrono::seconds(30)));
    const u64 committed = check_commits(r, *l1_client);
    await("L1 to get more batches", 30,
          [&] { return check_commits(r, *l1_client) >= committed + 2; });
    audit.look(r, told, random);
    senders.check();
  }
  senders.finish();
  sent.await_all();
  audit.look(r, told, random);
  audit.check_nonces(r, told, load::accounts(clients));
  sent.check(audit);
  await_all_committed(r);
  const u64 committed = check_commits(r, *l1_client);
  const u64 head = block_of_tag(r, "latest");
  for (const node::role_line& line : s->roles()) CHECK(line.restarts == 1);
  CHECK_FALSE(gave_up);
  s.reset();
  check_settled(r, *l1_client, committed, head);
  std::printf("%zu transactions confirmed in %llu blocks, %llu batches; %llu refused for now\n",
              told.size(), static_cast<unsigned long long>(head),
              static_cast<unsigned long long>(committed),
              static_cast<unsigned long long>(senders.totals().refused));
}

/// Where each role's work is half done.
const std::map<std::string, std::string> points{{"sequencer", "sequencer.moved"},
                                                {"batch", "batch.laid"},
                                                {"publisher", "publisher.planned_commit"},
                                                {"l1_listener", "l1_listener.taken"},
                                                {"gateway", "gateway.fed"}};

}  // namespace

TEST_CASE("each role throws between its messages under load, and nothing is lost") {
  check_each_role([](node::stack& s, const std::string& role) {
    REQUIRE(s.inject_fault(role, "planted in the test"));
  });
}

TEST_CASE("each role throws in the middle of its work under load, and nothing is lost") {
  check_each_role([](node::stack&, const std::string& role) {
    supervision::arm_fault(points.at(role), "planted in the test");
    await("the point to be passed", 20, [&] { return !supervision::is_armed(points.at(role)); });
  });
}

TEST_CASE("a role that throws at each start ends the stack with its name and exit code 1") {
  rig r({{}, 200, {}});
  for (const char* role : roles) {
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
    CHECK(end->second.find(std::string("'") + role + "'") != std::string::npos);
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
