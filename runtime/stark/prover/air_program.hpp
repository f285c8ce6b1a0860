#pragma once

#include <unordered_map>

#include "runtime/stark/verifier/constraint_eval.hpp"

namespace ashlar::stark {

/// One operation over a block of rows. Operands are registers; inputs and constants have registers
/// of their own, below the first result.
struct air_instruction {
  enum class kind : u8 { add, sub, mul };
  kind op;
  u32 to, a, b;
};

/// A value that comes from outside: a column of the current or the next row, or a public value.
struct air_input {
  enum class kind : u8 { main, main_next, fixed, fixed_next, publics };
  kind from;
  u32 index;
};

/// A chip's constraints as straight-line code over base-field registers: what the CPU interprets
/// block-wise with vector instructions and what other backends translate. Registers are numbered:
/// inputs, then constants, then `scratch_registers` that are used again once their value is dead.
struct air_program {
  std::vector<air_input> inputs;
  std::vector<gl> constants;
  u32 scratch_registers = 0;
  std::vector<air_instruction> code;

  /// Constraint k is complete once `code` up to `after` has run.
  struct constraint {
    row_set where;
    u32 reg, after;
  };
  std::vector<constraint> constraints;  // in the order of the calls

  /// The interactions in the shape's order. Their registers live until the end of `code`.
  struct interaction {
    bus_properties bus;
    bool negative;  // a receive
    u32 multiplicity;
    std::vector<u32> tuple;
  };
  std::vector<interaction> interactions;
  /// The part of `code` that constraints need is code[0, constraint_code); all of it is run for the
  /// quotient. For the auxiliary trace only `interaction_code` is run, with the same registers'
  /// numbering and its own scratch.
  std::vector<air_instruction> interaction_code;
  u32 interaction_scratch = 0;
  std::vector<interaction> interactions_alone;  // registers for interaction_code

  u32 first_scratch() const noexcept { return static_cast<u32>(inputs.size() + constants.size()); }
};

/// Builds the program: expressions are shared where they are equal.
class air_graph {
 public:
  struct node {
    enum class kind : u8 { input, constant, add, sub, mul };
    kind op;
    u32 a, b;  // operands; an input's place in inputs(); a constant's place in constants()
    friend bool operator==(const node&, const node&) = default;
  };
  u32 input(air_input::kind from, u32 index);
  u32 constant(gl value);
  u32 binary(node::kind op, u32 a, u32 b);

  struct constraint {
    row_set where;
    u32 node;
  };
  struct interaction {
    bus_properties bus;
    bool negative;
    u32 multiplicity;
    std::vector<u32> tuple;
  };
  std::vector<constraint> constraints;
  std::vector<interaction> interactions;  // in the order of the calls

  air_program compile(const air_shape& shape) const;

 private:
  friend class air_compiler;
  struct node_hash {
    std::size_t operator()(const node& n) const noexcept {
      return (u64{n.a} * 0x9e3779b97f4a7c15ull ^ u64{n.b} * 0xff51afd7ed558ccdull ^ u64(n.op)) *
                 0xc4ceb9fe1a85ec53ull >>
             7;
    }
  };
  std::vector<node> nodes_;
  std::vector<air_input> inputs_;
  std::vector<gl> constants_;
  std::unordered_map<node, u32, node_hash> known_;
};

/// E of the graph builder: a node, or a constant that is not in any graph yet.
class symbol {
 public:
  symbol() = default;
  symbol(gl c) noexcept : constant_(c) {}  // NOLINT: constants are expressions
  symbol(air_graph& g, u32 node) noexcept : graph_(&g), node_(node) {}

  u32 node_in(air_graph& g) const { return graph_ != nullptr ? node_ : g.constant(constant_); }

  friend symbol operator+(const symbol& a, const symbol& b) {
    if (!a.graph_ && !b.graph_) return a.constant_ + b.constant_;
    if (a.is(gl::zero())) return b;
    if (b.is(gl::zero())) return a;
    return join(air_graph::node::kind::add, a, b);
  }
  friend symbol operator-(const symbol& a, const symbol& b) {
    if (!a.graph_ && !b.graph_) return a.constant_ - b.constant_;
    if (b.is(gl::zero())) return a;
    return join(air_graph::node::kind::sub, a, b);
  }
  friend symbol operator*(const symbol& a, const symbol& b) {
    if (!a.graph_ && !b.graph_) return a.constant_ * b.constant_;
    if (a.is(gl::zero()) || b.is(gl::zero())) return gl::zero();
    if (a.is(gl::one())) return b;
    if (b.is(gl::one())) return a;
    return join(air_graph::node::kind::mul, a, b);
  }
  symbol operator-() const { return symbol(gl::zero()) - *this; }

 private:
  bool is(gl c) const noexcept { return graph_ == nullptr && constant_ == c; }
  static symbol join(air_graph::node::kind op, const symbol& a, const symbol& b) {
    air_graph& g = a.graph_ != nullptr ? *a.graph_ : *b.graph_;
    return {g, g.binary(op, a.node_in(g), b.node_in(g))};
  }
  air_graph* graph_ = nullptr;
  u32 node_ = 0;
  gl constant_;
};

template <class Chip>
class graph_builder : public air_rows<Chip, symbol> {
 public:
  explicit graph_builder(air_graph& graph) : graph_(graph) {
    fill(this->row_cells(), air_input::kind::main);
    fill(this->next_cells(), air_input::kind::main_next);
    fill(this->fixed_cells(), air_input::kind::fixed);
    fill(this->fixed_next_cells(), air_input::kind::fixed_next);
    fill(this->public_cells(), air_input::kind::publics);
  }
  void zero(const symbol& e) { add(row_set::every, e); }
  void zero_first(const symbol& e) { add(row_set::first, e); }
  void zero_last(const symbol& e) { add(row_set::last, e); }
  void zero_transition(const symbol& e) { add(row_set::transition, e); }
  template <a_bus Bus>
  void send(Bus bus, const symbol& multiplicity, std::initializer_list<symbol> tuple) {
    interact(properties_of(bus), false, multiplicity, tuple);
  }
  template <a_bus Bus>
  void receive(Bus bus, const symbol& multiplicity, std::initializer_list<symbol> tuple) {
    interact(properties_of(bus), true, multiplicity, tuple);
  }

 private:
  void fill(std::span<symbol> cells, air_input::kind kind) {
    for (u32 i = 0; i < cells.size(); ++i) cells[i] = symbol(graph_, graph_.input(kind, i));
  }
  void add(row_set where, const symbol& e) {
    graph_.constraints.push_back({where, e.node_in(graph_)});
  }
  void interact(bus_properties bus, bool negative, const symbol& multiplicity,
                std::initializer_list<symbol> tuple) {
    air_graph::interaction x{bus, negative, multiplicity.node_in(graph_), {}};
    for (const symbol& e : tuple) x.tuple.push_back(e.node_in(graph_));
    graph_.interactions.push_back(std::move(x));
  }
  air_graph& graph_;
};

/// A chip as the prover sees it.
struct prover_air {
  verifier_air verifier;
  air_program program;
};

template <class Chip>
prover_air prover_air_of() {
  prover_air out{verifier_air_of<Chip>(), {}};
  air_graph graph;
  graph_builder<Chip> b(graph);
  Chip::constrain(b);
  out.program = graph.compile(out.verifier.shape);
  return out;
}

}  // namespace ashlar::stark
