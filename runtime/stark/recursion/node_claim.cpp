#include "runtime/stark/recursion/node_claim.hpp"

namespace ashlar::stark {

namespace {

template <class Out>
void put(Out& to, const hash256& digest) {
  for (gl e : elements_of(digest)) *to++ = e;
}
template <class Out>
void put(Out& to, const gl3& e) {
  to = std::copy_n(e.c, 3, to);
}
template <class Out>
void put(Out& to, const cut& c) {
  put(to, c.state);
  *to++ = c.pc;
  *to++ = c.index;
}
template <class Out>
void put_output(Out& to, const hash256& output) {
  for (unsigned i = 0; i < 8; ++i) *to++ = gl(load_le32(output.data() + 4 * i));
}

}  // namespace

std::array<gl, 4> elements_of(const hash256& digest) {
  ensure(is_digest(hash_kind::poseidon2, digest));
  std::array<gl, 4> out;
  for (unsigned i = 0; i < 4; ++i) out[i] = gl(load_le64(digest.data() + 8 * i));
  return out;
}

cut run_end(const hash256& state, u32 count) {
  return {state, gl(halted_pc_value), gl(count + 1)};
}

std::array<gl, run_facts::size> run_facts::elements() const {
  std::array<gl, size> out;
  auto to = out.begin();
  put(to, global.alpha);
  put(to, global.beta);
  *to++ = gl(count);
  put_output(to, output);
  ensure(to == out.end());
  return out;
}

hash256 run_facts::digest() const {
  return hash_elements(hash_kind::poseidon2, elements());
}

std::array<gl, node_claim::size> node_claim::elements() const {
  std::array<gl, size> out;
  auto to = out.begin();
  *to++ = gl(u32{static_cast<u8>(kind)});
  put(to, run);
  put(to, from);
  put(to, this->to);
  put(to, sum);
  ensure(to == out.end());
  return out;
}

hash256 node_claim::digest() const {
  return hash_elements(hash_kind::poseidon2, elements());
}

hash256 list_with(const hash256& list, const hash256& output) {
  std::array<gl, 12> all;
  auto to = all.begin();
  put(to, list);
  put_output(to, output);
  return hash_elements(hash_kind::poseidon2, all);
}

node_claim claim_of_batch(const hash256& list, const hash256& output) {
  node_claim out{claim_kind::list, {}, {}, {}, {}};
  out.from.state = list;
  out.to.state = list_with(list, output);
  return out;
}

std::optional<node_claim> joined(const node_claim& left, const node_claim& right) {
  if (left.kind != right.kind || left.run != right.run || left.to != right.from)
    return std::nullopt;
  return node_claim{left.kind, left.run, left.from, right.to, left.sum + right.sum};
}

std::array<gl, 8> publics_of(const hash256& claim, const hash256& set_root) {
  std::array<gl, 8> out;
  auto to = out.begin();
  put(to, claim);
  put(to, set_root);
  return out;
}

}  // namespace ashlar::stark
