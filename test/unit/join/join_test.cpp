#include <catch2/catch.hpp>

#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/hash/hash.hpp"
#include "test/unit/join/join_fixture.hpp"

using namespace ashlar;
using namespace ashlar::stark;
using namespace ashlar::test;

namespace {

join_fixture& fixture() {
  static join_fixture f;
  return f;
}

join_input input_of(const program_set& set, join_kind kind, std::span<const join_item> items) {
  auto made = make_join_input(insecure_join, set, kind, items);
  if (!made) FAIL(to_text(made.error()));
  return std::move(*made);
}

std::optional<join_error> refusal(const program_set& set, std::span<const join_item> items) {
  const auto made = make_join_input(insecure_join, set, join_kind::inner, items);
  if (made) return std::nullopt;
  return made.error().what;
}

}  // namespace

TEST_CASE("the join program leaves the output that the native check computes", "[join]") {
  // given: two base runs, one of several segments
  join_fixture& f = fixture();
  const proved_run one = f.base_run(1), two = f.base_run(2, 50);
  REQUIRE(two.segments > 2);
  const join_item items[] = {f.item_of(one), f.item_of(two)};
  const hash256 outputs[] = {one.output, two.output};
  for (const join_kind kind : {join_kind::inner, join_kind::last}) {
    // when
    const join_input input = input_of(f.set, kind, items);
    // then
    CHECK(input.output == join_output(kind, f.set.root(), outputs));
    CHECK(plain_verdict(input.words) == input.output);
    const auto run = riscv::run(f.join, input.words);
    if (!run) FAIL(riscv::describe(run.error()));
    CHECK(run->exit_code == 0);
    CHECK(run->output == input.output);
    // Nothing that the recursion machine cannot prove.
    for (const riscv::ecall call : {riscv::ecall::blake3_compress, riscv::ecall::keccak_f1600,
                                    riscv::ecall::mod256_mul_add, riscv::ecall::mod384_mul_add})
      CHECK(run->ecalls[static_cast<std::size_t>(call)] == 0);
  }
}

TEST_CASE("the last output is what the contract computes of its batches", "[join]") {
  const hash256 root = crypto::keccak256(bytes{1}), a = crypto::keccak256(bytes{2}),
                b = crypto::keccak256(bytes{3});
  const auto two = [](const hash256& x, const hash256& y) {
    bytes both(x.begin(), x.end());
    append(both, {y.data(), y.size()});
    return crypto::keccak256(both);
  };
  const hash256 inputs[] = {a, b};
  CHECK(last_output(root, inputs) == two(root, two(two(hash256{}, a), b)));
  CHECK(last_output(root, inputs) != inner_output(root, inputs));
}

TEST_CASE("an output tells its set, its batches and their order", "[join]") {
  const hash256 root = crypto::keccak256(bytes{1}), a = crypto::keccak256(bytes{2}),
                b = crypto::keccak256(bytes{3});
  for (const join_kind kind : {join_kind::inner, join_kind::last}) {
    const auto of = [&](const hash256& set, std::vector<hash256> inputs) {
      return join_output(kind, set, inputs);
    };
    const hash256 ab = of(root, {a, b});
    CHECK(ab != of(a, {a, b}));
    CHECK(ab != of(root, {b, a}));
    CHECK(ab != of(root, {a}));
    CHECK(ab != of(root, {a, b, b}));
  }
}

TEST_CASE("a program set's root covers every part of both keys", "[join]") {
  join_fixture& f = fixture();
  const hash256 root = f.set.root();
  const auto changes = [&](auto&& change) {
    for (run_key program_set::*which : {&program_set::base, &program_set::join}) {
      program_set other = f.set;
      run_key& key = other.*which;
      // As a prover gives it: digests are data, and nothing else follows from the rest.
      key.given_digest = key.digest();
      for (verifying_key* machine : {&key.execution, &key.memory})
        machine->given_digest = machine->digest();
      REQUIRE(other.root() == root);
      change(key);
      CHECK(other.root() != root);
    }
  };
  changes([](run_key& k) { (*k.given_digest)[0] ^= 1; });
  for (verifying_key run_key::*machine : {&run_key::execution, &run_key::memory}) {
    changes([&](run_key& k) { (*(k.*machine).given_digest)[31] ^= 1; });
    changes([&](run_key& k) { (k.*machine).fixed_root[7] ^= 1; });
    changes([&](run_key& k) { (k.*machine).fixed_height_log2.front() ^= 1; });
    changes([&](run_key& k) { (k.*machine).fixed_height_log2.back() ^= 1; });
  }
  changes([](run_key& k) { k.entry += 4; });
  changes([](run_key& k) { k.ram_bytes += 4; });
  program_set swapped{f.set.join, f.set.base};
  CHECK(swapped.root() != root);
}

