#pragma once

#include <bit>
#include <optional>

#include "cuda/backend/backend.hpp"
#include "cuda/backend/openings.hpp"
#include "cuda/backend/programs.hpp"
#include "cuda/backend/transforms.hpp"
#include "cuda/backend/trees.hpp"
#include "cuda/kernels/scan.hpp"
#include "runtime/stark/ntt/ntt.hpp"

namespace ashlar::cuda {

/// The prover's backend over a device (host_device.hpp): a GPU, or the host that runs the same
/// text.
template <class Device>
class kernel_backend final : public gpu_backend {
 public:
  explicit kernel_backend(std::unique_ptr<Device> device)
      : owned_(std::move(device)),
        device_(*owned_),
        transforms_(device_),
        openings_(device_),
        constants_(array_of(device_, poseidon2_constants())) {}

  std::size_t memory_bytes_peak() const noexcept override { return device_.memory()->bytes_peak(); }

  void wait() override { device_.wait(); }

  stark::table_handle upload(stark::matrix trace) override {
    auto t = std::make_unique<gpu_table>();
    t->height_log2 = trace.height_log2();
    t->width = trace.width();
    t->trace = array_of(device_, trace.cells());
    return t;
  }

  stark::tree_handle commit(std::span<stark::device_table* const> tables, stark::hash_kind hash,
                            unsigned blowup_log2, bool keep_traces) override {
    for (stark::device_table* d : tables) extend(on_gpu(*d), blowup_log2, keep_traces);
    std::vector<leaf_group> groups;
    for (unsigned h = 33; h-- > 0;) {
      leaf_group g{h, {}};
      for (stark::device_table* d : tables)
        if (d->height_log2 == h)
          for (std::size_t j = 0; j < d->width; ++j)
            g.columns.push_back({on_gpu(*d).column(j), u64{1} << h});
      if (!g.columns.empty()) groups.push_back(std::move(g));
    }
    return tree_over(device_, std::move(groups), blowup_log2,
                     {hash, stark::hash_block_max, constants_.data()});
  }

  std::optional<stark::auxiliary_trace> auxiliary(const stark::prover_air& air,
                                                  const stark::air_tables& tables,
                                                  const stark::air_challenges& challenges) override;
  void drop_trace(stark::device_table& table) override { on_gpu(table).trace.reset(); }

  stark::table_handle quotient(const stark::prover_air& air, const stark::air_tables& tables,
                               const stark::air_challenges& challenges, const stark::bus_sums& sums,
                               const gl3& alpha, unsigned blowup_log2) override;

  void evaluate(const stark::device_table& table, const gl3& zeta, std::vector<gl3>& here,
                std::vector<gl3>* next) override {
    openings_.evaluate(transforms_.roots(), on_gpu(table), zeta, here, next);
  }
  stark::codeword_handle deep(unsigned height_log2, unsigned blowup_log2,
                              std::span<const stark::deep_term> terms, const gl3& zeta) override {
    return openings_.deep(transforms_.roots(), height_log2, blowup_log2, terms, zeta);
  }

  stark::tree_handle commit_layer(stark::device_codeword& codeword, stark::hash_kind hash,
                                  unsigned fold_log2, unsigned blowup_log2) override {
    gpu_codeword& word = on_gpu(codeword);
    openings_.make_leaves(transforms_.roots(), word, fold_log2, blowup_log2);
    const u64 rows = u64{1} << word.height_log2, folded = rows >> fold_log2;
    leaf_group g{word.height_log2 - fold_log2, {}};
    for (unsigned limb = 3; limb-- > 0;)
      for (unsigned m = 1u << fold_log2; m-- > 0;)
        g.columns.push_back({word.cells.data() + limb * (rows << blowup_log2) +
                                 stark::coefficient_slot(m, fold_log2) * folded,
                             rows});
    std::vector<leaf_group> groups;
    groups.push_back(std::move(g));
    return tree_over(device_, std::move(groups), blowup_log2,
                     {hash, stark::leaf_block(fold_log2), constants_.data()});
  }
  stark::codeword_handle fold(const stark::device_codeword& codeword, unsigned fold_log2,
                              unsigned blowup_log2, const gl3& beta,
                              const stark::device_codeword* joined) override {
    return openings_.fold(codeword, fold_log2, blowup_log2, beta, joined);
  }
  std::vector<gl3> final_polynomial(const stark::device_codeword& codeword) override {
    // A few values: the host's transform does them.
    const std::size_t n = std::size_t{1} << codeword.height_log2;
    const gpu_codeword& c = on_gpu(codeword);
    std::vector<gl3> out(n);
    for (unsigned k = 0; k < 3; ++k) {
      std::vector<gl> column(n);
      device_.download(column.data(), c.cells.data() + k * (c.cells.size() / 3), n * sizeof(gl));
      stark::interpolate(column.data(), codeword.height_log2);
      for (std::size_t e = 0; e < n; ++e)
        out[e].c[k] = column[stark::reverse_bits(static_cast<u32>(e), codeword.height_log2)];
    }
    return out;
  }

