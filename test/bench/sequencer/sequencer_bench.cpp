// Transfers from the mempool to durable confirmation, without RPC and sender recovery; then what a
// kill leaves, opened again.
//   bench_sequencer [--txns N] [--senders N] [--list N] [--serial N] [--folder PATH]
// Prints one JSON array; what it is doing goes to standard error.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actors/sequencer/engine.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stf/block.hpp"

using namespace ashlar;
using namespace ashlar::sequencer;

namespace {

struct arguments {
  u64 txns = 1'000'000;
  u64 senders = 200;
  u64 list = 200;
  u64 serial = 2'000;
  std::string folder = (std::filesystem::temp_directory_path() / "ashlar_bench_sequencer").string();
};

class system_clock final : public clock {
 public:
  duration steady() const noexcept override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
  unix_seconds wall() const noexcept override {
    return unix_seconds{static_cast<u64>(std::chrono::duration_cast<std::chrono::seconds>(
                                             std::chrono::system_clock::now().time_since_epoch())
                                             .count())};
  }
};

address user(u64 n) {
  address a;
  a[0] = 0x55;
  store_be64(a.data() + 12, n + 1);
  return a;
}

api::submission transfer(u64 from, u64 nonce, u64 users) {
  auto t = std::make_shared<txn>();
  t->type = txn_type::dynamic_fee;
  t->chain_id = 7;
  t->nonce = nonce;
  t->max_priority_fee_per_gas = u256{1};
  t->max_fee_per_gas = u256{1'000'000'000'000};
  t->gas_limit = 21'000;
  t->to = user((from * 7 + nonce) % users);
  t->value = u256{1};
  t->signature = {0, (u256{from + 1} << 200) + u256{nonce}, (u256{nonce + 1} << 190) + u256{from}};
  api::submission s;
  s.sender = user(from);
  const bytes raw = encode_txn(*t);
  s.hash = crypto::keccak256(raw);
  s.encoded_bytes = static_cast<u32>(raw.size());
  s.body = std::move(t);
  return s;
}

/// A chain, its store and an engine.
struct node {
  system_clock time;
  chain_config chain;
  local_signer signer{u256{1}.to_be()};
  std::unique_ptr<store::chain_store> store;
  std::unique_ptr<engine> core;

