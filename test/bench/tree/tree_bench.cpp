// The state tree on LevelDB under random updates of existing keys, root after each batch.
//   bench_tree [--leaves N] [--batch N] [--batches N] [--threads N] [--no-sync] [--folder PATH]
// Prints one JSON array; what it is doing goes to standard error.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <sys/resource.h>
#include <thread>

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/store/tree_store.hpp"
#include "runtime/tree/memory_tree.hpp"
#include "runtime/tree/sort_updates.hpp"

using namespace ashlar;

namespace {

struct arguments {
  u64 leaves = 10'000'000;
  u64 batch = 50'000;
  u64 batches = 60;
  unsigned threads = 2;
  bool sync = true;
  std::string folder = (std::filesystem::temp_directory_path() / "ashlar_bench_tree").string();
};

arguments parse(int argc, char** argv) {
  arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&] {
      if (++i >= argc) {
        std::fprintf(stderr, "%s needs a value\n", name.c_str());
        std::exit(2);
      }
      return std::string(argv[i]);
    };
    if (name == "--leaves")
      a.leaves = std::stoull(value());
    else if (name == "--batch")
      a.batch = std::stoull(value());
    else if (name == "--batches")
      a.batches = std::stoull(value());
    else if (name == "--threads")
      a.threads = static_cast<unsigned>(std::stoul(value()));
    else if (name == "--folder")
      a.folder = value();
    else if (name == "--no-sync")
      a.sync = false;
    else if (name != "--json") {
      std::fprintf(stderr, "unknown option %s\n", name.c_str());
      std::exit(2);
    }
  }
  return a;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return s(use.ru_utime) + s(use.ru_stime);
}

hash256 key_of(u64 i) {
  u8 raw[8];
  store_be64(raw, i);
  return crypto::blake3(raw);
}

class traffic {
 public:
  traffic(u64 leaves, u64 seed) : leaves_(leaves), random_(seed) {}

  std::vector<tree::update> first() {
    std::vector<tree::update> all(leaves_);
    for (u64 i = 0; i < leaves_; ++i) all[i] = {key_of(i), value()};
    tree::sort_updates(all);
    return all;
  }

  /// Distinct existing keys in random order.
  std::vector<tree::update> next(u64 count) {
    std::vector<u64> picked;
    while (picked.size() < count) {
      while (picked.size() < count) picked.push_back(random_() % leaves_);
      std::sort(picked.begin(), picked.end());
      picked.erase(std::unique(picked.begin(), picked.end()), picked.end());
    }
    std::shuffle(picked.begin(), picked.end(), random_);
    std::vector<tree::update> out;
    for (const u64 i : picked) out.push_back({key_of(i), value()});
    return out;
  }

 private:
  hash256 value() {
    hash256 v;
    for (std::size_t i = 0; i < 32; i += 8) store_be64(v.data() + i, random_());
    return v;
  }

  u64 leaves_;
  std::mt19937_64 random_;
};

store::tree_store_config config_for(const arguments& a) {
  store::tree_store_config c;
  c.folder = a.folder;
  c.leaves_max = std::max<u64>(a.leaves + a.leaves / 4, 1u << 20);
  c.threads = a.threads;
  c.sync = a.sync;
  return c;
}

std::unique_ptr<store::tree_store> open(const arguments& a) {
  auto r = store::tree_store::open(config_for(a));
  if (!r.ok()) std::fprintf(stderr, "open: %s\n", r.error().detail.c_str());
  ensure(r.ok());
  return std::move(r).value();
}

