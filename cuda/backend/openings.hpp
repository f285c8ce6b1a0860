#pragma once

#include "cuda/backend/tables.hpp"
#include "cuda/kernels/codeword.hpp"
#include "cuda/kernels/opening.hpp"

namespace ashlar::cuda {

/// Openings out of the domain, their combination, and its folding.
template <class Device>
class openings {
 public:
  explicit openings(Device& device) : device_(device) {}

  /// prover_backend::evaluate.
  void evaluate(const root_powers& roots, const gpu_table& table, const gl3& zeta,
                std::vector<gl3>& here, std::vector<gl3>* next) {
    const unsigned log2 = table.height_log2;
    make_weights(roots, log2, zeta);
    opening_sums sums{table.extension.data(),
                      table.stride(),
                      static_cast<u32>(table.width),
                      log2,
                      std::min(log2, opening_sums::piece_log2_max),
                      weights_.data(),
                      nullptr};
    const u64 pieces = u64{1} << (log2 - sums.piece_log2);
    device_array<gl3> parts(device_.memory(), 2 * table.width * pieces);
    sums.out = parts.data();
    constexpr u64 at_once = opening_sums::columns_at_once;
    device_.blocks((table.width + at_once - 1) / at_once * pieces, sums);
    const gl3 factor = ((zeta * stark::domain_shift.inverse()).squared(log2) - gl::one()) *
                       gl(table.rows()).inverse();
    device_array<gl3> values(device_.memory(), 2 * table.width);
    device_.each(values.size(), opening_values{parts.data(), pieces, factor, values.data()});
    std::vector<gl3> both(values.size());
    device_.download(both.data(), values.data(), both.size() * sizeof(gl3));
    here.clear();
    if (next != nullptr) next->clear();
    for (std::size_t j = 0; j < table.width; ++j) {
      here.push_back(both[2 * j]);
      if (next != nullptr) next->push_back(both[2 * j + 1]);
    }
  }

  /// prover_backend::deep.
  stark::codeword_handle deep(const root_powers& roots, unsigned height_log2, unsigned blowup_log2,
                              std::span<const stark::deep_term> terms, const gl3& zeta) {
    weights_.reset();
    std::vector<combined_column> columns;
    std::vector<combined_term> list;
    deep_combine kernel{};
    for (const stark::deep_term& t : terms) {
      const u32 first = static_cast<u32>(columns.size());
      for (std::size_t j = 0; j < t.table->width; ++j)
        columns.push_back({on_gpu(*t.table).column(j), t.coefficients[j]});
      list.push_back({first, static_cast<u32>(columns.size()), t.next_factor});
      kernel.here += t.at_zeta;
      kernel.next += t.next_factor * t.at_next;
    }
    const auto on_device = array_of(device_, columns);
    const auto terms_on_device = array_of(device_, list);
    auto out = codeword(height_log2, blowup_log2);
    kernel.roots = roots;
    kernel.height_log2 = height_log2;
    kernel.blowup_log2 = blowup_log2;
    kernel.columns = on_device.data();
    kernel.terms = terms_on_device.data();
    kernel.term_count = static_cast<u32>(list.size());
    kernel.zeta = zeta;
    kernel.zeta_next = zeta * gl::root_of_unity(height_log2);
    kernel.shift = stark::domain_shift;
    kernel.out = out->cells.data();
    device_.each(u64{1} << (height_log2 + blowup_log2), kernel);
    return out;
  }

  /// The first half of prover_backend::commit_layer.
  void make_leaves(const root_powers& roots, gpu_codeword& word, unsigned fold_log2,
                   unsigned blowup_log2) {
    const auto run = [&]<unsigned FoldLog2>() {
      device_.each(
          u64{1} << (word.height_log2 + blowup_log2 - fold_log2),
          make_coefficients<FoldLog2>{roots, word.height_log2, blowup_log2, word.cells.data()});
    };
    static_assert(stark::fold_log2_max == 4);
    switch (fold_log2) {
      case 1:
        run.template operator()<1>();
        break;
      case 2:
        run.template operator()<2>();
        break;
      case 3:
        run.template operator()<3>();
        break;
      default:
        ensure(fold_log2 == 4);
        run.template operator()<4>();
    }
  }

  /// prover_backend::fold.
  stark::codeword_handle fold(const stark::device_codeword& from, unsigned fold_log2,
                              unsigned blowup_log2, const gl3& beta,
                              const stark::device_codeword* joined) {
    auto out = codeword(from.height_log2 - fold_log2, blowup_log2);
    device_.each(out->cells.size() / 3,
                 fold_codeword{from.height_log2, blowup_log2, fold_log2, on_gpu(from).cells.data(),
                               joined != nullptr ? on_gpu(*joined).cells.data() : nullptr, beta,
                               out->cells.data()});
    return out;
  }

 private:
  std::unique_ptr<gpu_codeword> codeword(unsigned height_log2, unsigned blowup_log2) {
    auto out = std::make_unique<gpu_codeword>();
    out->height_log2 = height_log2;
    out->cells = device_array<gl>(device_.memory(), std::size_t{3} << (height_log2 + blowup_log2));
    return out;
  }
  // Tables of one height are opened one after another: their weights are made once.
  void make_weights(const root_powers& roots, unsigned log2, const gl3& zeta) {
    if (!weights_.empty() && weights_log2_ == log2 && weights_zeta_ == zeta) return;
    weights_.reset();
    weights_ = device_array<gl>(device_.memory(), std::size_t{3} << log2);
    weights_log2_ = log2;
    weights_zeta_ = zeta;
    device_.each(u64{1} << log2,
                 opening_weights{roots, log2, zeta, stark::domain_shift, weights_.data()});
  }

  Device& device_;
  device_array<gl> weights_;
  unsigned weights_log2_ = 0;
  gl3 weights_zeta_;
};

}  // namespace ashlar::cuda
