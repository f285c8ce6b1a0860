#include "actors/node/node_config.hpp"

#include <filesystem>
#include <fstream>
#include <functional>

#include <catch2/catch.hpp>

#include "actors/node/chain/ecosystem.hpp"
#include "actors/node/commands/commands.hpp"
#include "actors/node/process/scratch_folder.hpp"

using namespace ashlar;

namespace {

/// Every documented file of a node, and what in it must be filled in by the operator.
node::toml_reader read_all(const std::string& path, status<node::config_error>* verdict) {
  auto file = node::toml_reader::open(path, {});
  REQUIRE(file.ok());
  if (*node::read_node_kind(path) == node::node_kind::prover_worker) {
    node::worker_files out;
    out.socket = "data/prover.sock";
    out.worker.name = "worker";
    node::read_worker_keys(*file, out);
  } else {
    node::node_files out;
    std::string chain_folder = ".";
    out.stack.data_folder = "data";
    node::read_node_keys(*file, out, chain_folder);
  }
  *verdict = file->finish();
  return std::move(*file);
}

std::vector<std::string> documents() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator("configs/node"))
    if (entry.path().extension() == ".toml") out.push_back(entry.path().string());
  return out;
}

}  // namespace

TEST_CASE("every documented key is known, and its documented value is the default", "[config]") {
  REQUIRE_FALSE(documents().empty());
  for (const std::string& path : documents()) {
    INFO(path);
    status<node::config_error> verdict = nothing{};
    const auto file = read_all(path, &verdict);
    if (!verdict) FAIL(verdict.error().text);
    CHECK(file.changed() == std::vector<std::string>{});
  }
}

TEST_CASE("a node as documented answers beside its L1, where status and dev look for it",
          "[config]") {
  const node::node_files plain;
  const std::string port = ":" + std::to_string(plain.stack.rpc.http.port);
  CHECK_FALSE(plain.stack.l1.endpoint.ends_with(port));
  CHECK(node::status_command{}.rpc_endpoint.ends_with(port));
  CHECK(node::dev_command{}.port == plain.stack.rpc.http.port);
  CHECK(node::escape_command{}.l1_endpoint == plain.stack.l1.endpoint);
}

TEST_CASE("every key that a node reads is documented", "[config]") {
  for (const std::string& path : documents()) {
    status<node::config_error> verdict = nothing{};
    const auto file = read_all(path, &verdict);
    for (const std::string& key : file.asked()) {
      // Its absence has a meaning of its own; the file names it in a comment.
      if (key == "l1_listener.finality_depth") continue;
      INFO(path << ": " << key);
      CHECK(file.has(key));
    }
  }
}

namespace {

/// A chain's files and a node.toml beside them; what reading it says.
result<node::node_files, std::string> read_node_toml(
    const std::string& text, const std::function<void(chain_config&)>& change = {}) {
  const node::scratch_folder scratch("", "ashlar-node-config");
  node::chain_spec spec;
  spec.config.chain_id = 271;
  spec.config.l1_chain_id = 31'337;
  spec.config.fee_vault[0] = 1;
  spec.config.chain_contract[0] = spec.contracts.chain[0] = 2;
  if (change) change(spec.config);
  REQUIRE(node::write_chain_spec(scratch.path(), spec).ok());
  std::ofstream{scratch.path() + "/node.toml"} << text;
  return node::read_node_config(scratch.path() + "/node.toml");
}

}  // namespace

TEST_CASE("where a file is missing the error says how to come by it", "[config]") {
  const node::scratch_folder scratch("", "ashlar-node-config");
  const std::string path = scratch.path() + "/node.toml";
  const std::string none = path + ": there is no such file; copy configs/node/single.toml";
  CHECK_THAT(node::read_node_kind(path).error(), Catch::StartsWith(none));
  CHECK_THAT(node::read_node_config(path).error(), Catch::StartsWith(none));
  CHECK_THAT(node::read_worker_config(path).error(), Catch::StartsWith(none));
  std::ofstream{path} << "";
  CHECK_THAT(node::read_node_config(path).error(),
             Catch::Contains("chain.toml: there is no such file; `ashlar ecosystem add-chain`"));
  CHECK_THAT(node::read_ecosystem(scratch.path()).error(),
             Catch::Contains("ecosystem.toml: there is no such file; `ashlar ecosystem init`"));
}

TEST_CASE("a chain whose blocks nobody might be able to prove is not joined", "[config]") {
  const auto early = read_node_toml("", [](chain_config& c) {
    c.revisions = {{unix_seconds{0}, revision::prague}, {unix_seconds{9}, revision::osaka}};
  });
  REQUIRE_FALSE(early);
  CHECK_THAT(early.error(), Catch::Contains("revisions must be osaka or later"));
  const auto large =
      read_node_toml("", [](chain_config& c) { c.priority_txn_gas_max = 16'777'217; });
  REQUIRE_FALSE(large);
  CHECK_THAT(large.error(), Catch::Contains("priority gas at most 16777216"));
  const auto cheap = read_node_toml("", [](chain_config& c) { c.pubdata_gas_per_byte = 5; });
  REQUIRE_FALSE(cheap);
  CHECK_THAT(cheap.error(), Catch::Contains("pubdata_gas_per_byte must be 6 or more"));
}