  u64 grind(const stark::transcript& t, unsigned bits) override;

  stark::tree_openings gather(const stark::device_tree& tree, unsigned cap_log2,
                              std::span<const u32> positions) override {
    return open_tree(device_, on_gpu(tree), cap_log2, positions);
  }

 private:
  void extend(gpu_table& t, unsigned blowup_log2, bool keep_trace);
  void run_up(gpu_table& t, u32 group, gl* totals);
  template <class Kernel>
  u64 least_nonce(Kernel kernel, unsigned bits);
  std::unique_ptr<Device> owned_;
  Device& device_;
  transforms<Device> transforms_;
  openings<Device> openings_;
  device_array<gl> constants_;  // Poseidon2's
};

template <class Device>
void kernel_backend<Device>::extend(gpu_table& t, unsigned blowup_log2, bool keep_trace) {
  const u64 cosets = u64{1} << blowup_log2;
  t.blowup_log2 = blowup_log2;
  t.extension = device_array<gl>(device_.memory(), t.width * t.stride());
  const auto coset = [&](u64 c) {
    return typename transforms<Device>::columns{t.extension.data() + c * t.rows(), t.stride()};
  };
  typename transforms<Device>::columns from{t.trace.data(), t.rows()};
  if (!t.coefficients) {
    // The last coset's place holds the coefficients until its own turn.
    transforms_.interpolate(from, coset(cosets - 1), t.width, t.height_log2);
    from = coset(cosets - 1);
    if (!keep_trace) drop_trace(t);
  }
  const gl step = gl::root_of_unity(t.height_log2 + blowup_log2);
  gl shift = stark::domain_shift;
  for (u64 c = 0; c < cosets; ++c, shift *= step)
    transforms_.evaluate(from, coset(c), t.width, t.height_log2, shift);
  if (!keep_trace) drop_trace(t);
}

template <class Device>
std::optional<stark::auxiliary_trace> kernel_backend<Device>::auxiliary(
    const stark::prover_air& air, const stark::air_tables& tables,
    const stark::air_challenges& challenges) {
  const stark::air_shape& shape = air.verifier.shape;
  stark::auxiliary_trace out;
  if (shape.groups.empty()) return out;
  const gpu_table& main = on_gpu(*tables.main);
  const gl* const fixed = tables.fixed != nullptr ? on_gpu(*tables.fixed).trace.data() : nullptr;
  const translated_program code =
      translate(air, program_use::fractions, {main.trace.data(), fixed, main.rows(), main.rows()},
                challenges);
  const placed_program placed = place(device_, code, main.rows());
  auto table = std::make_unique<gpu_table>();
  table->height_log2 = main.height_log2;
  table->width = shape.aux_columns() * gl3::degree;
  table->trace = device_array<gl>(device_.memory(), table->width << main.height_log2);
  // What crosses the seam, together: whether a denominator was zero, the local and the global sum.
  device_array<u64> answer(device_.memory(), 7);
  device_.fill(answer.data(), 0, answer.size() * sizeof(u64));
  with_registers(code.scratch_registers, [&]<unsigned N>() {
    device_.each(main.rows(),
                 make_fractions<N>{placed.program, table->trace.data(), answer.data()});
  });
  if (shape.uses_local())
    run_up(*table, shape.local_groups - 1, reinterpret_cast<gl*>(answer.data() + 1));
  if (shape.uses_global())
    run_up(*table, shape.aux_columns() - 1, reinterpret_cast<gl*>(answer.data() + 4));
  u64 got[7];
  device_.download(got, answer.data(), sizeof got);
  if (got[0] != 0) return std::nullopt;
  for (unsigned k = 0; k < 3; ++k) {
    out.sums.local.c[k] = gl(got[1 + k]);
    out.sums.global.c[k] = gl(got[4 + k]);
  }
  out.table = std::move(table);
  return out;
}

// The column of a group's sums becomes the running sum, off by the mean; totals[0 .. 2] the whole
// sum.
template <class Device>
void kernel_backend<Device>::run_up(gpu_table& t, u32 group, gl* totals) {
  const u64 rows = t.rows(), tiles = scan_tile::tiles(rows);
  gl* const data = t.trace.data() + 3 * group * rows;
  ensure(tiles <= scan_tile::size);
  device_array<gl> starts(device_.memory(), 3 * tiles), means(device_.memory(), 3);
  device_.blocks(3 * tiles, scan_sums{data, rows, rows, nullptr, nullptr, starts.data(), false});
  device_.blocks(3, scan_sums{starts.data(), tiles, tiles, nullptr, nullptr, totals, true});
  device_.each(3, scan_means{totals, gl(rows).inverse(), means.data()});
  device_.blocks(3 * tiles,
                 scan_sums{data, rows, rows, starts.data(), means.data(), nullptr, true});
}

template <class Device>
stark::table_handle kernel_backend<Device>::quotient(const stark::prover_air& air,
                                                     const stark::air_tables& tables,
                                                     const stark::air_challenges& challenges,
                                                     const stark::bus_sums& sums, const gl3& alpha,
                                                     unsigned blowup_log2) {
  const gpu_table& main = on_gpu(*tables.main);
  const gpu_table* const fixed = tables.fixed != nullptr ? &on_gpu(*tables.fixed) : nullptr;
  const gpu_table* const aux = tables.aux != nullptr ? &on_gpu(*tables.aux) : nullptr;
  const unsigned log2 = main.height_log2;
  const u64 rows = main.rows();
  const translated_program code =
      translate(air, program_use::quotient,
                {main.extension.data(), fixed != nullptr ? fixed->extension.data() : nullptr,
                 main.stride(), main.stride()},
                challenges);
  const placed_program placed = place(device_, code, rows);
  std::vector<gl3> powers;
  gl3 power = gl3::one();
  for (u32 k = 0; k < air.verifier.shape.total_constraints(); ++k, power *= alpha)
    powers.push_back(power);
  const auto alpha_powers = array_of(device_, powers);
  bool has_boundary = false;
  for (const auto& c : air.program.constraints)
    has_boundary |= c.where == stark::row_set::first || c.where == stark::row_set::last;

  auto out = std::make_unique<gpu_table>();
  out->height_log2 = log2;
  out->width = stark::quotient_columns;
  out->coefficients = true;
  out->trace = device_array<gl>(device_.memory(), rows * out->width);
  const gl n_root = gl::root_of_unity(log2 + blowup_log2), rows_inverse = gl(rows).inverse();
  gl s[2];
  for (unsigned half = 0; half < 2; ++half) {
    const u64 coset = u64{half} << (blowup_log2 - 1);
    const gl shift = stark::domain_shift * n_root.pow(coset);
    s[half] = shift.squared(log2);
    row_program program = placed.program;
    program.offset = coset * rows;
    with_registers(code.scratch_registers, [&]<unsigned N>() {
      device_.each(
          rows, quotient_rows<N>{program, transforms_.roots(), log2, alpha_powers.data(),
                                 aux != nullptr ? aux->extension.data() : nullptr, main.stride(),
                                 sums.local * rows_inverse, sums.global * rows_inverse, shift,
                                 gl::root_of_unity(log2).inverse(), (s[half] - gl::one()).inverse(),
                                 has_boundary, out->trace.data() + 3 * half * rows});
    });
  }
  const typename transforms<Device>::columns columns{out->trace.data(), rows};
  transforms_.interpolate(columns, columns, out->width, log2);
  device_.each(rows,
               split_quotient{transforms_.roots(), log2, blowup_log2, stark::domain_shift.inverse(),
                              s[0], (s[0] - s[1]).inverse(), out->trace.data()});
  return out;
}

template <class Device>
u64 kernel_backend<Device>::grind(const stark::transcript& t, unsigned bits) {
  const u64 mask = (u64{1} << bits) - 1;
  if (t.hash() == stark::hash_kind::poseidon2) {
    grind_sponges kernel{};
    t.work_message(0, kernel.message);
    kernel.constants = constants_.data();
    kernel.mask = mask;
    return least_nonce(kernel, bits);
  }
  u8 message[stark::transcript::work_message_bytes];
  t.work_message(0, message);
  static_assert(sizeof message == 41, "the nonce is bytes 33 to 40");
  if (t.hash() == stark::hash_kind::keccak) {
    grind_keccak kernel{};
    std::memcpy(kernel.message, message, sizeof kernel.message);
    kernel.mask = mask;
    return least_nonce(kernel, bits);
  }
  grind_nonces kernel{};
  std::memcpy(kernel.block, message, sizeof message);
  kernel.message_bytes = sizeof message;
  kernel.mask = mask;
  return least_nonce(kernel, bits);
}

template <class Device>
template <class Kernel>
u64 kernel_backend<Device>::least_nonce(Kernel kernel, unsigned bits) {
  // As many at a time as are expected to be needed: more would be made for nothing.
  constexpr unsigned run_log2 = std::bit_width(Kernel::run) - 1;
  const std::size_t runs =
      std::size_t{1} << std::clamp(bits, run_log2 + 4, run_log2 + 20) >> run_log2;
  device_array<u8> found(device_.memory(), runs);
  kernel.out = found.data();
  std::vector<u8> on_host(runs);
  for (;; kernel.first += runs * Kernel::run) {
    device_.each(runs, kernel);
    device_.download(on_host.data(), found.data(), runs);
    for (std::size_t i = 0; i < runs; ++i)
      if (on_host[i] < Kernel::run) return kernel.first + i * Kernel::run + on_host[i];
  }
}

}  // namespace ashlar::cuda
