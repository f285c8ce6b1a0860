#include <atomic>
#include <mutex>

#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/fri/leaf.hpp"
#include "runtime/stark/hash/many.hpp"
#include "runtime/stark/ntt/ntt.hpp"
#include "runtime/stark/prover/cpu_parts.hpp"

namespace ashlar::stark {

namespace {

// Kept unused between segments: what a segment of 2^20 rows and some 300 columns needs.
constexpr std::size_t kept_bytes_max = std::size_t{6} << 30;

// The least of `count` nonces from `start` on that does the work, if any.
std::optional<u64> least_nonce(const transcript& t, unsigned bits, u64 start, std::size_t count) {
  if (t.hash() == hash_kind::keccak) {
    for (u64 nonce = start; nonce < start + count; ++nonce)
      if (t.check_work(nonce, bits)) return nonce;
    return std::nullopt;
  }
  std::vector<hash256> digests(count);
  if (t.hash() == hash_kind::blake3) {
    std::vector<u8> messages(count * transcript::work_message_bytes);
    for (std::size_t i = 0; i < count; ++i)
      t.work_message(start + i, messages.data() + i * transcript::work_message_bytes);
    crypto::blake3_many(messages.data(), transcript::work_message_bytes, digests.data(), count);
  } else {
    // The messages are rows of a table.
    constexpr std::size_t width = transcript::work_elements;
    std::vector<u64> cells(width * count);
    gl message[width];
    for (std::size_t i = 0; i < count; ++i) {
      t.work_message(start + i, message);
      for (std::size_t j = 0; j < width; ++j) cells[j * count + i] = message[j].value();
    }
    const u64* columns[width];
    for (std::size_t j = 0; j < width; ++j) columns[j] = cells.data() + j * count;
    hash_rows(t.hash(), {columns, 0, count, hash_block_max, digests.data()});
  }
  const u64 mask = (u64{1} << bits) - 1;
  for (std::size_t i = 0; i < count; ++i)
    if ((load_le64(digests[i].data()) & mask) == 0) return start + i;
  return std::nullopt;
}

class cpu_backend final : public prover_backend {
 public:
  cpu_backend(unsigned workers, std::size_t memory_bytes_max)
      : cpu_{crew(workers), std::make_shared<cell_pool>(kept_bytes_max, memory_bytes_max)} {}

  std::size_t memory_bytes_peak() const noexcept override { return cpu_.pool->bytes_used_peak(); }

  table_handle upload(matrix trace) override {
    auto t = std::make_unique<cpu_table>();
    t->height_log2 = trace.height_log2();
    t->width = trace.width();
    t->uploaded_charge = cell_charge(cpu_.pool, trace.cells().size_bytes());
    t->uploaded = std::move(trace);
    return t;
  }

  tree_handle commit(std::span<device_table* const> tables, hash_kind hash, unsigned blowup_log2,
                     bool keep_traces) override {
    std::vector<column_group> groups;
    for (device_table* d : tables) extend(on_cpu(*d), blowup_log2, keep_traces);
    for (unsigned h = 33; h-- > 0;) {
      column_group g{h, {}};
      for (device_table* d : tables)
        if (d->height_log2 == h)
          for (std::size_t j = 0; j < d->width; ++j)
            g.columns.push_back({on_cpu(*d).column(j), std::size_t{1} << h});
      if (!g.columns.empty()) groups.push_back(std::move(g));
    }
    return tree_over(std::move(groups), hash, hash_block_max, blowup_log2);
  }

  std::optional<auxiliary_trace> auxiliary(const prover_air& air, const air_tables& tables,
                                           const air_challenges& challenges) override {
    return cpu_auxiliary(air, tables, challenges, cpu_);
  }
  void drop_trace(device_table& table) override {
    on_cpu(table).uploaded = {};
    on_cpu(table).uploaded_charge.reset();
    on_cpu(table).made.reset();
  }

  table_handle quotient(const prover_air& air, const air_tables& tables,
                        const air_challenges& challenges, const bus_sums& sums, const gl3& alpha,
                        unsigned blowup_log2) override {
    return cpu_quotient(air, tables, challenges, sums, alpha, blowup_log2, cpu_);
  }

  void evaluate(const device_table& table, const gl3& zeta, std::vector<gl3>& here,
                std::vector<gl3>* next) override;

  codeword_handle deep(unsigned height_log2, unsigned blowup_log2, std::span<const deep_term> terms,
                       const gl3& zeta) override {
    return cpu_deep(height_log2, blowup_log2, terms, zeta, cpu_);
  }

  tree_handle commit_layer(device_codeword& codeword, hash_kind hash, unsigned fold_log2,
                           unsigned blowup_log2) override {
    cpu_codeword& c = on_cpu(codeword);
    cpu_leaf_coefficients(c, fold_log2, cpu_);
    const std::size_t rows = std::size_t{1} << c.height_log2, folded = rows >> fold_log2;
    column_group g{c.height_log2 - fold_log2, {}};
    for (unsigned limb = 3; limb-- > 0;)
      for (unsigned m = 1u << fold_log2; m-- > 0;)
        g.columns.push_back({c.run(limb) + coefficient_slot(m, fold_log2) * folded, rows});
    return tree_over({std::move(g)}, hash, leaf_block(fold_log2), blowup_log2);
  }
  codeword_handle fold(const device_codeword& codeword, unsigned fold_log2, unsigned blowup_log2,
                       const gl3& beta, const device_codeword* joined) override {
    return cpu_fold(codeword, fold_log2, blowup_log2, beta, joined, cpu_);
  }
  std::vector<gl3> final_polynomial(const device_codeword& codeword) override {
    return cpu_final_polynomial(codeword);
  }

