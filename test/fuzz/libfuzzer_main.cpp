#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "test/fuzz/target.hpp"

// LLVM's interface. With ASHLAR_FUZZ_SEEDS in the environment, the seeds are written to that folder
// before the corpus is read.
extern "C" __attribute__((visibility("default"))) int LLVMFuzzerInitialize(int*, char***) {
  const char* folder = std::getenv("ASHLAR_FUZZ_SEEDS");
  if (folder == nullptr) return 0;
  std::filesystem::create_directories(folder);
  std::size_t number = 0;
  for (const ashlar::bytes& seed : ashlar::fuzz::seeds())
    std::ofstream(std::filesystem::path(folder) / ("seed-" + std::to_string(number++)),
                  std::ios::binary)
        .write(reinterpret_cast<const char*>(seed.data()),
               static_cast<std::streamsize>(seed.size()));
  return 0;
}

extern "C" __attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(
    const std::uint8_t* begin, std::size_t size) {
  ashlar::fuzz::check({begin, size});
  return 0;
}