TEST_CASE("a node's file is read with its chain beside it", "[config]") {
  const auto read = read_node_toml(
      "[log]\nlevel = 'error'\nformat = 'json'\n[rpc]\ncall_gas_max = 90000000\n"
      "header_timeout_ms = 700\n[gateway]\nthreads = 0\n");
  if (!read.ok()) FAIL(read.error());
  CHECK(read->stack.log_level == api::log_level::error);
  CHECK(read->stack.log_format == api::log_format::json);
  CHECK(read->stack.rpc.http.header_timeout == std::chrono::milliseconds(700));
  CHECK(read->stack.gateway.threads == 0);
  // What calls may use is one limit for the RPC and for who executes them.
  CHECK(read->stack.rpc.rpc.call_gas_max == 90'000'000);
  CHECK(read->stack.gateway.call_gas_max == 90'000'000);
  CHECK(read->stack.publisher.contract == read->stack.chain.contracts.chain);
}

TEST_CASE("what is out of range in a role's part is an error of the file, by name", "[config]") {
  const auto refused = [](const std::string& text, const std::string& why) {
    const auto read = read_node_toml(text);
    REQUIRE_FALSE(read.ok());
    INFO(read.error());
    CHECK(read.error().find("node.toml: ") != std::string::npos);
    CHECK(read.error().find(why) != std::string::npos);
  };
  refused("[publisher]\nin_flight_max = 99\n", "publisher: in_flight_max must be 1 to 16");
  refused("[l1_listener]\nhash_window = 2\n", "l1_listener: hash_window must be 8 to 4096");
  refused("[gateway]\nasks_in_flight_max = 0\n", "gateway.asks_in_flight_max is 0");
  refused("[rpc]\nfee_percentiles_max = 0\n", "rpc: fee_percentiles_max is 0");
  refused("[sequencer]\nchunk_txns = 0\n", "sequencer: ");
  refused("[batch]\nblocks_max = 0\n", "batch.blocks_max is out of range");
  const std::string proves =
      R"(roles = ["sequencer", "batch", "publisher", "l1_listener", "gateway", "prover"])";
  CHECK(read_node_toml(proves).ok());
  refused(proves + "\n[batch]\nproving_cycles_max = 4000000000\n",
          "batch.proving_cycles_max allows batches whose proof takes about");
  refused(proves + "\n[prover]\nproof_bytes_max = 1000000000\n", "over prover.proof_bytes_max");
  const auto level = read_node_toml("[log]\nlevel = 'loud'\n");
  REQUIRE_FALSE(level.ok());
  CHECK(level.error().find("node.toml:2: log.level: expected debug") != std::string::npos);
}

TEST_CASE("roles turn the prover on, and nothing else may be left out or added", "[config]") {
  const auto read = [](const std::string& text, bool* proves) {
    auto file = node::toml_reader::parse(text, "node.toml");
    REQUIRE(file.ok());
    node::node_files out;
    std::string chain_folder;
    node::read_node_keys(*file, out, chain_folder);
    *proves = out.stack.proving.enabled;
    const auto verdict = file->finish();
    return verdict ? std::string() : verdict.error().text;
  };
  const std::string all = R"("sequencer", "batch", "publisher", "l1_listener", "gateway")";
  bool proves = true;
  CHECK(read("", &proves).empty());
  CHECK_FALSE(proves);
  CHECK(read("roles = [" + all + ", \"prover\"]", &proves).empty());
  CHECK(proves);
  for (const std::string& wrong :
       {std::string(R"("sequencer", "batch")"), all + R"(, "prover", "prover")",
        all + R"(, "prover_worker")", all + R"(, "sequencer")", all + R"(, "provers")"})
    CHECK_THAT(read("roles = [" + wrong + "]", &proves), Catch::Contains("roles"));
}

TEST_CASE("a worker's configuration is read strictly too, its paths from its folder", "[config]") {
  const auto folder = std::filesystem::temp_directory_path() / "ashlar-worker-config";
  std::filesystem::create_directories(folder);
  const std::string path = folder / "worker.toml";
  const auto read = [&](const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
    return node::read_worker_config(path);
  };
  const auto good = read("roles = [\"prover_worker\"]\n[worker]\nname = \"gpu-1\"\nthreads = 3\n");
  REQUIRE(good.ok());
  CHECK(good->worker.name == "gpu-1");
  CHECK(good->engine.threads == 3);
  CHECK(good->socket == (folder / "data/prover.sock").string());
  CHECK(*node::read_node_kind(path) == node::node_kind::prover_worker);
  for (const char* wrong : {"[worker]\nname = \"GPU 1\"", "[worker]\nparams = \"insecure_test\"",
                            "[worker]\nmemory_bytes_max = 1000", "[worker]\nthreds = 1",
                            "[worker]\nretry_ms = 0", "roles = [\"prover_worker\", \"gateway\"]"}) {
    INFO(wrong);
    CHECK_FALSE(read(wrong).ok());
  }
  std::filesystem::remove_all(folder);
}
