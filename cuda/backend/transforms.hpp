#pragma once

#include <map>

#include "cuda/backend/tables.hpp"
#include "cuda/kernels/ntt.hpp"

namespace ashlar::cuda {

/// Transforms of columns on a device, with the factors that they need, made once a size and shift.
template <class Device>
class transforms {
 public:
  explicit transforms(Device& device) : device_(device) {
    constexpr std::size_t n = std::size_t{1} << root_powers::table_log2;
    std::vector<gl> table(n);
    const auto fill = [&](gl step) {
      gl p = gl::one();
      for (gl& e : table) {
        e = p;
        p *= step;
      }
      return array_of(device_, table);
    };
    const gl root = gl::root_of_unity(32);
    low_ = fill(root);
    high_ = fill(root.squared(root_powers::table_log2));
  }

  root_powers roots() const noexcept { return {low_.data(), high_.data()}; }

  /// Columns of one length, so many elements apart.
  struct columns {
    gl* data;
    u64 stride;
  };
  /// Values on the subgroup to coefficients; `to` may equal `from`.
  void interpolate(columns from, columns to, u64 width, unsigned log2) {
    run(plan_of(true, log2, gl::one()), from, to, width, log2);
  }
  /// Coefficients to values on shift times the subgroup; `to` may equal `from`.
  void evaluate(columns from, columns to, u64 width, unsigned log2, gl shift) {
    run(plan_of(false, log2, shift), from, to, width, log2);
  }

 private:
  struct plan {
    std::vector<ntt_pass> passes;  // in order; where to and from are is not said yet
    std::vector<device_array<gl>> factors;
  };

  void run(const plan& p, columns from, columns to, u64 width, unsigned log2) {
    for (ntt_pass pass : p.passes) {
      pass.from = from.data;
      pass.from_stride = from.stride;
      pass.to = to.data;
      pass.to_stride = to.stride;
      pass.total = width << log2;
      device_.blocks(ntt_pass::tiles(pass.total), pass);
      from = to;
    }
  }

  const plan& plan_of(bool inverse, unsigned log2, gl shift) {
    const std::array<u64, 3> key{inverse, log2, shift.value()};
    const auto found = plans_.find(key);
    if (found != plans_.end()) return found->second;
    return plans_[key] = make_plan(inverse, log2, shift);
  }

  plan make_plan(bool inverse, unsigned log2, gl shift) {
    plan out;
    const gl root = inverse ? gl::root_of_unity(4).inverse() : gl::root_of_unity(4);
    const auto add_pass = [&](unsigned low, unsigned bits) {
      ntt_pass p{};
      p.log2 = log2;
      p.low = low;
      p.bits = bits;
      p.inverse = inverse;
      gl power = gl::one();
      for (gl& r : p.root) {
        r = power;
        power *= root;
      }
      // As even as they can be: 5 stages are 3 and 2.
      const unsigned steps = (bits + 3) / 4;
      for (unsigned done = 0; p.steps < steps; ++p.steps) {
        ntt_step& s = p.step[p.steps];
        s.bit = low + done;
        s.log2 = (bits - done + (steps - p.steps) - 1) / (steps - p.steps);
        s.scaled = inverse ? s.bit == 0 : false;
        done += s.log2;
      }
      for (unsigned i = 0; i < p.steps; ++i) p.step[i].factors = factors_of(out, p, i, shift);
      if (inverse) std::reverse(p.step, p.step + p.steps);
      out.passes.push_back(p);
    };
    const unsigned first = std::min(log2, ntt_pass::tile_log2);
    add_pass(0, first);
    const unsigned rest = log2 - first, passes = (rest + 7) / 8;
    for (unsigned i = 0, done = 0; i < passes; ++i) {
      const unsigned bits = (rest - done + (passes - i) - 1) / (passes - i);
      add_pass(first + done, bits);
      done += bits;
    }
    if (inverse) std::reverse(out.passes.begin(), out.passes.end());
    return out;
  }

  const gl* factors_of(plan& to, const ntt_pass& p, unsigned i, gl shift) {
    const ntt_step& s = p.step[i];
    const gl scale = s.scaled ? gl(u64{1} << p.log2).inverse() : gl::one();
    device_array<gl> out(device_.memory(), std::size_t{1} << (s.bit + s.log2));
    device_.each(out.size(),
                 ntt_factors{roots(), s.bit, s.log2, p.inverse,
                             shift.squared(p.log2 - s.bit - s.log2), scale, out.data()});
    to.factors.push_back(std::move(out));
    return to.factors.back().data();
  }

  Device& device_;
  device_array<gl> low_, high_;
  std::map<std::array<u64, 3>, plan> plans_;
};

}  // namespace ashlar::cuda
