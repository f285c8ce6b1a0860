#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/stark/circuit/builder.hpp"

// Values made of others by hints and checks.

namespace ashlar::stark {

std::vector<bit> circuit_builder::bits_of(const wire& x) {
  const wire whole(*this, cell_of(x));
  std::vector<bit> bits;
  for (unsigned i = 0; i < 64; ++i) bits.push_back(bit_of(whole, i));
  const std::span<const bit> all(bits);
  const wire low = number_of(all.first(32)), high = number_of(all.subspan(32));
  assert_equal(low + high * gl(u64{1} << 32), whole);
  // The number is below p unless the upper half is 2^32 - 1 and the lower one is not 0. Where the
  // upper half is another, its distance has an inverse; where it is not, no inverse helps.
  const wire distance(*this, cell_of(high - gl(0xffffffffu)));
  const wire inverse_or_any(*this, hinted({hint::source::inverse, distance.a_}));
  assert_zero(low * (wire::one() - distance * inverse_or_any));
  return bits;
}

wire circuit_builder::number_of(std::span<const bit> bits) {
  wire sum;
  for (std::size_t i = 0; i < bits.size(); ++i) sum += bits[i].value() * gl(u64{1} << i);
  return sum;
}

std::array<wire, 2> circuit_builder::halves_of(const wire& x) {
  if (x.is_constant()) {
    ensure(x.constant().is_base());
    const u64 v = x.constant().c[0].value();
    return {gl(v & 0xffffffff), gl(v >> 32)};
  }
  const cell of = cell_of(x);
  const auto known = halves_.find(static_cast<u32>(of));
  if (known != halves_.end()) return known->second;
  const auto bits = bits_of(wire(*this, of));
  return halves_[static_cast<u32>(of)] = {number_of({&bits[0], 32}), number_of({&bits[32], 32})};
}

void circuit_builder::assert_below_power(const wire& x, unsigned bits) {
  ensure(bits <= 63);
  const wire whole(*this, cell_of(x));
  std::vector<bit> all;
  for (unsigned i = 0; i < bits; ++i) all.push_back(bit_of(whole, i));
  assert_equal(number_of(all), whole);
}

wire circuit_builder::power_of(gl base, std::span<const bit> bits) {
  wire power = wire::one();
  for (const bit& b : bits) {
    power *= b.value() * (base - gl::one()) + gl::one();
    base = base.square();
  }
  return power;
}

std::array<wire, 3> circuit_builder::limbs_of(const wire& x) {
  const cell of = cell_of(x);
  std::array<wire, 3> limb;
  for (u32 i = 0; i < 3; ++i) limb[i] = {*this, hinted({hint::source::lanes, of, i, 1})};
  const wire root = gl3(gl(), gl::one(), gl());
  assert_equal(limb[0] + root * limb[1] + root * root * limb[2], wire(*this, of));
  return limb;
}

std::array<wire, 8> circuit_builder::publics() {
  if (public_words_.empty()) {
    for (const u32 c : alu_chip::public_cells)
      for (const wire& word : elements_of(quad(cell{c}))) public_words_.push_back(cell_of(word));
    steps_with_publics_ = made_.steps.size();
  }
  std::array<wire, 8> out;
  for (unsigned i = 0; i < 8; ++i) out[i] = wire(*this, public_words_[i]);
  return out;
}

circuit_builder::notices circuit_builder::noticed_from(std::size_t first_step) const {
  notices out{std::vector<bool>(cells_), {}};
  const auto note = [&](cell c) { out.noticed[static_cast<u32>(c)] = true; };
  const auto is_noticed = [&](cell c) { return out.noticed[static_cast<u32>(c)]; };
  bool capacity_noticed = false;  // of the sponge row before
  for (std::size_t i = made_.steps.size(); i-- > first_step;) {
    const auto [is_sponge, number] = made_.steps[i];
    if (is_sponge) {
      const sponge_row& r = made_.sponge[number];
      const bool says = capacity_noticed || r.out_use == cell_use::read ||
                        (r.out_use == cell_use::written && is_noticed(r.out));
      for (cell c : {r.in[0], r.in[1], r.bit})
        if (says) note(c);
      for (unsigned k = 0; k < 2; ++k)
        if (r.in_use[k] == cell_use::written && !is_noticed(r.in[k]))
          out.unnoticed_hints.push_back(r.in[k]);
      capacity_noticed = says && r.chained;
      continue;
    }
    const alu_row& r = made_.alu[number];
    const bool says = (r.out_use == cell_use::read && !r.form_only) ||
                      (r.out_use == cell_use::written && is_noticed(r.out));
    if (says)
      for (cell c : {r.a, r.b, r.c, r.out}) note(c);
    if (r.a_use == cell_use::written && !is_noticed(r.a)) out.unnoticed_hints.push_back(r.a);
  }
  return out;
}

std::vector<cell> circuit_builder::unnoticed_hints() const {
  return noticed_from(0).unnoticed_hints;
}

bool circuit_builder::states_its_output() const {
  if (public_words_.empty()) return false;
  const notices after = noticed_from(steps_with_publics_);
  return std::all_of(public_words_.begin(), public_words_.end(),
                     [&](cell c) { return after.noticed[static_cast<u32>(c)]; });
}

circuit circuit_builder::finish(output what, const circuit_heights& at_least) {
  ensure(unnoticed_hints().empty());
  made_.heights = {std::max(heights().alu, at_least.alu),
                   std::max(heights().sponge, at_least.sponge)};
  ensure(states_its_output() == (what == output::stated));
  const auto read = [&](cell c) { ++made_.reads[static_cast<u32>(c)]; };
  made_.reads.assign(cells_, 0);
  std::vector<u32> writers(cells_);
  const auto use = [&](cell c, cell_use how) {
    if (how == cell_use::read) read(c);
    if (how == cell_use::written) ++writers[static_cast<u32>(c)];
  };
  for (const alu_row& r : made_.alu) {
    use(r.a, r.a_use);
    use(r.out, r.out_use);
    read(r.b);
    read(r.c);
  }
  for (const sponge_row& r : made_.sponge) {
    for (unsigned k = 0; k < 2; ++k) use(r.in[k], r.in_use[k]);
    use(r.out, r.out_use);
    if (r.climbs) read(r.bit);
  }
  // The first and the last row write these, and read the public ones themselves; rows without
  // a use read zero.
  for (u32 c : alu_chip::public_cells) {
    ++writers[c];
    read(cell{c});
  }
  ++writers[alu_chip::zero_cell];
  const u64 height = u64{1} << made_.heights.alu;
  made_.reads[alu_chip::zero_cell] += static_cast<u32>(2 * (height - made_.alu.size()) - 2);
  for (u32 c = 0; c < cells_; ++c) ensure(writers[c] == 1);
  return std::move(made_);
}

}  // namespace ashlar::stark
