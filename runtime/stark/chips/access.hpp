#pragma once

#include "runtime/stark/air/bus.hpp"

// Memory by offline checking. The memory bus holds, for every cell of a segment, one tuple: its
// value and the time of its last access. An access at time t takes that tuple and puts back one
// with time t, having shown that the time in the old one is before t. So the old tuple can only be
// the one that the last access before t, or the start of the segment (time 0), has put there.

namespace ashlar::stark {

inline constexpr gl register_space(0u), ram_space(1u);

inline constexpr gl two16(1u << 16), two31(1u << 31), two32(u64{1} << 32), two64 = two32 * two32;
inline constexpr gl inverse_two16 = two16.inverse();

/// The cells of an access that tie it to the one before.
template <class E>
struct access_link {
  E previous;  ///< its time
  E gap_low;   ///< low 16 bits of t - previous - 1
};

/// A register or RAM word that goes from `before` to `after` at `time`. Returns the upper part of
/// the gap to the previous access, which the caller shows to be below 2^8 (two at once fit the byte
/// table): the gap is then below 2^24, and times are below 2^24 too, so nothing wraps.
template <class B, class E = typename B::expr>
E access_cell_of(B& b, const E& active, const E& space, const E& address, const E& before,
                 const E& after, const E& time, const access_link<E>& link) {
  b.receive(bus::memory, active, {space, address, before, link.previous});
  b.send(bus::memory, active, {space, address, after, time});
  b.send(bus::range16, active, {link.gap_low});
  return (time - link.previous - gl(1u) - link.gap_low) * inverse_two16;
}
/// The same where the space is known.
template <class B, class E = typename B::expr>
E access_cell(B& b, const E& active, gl space, const E& address, const E& before, const E& after,
              const E& time, const access_link<E>& link) {
  return access_cell_of(b, active, E(space), address, before, after, time, link);
}

/// The same for a cell that is read.
template <class B, class E = typename B::expr>
E read_cell(B& b, const E& active, gl space, const E& address, const E& value, const E& time,
            const access_link<E>& link) {
  return access_cell(b, active, space, address, value, value, time, link);
}

/// Two values below 2^8, or one.
template <class B, class E = typename B::expr>
void check_bytes(B& b, const E& active, const E& x, const E& y) {
  b.send(bus::byte_pair, active, {x, y});
}
template <class B, class E = typename B::expr>
void check_byte(B& b, const E& active, const E& x) {
  check_bytes(b, active, x, E(gl()));
}

/// value < 2^32: its low half is a column, its high half is what remains.
template <class B, class E = typename B::expr>
void check_word(B& b, const E& active, const E& value, const E& low) {
  b.send(bus::range16, active, {low});
  b.send(bus::range16, active, {(value - low) * inverse_two16});
}

/// value < 2^31.
template <class B, class E = typename B::expr>
void check_word31(B& b, const E& active, const E& value, const E& low) {
  b.send(bus::range16, active, {low});
  b.send(bus::sign16, active, {(value - low) * inverse_two16, E(gl())});
}

/// sign = bit 31 of value, which is a word.
template <class B, class E = typename B::expr>
void check_sign(B& b, const E& active, const E& value, const E& low, const E& sign) {
  b.send(bus::range16, active, {low});
  b.send(bus::sign16, active, {(value - low) * inverse_two16, sign});
}

/// x is 0 or 1.
template <class B, class E = typename B::expr>
void check_bit(B& b, const E& x) {
  b.zero(x * (x - gl(1u)));
}

}  // namespace ashlar::stark
