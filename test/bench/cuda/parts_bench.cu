#include <algorithm>
#include <random>

#include "cuda/backend/transforms.hpp"
#include "cuda/backend/trees.hpp"
#include "cuda/device/cuda_device.cuh"
#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/ntt/ntt.hpp"
#include "test/bench/cuda/parts_bench.hpp"

namespace ashlar::bench {

using namespace cuda;

namespace {

constexpr unsigned repeats = 9;

std::vector<gl> random_elements(std::size_t n) {
  std::mt19937_64 rng(1);
  std::vector<gl> out(n);
  for (gl& e : out) e = gl(rng());
  return out;
}

/// The median time of a few runs after one that is not counted.
template <class F>
double median_s(cuda_device& device, F&& f) {
  std::vector<double> times;
  for (unsigned i = 0; i <= repeats; ++i) {
    device.wait();
    const double begin = now_s();
    f();
    device.wait();
    if (i != 0) times.push_back(now_s() - begin);
  }
  return quantile(times, 0.5);
}

void transforms_and_upload(cuda_device& device, std::vector<row>& rows) {
  constexpr unsigned log2 = 20, columns = 32;
  constexpr u64 n = u64{1} << log2;
  const std::vector<gl> x = random_elements(columns * n);
  device_array<gl> from(device.memory(), x.size()), to(device.memory(), x.size());
  const double up = median_s(device, [&] { device.upload(from.data(), x.data(), x.size() * 8); });
  rows.push_back({"GPU: upload of pageable memory",
                  static_cast<double>(x.size() * 8) / up / 1e9,
                  "GB/s",
                  "",
                  {},
                  repeats});
  const double copied =
      median_s(device, [&] { device.copy(to.data(), from.data(), x.size() * 8); });
  rows.push_back({"GPU: copy on the device, read and written",
                  static_cast<double>(x.size() * 16) / copied / 1e9,
                  "GB/s",
                  "",
                  {},
                  repeats});
  transforms<cuda_device> t(device);
  t.interpolate({from.data(), n}, {to.data(), n}, columns, log2);
  std::vector<gl> got(n), expected(x.end() - n, x.end());
  const auto last_of = [&](device_array<gl>& a) {
    device.download(got.data(), a.data() + (columns - 1) * n, n * 8);
  };
  last_of(to);
  stark::interpolate(expected.data(), log2);
  require(got == expected, "interpolation on the device");
  t.evaluate({to.data(), n}, {from.data(), n}, columns, log2, stark::domain_shift);
  last_of(from);
  stark::evaluate_coset(expected.data(), expected.data(), log2, stark::domain_shift);
  require(got == expected, "evaluation on the device");
  const double inverse = median_s(device, [&] {
    t.interpolate({from.data(), n}, {to.data(), n}, columns, log2);
  });
  const double forward = median_s(device, [&] {
    t.evaluate({from.data(), n}, {to.data(), n}, columns, log2, stark::domain_shift);
  });
  const double elements = static_cast<double>(columns * n);
  rows.push_back({"GPU: to coefficients, 2^20 x 32",
                  elements / inverse / 1e9,
                  "G elements/s",
                  "",
                  {},
                  repeats});
  rows.push_back(
      {"GPU: to a coset, 2^20 x 32", elements / forward / 1e9, "G elements/s", "", {}, repeats});
}

void hashing(cuda_device& device, std::vector<row>& rows) {
  constexpr unsigned log2 = 20;
  constexpr u64 n = u64{1} << log2;
  for (const u64 width : {64u, 300u}) {
    const std::vector<gl> x = random_elements(width * n);
    const auto cells = array_of(device, x);
    std::vector<leaf_column> columns;
    for (u64 j = 0; j < width; ++j) columns.push_back({cells.data() + j * n, n});
    const auto on_device = array_of(device, columns);
    device_array<digest> out(device.memory(), n);
    const hash_rows kernel{on_device.data(), static_cast<u32>(width), log2, out.data()};
    const double s = median_s(device, [&] { device.each(n, kernel); });
    digest got;
    const u32 row = 12345;
    device.download(&got, out.data() + stark::reverse_bits(row, log2), sizeof got);
    bytes message(width * 8);
    for (u64 j = 0; j < width; ++j) x[j * n + row].encode(message.data() + 8 * j);
    const hash256 expected = crypto::blake3(message);
    require(std::memcmp(&got, expected.data(), 32) == 0, "row hashes on the device");
    rows.push_back({"GPU: row hashes, " + std::to_string(width) + " columns",
                    static_cast<double>(x.size() * 8) / s / 1e9,
                    "GB/s",
                    "",
                    {},
                    repeats});
  }
  device_array<digest> nodes(device.memory(), 4 * n);
  device.fill(nodes.data(), 0x35, 4 * n * sizeof(digest));
  const double s = median_s(device, [&] {
    device.each(n, hash_level<stark::hash_kind::blake3>{nodes.data() + 2 * n, nullptr,
                                                        nodes.data() + n, nullptr});
  });
  rows.push_back({"GPU: nodes of a level of 2^20",
                  static_cast<double>(n) / s / 1e9,
                  "G nodes/s",
                  "",
                  {},
                  repeats});
}

}  // namespace

void bench_cuda_parts(std::vector<row>& rows) {
  auto device = cuda_device::open(0, std::size_t{16} << 30);
  require(device.ok(), device.ok() ? "" : device.error().text);
  say("transforms");
  transforms_and_upload(**device, rows);
  say("hashing");
  hashing(**device, rows);
}

}  // namespace ashlar::bench
