#include <catch2/catch.hpp>

#include "cuda/backend/kernel_backend.hpp"
#include "cuda/device/host_device.hpp"
#include "test/support/backend_stages.hpp"
#include "test/unit/stark/toy_machine.hpp"

using namespace ashlar;
using namespace ashlar::cuda;

namespace {

std::unique_ptr<gpu_backend> backend_on_host(std::size_t budget_bytes = std::size_t{4} << 30,
                                             thread_order order = thread_order::ascending) {
  return std::make_unique<kernel_backend<host_device>>(
      std::make_unique<host_device>(budget_bytes, order));
}

}  // namespace

TEST_CASE("the kernels' text, run on the host, gives what the CPU backend gives") {
  const auto cpu = stark::make_cpu_backend(1);
  const auto kernels = backend_on_host();
  for (const test::backend_stage& stage : test::backend_stages(false)) {
    INFO(stage.name);
    CHECK(stage.run(*cpu, *kernels) == "");
  }
}

TEST_CASE("the order in which a kernel's threads run does not matter") {
  const auto cpu = stark::make_cpu_backend(1);
  const auto kernels = backend_on_host(std::size_t{4} << 30, thread_order::descending);
  for (const test::backend_stage& stage : test::backend_stages(false)) {
    INFO(stage.name);
    CHECK(stage.run(*cpu, *kernels) == "");
  }
}

TEST_CASE("long transforms take as many passes as they need, on any shift") {
  host_device device(std::size_t{1} << 30);
  transforms<host_device> t(device);
  for (unsigned log2 = 15; log2 <= 21; ++log2) {
    const std::size_t n = std::size_t{1} << log2;
    INFO("2^" << log2);
    std::vector<gl> x(n), got(n);
    u64 state = log2;
    for (gl& e : x) e = gl(state = state * 6364136223846793005ull + 1442695040888963407ull);
    const auto from = array_of(device, x);
    const device_array<gl> to(device.memory(), n);
    t.interpolate({from.data(), n}, {to.data(), n}, 1, log2);
    stark::interpolate(x.data(), log2);
    device.download(got.data(), to.data(), n * sizeof(gl));
    CHECK((got == x));
    const gl shift = gl(u64{3} + log2);
    t.evaluate({to.data(), n}, {from.data(), n}, 1, log2, shift);
    stark::evaluate_coset(x.data(), x.data(), log2, shift);
    device.download(got.data(), from.data(), n * sizeof(gl));
    CHECK((got == x));
  }
}

TEST_CASE("a backend whose budget is spent throws, gives back what it had, and can go on") {
  const auto backend = backend_on_host(std::size_t{8} << 20);
  const stark::matrix m(1 << 14, 32);  // 4 MB, and 8 MB on the evaluation domain
  {
    const auto t = backend->upload(m);
    stark::device_table* const list[] = {t.get()};
    CHECK_THROWS_AS(backend->commit(list, stark::hash_kind::blake3, 1, true), std::bad_alloc);
  }
  const auto t = backend->upload(stark::matrix(1 << 10, 4));
  stark::device_table* const list[] = {t.get()};
  const auto tree = backend->commit(list, stark::hash_kind::blake3, 1, false);
  CHECK_FALSE(tree->root.is_zero());
  CHECK(backend->memory_bytes_peak() <= std::size_t{8} << 20);
}

TEST_CASE("a zero denominator is said, not divided by") {
  const stark::prover_air air = stark::prover_air_of<stark::toy::range_table>();
  const stark::gl3 beta(stark::gl(5u), stark::gl(6u), stark::gl(7u));
  // Row 0 has the value 0 on bus 1: its fingerprint is alpha + 1.
  const stark::air_challenges good{{}, {beta, beta}, {}};
  const stark::air_challenges bad{{}, {-stark::gl3::one(), beta}, {}};
  std::unique_ptr<stark::prover_backend> backends[] = {stark::make_cpu_backend(1),
                                                       backend_on_host()};
  for (const auto& backend : backends) {
    const auto main = backend->upload(stark::matrix(16, 1));
    const auto fixed = backend->upload(std::move(stark::toy::machine::fixed()[1]));
    const stark::air_tables tables{main.get(), fixed.get(), nullptr};
    CHECK(backend->auxiliary(air, tables, good));
    CHECK_FALSE(backend->auxiliary(air, tables, bad));
  }
}
