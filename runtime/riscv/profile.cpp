#include "runtime/riscv/profile.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

#include "runtime/riscv/execute.hpp"

namespace ashlar::riscv {

namespace {

constexpr u32 no_function = ~u32{0};

/// A tree of stacks: one node for each distinct one.
struct stack_node {
  u32 function;
  u32 parent;
  u64 own = 0;
  std::map<u32, u32> children{};  // by function
};

class profile_recorder : public no_recorder {
 public:
  profile_recorder(const program& p, const std::vector<function_symbol>& functions)
      : function_of_(p.code.size(), no_function), starts_(p.code.size()) {
    for (u32 f = 0; f < functions.size(); ++f) {
      const u64 begin = std::max(functions[f].begin, p.base);
      const u64 end = std::min(u64{functions[f].end}, u64{p.base} + 4 * p.code.size());
      for (u64 at = begin; at < end; at += 4) function_of_[(at - p.base) / 4] = f;
      if (begin < end && begin == functions[f].begin) starts_[(begin - p.base) / 4] = true;
    }
    nodes_.push_back({function_of_[(p.entry - p.base) / 4], 0});
  }

  void done() { ++nodes_[now_].own; }
  void jumped(const instruction& i, u32, u32 to) {
    constexpr u8 link = 1;
    if (i.rd == link) {
      calls_.push_back(now_);
      now_ = child(now_, function_of_[to]);
    } else if (i.op == operation::jalr && i.rs1 == link && i.rd == sink_register) {
      if (calls_.empty()) return;
      now_ = calls_.back();
      calls_.pop_back();
    } else if (starts_[to] && function_of_[to] != nodes_[now_].function) {
      now_ = child(nodes_[now_].parent, function_of_[to]);
    }
  }

  const std::vector<stack_node>& nodes() const { return nodes_; }

 private:
  u32 child(u32 parent, u32 function) {
    const auto [at, added] =
        nodes_[parent].children.emplace(function, static_cast<u32>(nodes_.size()));
    const u32 node = at->second;
    if (added) nodes_.push_back({function, parent});
    return node;
  }

  std::vector<u32> function_of_;
  std::vector<bool> starts_;
  std::vector<stack_node> nodes_;
  std::vector<u32> calls_;
  u32 now_ = 0;
};

/// Without parameters and template arguments, so that a line of a flame graph can be read.
std::string readable(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), std::free);
  if (status != 0 || !text) return mangled;
  const std::string name = text.get();
  std::string out;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '(' && name.compare(i, 21, "(anonymous namespace)") == 0) {
      i += 22;  // with its "::"
      continue;
    }
    if (c == '<') ++depth;
    if (depth == 0 && c == '(') break;
    if (depth == 0) out += c == ';' || c == ' ' ? '_' : c;
    if (c == '>') --depth;
  }
  return out;
}

}  // namespace

std::string profile::folded_text() const {
  std::string out;
  for (const auto& [stack, cycles] : folded) out += stack + " " + std::to_string(cycles) + "\n";
  return out;
}

result<profile, trap> run_profiled(const program& p, std::span<const u32> input,
                                   const std::vector<function_symbol>& functions,
                                   const run_limits& limits) {
  machine_state m(p, input);
  profile_recorder recorder(p, functions);
  switch (execute(m, recorder, limits.cycles_max)) {
    case pause::halted:
      break;
    case pause::trapped:
      return fail(m.last_trap);
    case pause::budget:
      return fail(trap{trap_code::cycle_limit, m.pc_of(m.next), 0, m.so_far.cycles});
  }
  profile out;
  out.run = m.so_far;
  std::vector<std::string> names;
  for (const function_symbol& f : functions) names.push_back(readable(f.name));
  const auto name_of = [&](u32 f) { return f == no_function ? std::string("?") : names[f]; };
  for (const stack_node& leaf : recorder.nodes()) {
    if (leaf.own == 0) continue;
    std::vector<std::string> stack;
    for (const stack_node* n = &leaf;; n = &recorder.nodes()[n->parent]) {
      stack.push_back(name_of(n->function));
      if (n == recorder.nodes().data()) break;
    }
    std::string line;
    for (std::size_t i = stack.size(); i-- > 0;) {
      line += stack[i];
      if (i != 0) line += ';';
      // Only the outermost of a recursion counts.
      if (std::find(stack.begin() + static_cast<std::ptrdiff_t>(i) + 1, stack.end(), stack[i]) ==
          stack.end())
        out.functions[stack[i]].total += leaf.own;
    }
    out.functions[stack[0]].own += leaf.own;
    out.folded[line] += leaf.own;
  }
  return out;
}

}  // namespace ashlar::riscv
