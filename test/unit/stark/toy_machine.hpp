#pragma once

#include <random>

#include "runtime/stark/prover/prover.hpp"

// A machine that uses every feature of the proof system: degree 3, first, last and transition
// constraints, public values, fixed columns, lookups, tables of different heights on one bus, and a
// global bus over segments.
namespace ashlar::stark::toy {

enum class bus { range, pairs, relay };
constexpr bus_properties properties_of(bus b) noexcept {
  switch (b) {
    case bus::range:
      return {1, 1, false};
    case bus::pairs:
      return {2, 2, false};
    case bus::relay:
      return {3, 3, true};
  }
  return {};
}

/// a, b run through the Fibonacci numbers; cube = a a b.
struct fibonacci {
  static constexpr std::string_view name = "fibonacci";
  template <class E>
  struct columns {
    E a, b, cube;
  };
  template <class E>
  struct public_values {
    E first_a, first_b, last_b;
  };
  template <class B>
  static void constrain(B& b) {
    const auto& row = b.row();
    b.zero_first(row.a - b.publics().first_a);
    b.zero_first(row.b - b.publics().first_b);
    b.zero_transition(b.next().a - row.b);
    b.zero_transition(b.next().b - row.a - row.b);
    b.zero_last(row.b - b.publics().last_b);
    b.zero(row.cube - row.a * row.a * row.b);
  }
};

/// All values 0 .. height - 1, each with how often it is looked up.
struct range_table {
  static constexpr std::string_view name = "range_table";
  template <class E>
  struct columns {
    E multiplicity;
  };
  template <class E>
  struct fixed_columns {
    E value;
  };
  template <class B>
  static void constrain(B& b) {
    b.receive(bus::range, b.row().multiplicity, {b.fixed().value});
  }
};

/// x and y are small; live rows send (x, x y + 1) to the reader, from a table of another height.
struct writer {
  static constexpr std::string_view name = "writer";
  template <class E>
  struct columns {
    E live, x[2], product;
  };
  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& row = b.row();
    b.zero(row.live * (row.live - E(gl::one())));
    b.zero(row.product - row.x[0] * row.x[1]);
    b.send(bus::range, row.live, {row.x[0]});
    b.send(bus::range, row.live, {row.x[1]});
    b.send(bus::pairs, row.live, {row.x[0], row.product + gl::one()});
  }
};

/// Receives what the writer sends, in an order of its own.
struct reader {
  static constexpr std::string_view name = "reader";
  template <class E>
  struct columns {
    E live, x, y;
  };
  template <class B>
  static void constrain(B& b) {
    const auto& row = b.row();
    b.zero(row.live * row.live - row.live);
    b.receive(bus::pairs, row.live, {row.x, row.y});
  }
};

/// Cells that pass from segment to segment: each segment receives (key, s, in) and sends
/// (key, s + 1, out); the first also sends what it receives, the last also receives what it sends.
struct relay {
  static constexpr std::string_view name = "relay";
  template <class E>
  struct columns {
    E live, key, in, out;
  };
  template <class E>
  struct public_values {
    E segment, is_first, is_last;
  };
  template <class B>
  static void constrain(B& b) {
    const auto& row = b.row();
    const auto& p = b.publics();
    b.zero(row.live * row.live - row.live);
    b.zero_transition((b.next().key - row.key - gl::one()) * b.next().live);
    b.receive(bus::relay, row.live, {row.key, p.segment, row.in});
    b.send(bus::relay, row.live, {row.key, p.segment + gl::one(), row.out});
    b.send(bus::relay, row.live * p.is_first, {row.key, p.segment, row.key});
    b.receive(bus::relay, row.live * p.is_last, {row.key, p.segment + gl::one(), row.out});
    b.send(bus::range, row.live, {row.key});
  }
};

/// The five tables in this order.
struct machine {
  prover_air airs[5] = {prover_air_of<fibonacci>(), prover_air_of<range_table>(),
                        prover_air_of<writer>(), prover_air_of<reader>(), prover_air_of<relay>()};
  std::vector<const prover_air*> list() const {
    std::vector<const prover_air*> out;
    for (const auto& a : airs) out.push_back(&a);
    return out;
  }
  static constexpr unsigned range_log2 = 4;
  static std::vector<matrix> fixed() {
    std::vector<matrix> out(5);
    out[1] = matrix(std::size_t{1} << range_log2, 1);
    for (std::size_t i = 0; i < out[1].height(); ++i) out[1].at(i, 0) = gl(u64{i});
    return out;
  }
};

struct heights {
  unsigned fibonacci = 5, writer = 6, reader = 7, relay = 3;
};

/// Honest segments that link.
inline std::vector<segment_trace> make_segments(unsigned count, const heights& h, u64 seed) {
  std::mt19937_64 rng(seed);
  std::vector<segment_trace> out;
  const unsigned cells = std::min(5u, (1u << h.relay) - 1);
  std::vector<gl> carried;
  for (unsigned i = 0; i < cells; ++i) carried.push_back(gl(u64{i + 1}));
  for (unsigned s = 0; s < count; ++s) {
    segment_trace t;
    t.publics.resize(5);
    matrix f(std::size_t{1} << h.fibonacci, 3);
    gl a(rng()), b(rng());
    t.publics[0] = {a, b};
    for (std::size_t i = 0; i < f.height(); ++i) {
      f.at(i, 0) = a;
      f.at(i, 1) = b;
      f.at(i, 2) = a * a * b;
      const gl next = a + b;
      a = b;
      b = next;
    }
    t.publics[0].push_back(f.at(f.height() - 1, 1));

    matrix range(std::size_t{1} << machine::range_log2, 1);
    matrix w(std::size_t{1} << h.writer, 4), r(std::size_t{1} << h.reader, 3);
    const std::size_t live = std::min(w.height() - 1, r.height() - 1);
    const auto look_up = [&](u64 v) { range.at(v, 0) += gl::one(); };
    for (std::size_t i = 0; i < live; ++i) {
      const u64 x = rng() % range.height(), y = rng() % range.height();
      w.at(i, 0) = gl::one();
      w.at(i, 1) = gl(x);
      w.at(i, 2) = gl(y);
      w.at(i, 3) = gl(x * y);
      look_up(x);
      look_up(y);
      const std::size_t to = (i * 5 + 3) % r.height();
      r.at(to, 0) = gl::one();
      r.at(to, 1) = gl(x);
      r.at(to, 2) = gl(x * y + 1);
    }
    matrix relayed(std::size_t{1} << h.relay, 4);
    for (unsigned i = 0; i < cells; ++i) {
      relayed.at(i, 0) = gl::one();
      relayed.at(i, 1) = gl(u64{i + 1});
      relayed.at(i, 2) = carried[i];
      relayed.at(i, 3) = carried[i] = gl(rng());
      look_up(i + 1);
    }
    t.publics[4] = {gl(u64{s}), gl(u64{s == 0}), gl(u64{s + 1 == count})};
    t.main.push_back(std::move(f));
    t.main.push_back(std::move(range));
    t.main.push_back(std::move(w));
    t.main.push_back(std::move(r));
    t.main.push_back(std::move(relayed));
    out.push_back(std::move(t));
  }
  return out;
}

}  // namespace ashlar::stark::toy
