#include <thread>

#include "cuda/device/cuda_device.cuh"

namespace ashlar::cuda {

namespace {

// Out of the device's default pool, which keeps what is given back until the budget is exceeded.
class stream_memory final : public device_memory {
 public:
  stream_memory(std::size_t budget_bytes, int ordinal) : device_memory(budget_bytes) {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "creating a stream");
    cudaMemPool_t pool;
    check(cudaDeviceGetDefaultMemPool(&pool, ordinal), "the memory pool");
    u64 keep = budget_bytes;
    check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep), "the memory pool");
  }
  ~stream_memory() override {
    cudaStreamSynchronize(stream_);
    cudaStreamDestroy(stream_);
  }
  cudaStream_t stream() const noexcept { return stream_; }

 private:
  void* allocate(std::size_t bytes) override {
    void* p = nullptr;
    check(cudaMallocAsync(&p, bytes == 0 ? 1 : bytes, stream_), "allocating memory");
    return p;
  }
  void release(void* p) noexcept override { cudaFreeAsync(p, stream_); }

  cudaStream_t stream_ = nullptr;
};

// One thread's copy is slower than the bus.
void copy_by_threads(u8* to, const u8* from, std::size_t bytes) {
  constexpr std::size_t share_min = std::size_t{2} << 20;
  constexpr std::size_t threads_max = 8;
  const std::size_t threads =
      std::min({threads_max, std::size_t{std::max(1u, std::thread::hardware_concurrency())},
                bytes / share_min + 1});
  const std::size_t share = (bytes + threads - 1) / threads;
  std::vector<std::thread> others;
  for (std::size_t at = share; at < bytes; at += share)
    others.emplace_back([=] { std::memcpy(to + at, from + at, std::min(share, bytes - at)); });
  std::memcpy(to, from, std::min(share, bytes));
  for (std::thread& t : others) t.join();
}

}  // namespace

result<std::unique_ptr<cuda_device>, device_failure> cuda_device::open(int ordinal,
                                                                       std::size_t budget_bytes) {
  int count = 0;
  if (const cudaError_t e = cudaGetDeviceCount(&count); e != cudaSuccess || ordinal >= count) {
    std::string text = "there is no device " + std::to_string(ordinal);
    if (e != cudaSuccess) text += std::string(": ") + cudaGetErrorString(e);
    return fail(device_failure{device_error::no_device, std::move(text)});
  }
  try {
    check(cudaSetDevice(ordinal), "choosing a device");
    std::unique_ptr<cuda_device> out(new cuda_device);
    auto memory = std::make_shared<stream_memory>(budget_bytes, ordinal);
    out->stream_ = memory->stream();
    out->memory_ = std::move(memory);
    for (staging& s : out->staging_) {
      check(cudaMallocHost(&s.data, staging_bytes), "allocating pinned memory");
      check(cudaEventCreateWithFlags(&s.done, cudaEventDisableTiming), "creating an event");
    }
    check(cudaMallocHost(&out->answer_, answer_bytes), "allocating pinned memory");
    return out;
  } catch (const device_exception& e) {
    return fail(device_failure{e.what_failed(), e.what()});
  } catch (const device_memory_spent& e) {
    return fail(device_failure{device_error::memory, e.what()});
  }
}

cuda_device::~cuda_device() {
  if (stream_ != nullptr) cudaStreamSynchronize(stream_);
  for (staging& s : staging_) {
    if (s.done != nullptr) cudaEventDestroy(s.done);
    if (s.data != nullptr) cudaFreeHost(s.data);
  }
  if (answer_ != nullptr) cudaFreeHost(answer_);
}

void cuda_device::next_staging() {
  check(cudaEventRecord(staging_[current_].done, stream_), "recording an event");
  current_ ^= 1;
  used_ = 0;
  check(cudaEventSynchronize(staging_[current_].done), "waiting for staging memory");
}

void cuda_device::upload(void* to, const void* from, std::size_t bytes) {
  constexpr std::size_t alignment = 256;
  for (std::size_t at = 0; at < bytes;) {
    if (used_ == staging_bytes) next_staging();
    const std::size_t piece = std::min(staging_bytes - used_, bytes - at);
    u8* const pinned = staging_[current_].data + used_;
    copy_by_threads(pinned, static_cast<const u8*>(from) + at, piece);
    check(
        cudaMemcpyAsync(static_cast<u8*>(to) + at, pinned, piece, cudaMemcpyHostToDevice, stream_),
        "uploading");
    used_ = std::min(staging_bytes, (used_ + piece + alignment - 1) / alignment * alignment);
    at += piece;
  }
}

void cuda_device::download(void* to, const void* from, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += answer_bytes) {
    const std::size_t piece = std::min(answer_bytes, bytes - at);
    check(cudaMemcpyAsync(answer_, static_cast<const u8*>(from) + at, piece, cudaMemcpyDeviceToHost,
                          stream_),
          "downloading");
    wait();
    std::memcpy(static_cast<u8*>(to) + at, answer_, piece);
  }
}

}  // namespace ashlar::cuda
