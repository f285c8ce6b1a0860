#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/stark/verifier/constraint_eval.hpp"
#include "test/unit/circuit/circuit_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr unsigned height_log2 = 9;

// Values of everything that a table's constraints read, in one order.
template <class E, class P>
struct opened_values {
  std::vector<E> fixed, fixed_next, main, main_next, aux, aux_next, rest;
  std::vector<P> publics;

  template <class Make, class MakePublic>
  opened_values(const air_shape& s, const Make& make, const MakePublic& make_public) {
    for (auto* v : {&fixed, &fixed_next}) fill(*v, s.fixed_width, make);
    for (auto* v : {&main, &main_next}) fill(*v, s.main_width, make);
    for (auto* v : {&aux, &aux_next}) fill(*v, s.aux_columns(), make);
    fill(rest, 8, make);
    for (u32 i = 0; i < s.public_count; ++i) publics.push_back(make_public());
  }
  template <class Make>
  static void fill(std::vector<E>& to, std::size_t n, const Make& make) {
    for (std::size_t i = 0; i < n; ++i) to.push_back(make());
  }
  air_opening_of<E, P> opening() const {
    return {fixed,
            fixed_next,
            main,
            main_next,
            aux,
            aux_next,
            publics,
            {rest[0], rest[1]},
            {rest[2], rest[3]},
            rest[4],
            rest[5],
            height_log2};
  }
};

}  // namespace

TEST_CASE("circuit: a chip's constraints have the value that the verifier finds", "[circuit]") {
  std::mt19937_64 rng(11);
  u32 rows = 0;
  const auto compare = [&]<class Chip>() {
    INFO(Chip::name);
    const verifier_air air = verifier_air_of<Chip>();
    std::vector<gl> input;
    const opened_values<gl3, gl> values(
        air.shape,
        [&] {
          const gl3 v = random_gl3(rng);
          append(input, v);
          return v;
        },
        [&] {
          input.push_back(random_gl(rng));
          return input.back();
        });
    const air_opening o = values.opening();
    const gl3 claimed = quotient_at(air, o, values.rest[6], values.rest[7]);
    append(input, claimed);

    circuit_builder b;
    const opened_values<wire, wire> wires(
        air.shape, [&] { return b.input(); }, [&] { return b.input_base(); });
    const u32 before = b.rows();
    const auto c =
        combine_constraints<wire, wire>(air.shape, &evaluate_constraints<Chip, wire, wire>,
                                        wires.opening(), wires.rest[6], wires.rest[7]);
    b.assert_equal(c.left(b.input()), c.right());
    rows += b.rows() - before;
    // Chips do not read all of the next row; a circuit refuses hints that nothing depends on.
    for (const auto* list : {&wires.fixed, &wires.fixed_next, &wires.main, &wires.main_next,
                             &wires.aux, &wires.aux_next, &wires.rest})
      for (const wire& w : *list) b.assert_equal(w * w, w.square() + gl());
    const circuit made = b.finish(circuit_builder::output::none);
    CHECK(run_and_check(made, input) == "");
    for (unsigned i = 1; i <= 3; ++i) {
      auto wrong = input;
      wrong[wrong.size() - i] += gl::one();
      CHECK(run_and_check(made, wrong) != "");
    }
  };
  execution_chips::each(compare);
  std::cout << "rows of alu for the constraints of execution_chips: " << rows;
  rows = 0;
  memory_chips::each(compare);
  std::cout << ", of memory_chips: " << rows;
  rows = 0;
  circuit_chips::each(compare);
  std::cout << ", of circuit_chips: " << rows << "\n";
}
