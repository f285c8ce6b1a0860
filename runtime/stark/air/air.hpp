#pragma once

#include <cstring>
#include <initializer_list>
#include <string_view>
#include <type_traits>

#include "runtime/stark/air/bus.hpp"
#include "runtime/stark/field/gl.hpp"

// A chip is described once, as a struct without state:
//
//   struct example_chip {
//     static constexpr std::string_view name = "example";
//     template <class E> struct columns { E is_real; E limb[4]; };    // a row of the main trace
//     template <class E> struct fixed_columns { E value; };           // preprocessed; may be
//     absent template <class E> struct public_values { E start_pc; };        // may be absent
//     template <class B> static void constrain(B& b);
//   };
//
// The three structs hold E's, arrays of E's and structs of E's, and nothing else: sizeof divided
// by sizeof(E) is the number of columns, in order of declaration.
//
// A reader of descriptions (a "builder" B) offers, with E = B::expr:
//
//   b.row(), b.next()          columns<E> of this row and the next one, cyclically
//   b.fixed(), b.fixed_next()  the same of the preprocessed columns
//   b.publics()
//   b.zero(e)                  e vanishes on every row
//   b.zero_first(e), b.zero_last(e), b.zero_transition(e)   on the first, last, all but the last
//   b.send(bus, multiplicity, {e, ...}), b.receive(...)     LogUp; a receive is a negated send
//
// E is constructible from gl, has + - * with E and with gl on either side, and unary minus.
//
// Rules that the degree builder measures and a test enforces: constraints have degree 3 at most;
// multiplicities and tuple elements have degree 1 at most and use this row only.

namespace ashlar::stark {

/// Stands where a chip has no fixed columns or no public values.
template <class E>
struct no_columns {};

namespace detail {
template <class Chip, class E>
struct fixed_of {
  using type = no_columns<E>;
};
template <class Chip, class E>
requires requires {
  typename Chip::template fixed_columns<E>;
}
struct fixed_of<Chip, E> {
  using type = typename Chip::template fixed_columns<E>;
};
template <class Chip, class E>
struct publics_of {
  using type = no_columns<E>;
};
template <class Chip, class E>
requires requires {
  typename Chip::template public_values<E>;
}
struct publics_of<Chip, E> {
  using type = typename Chip::template public_values<E>;
};
template <class S, class E>
constexpr std::size_t cells_in = std::is_empty_v<S> ? 0 : sizeof(S) / sizeof(E);
}  // namespace detail

template <class Chip, class E>
using columns_of = typename Chip::template columns<E>;
template <class Chip, class E>
using fixed_columns_of = typename detail::fixed_of<Chip, E>::type;
template <class Chip, class E>
using public_values_of = typename detail::publics_of<Chip, E>::type;

template <class Chip>
inline constexpr std::size_t width_of = detail::cells_in<columns_of<Chip, gl>, gl>;
template <class Chip>
inline constexpr std::size_t fixed_width_of = detail::cells_in<fixed_columns_of<Chip, gl>, gl>;
template <class Chip>
inline constexpr std::size_t publics_width_of = detail::cells_in<public_values_of<Chip, gl>, gl>;

/// A struct of E's from as many consecutive E's.
template <class S, class E>
S cells_as(const E* from) noexcept {
  static_assert(std::is_trivially_copyable_v<E>);
  S s{};
  if constexpr (!std::is_empty_v<S>) std::memcpy(static_cast<void*>(&s), from, sizeof(S));
  return s;
}

}  // namespace ashlar::stark
