#pragma once

#include "runtime/stark/solidity/constraint_source.hpp"

namespace ashlar::stark {

/// The contract that takes a proof's head: draws all challenges, checks sums, constraints and work.
/// What it found is hashed and kept as a fact.
class head_writer {
 public:
  head_writer(const l1_machine& machine, const proof_plan& plan,
              std::span<const constraint_part> parts, const hash256& key_state);

  /// `key_state`: of the transcript that has absorbed parameters and key.
  std::string text() const;

 private:
  // Memory, in bytes. Words of the challenges first.
  enum slot : std::size_t {
    local_alpha,
    local_beta,
    global_alpha,
    global_beta,
    constraint_alpha,
    zeta,
    gamma,
    counter,
    first_free,
  };
  static std::size_t slot_at(std::size_t s) noexcept { return 0x100 + 32 * s; }
  std::string load(std::size_t s) const;
  static std::string at(std::size_t bytes);
  std::string call(std::size_t proof_offset) const;  // its place in calldata
  static std::string stated(const public_source& s);
  std::size_t beta_slot(std::size_t layer) const { return first_free + layer; }
  std::size_t sum_slot(u32 table, bool global) const;
  std::size_t height_slot(unsigned height_log2) const;  // zeta^(2^h), then the two combinations

  std::string statement() const;
  std::string traces() const;
  std::string sums() const;
  std::string fri() const;
  std::string powers_of_zeta() const;
  std::string quotients() const;
  std::string part(std::size_t i) const;
  std::string combinations() const;
  std::string combined(unsigned height_log2, tree_id tree, bool next) const;
  std::string contexts() const;

  const l1_machine& machine_;
  const proof_plan& plan_;
  std::span<const constraint_part> parts_;
  hash256 key_state_;
  std::vector<const air_shape*> shapes_;
  std::size_t seed_at_ = 0, opening_at_ = 0, input_at_ = 0;
};

}  // namespace ashlar::stark
