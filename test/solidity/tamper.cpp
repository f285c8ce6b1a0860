#include "test/solidity/fixture.hpp"
#include "test/solidity/guest_verdict.hpp"

namespace ashlar::stark {

namespace {

// The same element, not canonical; nothing where it has no other encoding.
std::optional<bytes> other_encoding(const u8* element) {
  const u64 v = load_be64(element);
  if (v >= gl::epsilon) return std::nullopt;
  bytes out(8);
  store_be64(out.data(), v + gl::modulus);
  return out;
}

class tamperer {
 public:
  tamperer(const l1_machine& machine, const proof_plan& plan, const hash256& set_root,
           const subject& of, const subject& other, u64 seed, const guest_verifier* guest)
      : machine_(machine),
        plan_(plan),
        set_root_(set_root),
        proof_(of.proof),
        other_(other.proof),
        list_(of.list),
        rng_(seed),
        guest_(guest) {}

  std::vector<tampered> run() {
    add("as it is", {});
    head();
    for (unsigned q = 0; q < machine_.params.queries; ++q) query(q);
    queries_exchanged();
    mixed();
    lengths();
    anywhere(160);
    lists();
    for (tampered& t : out_) {
      const bytes p = t.applied_to(proof_);
      t.accepted = is_canonical(t.list) && accepts(t.list, p);
      if (guest_ != nullptr) ensure(guest_->accepts(t.list, p) == t.accepted);
    }
    return std::move(out_);
  }

 private:
  bool accepts(const hash256& list, bytes_view proof) const {
    const std::vector<std::vector<gl>> publics[] = {publics_of(machine_, list, set_root_)};
    return verify_segments(machine_.params, machine_.key.key, publics, {&proof, 1}).ok();
  }
  tampered& add(std::string name, std::vector<tampered::patch> patches) {
    return out_.emplace_back(
        tampered{std::move(name), proof_.size(), std::move(patches), list_, false});
  }
  bytes copy(std::size_t at, std::size_t size) const { return to_bytes(proof_.subspan(at, size)); }
  void flip(const std::string& name, std::size_t at, std::size_t size) {
    const std::size_t byte = at + rng_() % size;
    bytes b = copy(byte, 1);
    b[0] ^= static_cast<u8>(1u << (rng_() % 8));
    add(name + " flipped", {{byte, b}});
  }
  void exchange(const std::string& name, std::size_t a, std::size_t b, std::size_t size) {
    add(name + " exchanged", {{a, copy(b, size)}, {b, copy(a, size)}});
  }
  void element(const std::string& name, std::size_t at) {
    flip(name, at, 8);
    add(name + " without canonical form", {{at, bytes(8, 0xff)}});
    if (auto e = other_encoding(proof_.data() + at)) add(name + " encoded otherwise", {{at, *e}});
  }
  // Elements from `at`, each thing of them once.
  void elements(const std::string& name, std::size_t at, std::size_t count, std::size_t most) {
    const std::size_t step = std::max<std::size_t>(1, count / most);
    for (std::size_t i = 0; i < count; i += step) element(name, at + 8 * i);
    if (count >= 6) exchange(name, at, at + 24, 24);
  }
  void digest(const std::string& name, std::size_t at) { flip(name, at, 32); }