  u64 grind(const transcript& t, unsigned bits) override;

  tree_openings gather(const device_tree& tree, unsigned cap_log2,
                       std::span<const u32> positions) override {
    const merkle_tree& t = static_cast<const cpu_tree&>(tree).tree;
    return {t.cap(cap_log2), t.paths(cap_log2, positions)};
  }

 private:
  void extend(cpu_table& t, unsigned blowup_log2, bool keep_trace);
  tree_handle tree_over(std::vector<column_group> groups, hash_kind hash, unsigned each,
                        unsigned blowup_log2) {
    auto out = std::make_unique<cpu_tree>();
    out->tree.build(std::move(groups), hash, each, blowup_log2, cpu_.threads, cpu_.pool);
    out->root = out->tree.root();
    return out;
  }

  cpu_resources cpu_;
};

void cpu_backend::extend(cpu_table& t, unsigned blowup_log2, bool keep_trace) {
  const std::size_t rows = std::size_t{1} << t.height_log2;
  t.blowup_log2 = blowup_log2;
  t.extension = cell_buffer(cpu_.pool, t.extension_cells());
  const gl n_root = gl::root_of_unity(t.height_log2 + blowup_log2);
  const std::size_t cosets = std::size_t{1} << blowup_log2;
  cpu_.threads.split(t.width, 1, [&](std::size_t first, std::size_t last) {
    for (std::size_t j = first; j < last; ++j) {
      const gl* coefficients = t.trace_column(j);
      if (!t.coefficients) {
        // They stand where the last coset's values will be.
        gl* const to = t.column(j) + (cosets - 1) * rows;
        interpolate(coefficients, to, t.height_log2);
        coefficients = to;
      }
      gl shift = domain_shift;
      for (std::size_t c = 0; c < cosets; ++c, shift *= n_root)
        evaluate_coset(coefficients, t.column(j) + c * rows, t.height_log2, shift);
    }
  });
  if (!keep_trace) drop_trace(t);
}

void cpu_backend::evaluate(const device_table& table, const gl3& zeta, std::vector<gl3>& here,
                           std::vector<gl3>* next) {
  const cpu_table& t = on_cpu(table);
  const std::size_t rows = std::size_t{1} << t.height_log2;
  // Barycentric on coset 0, x_i = g w^i: f(zeta) = factor * sum of f(x_i) x_i / (zeta - x_i), and
  // at zeta w the same with the weights one place further.
  const gl w = gl::root_of_unity(t.height_log2);
  const gl3 factor = ((zeta * domain_shift.inverse()).squared(t.height_log2) - gl::one()) *
                     gl(u64{rows}).inverse();
  const block_ops& ops = best_block_ops();
  here.assign(t.width, {});
  if (next != nullptr) next->assign(t.width, {});
  // By blocks of rows, whose weights stay in the cache while all columns pass.
  const std::size_t run = std::min<std::size_t>(rows, 1024);
  std::mutex mutex;
  cpu_.threads.split(rows / run, 4, [&](std::size_t first, std::size_t last) {
    std::vector<gl3> here_part(t.width), next_part(t.width);
    std::vector<gl> points(run), scratch(inversion_scratch * run), cells(3 * (run + 1));
    // The weight of the row before the block, then those of its rows.
    gl* const weight[3] = {&cells[0], &cells[run + 1], &cells[2 * (run + 1)]};
    gl* const own[3] = {weight[0] + 1, weight[1] + 1, weight[2] + 1};
    for (std::size_t b = first; b < last; ++b) {
      const std::size_t at = b * run;
      gl x = domain_shift * w.pow(at);
      const gl before = x * w.inverse();
      const gl3 weight_before = (zeta - before).inverse() * before;
      for (unsigned k = 0; k < 3; ++k) weight[k][0] = weight_before.c[k];
      for (std::size_t i = 0; i < run; ++i, x *= w) {
        points[i] = x;
        own[0][i] = zeta.c[0] - x;
        own[1][i] = zeta.c[1];
        own[2][i] = zeta.c[2];
      }
      invert_runs(ops, own, run, scratch.data());
      ops.mul_base(own, own, points.data(), run);
      for (std::size_t j = 0; j < t.width; ++j) {
        const gl* const cells = t.column(j) + at;
        here_part[j] += ops.dot(cells, own, run, j + 1 < t.width ? t.column(j + 1) + at : cells);
        if (next != nullptr) next_part[j] += ops.dot(cells, weight, run, cells);
      }
    }
    const std::lock_guard lock(mutex);
    for (std::size_t j = 0; j < t.width; ++j) {
      here[j] += here_part[j] * factor;
      if (next != nullptr) (*next)[j] += next_part[j] * factor;
    }
  });
}

u64 cpu_backend::grind(const transcript& t, unsigned bits) {
  constexpr std::size_t batch = 1024;
  for (u64 base = 0;; base += batch * 64) {
    std::atomic<u64> found = ~u64{0};
    cpu_.threads.split(64, 1, [&](std::size_t first, std::size_t last) {
      for (std::size_t piece = first; piece < last; ++piece) {
        const u64 start = base + piece * batch;
        if (found.load() < start) return;
        const std::optional<u64> nonce = least_nonce(t, bits, start, batch);
        if (!nonce) continue;
        u64 best = found.load();
        while (*nonce < best && !found.compare_exchange_weak(best, *nonce)) {
        }
      }
    });
    if (found.load() != ~u64{0}) return found.load();
  }
}

}  // namespace

std::unique_ptr<prover_backend> make_cpu_backend(unsigned workers, std::size_t memory_bytes_max) {
  return std::make_unique<cpu_backend>(workers, memory_bytes_max);
}

}  // namespace ashlar::stark