  explicit node(const arguments& a) {
    chain.chain_id = 7;
    chain.l1_chain_id = 1;
    chain.fee_vault = user(1u << 30);
    chain.block_gas_limit = 1'000'000'000;
    chain.base_fee_min = 1;
    chain.base_fee_genesis = 1;
    store::genesis origin;
    origin.block.block.header = stf::genesis_header(chain, unix_seconds{1'600'000'000});
    origin.block.hash = header_hash(origin.block.block.header);
    for (u64 i = 0; i < a.senders; ++i) {
      evm::account rich;
      rich.balance = u256::from_be(u256{1}.to_be()) << 200;
      origin.diff.accounts.push_back({user(i), std::nullopt, rich});
    }
    store::chain_store_config c;
    c.folder = a.folder;
    auto opened = store::chain_store::open(c, origin);
    if (!opened.ok()) {
      std::fprintf(stderr, "%s\n", store::to_text(opened.error()).c_str());
      std::exit(1);
    }
    store = std::move(*opened);
    core = std::make_unique<engine>(
        engine_config{},
        engine_parts{chain, *store, time, signer, epoch{}, {}, [](const std::string& why) {
                       std::fprintf(stderr, "%s\n", why.c_str());
                       std::_Exit(1);
                     }});
    if (const std::string wrong = core->recover(); !wrong.empty()) {
      std::fprintf(stderr, "%s\n", wrong.c_str());
      std::exit(1);
    }
  }
};

double seconds_since(std::chrono::steady_clock::time_point t) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count();
}

double cpu_seconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  const auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return s(u.ru_utime) + s(u.ru_stime);
}

void row(const char* name, double value, const char* unit, bool last = false) {
  std::printf("  {\"name\": \"sequencer/%s\", \"value\": %.6g, \"unit\": \"%s\"}%s\n", name, value,
              unit, last ? "" : ",");
}

/// A counter that the answers raise and the senders wait for.
class gate {
 public:
  void raise(u64 by) {
    {
      std::lock_guard lock{mutex_};
      count_ += by;
    }
    changed_.notify_all();
  }
  void wait_for(u64 least) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return count_ >= least; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  u64 count_ = 0;
};

void send(engine& core, std::vector<api::submission> items, gate& done) {
  const u64 n = items.size();
  const auto list = std::make_shared<const api::submission_list>(
      api::submission_list{std::move(items), api::submit_wait::confirmed, 60'000, false});
  ensure(core.submit(list, [&done, n](const api::submit_answer_list_ptr& answers) {
    for (const auto& a : answers->items) ensure(std::holds_alternative<api::soft_confirmation>(a));
    done.raise(n);
  }));
}

/// Runs the load and ends as a kill would: nothing is closed.
[[noreturn]] void load(const arguments& a) {
  std::filesystem::remove_all(a.folder);
  node n{a};
  n.core->start();

  std::fprintf(stderr, "one at a time: %llu transfers\n",
               static_cast<unsigned long long>(a.serial));
  std::vector<double> latency, append;
  u64 nonce0 = 0, append_before = 0;
  for (; nonce0 < a.serial; ++nonce0) {
    auto s = transfer(0, nonce0, a.senders);
    gate done;
    const auto from = std::chrono::steady_clock::now();
    send(*n.core, {std::move(s)}, done);
    done.wait_for(1);
    latency.push_back(seconds_since(from) * 1e3);
    const u64 append_ns = n.core->totals().append_ns;
    append.push_back(static_cast<double>(append_ns - append_before) / 1e6);
    append_before = append_ns;
  }
  std::sort(latency.begin(), latency.end());
  std::sort(append.begin(), append.end());
  const auto serial = n.core->totals();

  std::fprintf(stderr, "making %llu transfers\n", static_cast<unsigned long long>(a.txns));
  std::vector<std::vector<api::submission>> lists;
  for (u64 i = 0; i < a.txns;) {
    std::vector<api::submission> items;
    for (u64 k = 0; k < a.list && i < a.txns; ++k, ++i) {
      const u64 from = 1 + i % (a.senders - 1);
      items.push_back(transfer(from, i / (a.senders - 1), a.senders));
    }
    lists.push_back(std::move(items));
  }
  gate done;
  const auto from = std::chrono::steady_clock::now();
  const double cpu_from = cpu_seconds();
  u64 sent = 0;
  for (auto& items : lists) {
    // What four connections with lists of 200 keep in flight, and then some.
    if (sent > 8'000) done.wait_for(sent - 8'000);
    sent += items.size();
    send(*n.core, std::move(items), done);
  }
  done.wait_for(sent);
  const double took = seconds_since(from);
  const double cpu = cpu_seconds() - cpu_from;
  const auto all = n.core->totals();
  const double flush_from = seconds_since(from);
  ensure(n.store->flush().ok());
  const double flushed = seconds_since(from);
  ensure(n.store->head().txns_total == a.txns + a.serial);

  const double blocks = static_cast<double>(all.blocks - serial.blocks);
  const double count = static_cast<double>(a.txns);
  std::printf("[\n");
  row("serial_confirmation_p50", latency[latency.size() / 2], "ms");
  row("serial_confirmation_p99", latency[latency.size() * 99 / 100], "ms");
  row("serial_append_p50", append[append.size() / 2], "ms");
  row("serial_append_p99", append[append.size() * 99 / 100], "ms");
  row("transfers", count / took, "1/s");
  row("transfers_flushed_to_state", count / flushed, "1/s");
  row("flush_left_at_the_end", (flushed - flush_from) * 1e3, "ms");
  row("cpu_per_transfer", cpu / count * 1e6, "us");
  row("transfers_per_block", count / blocks, "");
  row("execute_per_transfer", static_cast<double>(all.execute_ns - serial.execute_ns) / count / 1e3,
      "us");
  row("finish_per_transfer", static_cast<double>(all.finish_ns - serial.finish_ns) / count / 1e3,
      "us");
  row("append_per_block", static_cast<double>(all.append_ns - serial.append_ns) / blocks / 1e6,
      "ms");
  row("publish_and_answer_per_transfer",
      static_cast<double>(all.publish_ns - serial.publish_ns) / count / 1e3, "us");
  std::fflush(stdout);

  // The worst restart: as much behind as the bounds allow. Half a second of load, and gone.
  std::fprintf(stderr, "loading again, then gone\n");
  const u64 tail = std::min<u64>(a.txns, 50'000);
  gate more;
  u64 next = 0;
  for (u64 i = 0; i < tail / a.list; ++i) {
    std::vector<api::submission> items;
    for (u64 k = 0; k < a.list; ++k, ++next) items.push_back(transfer(0, nonce0 + next, a.senders));
    if (next > 3'000) more.wait_for(next - 3'000);
    send(*n.core, std::move(items), more);
  }
  more.wait_for(next);
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--json") continue;
    if (i + 1 >= argc) {
      std::fprintf(stderr, "%s needs a value\n", name.c_str());
      return 2;
    }
    const std::string value = argv[++i];
    if (name == "--txns")
      a.txns = std::stoull(value);
    else if (name == "--senders")
      a.senders = std::stoull(value);
    else if (name == "--list")
      a.list = std::stoull(value);
    else if (name == "--serial")
      a.serial = std::stoull(value);
    else if (name == "--folder")
      a.folder = value;
    else {
      std::fprintf(stderr, "unknown option %s\n", name.c_str());
      return 2;
    }
  }
  const pid_t child = fork();
  if (child == 0) load(a);
  int how = 0;
  waitpid(child, &how, 0);
  if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) return 1;
  const auto from = std::chrono::steady_clock::now();
  const node again{a};
  const double took = seconds_since(from);
  const auto c = again.core->totals();
  row("restart_seconds", took, "s");
  row("restart_replayed_transfers", static_cast<double>(c.replayed_txns), "");
  row("restart_transfers_in_log", static_cast<double>(again.store->head().txns_total), "", true);
  std::printf("]\n");
  std::filesystem::remove_all(a.folder);
  return 0;
}
