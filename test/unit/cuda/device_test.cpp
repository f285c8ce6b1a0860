// What a GPU computes, held against the CPU, stage by stage; each stage on its own, so that one
// that fails leaves the others' verdict. Ends with 0, 1, or 77 where there is no device.
//   cuda_device_test [--list] [--only TEXT] [--skip TEXT]
#include <cstdio>
#include <cstring>

#include "cuda/backend/backend.hpp"
#include "test/bench/rows/rows.hpp"
#include "test/support/backend_stages.hpp"

using namespace ashlar;

namespace {

constexpr int skipped = 77;

struct options {
  bool list = false;
  const char *only = "", *skip = nullptr;
};

bool parse(int count, char** arguments, options& o) {
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--list") == 0)
      o.list = true;
    else if (i + 1 < count && std::strcmp(arguments[i], "--only") == 0)
      o.only = arguments[++i];
    else if (i + 1 < count && std::strcmp(arguments[i], "--skip") == 0)
      o.skip = arguments[++i];
    else
      return false;
  }
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  options o;
  if (!parse(count, arguments, o)) {
    std::fprintf(stderr, "usage: cuda_device_test [--list] [--only TEXT] [--skip TEXT]\n");
    return 2;
  }
  const auto stages = test::backend_stages(true);
  if (o.list) {
    for (const auto& s : stages) std::printf("%s\n", s.name.c_str());
    return 0;
  }
  if (cuda::device_count() == 0) {
    std::printf("no CUDA device\n");
    return skipped;
  }
  const auto cpu = stark::make_cpu_backend();
  auto gpu = cuda::make_cuda_backend();
  if (!gpu) {
    std::printf("the device cannot be used: %s\n", gpu.error().text.c_str());
    return 1;
  }
  unsigned failed = 0, run = 0;
  for (const auto& s : stages) {
    if (s.name.find(o.only) == std::string::npos) continue;
    if (o.skip != nullptr && s.name.find(o.skip) != std::string::npos) continue;
    const double begin = bench::now_s();
    std::string verdict;
    bool lost = false;
    try {
      verdict = s.run(*cpu, **gpu);
    } catch (const cuda::device_exception& e) {
      verdict = e.what();
      lost = true;
    } catch (const std::bad_alloc& e) {
      verdict = e.what();
    }
    ++run;
    failed += !verdict.empty();
    std::printf("%-4s %7.2f s  %s%s%s\n", verdict.empty() ? "ok" : "FAIL", bench::now_s() - begin,
                s.name.c_str(), verdict.empty() ? "" : ": ", verdict.c_str());
    if (lost) {
      std::printf("the device's state is lost: the stages after this one were not run\n");
      break;
    }
  }
  std::printf("%u of %u stages failed; %.1f MB of device memory at most\n", failed, run,
              static_cast<double>((*gpu)->memory_bytes_peak()) / 1e6);
  return failed == 0 ? 0 : 1;
}
