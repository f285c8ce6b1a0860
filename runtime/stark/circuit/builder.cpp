#include "runtime/stark/circuit/builder.hpp"

#include "runtime/base/ensure.hpp"

namespace ashlar::stark {

std::size_t circuit_builder::row_hash::operator()(const row_key& k) const noexcept {
  u64 h = static_cast<u64>(k.shape);
  for (u64 v :
       {static_cast<u64>(k.a), static_cast<u64>(k.b), static_cast<u64>(k.c), k.product, k.constant})
    h = (h ^ v) * 0x9e3779b97f4a7c15ull + (h >> 29);
  return h ^ h >> 32;
}

circuit_builder::circuit_builder() {
  section("constants");
  alu_row one;
  one.constant = gl::one();
  one_ = computed(one);
}

void circuit_builder::section(std::string name) {
  made_.sections.push_back({static_cast<u32>(made_.steps.size()), std::move(name)});
}

void circuit_builder::record(const alu_row& row) {
  made_.steps.push_back({false, static_cast<u32>(made_.alu.size())});
  made_.alu.push_back(row);
}

cell circuit_builder::computed(alu_row row) {
  if (row.shape == alu_shape::product && row.b < row.a) std::swap(row.a, row.b);
  const row_key key{row.shape, row.a, row.b, row.c, row.product.value(), row.constant.value()};
  const auto [at, is_new] = known_.try_emplace(key);
  if (is_new) {
    const bool uses_a = row.shape != alu_shape::product || !row.product.is_zero();
    row.a_use = uses_a ? cell_use::read : cell_use::none;
    at->second = row.out = new_cell();
    record(row);
  }
  return at->second;
}

cell circuit_builder::hinted(const hint& from) {
  alu_row row;
  row.out_use = cell_use::none;
  return hinted(from, row);
}

cell circuit_builder::hinted(const hint& from, alu_row row) {
  row.a = new_cell();
  row.a_use = cell_use::written;
  row.base = from.count == 1;
  row.from = from;
  if (from.from == hint::source::input) made_.input_elements += from.count;
  record(row);
  return row.a;
}

wire circuit_builder::input() {
  return {*this, hinted({})};
}
wire circuit_builder::input_base() {
  return {*this, hinted({hint::source::input, {}, 0, 1})};
}

bit circuit_builder::bit_of(const wire& of, unsigned index) {
  // h h = h: in a field h is 0 or 1.
  alu_row row;
  row.from = {hint::source::bit, cell_of(of), index};
  row.a = row.b = row.out = new_cell();
  row.a_use = cell_use::written;
  row.out_use = cell_use::read;
  row.product = gl::one();
  row.form_only = true;
  record(row);
  return {wire(*this, row.a), row.a};
}

void circuit_builder::assert_equal(const wire& x, const wire& y) {
  if (x.is_constant() && y.is_constant()) {
    ensure(x.constant() == y.constant());
    return;
  }
  // f a b + constant = out, a cell that is read: the left side may be a product, the right side
  // not.
  wire left = x, right = y;
  if (left.is_constant() || (right.is_product_ && !left.is_product_)) std::swap(left, right);
  if (right.is_product_) right = plain(right);
  if (right.is_constant() && !right.constant_.is_base()) right = wire(*this, cell_of(right));
  const gl scale = right.is_constant() ? gl::one() : right.scale_.inverse();
  alu_row row;
  row.a_use = row.out_use = cell_use::read;
  row.a = left.a_;
  row.b = left.is_product_ ? left.b_ : one_;
  row.product = left.scale_ * scale;
  row.constant = (left.constant_.c[0] - right.constant_.c[0]) * scale;
  row.out = right.is_constant() ? zero_cell : right.a_;
  record(row);
}

wire circuit_builder::constant_wire(const gl3& c) {
  // X = (0, 1, 0), its square, and the parts.
  const auto unit = [&](alu_shape shape) {
    alu_row row;
    row.shape = shape;
    row.a = one_;
    return wire(*this, computed(row));
  };
  const wire x = unit(alu_shape::pack_1_3);
  wire sum = plain(x * x * c.c[2] + x * c.c[1]);
  return sum + c.c[0];
}

cell circuit_builder::cell_of(const wire& x) {
  if (x.is_constant()) {
    if (x.constant_.is_zero()) return zero_cell;
    if (!x.constant_.is_base()) return cell_of(constant_wire(x.constant_));
    alu_row row;
    row.constant = x.constant_.c[0];
    return computed(row);
  }
  if (!x.is_product_ && x.scale_ == gl::one() && x.constant_.is_zero()) return x.a_;
  alu_row row;
  row.a = x.a_;
  row.b = x.is_product_ ? x.b_ : one_;
  row.product = x.scale_;
  row.constant = x.constant_.c[0];
  return computed(row);
}

wire circuit_builder::plain(const wire& x) {
  if (!x.is_product_) return x;
  // The bare product, so that it is shared whatever it is scaled by.
  const cell bare = cell_of(wire(*this, x.a_, true, x.b_, gl::one(), gl()));
  return {*this, bare, false, {}, x.scale_, x.constant_.c[0]};
}

wire circuit_builder::sum(const wire& x, const wire& y) {
  if (x.is_constant()) return sum(y, x);
  if (y.is_constant()) {
    if (!y.constant_.is_base()) return sum(x, wire(*this, cell_of(y)));
    wire out = x;
    out.constant_ += y.constant_;
    return out;
  }
  const gl offset = x.constant_.c[0] + y.constant_.c[0];
  if (x.is_product_ == y.is_product_ && x.a_ == y.a_ && (!x.is_product_ || x.b_ == y.b_)) {
    const gl scale = x.scale_ + y.scale_;
    if (scale.is_zero()) return offset;
    return {*this, x.a_, x.is_product_, x.b_, scale, offset};
  }
  if (y.is_product_) return x.is_product_ ? sum(x, plain(y)) : sum(y, x);
  alu_row row;
  row.a = x.a_;
  row.b = x.is_product_ ? x.b_ : one_;
  row.c = y.a_;
  row.product = x.scale_ * y.scale_.inverse();
  return {*this, computed(row), false, {}, y.scale_, offset};
}

wire circuit_builder::product(const wire& x, const wire& y) {
  if (x.is_constant()) return product(y, x);
  if (y.is_constant()) {
    const gl3& c = y.constant_;
    if (c.is_zero()) return {};
    if (!c.is_base()) return product(x, wire(*this, cell_of(y)));
    wire out = x;
    out.scale_ *= c.c[0];
    out.constant_ *= c.c[0];
    return out;
  }
  wire l = plain(x), r = plain(y);
  if (l.constant_.is_zero()) std::swap(l, r);
  if (!r.constant_.is_zero()) r = wire(*this, cell_of(r));
  // (s a + o) t b = (s / o a b + b) o t.
  const gl offset = l.constant_.c[0];
  if (offset.is_zero()) {
    const bool swap = r.a_ < l.a_;
    return {*this, swap ? r.a_ : l.a_, true, swap ? l.a_ : r.a_, l.scale_ * r.scale_, gl()};
  }
  alu_row row;
  row.a = l.a_;
  row.b = row.c = r.a_;
  row.product = l.scale_ * offset.inverse();
  return {*this, computed(row), false, {}, offset * r.scale_, gl()};
}

wire circuit_builder::inverse(const wire& x) {
  if (x.is_constant()) {
    ensure(!x.constant_.is_zero());
    return x.constant_.inverse();
  }
  const cell of = cell_of(x);
  alu_row row;
  row.from = {hint::source::inverse, of, 0};
  row.a = new_cell();
  row.a_use = cell_use::written;
  row.b = of;
  row.product = gl::one();
  row.out = one_;
  row.out_use = cell_use::read;
  record(row);
  return {*this, row.a};
}

wire operator+(const wire& x, const wire& y) {
  if (x.is_constant() && y.is_constant()) return x.constant_ + y.constant_;
  return (x.is_constant() ? y : x).builder_->sum(x, y);
}
wire operator*(const wire& x, const wire& y) {
  if (x.is_constant() && y.is_constant()) return x.constant_ * y.constant_;
  return (x.is_constant() ? y : x).builder_->product(x, y);
}
wire wire::operator-() const {
  wire out = *this;
  out.scale_ = -out.scale_;
  out.constant_ = -out.constant_;
  return out;
}
wire wire::squared(unsigned n) const {
  wire r = *this;
  for (; n != 0; --n) r = r.square();
  return r;
}
wire wire::pow(u64 e) const {
  wire result = one(), base = *this;
  for (; e != 0; e >>= 1) {
    if (e & 1) result *= base;
    if (e > 1) base = base.square();
  }
  return result;
}
wire wire::inverse() const {
  return is_constant() ? wire(constant_.inverse()) : builder_->inverse(*this);
}

}  // namespace ashlar::stark
