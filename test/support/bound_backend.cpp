#include "test/support/bound_backend.hpp"

#include "runtime/base/ensure.hpp"

namespace ashlar::test {
namespace {

using namespace stark;

/// Notes whoever is on another thread than the one it was made on.
class affinity {
 public:
  explicit affinity(backend_record& record) : record_(record) {}
  void look() const {
    if (std::this_thread::get_id() != mine_) ++record_.strays;
  }
  backend_record& record() const { return record_; }

 private:
  backend_record& record_;
  std::thread::id mine_ = std::this_thread::get_id();
};

/// A handle of the CPU's within one of ours, whose end is noted too.
template <class Base>
struct bound final : Base {
  bound(std::unique_ptr<Base> h, affinity a) : Base(*h), inner(std::move(h)), where(a) {
    ++where.record().handles;
  }
  ~bound() override {
    where.look();
    --where.record().handles;
  }
  std::unique_ptr<Base> inner;
  affinity where;
};

template <class Base>
Base* inner_of(Base* handle) {
  return handle == nullptr ? nullptr : dynamic_cast<bound<Base>&>(*handle).inner.get();
}
template <class Base>
const Base* inner_of(const Base* handle) {
  return handle == nullptr ? nullptr : dynamic_cast<const bound<Base>&>(*handle).inner.get();
}
air_tables inner_of(const air_tables& t) {
  return {inner_of(t.main), inner_of(t.fixed), inner_of(t.aux)};
}

class bound_backend final : public prover_backend {
 public:
  explicit bound_backend(backend_record& record) : where_(record) {
    ++record.made;
    ++record.alive;
    record.thread = std::this_thread::get_id();
  }
  ~bound_backend() override {
    where_.look();
    ensure(where_.record().handles == 0);  // a device's memory goes before the device
    --where_.record().alive;
  }

  table_handle upload(matrix trace) override {
    note();
    return ours(inner_->upload(std::move(trace)));
  }
  tree_handle commit(std::span<device_table* const> tables, hash_kind hash, unsigned blowup,
                     bool keep) override {
    note();
    std::vector<device_table*> list;
    for (device_table* t : tables) list.push_back(inner_of(t));
    return ours(inner_->commit(list, hash, blowup, keep));
  }
  std::optional<auxiliary_trace> auxiliary(const prover_air& air, const air_tables& tables,
                                           const air_challenges& challenges) override {
    note();
    auto out = inner_->auxiliary(air, inner_of(tables), challenges);
    if (out) out->table = ours(std::move(out->table));
    return out;
  }
  void drop_trace(device_table& table) override {
    note();
    inner_->drop_trace(*inner_of(&table));
  }
  table_handle quotient(const prover_air& air, const air_tables& tables,
                        const air_challenges& challenges, const bus_sums& sums, const gl3& alpha,
                        unsigned blowup) override {
    note();
    return ours(inner_->quotient(air, inner_of(tables), challenges, sums, alpha, blowup));
  }
  void evaluate(const device_table& table, const gl3& zeta, std::vector<gl3>& here,
                std::vector<gl3>* next) override {
    note();
    inner_->evaluate(*inner_of(&table), zeta, here, next);
  }
  codeword_handle deep(unsigned height, unsigned blowup, std::span<const deep_term> terms,
                       const gl3& zeta) override {
    note();
    std::vector<deep_term> list(terms.begin(), terms.end());
    for (deep_term& t : list) t.table = inner_of(t.table);
    return ours(inner_->deep(height, blowup, list, zeta));
  }
  tree_handle commit_layer(device_codeword& word, hash_kind hash, unsigned fold,
                           unsigned blowup) override {
    note();
    return ours(inner_->commit_layer(*inner_of(&word), hash, fold, blowup));
  }
  codeword_handle fold(const device_codeword& word, unsigned fold, unsigned blowup, const gl3& beta,
                       const device_codeword* joined) override {
    note();
    return ours(inner_->fold(*inner_of(&word), fold, blowup, beta, inner_of(joined)));
  }
  std::vector<gl3> final_polynomial(const device_codeword& word) override {
    note();
    return inner_->final_polynomial(*inner_of(&word));
  }
  u64 grind(const transcript& t, unsigned bits) override {
    note();
    return inner_->grind(t, bits);
  }
  tree_openings gather(const device_tree& tree, unsigned cap_log2,
                       std::span<const u32> positions) override {
    note();
    return inner_->gather(*inner_of(&tree), cap_log2, positions);
  }

 private:
  void note() {
    where_.look();
    const u64 call = ++where_.record().calls;
    if (where_.record().fault) where_.record().fault(call);
  }
  template <class Base>
  std::unique_ptr<Base> ours(std::unique_ptr<Base> handle) {
    if (handle == nullptr) return nullptr;
    return std::make_unique<bound<Base>>(std::move(handle), where_);
  }

  affinity where_;
  std::unique_ptr<prover_backend> inner_ = make_cpu_backend(2);
};

}  // namespace

std::unique_ptr<prover_backend> make_bound_backend(backend_record& record) {
  return std::make_unique<bound_backend>(record);
}

}  // namespace ashlar::test