  void head() {
    for (std::size_t i = 0; i < machine_.heights_log2.size(); ++i) {
      flip("height", i, 1);
      add("height raised", {{i, {static_cast<u8>(proof_[i] + 1)}}});
    }
    if (plan_.has_global) digest("global root", plan_.global_root_at);
    if (plan_.has_main) digest("main root", plan_.main_root_at);
    if (plan_.has_aux) digest("aux root", plan_.aux_root_at);
    elements("sum", plan_.sums_at, 3 * plan_.sum_count, 12);
    digest("quotient root", plan_.quotient_root_at);
    elements("opening", plan_.openings_at, 3 * plan_.opening_count, 40);
    for (std::size_t i = 0; i < plan_.layers.size(); ++i)
      digest("layer root", plan_.layer_roots_at + 32 * i);
    elements("final coefficient", plan_.final_at, std::size_t{3} << machine_.params.final_log2, 12);
    flip("nonce", plan_.nonce_at, 8);
    for (const tree_plan& t : plan_.trees) cap("tree cap", t.cap_at, t.cap_log2);
    for (const layer_plan& l : plan_.layers) cap("layer cap", l.cap_at, l.cap_log2);
  }
  void cap(const std::string& name, std::size_t at, unsigned cap_log2) {
    flip(name, at, std::size_t{32} << cap_log2);
    if (cap_log2 > 0) exchange(name, at, at + 32, 32);
  }
  void query(unsigned q) {
    std::size_t at = plan_.queries_at + q * (plan_.row_bytes + plan_.leaf_bytes);
    for (const tree_plan& t : plan_.trees) {
      unsigned level = t.groups.front().height_log2 + machine_.params.blowup_log2;
      for (std::size_t g = 0; g < t.groups.size(); ++g) {
        elements("row", at, t.groups[g].columns, 1);
        at += 8 * t.groups[g].columns;
        const unsigned to = g + 1 < t.groups.size()
                                ? t.groups[g + 1].height_log2 + machine_.params.blowup_log2
                                : t.cap_log2;
        path("row's path", at, level - to);
        at += 32 * (level - to);
        level = to;
      }
    }
    for (const layer_plan& l : plan_.layers) {
      elements("leaf", at, std::size_t{3} << l.fold_log2, 3);
      at += std::size_t{24} << l.fold_log2;
      const unsigned depth = l.height_log2 - l.fold_log2 + machine_.params.blowup_log2 - l.cap_log2;
      path("leaf's path", at, depth);
      at += 32 * depth;
    }
  }
  void path(const std::string& name, std::size_t at, unsigned depth) {
    if (depth == 0) return;
    digest(name, at + 32 * (rng_() % depth));
    if (depth > 1) exchange(name, at, at + 32, 32);
  }
  void queries_exchanged() {
    const std::size_t size = plan_.row_bytes + plan_.leaf_bytes;
    for (unsigned q = 0; q + 1 < machine_.params.queries; ++q) {
      exchange("queries", plan_.queries_at + q * size, plan_.queries_at + (q + 1) * size, size);
      exchange("rows", plan_.queries_at + q * size, plan_.queries_at + (q + 1) * size,
               plan_.row_bytes);
      exchange("leaves", plan_.queries_at + q * size + plan_.row_bytes,
               plan_.queries_at + (q + 1) * size + plan_.row_bytes, plan_.leaf_bytes);
    }
  }
  void mixed() {
    const auto from_other = [&](const std::string& name, std::size_t at, std::size_t size) {
      add(name + " of another proof", {{at, to_bytes(other_.subspan(at, size))}});
    };
    from_other("head", 0, plan_.queries_at);
    from_other("caps", plan_.head_bytes, plan_.queries_at - plan_.head_bytes);
    from_other("openings", plan_.openings_at, 24 * plan_.opening_count);
    from_other("queries", plan_.queries_at, proof_.size() - plan_.queries_at);
    from_other("everything", 0, proof_.size());
  }
  void lengths() {
    for (std::size_t size :
         {std::size_t{0}, std::size_t{1}, plan_.head_bytes, plan_.queries_at - 1, plan_.queries_at,
          plan_.queries_at + 1, proof_.size() - 32, proof_.size() - 1, proof_.size() + 1,
          proof_.size() + 32, 2 * proof_.size()})
      add("cut or extended", {}).size = size;
  }
  void lists() {
    for (unsigned byte : {0u, 3u, 13u, 31u}) {
      hash256 wrong = list_;
      wrong[byte] ^= 1;
      add("another list", {}).list = wrong;
    }
    // Every element in its other encoding, or past all encodings.
    for (unsigned i = 0; i < 4; ++i) {
      hash256 wrong = list_;
      store_be64(wrong.data() + 8 * i, element_of(list_, i).value() + gl::modulus);
      add("an element of the list otherwise", {}).list = wrong;
      std::fill_n(wrong.begin() + 8 * i, 8, u8{0xff});
      add("an element of the list past p", {}).list = wrong;
    }
    add("no list", {}).list = {};
  }
  void anywhere(unsigned count) {
    for (unsigned i = 0; i < count; ++i) flip("byte", 0, proof_.size());
  }

  const l1_machine& machine_;
  const proof_plan& plan_;
  hash256 set_root_;
  bytes_view proof_, other_;
  hash256 list_;
  std::mt19937_64 rng_;
  const guest_verifier* guest_;
  std::vector<tampered> out_;
};

}  // namespace

bytes tampered::applied_to(bytes_view proof) const {
  bytes out = to_bytes(proof);
  for (const patch& p : patches) std::copy(p.with.begin(), p.with.end(), out.begin() + p.at);
  out.resize(size);
  return out;
}

std::vector<tampered> tamper_set(const l1_machine& machine, const proof_plan& plan,
                                 const hash256& set_root, const subject& of, const subject& other,
                                 u64 seed, const guest_verifier* guest) {
  return tamperer(machine, plan, set_root, of, other, seed, guest).run();
}

bytes fixture_bytes(const l1_machine& machine, const proof_plan& plan, std::size_t parts,
                    const hash256& set_root, const subject& of, const subject& other,
                    std::span<const tampered> cases) {
  word_writer w;
  for (u64 v :
       {u64{parts}, u64{plan.head_bytes}, u64{plan.tree_cap_bytes}, u64{plan.layer_cap_bytes},
        u64{plan.row_bytes}, u64{plan.leaf_bytes}, u64{plan.rows_context_bytes},
        u64{plan.leaves_context_bytes}, u64{machine.params.queries}, u64{plan.rows_batch},
        u64{plan.rows_batches}, u64{plan.leaves_batches}, u64{plan.leaves_calls}})
    w.number(v);
  w.digest(set_root);
  for (const subject* s : {&of, &other}) {
    w.number(s->inputs.size());
    for (const hash256& input : s->inputs) w.digest(input);
    w.digest(s->list);
    w.digest(list_output(set_root, s->inputs));
    w.text(s->proof);
  }
  w.number(cases.size());
  for (const tampered& t : cases) {
    w.text(std::string_view(t.name));
    w.number(t.accepted);
    w.digest(t.list);
    w.number(t.size);
    w.number(t.patches.size());
    for (const auto& p : t.patches) {
      w.number(p.at);
      w.text(p.with);
    }
  }
  return std::move(w.out);
}

}  // namespace ashlar::stark
