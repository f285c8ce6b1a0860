#pragma once

#include <string_view>

// The arithmetic of the contracts, as text: functions of Yul over GF(p^3) = gl[X]/(X^3 - 2).
//
// An extension element is one word of three lanes of 85 bits, limb i at bit 85 i ("packed"). Limbs
// are below p where they come from a product or from calldata; sums of packed words are packed
// words as long as no lane reaches 2^85, that is up to 2^20 terms, so adding is one instruction and
// subtracting two. A product needs no canonical operands: five products of lanes stay below 2^173.
namespace ashlar::stark {

/// For text_values: P, M64, M85 and constants of the checks for canonical limbs.
struct yul_constant {
  std::string_view name, value;
};
inline constexpr yul_constant yul_constants[] = {
    {"P", "0xffffffff00000001"},
    {"M64", "0xffffffffffffffff"},
    {"M85", "0x1fffffffffffffffffffff"},
    // 2^32 - 1 in each of four, and of three, words of 64 bits; and the bits above the lower ones.
    // A word w is p or more exactly if w + 2^32 - 1 carries.
    {"E4", "0xffffffff00000000ffffffff00000000ffffffff00000000ffffffff"},
    {"C4", "0x1000000000000000100000000000000010000000000000000"},
    {"E3", "0xffffffff00000000ffffffff00000000ffffffff"},
    // A multiple of p above 2^129.
    {"BIG", "0x3fffffffc0000000400000000000000000"},
    {"M170", "0x3ffffffffffffffffffffffffffffffffffffffffff"},
};

/// refuse(why); norm(a): limbs below p; mul3; mulb(a, base); turn(a) = X a; inv1, inv3; pow3(a, e).
extern const std::string_view yul_field;

/// horner(sum, at, end, by): words at `at`, `at` + $STEP$ .. up to but not at `end`.
extern const std::string_view yul_horner;

/// For what is read from calldata: canonical4(w, bad), expand(w192), load3(at): 24 bytes, checked.
extern const std::string_view yul_load;

/// Merkle trees: checkRoot(at, nodes, root): that the nodes of a cap in calldata hash to it. Memory
/// from $SCRATCH$ is overwritten.
extern const std::string_view yul_caps;

/// Merkle trees: climb(node, index, at, depth), node2(left, right).
extern const std::string_view yul_paths;

/// Copying what is opened: take(at, elements) -> digest, to $BUF$, canonical, zeros behind it.
extern const std::string_view yul_take;

}  // namespace ashlar::stark
