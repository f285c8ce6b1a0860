#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <unistd.h>

#include "runtime/base/hex.hpp"
#include "test/fuzz/target.hpp"

// Replays a target's seeds, the inputs that once failed, and a fixed number of mutations of both:
//   replay_X REGRESSIONS MUTATIONS
// The same inputs on every machine. One that ends the process is printed in hex first.

namespace {

using namespace ashlar;

bytes current;  // for the signal handler

void print_current(int signal_number) {
  static const char digits[] = "0123456789abcdef";
  static const char head[] = "replay: this input ended the process:\n";
  [[maybe_unused]] auto written = ::write(2, head, sizeof head - 1);
  for (const u8 b : current) {
    const char pair[2] = {digits[b >> 4], digits[b & 15]};
    written = ::write(2, pair, 2);
  }
  written = ::write(2, "\n", 1);
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void run(bytes input) {
  current = std::move(input);
  fuzz::check(current);
}

/// Files of one input each, in hex.
std::vector<bytes> read_regressions(const std::string& folder) {
  std::vector<bytes> out;
  if (!std::filesystem::is_directory(folder)) return out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    std::string text(std::istreambuf_iterator<char>(file), {});
    while (!text.empty() && text.back() <= ' ') text.pop_back();
    const auto input = from_hex(text);
    if (!input) {
      std::fprintf(stderr, "replay: %s is not hex\n", entry.path().c_str());
      std::exit(1);
    }
    out.push_back(*input);
  }
  return out;
}

/// One to four small changes.
bytes mutate(bytes input, const std::vector<bytes>& corpus, std::mt19937_64& random) {
  static constexpr u8 telling[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0xb8,
                                   0xbf, 0xc0, 0xf7, 0xf8, 0xff};
  for (u64 left = 1 + random() % 4; left > 0; --left) {
    const std::size_t at = input.empty() ? 0 : random() % input.size();
    const auto here = input.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random() % 7) {
      case 0:
        if (!input.empty()) input[at] ^= static_cast<u8>(1u << (random() % 8));
        break;
      case 1:
        if (!input.empty()) input[at] = telling[random() % std::size(telling)];
        break;
      case 2:
        input.insert(here, telling[random() % std::size(telling)]);
        break;
      case 3:
        if (!input.empty()) input.erase(here);
        break;
      case 4:
        input.resize(at);
        break;
      case 5: {
        // A stretch of another input, at another place.
        const bytes& other = corpus[random() % corpus.size()];
        if (other.empty()) break;
        const std::size_t from = random() % other.size();
        const std::size_t size = std::min<std::size_t>(other.size() - from, 1 + random() % 64);
        input.insert(here, other.begin() + static_cast<std::ptrdiff_t>(from),
                     other.begin() + static_cast<std::ptrdiff_t>(from + size));
        break;
      }
      default:
        for (std::size_t i = at; i < std::min(input.size(), at + 8); ++i)
          input[i] = static_cast<u8>(random());
    }
  }
  return input;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: %s REGRESSIONS MUTATIONS\n", arguments[0]);
    return 2;
  }
  for (const int s : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) std::signal(s, print_current);
  std::vector<bytes> corpus = fuzz::seeds();
  const std::size_t seed_count = corpus.size();
  for (bytes& input : read_regressions(arguments[1])) corpus.push_back(std::move(input));
  if (seed_count == 0) {
    std::fprintf(stderr, "replay: no seeds\n");
    return 1;
  }
  for (const bytes& input : corpus) run(input);
  run({});
  const u64 mutations = std::strtoull(arguments[2], nullptr, 10);
  std::mt19937_64 random(20261122);
  for (u64 i = 0; i < mutations; ++i) run(mutate(corpus[random() % corpus.size()], corpus, random));
  std::printf("replayed %zu seeds, %zu regressions, %llu mutations\n", seed_count,
              corpus.size() - seed_count, static_cast<unsigned long long>(mutations));
}
