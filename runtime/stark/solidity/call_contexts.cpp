#include "runtime/stark/solidity/call_contexts.hpp"

#include "runtime/base/u256.hpp"
#include "runtime/stark/verifier/byte_source.hpp"
#include "runtime/stark/verifier/deep.hpp"

namespace ashlar::stark {

namespace {

// As the contracts hold elements: three lanes of 85 bits.
void put(bytes& to, const gl3& v) {
  u256 w;
  for (unsigned i = 3; i-- > 0;) w = (w << 85) | u256(v.c[i].value());
  append(to, w.to_be());
}

// The transcript of a proof's head (PROTOCOL.md), with what the contexts are made of.
class head_replay {
 public:
  head_replay(const l1_machine& machine, const proof_plan& plan, const hash256& list,
              const hash256& set_root, bytes_view proof)
      : machine_(machine),
        plan_(plan),
        list_(list),
        publics_{publics_of(machine, list, set_root)},
        proof_(proof),
        commitment_(*read_commitment(machine.key.key, proof)),
        transcript_(begin_transcript(machine.params, machine.key.key, commitment_, publics_[0])) {}

  call_contexts run() {
    absorb_global();
    root(plan_.has_main, plan_.main_root_at, transcript_item::main_root);
    for (unsigned i = 0; i < 2; ++i) (void)transcript_.challenge();  // of the local buses
    root(plan_.has_aux, plan_.aux_root_at, transcript_item::aux_root);
    absorb(transcript_item::sums, plan_.sums_at, plan_.sum_count);
    (void)transcript_.challenge();  // of the constraints
    root(true, plan_.quotient_root_at, transcript_item::quotient_root);
    zeta_ = transcript_.challenge_outside_base();
    const auto opened = absorb(transcript_item::openings, plan_.openings_at, plan_.opening_count);
    gamma_ = transcript_.challenge();
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      root(true, plan_.layer_roots_at + 32 * i, transcript_item::fri_root);
      betas_.push_back(transcript_.challenge());
    }
    absorb(transcript_item::final_polynomial, plan_.final_at,
           std::size_t{1} << machine_.params.final_log2);
    transcript_.absorb_number(transcript_item::nonce, load_be64(&proof_[plan_.nonce_at]));
    return {rows_context(opened), leaves_context()};
  }

 private:
  void absorb_global() {
    if (!plan_.has_global) return;
    const segment_commitment commitments[] = {commitment_};
    const bus_challenge global =
        global_challenge_of(machine_.params, machine_.key.key, commitments, publics_);
    const gl3 both[] = {global.alpha, global.beta};
    transcript_.absorb(transcript_item::global_challenge, both);
  }
  void root(bool is_there, std::size_t at, transcript_item item) {
    if (is_there) transcript_.absorb(item, hash256::copy_of(&proof_[at]));
  }
  std::vector<gl3> absorb(transcript_item item, std::size_t at, std::size_t count) {
    std::vector<gl3> out(count);
    byte_source from(proof_.subspan(at), machine_.params.hash);
    from.extensions(out);
    transcript_.absorb(item, std::span<const gl3>(out));
    return out;
  }

  bytes rows_context(std::span<const gl3> opened) const {
    bytes out;
    append(out, transcript_.state());
    put(out, zeta_);
    put(out, gamma_);
    for (unsigned h : plan_.heights) put_combinations(out, opened, h);
    for (const tree_plan& t : plan_.trees)
      if (t.id != tree_id::fixed) append(out, proof_.subspan(plan_.root_at(t.id), 32));
    ensure(out.size() == plan_.rows_context_bytes);
    return out;
  }
  // A(zeta) + gamma^(2 W) B(zeta) and gamma^W A(zeta w), as head_writer::combinations has them.
  void put_combinations(bytes& out, std::span<const gl3> opened, unsigned height_log2) const {
    const auto shapes = machine_.shapes();
    gl3 here, next, quotient;
    std::size_t width = 0;
    const auto add = [&](tree_id tree) {
      for (u32 t = 0; t < shapes.size(); ++t) {
        if (machine_.heights_log2[t] != height_log2) continue;
        const air_shape& s = *shapes[t];
        const std::size_t all = opened_columns(s), columns = columns_in(s, tree);
        const auto table = opened.subspan(plan_.table_opening[t]);
        if (tree == tree_id::quotient) {
          quotient = horner(quotient, table.subspan(2 * all, columns));
          continue;
        }
        const std::size_t first = tree == tree_id::fixed ? 0
                                  : tree == tree_id::aux ? s.fixed_width + s.main_width
                                                         : s.fixed_width;
        here = horner(here, table.subspan(first, columns));
        next = horner(next, table.subspan(all + first, columns));
        width += columns;
      }
    };
    for (tree_id tree :
         {tree_id::aux, tree_id::main, tree_id::global_main, tree_id::fixed, tree_id::quotient})
      add(tree);
    const gl3 power = gamma_.pow(width);
    put(out, here + quotient * power * power);
    put(out, next * power);
  }
  gl3 horner(gl3 sum, std::span<const gl3> values) const {
    for (const gl3& v : values) sum = sum * gamma_ + v;
    return sum;
  }

  bytes leaves_context() const {
    bytes out;
    append(out, transcript_.state());
    append(out, list_);
    for (const gl3& beta : betas_) put(out, beta);
    append(out, proof_.subspan(plan_.layer_roots_at, 32 * plan_.layers.size()));
    append(out, proof_.subspan(plan_.final_at, gl3::encoded_bytes << machine_.params.final_log2));
    ensure(out.size() == plan_.leaves_context_bytes);
    return out;
  }

  const l1_machine& machine_;
  const proof_plan& plan_;
  hash256 list_;
  std::vector<std::vector<gl>> publics_[1];
  bytes_view proof_;
  segment_commitment commitment_;
  transcript transcript_;
  gl3 zeta_, gamma_;
  std::vector<gl3> betas_;
};

}  // namespace

call_contexts contexts_of(const l1_machine& machine, const proof_plan& plan, const hash256& list,
                          const hash256& set_root, bytes_view proof) {
  return head_replay(machine, plan, list, set_root, proof).run();
}

}  // namespace ashlar::stark
