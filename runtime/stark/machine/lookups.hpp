#pragma once

#include <vector>

#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/field/matrix.hpp"

namespace ashlar::stark {

/// How often each row of the lookup tables is asked for: their multiplicities.
struct lookup_counts {
  std::vector<u32> range16, sign16, byte_pair, byte_and;
  std::array<u32, 32> power{};
  std::array<u32, keccak::rounds> keccak_round{};

  lookup_counts() : range16(1 << 16), sign16(1 << 16), byte_pair(1 << 16), byte_and(1 << 16) {}

  void add(const lookup_counts& other);
  matrix range_table() const;
  matrix ends_table() const;
};

/// Reads a description for its lookups alone. Everything else in it is computed for nothing, so
/// the compiler drops it. A value that no table holds is a programmer error of the filler.
template <class Chip>
class lookup_builder : public air_rows<Chip, gl> {
 public:
  explicit lookup_builder(lookup_counts& counts) noexcept : counts_(counts) {}

  void zero(gl) noexcept {}
  void zero_first(gl) noexcept {}
  void zero_last(gl) noexcept {}
  void zero_transition(gl) noexcept {}
  void receive(bus, gl, std::initializer_list<gl>) noexcept {}
  [[gnu::always_inline]] void send(bus on, gl multiplicity,
                                   std::initializer_list<gl> tuple) noexcept {
    if (multiplicity.is_zero()) return;
    const gl* e = tuple.begin();
    if (on == bus::range16) ++counts_.range16[at(e[0], 1u << 16)];
    if (on == bus::sign16) ++counts_.sign16[at(e[0], 1u << 16)];
    if (on == bus::byte_pair) ++counts_.byte_pair[at(e[0], 256) + 256 * at(e[1], 256)];
    if (on == bus::byte_and) ++counts_.byte_and[at(e[0], 256) + 256 * at(e[1], 256)];
    if (on == bus::power) ++counts_.power[at(e[0], 32)];
    if (on == bus::keccak_round) ++counts_.keccak_round[at(e[0], keccak::rounds)];
  }

 private:
  static u64 at(gl v, u64 limit) noexcept {
    ensure(v.value() < limit);
    return v.value();
  }
  lookup_counts& counts_;
};

}  // namespace ashlar::stark
