#include <filesystem>
#include <signal.h>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "test/e2e/crash/ledger.hpp"
#include "test/e2e/crash/load.hpp"
#include "test/e2e/crash/rpc_session.hpp"
#include "test/e2e/crash/settlement.hpp"

using namespace ashlar;
using namespace ashlar::test;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

hash256 secret() {
  hash256 s;
  s[31] = 0x77;
  return s;
}

/// What the status says of a role.
std::string detail_of(const rig& r, std::string_view role) {
  rpc_session rpc(r.l2_endpoint());
  const auto health = rpc.call("ashlar_health", {});
  if (!health.ok()) return {};
  for (const json::value& line : health->as_object().at("roles").as_array())
    if (line.as_object().at("role").as_string() == role)
      if (const json::value* detail = line.as_object().if_contains("detail"))
        return std::string(detail->as_string());
  return {};
}

/// Sends the user's transaction with this nonce and waits for its confirmation for 2 s; empty, or
/// why there is none.
std::string confirm(const rig& r, u64 nonce) {
  txn t;
  t.type = txn_type::dynamic_fee;
  t.chain_id = r.chain().config.chain_id;
  t.nonce = nonce;
  t.max_fee_per_gas = u256{1'000'000'000'000};
  t.max_priority_fee_per_gas = u256{1'000};
  t.gas_limit = 100'000;
  t.to = address{{0x42}};
  t.value = u256{1};
  l1::make_signer(secret())->sign(t);
  rpc_session rpc(r.l2_endpoint());
  const auto got = rpc.call("eth_sendRawTransactionSync", {to_hex(encode_txn(t)), 2'000});
  return got.ok() ? std::string() : got.error().text;
}

/// The node ran on another folder than the newest: nothing was confirmed on it, and it said why.
void check_refuses(rig& r, const std::string& ends, u64 nonce) {
  r.start_node();
  r.await_node();
  const u64 head = block_of_tag(r, "latest");
  const auto is_named = [&](std::string_view role) {
    const std::string detail = detail_of(r, role);
    return detail.find("L1 has batch ") != std::string::npos &&
           detail.find(ends) != std::string::npos;
  };
  const std::string refused = confirm(r, nonce);
  INFO(refused);
  CHECK_FALSE(refused.empty());
  await("the status to name it", 10,
        [&] { return is_named("sequencer") && is_named("publisher"); });
  CHECK_FALSE(confirm(r, nonce).empty());
  CHECK(block_of_tag(r, "latest") == head);
  CHECK(r.end_node() == 0);
}

}  // namespace

TEST_CASE("a node whose folder is older than L1 confirms nothing and says why") {
  // given: a chain of three batches, and a copy of the folder from the first
  rig r({{l1::make_signer(secret())->account()}, 200, {}});
  const auto l1_client = r.connect(r.l1_endpoint());
  u64 nonce = 0;
  const auto run_to_batch = [&](u64 batch) {
    r.start_node();
    r.await_node();
    await("batches on L1", 60, [&] {
      if (check_commits(r, *l1_client) >= batch) return true;
      const std::string refused = confirm(r, nonce);
      if (!refused.empty()) throw rig_error("not confirmed: " + refused);
      ++nonce;
      return false;
    });
    await_all_committed(r);
    REQUIRE(r.end_node() == 0);
  };
  const auto backup = r.folder() + "/backup", newest = r.folder() + "/newest";
  run_to_batch(1);
  const u64 copied = last_batch(r).number.value, nonce_then = nonce;
  fs::copy(r.data_folder(), backup, fs::copy_options::recursive);
  run_to_batch(copied + 2);
  fs::rename(r.data_folder(), newest);

  // when: its disk is not mounted, or the copy was brought back
  check_refuses(r, "this node's folder ends at batch 0", 0);
  fs::remove_all(r.data_folder());
  fs::copy(backup, r.data_folder(), fs::copy_options::recursive);
  check_refuses(r, "this node's folder ends at batch " + std::to_string(copied), nonce_then);

  // then: the newest folder goes on
  fs::remove_all(r.data_folder());
  fs::rename(newest, r.data_folder());
  const u64 committed = check_commits(r, *l1_client);
  run_to_batch(committed + 1);
  check_settled(r, *l1_client, check_commits(r, *l1_client), last_batch(r).last_block.value);
}

TEST_CASE("a node that is started while L1 is away confirms nothing until L1 answers") {
  // given
  rig r({{l1::make_signer(secret())->account()}, 200, {}});
  r.start_node();
  r.await_node();
  CHECK(confirm(r, 0).empty());
  // when: L1 stops answering, and the node is killed
  r.pause_l1();
  r.kill_node();
  r.start_node();
  r.await_node();
  // then: its folder may be a copy from before the last confirmation, as far as it knows
  CHECK_THAT(confirm(r, 1), Catch::Contains("L1 was not read to its head"));
  CHECK_THAT(detail_of(r, "sequencer"), Catch::Contains("L1 was not read to its head"));
  CHECK(block_of_tag(r, "latest") == 1);
  // when
  r.resume_l1();
  // then: what waited is confirmed
  await("the node to go on", 60, [&] { return block_of_tag(r, "latest") == 2; });
  CHECK(confirm(r, 2).empty());
  // and: a node whose L1 goes away meanwhile goes on, and is ended in time
  r.stop_l1();
  CHECK(confirm(r, 3).empty());
  CHECK(r.end_node() == 0);
}
