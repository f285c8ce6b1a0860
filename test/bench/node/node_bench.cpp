// A whole node, measured from outside by a client that measures anvil with the same transfers:
// throughput to durable soft confirmation, latency, restart after a kill.
//   bench_node [--batches N] [--runs N] [--serial N] [--log-txns N] [--folder PATH]
// Prints one JSON array; what it is doing goes to standard error.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "test/bench/node/load_client.hpp"
#include "test/bench/node/servers.hpp"
#include "test/bench/rows/rows.hpp"

using namespace ashlar;
using namespace ashlar::bench;

namespace {

struct arguments {
  u64 batches = 1'000;       ///< of the throughput's run
  u64 serial = 2'000;        ///< transfers of the serial latency
  double paced_s = 6;        ///< length of the paced load
  u64 log_txns = 1'000'000;  ///< in the log before the kill
  bool peer = true;
  std::string folder = (std::filesystem::temp_directory_path() / "ashlar_bench_node").string();
  std::string config;  ///< appended to node.toml
};

arguments parse(int argc, char** argv) {
  arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&] {
      require(i + 1 < argc, name + " needs a value");
      return std::string(argv[++i]);
    };
    if (name == "--batches")
      a.batches = std::stoull(value());
    else if (name == "--serial")
      a.serial = std::stoull(value());
    else if (name == "--paced-s")
      a.paced_s = std::stod(value());
    else if (name == "--log-txns")
      a.log_txns = std::stoull(value());
    else if (name == "--folder")
      a.folder = value();
    else if (name == "--config")
      a.config = value() + "\n";
    else if (name == "--no-peer")
      a.peer = false;
    else
      give_up("unknown option " + name);
  }
  return a;
}

struct throughput {
  double txns_per_s = 0, cpu_us = 0;
};

throughput report(const char* who, const drive_result& r, u64 txns) {
  const double n = static_cast<double>(txns);
  const throughput t{n / r.seconds, 1e6 * r.cpu_seconds / n};
  char line[160];
  std::snprintf(line, sizeof line, "%s: %.0f transfers/s, %.1f us of processor time each", who,
                t.txns_per_s, t.cpu_us);
  say(line);
  return t;
}

throughput measure_anvil(const arguments& a, const load_shape& shape,
                         std::span<const signed_batch> load) {
  say("starting anvil");
  auto peer = start_anvil_peer(a.folder + "/anvil", shape.senders + 1);
  ledger book(shape.senders);
  book.initial = initial_balance();
  const auto r = drive(peer.port, peer.process.pid(), load, shape.connections, book);
  const auto t = report("anvil", r, book.transfers.size());
  say("checking receipts and balances of anvil");
  check_ledger(peer.port, 0, book);
  return t;
}

}  // namespace

int main(int argc, char** argv) {
  const arguments a = parse(argc, argv);
  std::filesystem::create_directories(a.folder);
  load_shape shape;
  const u64 needed = std::max(a.batches, (a.log_txns + shape.batch - 1) / shape.batch);
  shape.batches = needed;
  const auto all = make_load(shape, a.folder + "/transfers.txt");
  const auto load = std::span(all).first(a.batches);
  const u64 txns = a.batches * shape.batch;

  std::vector<row> rows;
  std::optional<throughput> theirs;
  if (a.peer) theirs = measure_anvil(a, shape, load);

  say("starting ashlar");
  ashlar_node node(a.folder + "/node", shape.senders + 1, a.config);
  ledger book(shape.senders);
  book.initial = initial_balance();
  const auto ours =
      report("ashlar", drive(node.port(), node.pid(), load, shape.connections, book), txns);
  say("checking receipts and balances of ashlar");
  check_ledger(node.port(), 0, book);
  const auto against = [&](double throughput::*field) {
    return theirs ? std::optional((*theirs).*field) : std::nullopt;
  };
  rows.push_back({"node: transfers through RPC to durable confirmation", ours.txns_per_s, "1/s",
                  "anvil", against(&throughput::txns_per_s), 1});
  rows.push_back({"node: processor time of a transfer", ours.cpu_us, "us", "anvil",
                  against(&throughput::cpu_us), 1});
  std::fputs(to_json(rows).c_str(), stdout);
}
