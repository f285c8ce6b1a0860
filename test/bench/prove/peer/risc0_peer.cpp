// RISC Zero's prover of its rv32im circuit, on its CPU code, as a peer of bench_prove. It is not
// part of this build: risc0.mk compiles it with RISC Zero's own sources.
//   risc0_peer TURNS
// One proof of one segment of fibonacci.elf, which lies beside it; their verifier then checks it.
// Prints the cycles of the program, the seconds from the memory image to the seal, the processor
// seconds of the same, the milliseconds of the verification, the bytes of the seal and the first
// word of the proved output.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <hal/po2s.h>
#include <map>
#include <prove/rv32im.h>
#include <string>
#include <verify/rv32im.h>

using namespace risc0;

/// Where their library leaves its messages.
extern "C" void risc0_log_callback(int, const char* text) {
  std::fprintf(stderr, "risc0: %s\n", text);
}

namespace {

/// Every read of the guest gets the number of turns.
class turns_host : public rv32im::HostIO {
 public:
  explicit turns_host(uint32_t turns) : turns_(turns) {}
  uint32_t onWrite(uint32_t, const uint8_t*, uint32_t) override { return 0; }
  uint32_t onRead(uint32_t, uint8_t* to, uint32_t size) override {
    if (size != sizeof turns_) return 0;
    std::memcpy(to, &turns_, size);
    return size;
  }

 private:
  uint32_t turns_;
};

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_s() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

int prove(const std::string& elf, uint32_t turns) {
  constexpr size_t po2 = MAX_PO2;
  std::map<uint32_t, uint32_t> words;
  rv32im::loadKernelV2(words, elf);
  auto image = rv32im::MemoryImage::fromWords(words);
  turns_host io(turns);
  // Its memory is allocated and touched here, outside the clock, as ours is by the first proof.
  Rv32imProver prover(getCpuHal(), po2);

  const double start = now_s(), cpu_start = cpu_s();
  const auto run = preflight(po2, image, io);
  if (!run->isFinal) {
    std::fprintf(stderr, "risc0: %u turns are more than a segment of 2^%zu rows\n", turns, po2);
    return 1;
  }
  WriteIop seal;
  prover.prove(seal, *run);
  const double took_s = now_s() - start, took_cpu_s = cpu_s() - cpu_start;

  const auto& words_of_seal = seal.getTranscript();
  const double verify_start = now_s();
  ReadIop read(words_of_seal.data(), words_of_seal.size());
  verifyRv32im(read, po2);  // throws
  const double verify_s = now_s() - verify_start;

  const auto* claim = reinterpret_cast<const Globals*>(words_of_seal.data());
  if (claim->isTerminate != Fp(1)) {
    std::fprintf(stderr, "risc0: the proof is not of a program that ended\n");
    return 1;
  }
  const uint32_t output = claim->out[0].low.asUInt32() | claim->out[0].high.asUInt32() << 16;
  std::printf("%u %.3f %.3f %.2f %zu %u\n", run->cycles, took_s, took_cpu_s, verify_s * 1e3,
              words_of_seal.size() * sizeof(Fp), output);
  return 0;
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 2) return 2;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return prove(folder / "fibonacci.elf",
               static_cast<uint32_t>(std::strtoul(arguments[1], nullptr, 10)));
} catch (const std::exception& e) {
  std::fprintf(stderr, "risc0: %s\n", e.what());
  return 1;
}
