#include "runtime/stark/prover/air_program.hpp"

namespace ashlar::stark {

u32 air_graph::input(air_input::kind from, u32 index) {
  inputs_.push_back({from, index});
  nodes_.push_back({node::kind::input, static_cast<u32>(inputs_.size() - 1), 0});
  return static_cast<u32>(nodes_.size() - 1);
}

u32 air_graph::constant(gl value) {
  const node key{node::kind::constant, static_cast<u32>(value.value()),
                 static_cast<u32>(value.value() >> 32)};
  const auto [at, fresh] = known_.try_emplace(key, static_cast<u32>(nodes_.size()));
  if (fresh) {
    constants_.push_back(value);
    nodes_.push_back({node::kind::constant, static_cast<u32>(constants_.size() - 1), 0});
  }
  return at->second;
}

u32 air_graph::binary(node::kind op, u32 a, u32 b) {
  if (op != node::kind::sub && b < a) std::swap(a, b);
  const auto [at, fresh] = known_.try_emplace({op, a, b}, static_cast<u32>(nodes_.size()));
  if (fresh) nodes_.push_back({op, a, b});
  return at->second;
}

// Orders the nodes that some roots need, gives them registers, and takes registers back.
class air_compiler {
 public:
  static constexpr u32 never = ~u32{0};

  air_compiler(const air_graph& graph, u32 first_scratch)
      : graph_(graph),
        first_scratch_(first_scratch),
        reg_(graph.nodes_.size(), never),
        last_use_(graph.nodes_.size(), 0) {}

  /// `roots` in the order in which their values are wanted; `kept` are alive at the end.
  void run(std::span<const u32> roots, std::span<const u32> kept) {
    for (u32 r : roots) schedule(r);
    for (u32 r : kept) schedule(r);
    for (u32 i = 0; i < order_.size(); ++i) {
      const auto& n = graph_.nodes_[order_[i]];
      last_use_[n.a] = last_use_[n.b] = i + 1;
    }
    for (u32 r : kept) last_use_[r] = never;
    // A root is read right after its instruction, before the next one may take the register.
    for (u32 i = 0; i < order_.size(); ++i) assign(i);
  }
  u32 reg(u32 node) const {
    const auto& n = graph_.nodes_[node];
    if (n.op == air_graph::node::kind::input) return n.a;
    if (n.op == air_graph::node::kind::constant)
      return static_cast<u32>(graph_.inputs_.size()) + n.a;
    return reg_[node];
  }
  /// Number of instructions after which the node's value is there.
  u32 ready(u32 node) const { return is_leaf(node) ? 0 : ready_[node]; }

  std::vector<air_instruction> code;
  u32 scratch = 0;

 private:
  bool is_leaf(u32 node) const {
    const auto op = graph_.nodes_[node].op;
    return op == air_graph::node::kind::input || op == air_graph::node::kind::constant;
  }
  void schedule(u32 root) {
    if (ready_.empty()) ready_.assign(graph_.nodes_.size(), 0);
    std::vector<std::pair<u32, bool>> stack{{root, false}};
    while (!stack.empty()) {
      const auto [node, expanded] = stack.back();
      stack.pop_back();
      if (is_leaf(node) || ready_[node] != 0) continue;
      if (expanded) {
        order_.push_back(node);
        ready_[node] = static_cast<u32>(order_.size());
        continue;
      }
      stack.push_back({node, true});
      stack.push_back({graph_.nodes_[node].b, false});
      stack.push_back({graph_.nodes_[node].a, false});
    }
  }
  void release(u32 node, u32 at) {
    if (!is_leaf(node) && last_use_[node] == at && reg_[node] != never) free_.push_back(reg_[node]);
  }
  void assign(u32 i) {
    const u32 node = order_[i];
    const auto& n = graph_.nodes_[node];
    const u32 a = reg(n.a), b = reg(n.b);
    // Operands that die here may give their register to the result: operations are element-wise.
    release(n.a, i + 1);
    if (n.b != n.a) release(n.b, i + 1);
    if (free_.empty()) free_.push_back(first_scratch_ + scratch++);
    reg_[node] = free_.back();
    free_.pop_back();
    const auto op = n.op == air_graph::node::kind::add   ? air_instruction::kind::add
                    : n.op == air_graph::node::kind::sub ? air_instruction::kind::sub
                                                         : air_instruction::kind::mul;
    code.push_back({op, reg_[node], a, b});
    // A root that nothing else reads is free once the next instruction starts.
    if (last_use_[node] == 0) free_.push_back(reg_[node]);
  }

  const air_graph& graph_;
  u32 first_scratch_;
  std::vector<u32> reg_, last_use_, ready_, order_, free_;
};

air_program air_graph::compile(const air_shape& shape) const {
  air_program out;
  out.inputs = inputs_;
  out.constants = constants_;
  std::vector<u32> roots, kept;
  for (const auto& c : constraints) roots.push_back(c.node);
  for (const auto& x : interactions) {
    kept.push_back(x.multiplicity);
    kept.insert(kept.end(), x.tuple.begin(), x.tuple.end());
  }
  const auto placed = [&](const air_compiler& from) {
    std::vector<air_program::interaction> list(interactions.size());
    for (std::size_t i = 0; i < interactions.size(); ++i) {
      const auto& x = interactions[i];
      auto& to = list[shape.call_order[i]];
      to = {x.bus, x.negative, from.reg(x.multiplicity), {}};
      for (u32 e : x.tuple) to.tuple.push_back(from.reg(e));
    }
    return list;
  };
  air_compiler all(*this, out.first_scratch());
  all.run(roots, kept);
  out.code = std::move(all.code);
  out.scratch_registers = all.scratch;
  for (const auto& c : constraints)
    out.constraints.push_back({c.where, all.reg(c.node), all.ready(c.node)});
  out.interactions = placed(all);

  air_compiler alone(*this, out.first_scratch());
  alone.run({}, kept);
  out.interaction_code = std::move(alone.code);
  out.interaction_scratch = alone.scratch;
  out.interactions_alone = placed(alone);
  return out;
}

}  // namespace ashlar::stark
