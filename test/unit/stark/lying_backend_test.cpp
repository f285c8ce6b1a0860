#include "runtime/stark/prover/cpu_parts.hpp"
#include "test/unit/stark/proving_fixture.hpp"

// The rows of SECURITY.md that a dishonest prover answers with words of his own after the trace:
// quotient, openings, FRI layers, final polynomial, nonce, rows. He follows the transcript, so that
// all that speaks against him is the check meant for it. Forty queries see every place of the
// tables used, so that none of the refusals is by chance.

using namespace ashlar;
using namespace ashlar::stark;

namespace {

enum class lie {
  none,
  sums,              // of two tables' local buses, moved against each other: the total stays zero
  global_sums,       // of two segments' global buses, likewise
  running_sum,       // one cell of a table's last local column, of the honest sum
  global_cell,       // the same for the global bus
  fraction,          // one cell of a column that holds a pair of interactions
  quotient,          // of another combination of the constraints
  read_opening,      // of a column that constraints read
  unread_opening,    // of one that none reads, at the next row
  combination,       // a first FRI word that is not the openings' combination
  fold,              // a layer that is not the one above, folded
  last_fold,         // the same for the word behind the final polynomial
  leaf,              // leaves that do not hold the coefficients behind the word's values
  final_polynomial,  // not that word's
  nonce,             // without its work
  row,               // an opened row that is not the tree's
  sibling,           // or a sibling
};

/// The CPU's backend, but for one answer.
class lying_backend final : public prover_backend {
 public:
  lie what = lie::none;

  table_handle upload(matrix trace) override { return inner_->upload(std::move(trace)); }
  tree_handle commit(std::span<device_table* const> tables, hash_kind hash, unsigned blowup,
                     bool keep) override {
    return inner_->commit(tables, hash, blowup, keep);
  }
  std::optional<auxiliary_trace> auxiliary(const prover_air& air, const air_tables& tables,
                                           const air_challenges& challenges) override {
    auto out = inner_->auxiliary(air, tables, challenges);
    if (out && out->table) lie_of_buses(air.verifier.shape, *out);
    return out;
  }
  void drop_trace(device_table& table) override { inner_->drop_trace(table); }
  table_handle quotient(const prover_air& air, const air_tables& tables,
                        const air_challenges& challenges, const bus_sums& sums, const gl3& alpha,
                        unsigned blowup) override {
    const gl3 used = what == lie::quotient ? alpha + gl3::one() : alpha;
    return inner_->quotient(air, tables, challenges, sums, used, blowup);
  }
  void evaluate(const device_table& table, const gl3& zeta, std::vector<gl3>& here,
                std::vector<gl3>* next) override {
    inner_->evaluate(table, zeta, here, next);
    // The first table asked for is the fibonacci's trace: a, b, cube.
    if (asked_++ != 0) return;
    if (what == lie::read_opening) here[1] += gl3::one();
    if (what == lie::unread_opening) (*next)[2] += gl3::one();
  }
  codeword_handle deep(unsigned height, unsigned blowup, std::span<const deep_term> terms,
                       const gl3& zeta) override {
    std::vector<deep_term> used(terms.begin(), terms.end());
    if (what == lie::combination) used[0].at_zeta += gl3::one();
    return inner_->deep(height, blowup, used, zeta);
  }
  tree_handle commit_layer(device_codeword& word, hash_kind hash, unsigned fold,
                           unsigned blowup) override {
    tree_handle out = inner_->commit_layer(word, hash, fold, blowup);
    // Coefficients taken for values, and turned into those's coefficients.
    if (what == lie::leaf && layers_++ == 0) out = inner_->commit_layer(word, hash, fold, blowup);
    return out;
  }
  codeword_handle fold(const device_codeword& word, unsigned fold, unsigned blowup, const gl3& beta,
                       const device_codeword* joined) override {
    const bool last = word.height_log2 - fold == final_log2;
    const bool lies = what == lie::fold ? !last : what == lie::last_fold && last;
    return inner_->fold(word, fold, blowup, lies ? beta + gl3::one() : beta, joined);
  }
  std::vector<gl3> final_polynomial(const device_codeword& word) override {
    std::vector<gl3> out = inner_->final_polynomial(word);
    if (what == lie::final_polynomial) out[1] += gl3::one();
    return out;
  }
  u64 grind(const transcript& t, unsigned bits) override {
    const u64 nonce = inner_->grind(t, bits);
    if (what != lie::nonce) return nonce;
    u64 idle = nonce + 1;
    while (t.check_work(idle, bits)) ++idle;
    return idle;
  }
  tree_openings gather(const device_tree& tree, unsigned cap_log2,
                       std::span<const u32> positions) override {
    tree_openings out = inner_->gather(tree, cap_log2, positions);
    if (gathered_++ != 1) return out;  // the second tree: the global one
    if (what == lie::row) out.paths[0] ^= 1;
    if (what == lie::sibling) out.paths.back() ^= 1;
    return out;
  }

