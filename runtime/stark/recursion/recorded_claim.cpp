#include "runtime/stark/recursion/recorded_claim.hpp"

namespace ashlar::stark {

namespace {

using element = circuit_builder::element;

void put(std::vector<element>& to, const recorded_cut& c) {
  to.push_back(c.state);
  to.push_back(element::base(c.pc));
  to.push_back(element::base(c.index));
}

quad packed(circuit_builder& b, std::span<const wire> four) {
  const wire x = gl3(gl(), gl::one(), gl());
  return b.pack(four[0] + x * (four[1] + x * four[2]), four[3]);
}

}  // namespace

recorded_facts recorded_facts::input(circuit_builder& b) {
  recorded_facts out;
  out.alpha = b.input();
  out.beta = b.input();
  out.count = b.input_base();
  for (wire& word : out.output) word = b.input_base();
  return out;
}

quad recorded_facts::digest(circuit_builder& b) const {
  std::vector<element> all{element::extension(alpha), element::extension(beta),
                           element::base(count)};
  for (const wire& word : output) all.push_back(element::base(word));
  return b.hash_elements(all);
}

quad recorded_claim::digest(circuit_builder& b) const {
  std::vector<element> all{element::base(kind), run};
  put(all, from);
  put(all, to);
  all.push_back(element::extension(sum));
  return b.hash_elements(all);
}

recorded_cut input_cut(circuit_builder& b) {
  const quad state = b.input_quad();
  const wire pc = b.input_base();
  return {state, pc, b.input_base()};
}

quad list_with(circuit_builder& b, quad list, std::span<const wire> output) {
  std::vector<element> all{list};
  for (const wire& word : output) all.push_back(element::base(word));
  return b.hash_elements(all);
}

void state_first(circuit_builder& b, quad elements) {
  const std::array<wire, 8> publics = b.publics();
  b.assert_equal(packed(b, std::span(publics).first(4)), elements);
}

quad set_root_of(circuit_builder& b) {
  const std::array<wire, 8> publics = b.publics();
  return packed(b, std::span(publics).subspan(4));
}

}  // namespace ashlar::stark
