#include <catch2/catch.hpp>

#include "runtime/stark/air/checker.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

struct fibonacci_chip {
  static constexpr std::string_view name = "fibonacci";
  template <class E>
  struct columns {
    E a, b;
  };
  template <class E>
  struct public_values {
    E result;
  };
  template <class B>
  static void constrain(B& b) {
    const auto& r = b.row();
    const auto& n = b.next();
    b.zero_first(r.a - gl(1u));
    b.zero_first(r.b - gl(1u));
    b.zero_transition(n.a - r.b);
    b.zero_transition(n.b - r.a - r.b);
    b.zero_last(r.b - b.publics().result);
    b.send(bus::toy_a, r.a - r.a + gl(1u), {r.a, r.b});
  }
};

struct table_chip {
  static constexpr std::string_view name = "table";
  template <class E>
  struct columns {
    E multiplicity;
  };
  template <class E>
  struct fixed_columns {
    E a, b;
  };
  template <class B>
  static void constrain(B& b) {
    b.receive(bus::toy_a, b.row().multiplicity, {b.fixed().a, b.fixed().b});
  }
};

std::vector<checked_table> toy_tables() {
  checked_table f{&checked<fibonacci_chip>, matrix(8, 2), {}, {gl(55u)}};
  checked_table t{&checked<table_chip>, matrix(16, 1), matrix(16, 2), {}};
  u64 a = 1, b = 1;
  for (unsigned i = 0; i < 16; ++i) {
    if (i < 8) {
      f.main.at(i, 0) = gl(a);
      f.main.at(i, 1) = gl(b);
      t.main.at(i, 0) = gl(1u);
    }
    t.fixed.at(i, 0) = gl(a);
    t.fixed.at(i, 1) = gl(b);
    if (i == 7) f.publics[0] = gl(b);
    a = std::exchange(b, a + b);
  }
  return {f, t};
}

}  // namespace

TEST_CASE("the checker accepts valid tables and names what is wrong with others", "[air]") {
  std::vector<bus_message> global;
  auto good = toy_tables();
  CHECK(!check_tables(good, global));

  auto cell = good;
  cell[0].main.at(3, 1) += gl(1u);
  auto failure = check_tables(cell, global);
  REQUIRE(failure);
  CHECK(failure->text() == "fibonacci: constraint 3 fails in row 2");

  auto lookup = good;
  lookup[1].main.at(2, 0) = gl(2u);
  failure = check_tables(lookup, global);
  REQUIRE(failure);
  CHECK(failure->text() == "bus toy_a: (2, 3) received 1 times too often");

  auto result = good;
  result[0].publics[0] += gl(1u);
  CHECK(check_tables(result, global)->text() == "fibonacci: constraint 4 fails in row 7");
}
