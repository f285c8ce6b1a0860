#pragma once

#include <optional>
#include <string>

#include "runtime/stark/recursion/recursion_params.hpp"
#include "runtime/stark/run/run_verifier.hpp"

namespace ashlar::stark {

/// All that recursion over runs of one program is made for. The root of its set follows from it and
/// from the code.
struct recursion_plan {
  recursion_params params;
  proof_params outer;  ///< of the proof for L1
  run_key base;        ///< of the program, proved with params.segment
  /// The heights that memory's tables and a segment's may have, one each a table: for each of them
  /// there is a leaf.
  std::vector<std::vector<u8>> memory_shapes, segment_shapes;
};

/// Which circuits there are, by number: those of the set, and behind them the outer one.
class circuit_catalog {
 public:
  static constexpr std::size_t wrap = 0, leaf_join = 1, join = 2, complete = 3, first_leaf = 4;

  /// Precondition: params.set_depth is that of a set of this size; see depth_for.
  explicit circuit_catalog(recursion_plan plan);
  /// For recursion_params::set_depth.
  static unsigned depth_for(std::size_t memory_shapes, std::size_t segment_shapes);

  const recursion_plan& plan() const noexcept { return plan_; }
  /// Circuits in the set.
  std::size_t size() const noexcept {
    return first_leaf + plan_.memory_shapes.size() + plan_.segment_shapes.size();
  }
  std::size_t outer() const noexcept { return size(); }

  /// The leaf for parts in tables of these heights; nothing where there is none.
  std::optional<std::size_t> memory_leaf(std::span<const u8> heights_log2) const;
  std::optional<std::size_t> segment_leaf(std::span<const u8> heights_log2) const;

  /// In a few words for people.
  std::string name(std::size_t circuit) const;
  /// What its proofs are made with.
  const proof_params& params_of(std::size_t circuit) const noexcept {
    if (circuit == outer()) return plan_.outer;
    return (circuit < first_leaf ? plan_.params.small : plan_.params.big).proofs;
  }
  /// Costs some tenths of a second at most. The error says which circuit and why.
  result<circuit, std::string> record(std::size_t circuit) const;

 private:
  recursion_plan plan_;
};

/// Names a circuit by all that its key follows from but the parameters: heights and fixed columns.
hash256 digest_of(const circuit& c);

}  // namespace ashlar::stark
