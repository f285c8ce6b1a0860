#include "runtime/stark/verifier/constraint_eval.hpp"

#include "runtime/stark/transcript/transcript.hpp"

namespace ashlar::stark {

gl3 quotient_at(const verifier_air& air, const air_opening& opening, const gl3& alpha,
                const gl3& zeta) {
  const auto c = combine_constraints(air.shape, air.evaluate, opening, alpha, zeta);
  return c.every * c.vanishing.inverse() + c.first * c.from_first.inverse() +
         c.last * c.from_last.inverse();
}

gl3 fingerprint_of(const verifier_air& air) {
  const std::string_view name = air.shape.name;
  transcript t(hash_kind::blake3);
  t.absorb(transcript_item::verifying_key,
           bytes_view(reinterpret_cast<const u8*>(name.data()), name.size()));
  // Not powers of one element: products of cells would meet, as x x^4 and x^2 x^3 do.
  const gl3 start = t.challenge();
  gl3 last = start;
  const auto values = [&](std::size_t count) {
    std::vector<gl3> out(count);
    for (gl3& v : out) v = last = last.square() + start;
    return out;
  };
  const air_shape& s = air.shape;
  const auto fixed = values(s.fixed_width), fixed_next = values(s.fixed_width),
             main = values(s.main_width), main_next = values(s.main_width),
             aux = values(s.aux_columns()), aux_next = values(s.aux_columns()), rest = values(8);
  std::vector<gl> publics;
  for (const gl3& v : values(s.public_count)) publics.push_back(v.c[0]);
  air_opening o;
  o.fixed = fixed;
  o.fixed_next = fixed_next;
  o.main = main;
  o.main_next = main_next;
  o.aux = aux;
  o.aux_next = aux_next;
  o.publics = publics;
  o.local = {rest[0], rest[1]};
  o.global = {rest[2], rest[3]};
  o.local_sum = rest[4];
  o.global_sum = rest[5];
  o.height_log2 = 5;
  return quotient_at(air, o, rest[6], rest[7]);
}

}  // namespace ashlar::stark