/// The same traffic on a smaller tree gives the reference's roots, also after a restart.
void check(arguments a) {
  a.leaves = std::min<u64>(a.leaves, 30'000);
  std::filesystem::remove_all(a.folder);
  traffic t(a.leaves, 1);
  tree::memory_tree reference;
  auto s = open(a);
  const auto all = t.first();
  ensure(*s->import(batch_number{0}, all) == *reference.apply(all));
  for (u64 n = 1; n <= 6; ++n) {
    auto updates = t.next(a.leaves / 6);
    tree::sort_updates(updates);
    ensure(*s->apply(batch_number{n}, updates) == *reference.apply(updates));
  }
  s.reset();
  ensure(open(a)->state() == reference.state());
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

u64 bytes_written() {
  std::ifstream in("/proc/self/io");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("wchar: ")) return std::stoull(line.substr(7));
  return 0;
}

u64 folder_bytes(const std::string& folder) {
  u64 sum = 0;
  for (const auto& f : std::filesystem::directory_iterator(folder))
    if (f.is_regular_file()) sum += f.file_size();
  return sum;
}

void row(const char* name, double value, const char* unit, const char* peer, double peer_value,
         u64 runs, bool last = false) {
  std::printf(
      " {\"name\": \"%s\", \"value\": %.4g, \"unit\": \"%s\", \"peer\": \"%s\", "
      "\"peer_value\": %.4g, \"ratio\": %.3g, \"runs\": %llu}%s\n",
      name, value, unit, peer, peer_value, peer_value == 0 ? 0 : value / peer_value,
      static_cast<unsigned long long>(runs), last ? "" : ",");
}

}  // namespace

int main(int argc, char** argv) {
  const arguments a = parse(argc, argv);
  std::fprintf(stderr, "%s, %u hardware threads, %u used; %llu leaves, batches of %llu, sync %s\n",
               processor().c_str(), std::thread::hardware_concurrency(), a.threads,
               static_cast<unsigned long long>(a.leaves), static_cast<unsigned long long>(a.batch),
               a.sync ? "on" : "off");
  check(a);
  std::fprintf(stderr, "checked against the reference tree\n");

  std::filesystem::remove_all(a.folder);
  traffic t(a.leaves, 2);
  auto s = open(a);
  double load_seconds = 0;
  {
    const auto all = t.first();
    const double start = seconds_now();
    ensure(s->import(batch_number{0}, all).ok());
    load_seconds = seconds_now() - start;
  }
  std::fprintf(stderr, "loaded in %.1f s, %.2f GB of memory\n", load_seconds,
               static_cast<double>(s->memory_bytes()) * 1e-9);

  // Making the traffic is not timed. Sorting it by key is: it comes unsorted.
  double wall = 0, cpu = 0;
  std::vector<double> each;
  const u64 written_before = bytes_written();
  for (u64 n = 1; n <= a.batches; ++n) {
    auto updates = t.next(a.batch);
    const double cpu_start = cpu_seconds();
    const double start = seconds_now();
    tree::sort_updates(updates);
    ensure(s->apply(batch_number{n}, updates).ok());
    each.push_back(seconds_now() - start);
    wall += each.back();
    cpu += cpu_seconds() - cpu_start;
  }
  const u64 written = bytes_written() - written_before;
  const hash256 root = s->root();
  const double updates = static_cast<double>(a.batch * a.batches);
  std::sort(each.begin(), each.end());
  std::fprintf(stderr, "applied %llu batches in %.2f s\n",
               static_cast<unsigned long long>(a.batches), wall);

  s.reset();
  const double start = seconds_now();
  s = open(a);
  const double open_seconds = seconds_now() - start;
  ensure(s->root() == root);

  std::printf("[\n");
  // What is required is of a tree of 10 million leaves.
  const bool whole = a.leaves >= 10'000'000;
  const std::string rate = "tree.updates_per_second of " + std::to_string(a.leaves) + " leaves";
  row(rate.c_str(), updates / wall, "1/s", whole ? "required" : "", whole ? 400'000 : 0, a.batches);
  row("tree.updates_per_cpu_second", updates / cpu, "1/s", "", 0, a.batches);
  row("tree.batch_p50", each[each.size() / 2] * 1e3, "ms", "", 0, a.batches);
  row("tree.batch_max", each.back() * 1e3, "ms", "", 0, a.batches);
  row("tree.bytes_written_per_update", static_cast<double>(written) / updates, "bytes",
      "index and value", 34, a.batches);
  row("tree.load", load_seconds, "s", "", 0, 1);
  row("tree.open", open_seconds, "s", "", 0, 1);
  row("tree.memory", static_cast<double>(s->memory_bytes()) * 1e-9, "GB", "", 0, 1);
  row("tree.disk", static_cast<double>(folder_bytes(a.folder)) * 1e-9, "GB", "leaves",
      static_cast<double>(a.leaves * tree::leaf_bytes) * 1e-9, 1, true);
  std::printf("]\n");
  s.reset();
  std::filesystem::remove_all(a.folder);
  return 0;
}
