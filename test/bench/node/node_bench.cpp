// A whole node, measured from outside by a client that measures anvil with the same transfers:
// throughput to durable soft confirmation, latency, restart after a kill.
//   bench_node [--batches N] [--serial N] [--paced-s N] [--log-txns N] [--folder PATH] [--no-peer]
//              [--config TOML]
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
  say("checking blocks and balances of anvil");
  check_blocks(peer.port, 0, book);
  return t;
}

/// Rows of the throughput: ours against anvil's.
void add_throughput(std::vector<row>& rows, const throughput& ours,
                    const std::optional<throughput>& theirs) {
  const auto against = [&](double throughput::*field) {
    return theirs ? std::optional((*theirs).*field) : std::nullopt;
  };
  rows.push_back({"node: transfers through RPC to durable confirmation", ours.txns_per_s, "1/s",
                  "anvil", against(&throughput::txns_per_s), 1});
  rows.push_back({"node: processor time of a transfer", ours.cpu_us, "us", "anvil",
                  against(&throughput::cpu_us), 1});
}

void add_latency(std::vector<row>& rows, const std::string& when, const std::vector<double>& ms,
                 std::optional<double> p50_max, std::optional<double> p99_max) {
  const auto add = [&](const char* which, double part, std::optional<double> most) {
    rows.push_back({"node: soft confirmation, " + when + ", " + which, quantile(ms, part), "ms",
                    most ? "required at most" : "", most, ms.size()});
  };
  add("p50", 0.50, p50_max);
  add("p99", 0.99, p99_max);
}

/// A probe of single transfers while batches come at a steady rate.
std::vector<double> latency_under_load(const ashlar_node& node, const load_shape& shape,
                                       std::span<const signed_batch> load, ledger& book,
                                       double txns_per_second, u64& nonce) {
  std::atomic<bool> over{false};
  std::vector<double> ms;
  std::thread probe([&] {
    ms = probe_latency(node.port(), shape.chain_id, shape.senders, nonce, 1'000'000,
                       [&] { return over.load(); });
  });
  drive(node.port(), node.pid(), load, shape.connections, book, txns_per_second);
  over = true;
  probe.join();
  return ms;
}

/// Kills the node and starts it again: it must have every transfer that was confirmed.
double restart_after_kill(ashlar_node& node, const ledger& book) {
  const auto before = rpc_client(node.port()).head();
  node.kill();
  u64 head = 0;
  const double took = node.restart(head);
  require(before && head >= *before, "the node lost blocks that it had confirmed");
  require(is_confirmed(node.port(), book), "the node lost transfers that it had confirmed");
  return took;
}

}  // namespace

int main(int argc, char** argv) {
  const arguments a = parse(argc, argv);
  std::filesystem::create_directories(a.folder);
  load_shape shape;
  const u64 log_batches = (a.log_txns + shape.batch - 1) / shape.batch;
  shape.batches = std::max(a.batches, log_batches);
  const auto all = make_load(shape, a.folder + "/transfers.txt");
  const auto load = std::span(all).first(a.batches);
  auto rest = std::span(all).subspan(a.batches);

  std::optional<throughput> theirs;
  if (a.peer) theirs = measure_anvil(a, shape, load);

  say("starting ashlar");
  ashlar_node node(a.folder + "/node", shape.senders + 1, a.config);
  ledger book(shape.senders);
  book.initial = initial_balance();
  const auto done = drive(node.port(), node.pid(), load, shape.connections, book);
  const auto ours = report("ashlar", done, a.batches * shape.batch);
  say("checking receipts and balances of ashlar");
  check_ledger(node.port(), 0, book);
  std::vector<row> rows;
  add_throughput(rows, ours, theirs);

  u64 nonce = 0;
  if (a.serial > 0) {
    say("one transfer at a time");
    // The first ones open the connection and the account.
    probe_latency(node.port(), shape.chain_id, shape.senders, nonce, 50);
    add_latency(rows, "serial",
                probe_latency(node.port(), shape.chain_id, shape.senders, nonce,
                              static_cast<u32>(a.serial)),
                1, std::nullopt);
  }
  const double rate = 0.8 * ours.txns_per_s;
  const u64 paced = std::min<u64>(rest.size(), static_cast<u64>(rate * a.paced_s) / shape.batch);
  if (paced > 0) {
    say("one transfer at a time, under 80 % of the peak");
    add_latency(rows, "at 80 % of peak",
                latency_under_load(node, shape, rest.first(paced), book, rate, nonce), std::nullopt,
                15);
    rest = rest.subspan(paced);
  }
  if (log_batches > a.batches) {
    say("filling the log");
    report("ashlar", drive(node.port(), node.pid(), rest, shape.connections, book),
           rest.size() * shape.batch);
    say("killing and starting again");
    rows.push_back({"node: serving again after kill -9, " +
                        std::to_string(book.transfers.size() + nonce) + " transactions in the log",
                    restart_after_kill(node, book), "s", "required at most", 5, 1});
  }
  std::fputs(to_json(rows).c_str(), stdout);
  node.kill();
  std::filesystem::remove_all(a.folder + "/node");
}