TEST_CASE("proofs of another program, set, parameters or layer enter no join", "[join]") {
  join_fixture& f = fixture();
  const proved_run run = f.base_run(1);
  const join_item good = f.item_of(run);
  REQUIRE(refusal(f.set, std::span(&good, 1)) == std::nullopt);

  SECTION("another output") {
    join_item bad = good;
    bad.inputs[0][5] ^= 1;
    CHECK(refusal(f.set, std::span(&bad, 1)) == join_error::run);
  }
  SECTION("a base run as a join's") {
    join_item bad = good;
    bad.is_join = true;
    CHECK(refusal(f.set, std::span(&bad, 1)) == join_error::run);
  }
  SECTION("another base program") {
    static join_fixture other(small_base(1));
    const proved_run foreign = other.base_run(1);
    const join_item bad = f.item_of(foreign);
    CHECK(refusal(f.set, std::span(&bad, 1)) == join_error::run);
    // Under its own set it is sound, and the output says that it is another set's.
    const join_input theirs = input_of(other.set, join_kind::last, std::span(&bad, 1));
    CHECK(guest_verdict(f.join, theirs.words) == theirs.output);
    CHECK(theirs.output != last_output(f.set.root(), bad.inputs));
  }
  SECTION("other parameters") {
    proof_params weaker = insecure_base;
    weaker.queries = 1;
    const proved_run weak = f.base_run(1, 1u << 18, weaker);
    const join_item bad = f.item_of(weak);
    CHECK(refusal(f.set, std::span(&bad, 1)) == join_error::run);
    const proved_run layer = f.base_run(1, 1u << 18, insecure_layer);
    const join_item also = f.item_of(layer);
    CHECK(refusal(f.set, std::span(&also, 1)) == join_error::run);
  }
  SECTION("no batches, or a base run of two") {
    join_item bad = good;
    bad.inputs.clear();
    CHECK(refusal(f.set, std::span(&bad, 1)) == join_error::input_count);
    bad.inputs.assign(2, run.output);
    CHECK(refusal(f.set, std::span(&bad, 1)) == join_error::input_count);
    CHECK(refusal(f.set, {}) == join_error::item_count);
  }
}

TEST_CASE("a join of a join ends in one segment, which is for these batches alone", "[join]") {
  // given: an inner join of one batch
  join_fixture& f = fixture();
  const proved_run a = f.base_run(1);
  run_proof_options large;
  // By cycles alone: tables are as tall as they need.
  using limits = riscv::segment_limits;
  for (const auto limit : {&limits::cycles, &limits::add, &limits::word, &limits::compare,
                           &limits::bitwise, &limits::shift, &limits::sub_word, &limits::mul_div})
    large.segments.*limit = 1u << 21;
  const join_item base = f.item_of(a);
  const join_input inner = input_of(f.set, join_kind::inner, std::span(&base, 1));
  const auto run = prove_run(insecure_layer, f.join_key, *f.backend, f.join, inner.words, large);
  if (!run) FAIL(run.error().text());
  REQUIRE(run->output == inner.output);
  // It is no base run, no join of other batches, none of another set.
  join_item item{true, {a.output}, run->proof};
  REQUIRE(refusal(f.set, std::span(&item, 1)) == std::nullopt);
  item.is_join = false;
  CHECK(refusal(f.set, std::span(&item, 1)) == join_error::run);
  item = {true, {inner.output}, run->proof};
  CHECK(refusal(f.set, std::span(&item, 1)) == join_error::run);
  item = {true, {a.output, a.output}, run->proof};
  CHECK(refusal(f.set, std::span(&item, 1)) == join_error::run);
  item = {true, {a.output}, run->proof};
  program_set other = f.set;
  other.base.entry += 4;
  CHECK(refusal(other, std::span(&item, 1)) == join_error::run);

  // when: it is joined once more, with guest and twin of one mind
  const join_input again = input_of(f.set, join_kind::inner, std::span(&item, 1));
  CHECK(plain_verdict(again.words) == again.output);
  CHECK(guest_verdict(f.join, again.words) == again.output);
  CHECK(again.output == inner.output);  // the same batches of the same set
  join_options options;
  options.run = large;
  const auto joined = prove_joined(insecure_join, f.programs(), *f.backend, {item}, options);
  if (!joined) FAIL(joined.error());

  // then
  CHECK(joined->layers.size() == 1);
  CHECK(joined->inputs == std::vector{a.output});
  CHECK(joined->output == last_output(f.set.root(), joined->inputs));
  CHECK(verify_joined(insecure_join, f.set, joined->inputs, joined->proof).ok());
  const auto refused = [&](const program_set& set, std::vector<hash256> inputs) {
    return !verify_joined(insecure_join, set, inputs, joined->proof).ok();
  };
  CHECK(refused(f.set, {inner.output}));
  CHECK(refused(f.set, {a.output, a.output}));
  CHECK(refused(f.set, {}));
  CHECK(refused(other, joined->inputs));
  CHECK_FALSE(
      verify_joined({insecure_base, insecure_base}, f.set, joined->inputs, joined->proof).ok());
  // An inner join, of one segment too, is no last one.
  CHECK_FALSE(verify_joined(insecure_join, f.set, {&a.output, 1}, run->proof).ok());
  // And a last one goes into no further join.
  const join_item last{true, joined->inputs, joined->proof};
  CHECK(refusal(f.set, std::span(&last, 1)) == join_error::run);
}
