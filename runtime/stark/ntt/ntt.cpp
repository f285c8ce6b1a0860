#include "runtime/stark/ntt/ntt.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/ntt/ntt_kernels.hpp"

namespace ashlar::stark {

namespace {

// A plan and the tables it points to. Depends on (direction, size, shift) alone, so plans are kept:
// a proof uses a handful of sizes and one shift a coset.
struct owned_plan {
  ntt::transform_plan plan{};
  std::vector<gl> row, across, bases;
};

// stage[s][i] = (start^(n / 2^(s + 1))) root_{2^(s + 1)}^i.
void fill_stages(std::vector<gl>& table, ntt::stage_factors& to, unsigned log2, gl start,
                 bool inverse) {
  table.resize((std::size_t{9} << log2) / 4);
  gl* at = table.data();
  const gl* stages[32];
  for (unsigned s = 0; s < log2; ++s) {
    const gl root = gl::root_of_unity(s + 1), step = inverse ? root.inverse() : root;
    stages[s] = at;
    to.stage[s] = reinterpret_cast<const u64*>(at);
    gl f = start.squared(log2 - s - 1);
    for (std::size_t i = 0; i < (std::size_t{1} << s); ++i, f *= step) *at++ = f;
  }
  for (unsigned s = 0; s + 1 < log2; ++s) {
    to.products[s] = reinterpret_cast<const u64*>(at);
    const std::size_t half = std::size_t{1} << s;
    const gl *const f = stages[s], *const g = stages[s + 1];
    for (std::size_t i = 0; i < half; ++i) *at++ = f[i] * g[i];
    if (s + 2 == log2) continue;
    const gl* const h = stages[s + 2];
    for (std::size_t i = 0; i < half; ++i) *at++ = f[i] * h[i];
    for (std::size_t i = 0; i < half; ++i) *at++ = g[i] * h[i];
    for (std::size_t i = 0; i < half; ++i) *at++ = f[i] * g[i] * h[i];
  }
}

std::shared_ptr<const owned_plan> make_plan(bool inverse, unsigned log2, gl shift) {
  auto out = std::make_shared<owned_plan>();
  ntt::transform_plan& p = out->plan;
  p.rows_log2 = log2 <= ntt::row_log2_max ? 0 : std::min(log2 - ntt::row_log2_max, 10u);
  p.row_log2 = log2 - p.rows_log2;
  const gl root = gl::root_of_unity(log2), step = inverse ? root.inverse() : root;
  fill_stages(out->row, p.row, p.row_log2, shift.squared(p.rows_log2), inverse);
  fill_stages(out->across, p.across, p.rows_log2, gl::one(), inverse);
  out->bases.resize(std::size_t{1} << p.row_log2);
  gl b = shift;
  for (gl& e : out->bases) {
    e = b;
    b *= step;
  }
  p.bases = reinterpret_cast<const u64*>(out->bases.data());
  p.start = (inverse ? gl(u64{1} << log2).inverse() : gl::one()).value();
  return out;
}

constexpr std::size_t plans_max = 256;

std::shared_ptr<const owned_plan> plan_of(bool inverse, unsigned log2, gl shift) {
  static std::mutex mutex;
  static std::map<std::array<u64, 3>, std::shared_ptr<const owned_plan>> plans;
  const std::array<u64, 3> key{inverse, log2, shift.value()};
  const std::lock_guard lock(mutex);
  const auto found = plans.find(key);
  if (found != plans.end()) return found->second;
  if (plans.size() >= plans_max) plans.clear();
  return plans[key] = make_plan(inverse, log2, shift);
}

}  // namespace

void interpolate(gl* column, unsigned log2) noexcept {
  interpolate_coset(column, log2, gl::one());
}

void interpolate(const gl* from, gl* to, unsigned log2) noexcept {
  const ntt::kernels* k = ntt::chosen_kernels();
  if (k == nullptr || log2 < k->row_log2_min) {
    std::copy(from, from + (std::size_t{1} << log2), to);
    return ntt::interpolate_scalar(to, log2);
  }
  k->interpolate(reinterpret_cast<const u64*>(from), reinterpret_cast<u64*>(to),
                 plan_of(true, log2, gl::one())->plan);
}

void interpolate_coset(gl* column, unsigned log2, gl shift) noexcept {
  const ntt::kernels* k = ntt::chosen_kernels();
  const gl inverse = shift.inverse();
  if (k == nullptr || log2 < k->row_log2_min) {
    ntt::interpolate_scalar(column, log2);
    gl power = gl::one();
    for (std::size_t e = 0; e < (std::size_t{1} << log2); ++e, power *= inverse)
      column[reverse_bits(static_cast<u32>(e), log2)] *= power;
    return;
  }
  u64* const words = reinterpret_cast<u64*>(column);
  k->interpolate(words, words, plan_of(true, log2, inverse)->plan);
}

void evaluate_coset(const gl* from, gl* to, unsigned log2, gl shift) noexcept {
  const ntt::kernels* k = ntt::chosen_kernels();
  if (k == nullptr || log2 < k->row_log2_min)
    return ntt::evaluate_coset_scalar(from, to, log2, shift);
  k->evaluate(reinterpret_cast<const u64*>(from), reinterpret_cast<u64*>(to),
              plan_of(false, log2, shift)->plan);
}

void extend_column(gl* column, gl* out, unsigned log2, unsigned blowup_log2, gl shift) noexcept {
  interpolate(column, log2);
  const gl step = gl::root_of_unity(log2 + blowup_log2);
  for (std::size_t c = 0; c < (std::size_t{1} << blowup_log2); ++c, shift *= step)
    evaluate_coset(column, out + (c << log2), log2, shift);
}

}  // namespace ashlar::stark