  static constexpr unsigned final_log2 = insecure_test.final_log2;

 private:
  void lie_of_buses(const air_shape& shape, auxiliary_trace& trace) {
    const gl3 moved = gl3(gl(3u), gl(5u), gl(7u));
    // Of the tables, three have a local bus alone: range table, writer, reader. The relay has both.
    const auto move_against = [&](gl3& sum) {
      if (lied_ < 2) sum += lied_ == 0 ? moved : -moved;
      ++lied_;
    };
    const auto change_cell = [&](u32 column) {
      if (lied_++ == 0) on_cpu(*trace.table).made_column(gl3::degree * column)[1] += gl::one();
    };
    if (what == lie::sums) move_against(trace.sums.local);
    if (what == lie::global_sums && shape.uses_global()) move_against(trace.sums.global);
    if (what == lie::running_sum) change_cell(shape.local_groups - 1);
    if (what == lie::fraction && shape.local_groups > 1) change_cell(0);
    if (what == lie::global_cell && shape.uses_global()) change_cell(shape.aux_columns() - 1);
  }

  std::unique_ptr<prover_backend> inner_ = make_cpu_backend(2);
  unsigned lied_ = 0, asked_ = 0, layers_ = 0, gathered_ = 0;
};

// The verifier's answer to segments that were proved with this lie.
std::optional<verify_failure> answer_to(lie what, unsigned queries = 40, unsigned segments = 1) {
  proof_params params = insecure_test;
  params.queries = queries;
  params.grinding_bits = 8;
  const toy::machine machine;
  lying_backend backend;
  const proving_key key = make_proving_key(params, backend, machine.list(), toy::machine::fixed());
  backend.what = what;
  auto traces = toy::make_segments(segments, {5, 3, 4, 3}, 5);
  std::vector<std::vector<std::vector<gl>>> publics;
  for (const segment_trace& t : traces) publics.push_back(t.publics);
  const auto proofs = prove_segments(params, key, backend, std::move(traces)).value();
  const std::vector<bytes_view> views(proofs.begin(), proofs.end());
  const auto v = verify_segments(params, key.key, publics, views);
  if (v.ok()) return std::nullopt;
  return v.error();
}

verify_error refusal_of(lie what, unsigned queries = 40, unsigned segments = 1) {
  const auto failure = answer_to(what, queries, segments);
  REQUIRE(failure);
  return failure->what;
}

}  // namespace

TEST_CASE("a backend that does not lie is believed") {
  CHECK_FALSE(answer_to(lie::none));
  CHECK_FALSE(answer_to(lie::none, 40, 2));
}

// He takes the sums into his quotients, so that nothing but the running sum speaks against him:
// every check of a total passes.
TEST_CASE("bus sums that are not the columns' are refused at zeta") {
  const auto local = answer_to(lie::sums);
  REQUIRE(local);
  CHECK(local->what == verify_error::quotient);
  CHECK(local->detail == 1);
  CHECK(refusal_of(lie::global_sums, 40, 2) == verify_error::quotient);
}

TEST_CASE("a cell of a bus's columns that is not the interactions' is refused at zeta") {
  CHECK(refusal_of(lie::running_sum) == verify_error::quotient);
  CHECK(refusal_of(lie::fraction) == verify_error::quotient);
  CHECK(refusal_of(lie::global_cell) == verify_error::quotient);
}

TEST_CASE("a quotient or an opening that contradicts the constraints is refused at zeta") {
  CHECK(refusal_of(lie::quotient) == verify_error::quotient);
  CHECK(refusal_of(lie::read_opening) == verify_error::quotient);
}

TEST_CASE("an opening that no constraint reads is refused by the low-degree test") {
  CHECK(refusal_of(lie::unread_opening) == verify_error::fri_final);
}

TEST_CASE("a FRI word that does not follow from what was committed before is refused") {
  const auto first = answer_to(lie::combination);
  REQUIRE(first);
  CHECK(first->what == verify_error::fri_layer);
  CHECK(first->detail == 0);
  const auto leaf = answer_to(lie::leaf);
  REQUIRE(leaf);
  CHECK(leaf->what == verify_error::fri_layer);
  CHECK(leaf->detail == 0);
  const auto second = answer_to(lie::fold);
  REQUIRE(second);
  CHECK(second->what == verify_error::fri_layer);
  CHECK(second->detail == 1);
  CHECK(refusal_of(lie::last_fold) == verify_error::fri_final);
  CHECK(refusal_of(lie::final_polynomial) == verify_error::fri_final);
}

TEST_CASE("a nonce without its work is refused before any row is read") {
  CHECK(refusal_of(lie::nonce) == verify_error::proof_of_work);
}

TEST_CASE("rows and siblings that are not the committed ones do not lead to the root") {
  CHECK(refusal_of(lie::row, 4) == verify_error::merkle);
  CHECK(refusal_of(lie::sibling, 4) == verify_error::merkle);
}
