#include "runtime/stark/solidity/yul_field.hpp"

namespace ashlar::stark {

const std::string_view yul_field = R"(
            function refuse(why) {
                mstore(0, shl(224, 0x590a5151)) // Refused(uint256)
                mstore(4, why)
                revert(0, 36)
            }
            function norm(a) -> r {
                r := or(
                    or(mod(and(a, $M85$), $P$), shl(85, mod(and(shr(85, a), $M85$), $P$))),
                    shl(170, mod(shr(170, a), $P$))
                )
            }
            function mul3(a, b) -> r {
                let a0 := and(a, $M85$)
                let a1 := and(shr(85, a), $M85$)
                let a2 := shr(170, a)
                let b0 := and(b, $M85$)
                let b1 := and(shr(85, b), $M85$)
                let b2 := shr(170, b)
                r := shl(170, mod(add(add(mul(a0, b2), mul(a1, b1)), mul(a2, b0)), $P$))
                r := or(
                    r,
                    shl(85, mod(add(add(mul(a0, b1), mul(a1, b0)), shl(1, mul(a2, b2))), $P$))
                )
                r := or(r, mod(add(mul(a0, b0), shl(1, add(mul(a1, b2), mul(a2, b1)))), $P$))
            }
            function mulb(a, b) -> r {
                r := or(
                    or(
                        mod(mul(and(a, $M85$), b), $P$),
                        shl(85, mod(mul(and(shr(85, a), $M85$), b), $P$))
                    ),
                    shl(170, mod(mul(shr(170, a), b), $P$))
                )
            }
            function turn(a) -> r {
                r := add(shl(85, and(a, $M170$)), shl(1, shr(170, a)))
            }
            function inv1(a) -> r {
                mstore($SPARE$, 8)
                mstore(add($SPARE$, 32), 8)
                mstore(add($SPARE$, 64), 8)
                mstore(add($SPARE$, 96), or(shl(192, a), 0xfffffffeffffffffffffffff000000010000000000000000))
                // Failure of the precompile shows in the product.
                pop(staticcall(gas(), 5, $SPARE$, 120, $SPARE$, 8))
                r := shr(192, mload($SPARE$))
                if iszero(eq(mulmod(a, r, $P$), 1)) { refuse(1) }
            }
            function inv3(a) -> r {
                a := norm(a)
                let a0 := and(a, $M85$)
                let a1 := and(shr(85, a), $M85$)
                let a2 := shr(170, a)
                let d0 := mod(sub(add(mul(a0, a0), $BIG$), shl(1, mul(a1, a2))), $P$)
                let d1 := mod(sub(add(shl(1, mul(a2, a2)), $BIG$), mul(a0, a1)), $P$)
                let d2 := mod(sub(add(mul(a1, a1), $BIG$), mul(a0, a2)), $P$)
                let n := mod(add(mul(a0, d0), shl(1, add(mul(a1, d2), mul(a2, d1)))), $P$)
                r := mulb(or(or(d0, shl(85, d1)), shl(170, d2)), inv1(n))
            }
            function pow3(a, e) -> r {
                r := 1
                for {} e { e := shr(1, e) } {
                    if and(e, 1) { r := mul3(r, a) }
                    a := mul3(a, a)
                }
            }
)";

const std::string_view yul_load = R"(
            function expand(w) -> r {
                r := or(
                    or(shr(128, w), shl(85, and(shr(64, w), $M64$))),
                    shl(170, and(w, $M64$))
                )
            }
            function carries3(w) -> bits {
                bits := and(xor(xor(add(w, $E3$), w), $E3$), $C4$)
            }
            function load3(at) -> r {
                let w := shr(64, calldataload(at))
                if carries3(w) { refuse(2) }
                r := expand(w)
            }
)";

const std::string_view yul_caps = R"(
            function checkRoot(at, nodes, root) {
                calldatacopy($SCRATCH$, at, shl(5, nodes))
                for { nodes := shr(1, nodes) } nodes { nodes := shr(1, nodes) } {
                    for { let i := 0 } lt(i, nodes) { i := add(i, 1) } {
                        mstore(add($SCRATCH$, shl(5, i)), keccak256(add($SCRATCH$, shl(6, i)), 64))
                    }
                }
                if xor(mload($SCRATCH$), root) { refuse(5) }
            }
)";

const std::string_view yul_paths = R"(
            function node2(left, right) -> r {
                mstore(0, left)
                mstore(32, right)
                r := keccak256(0, 64)
            }
            function climb(node, index, at, depth) -> r {
                for { let end := add(at, shl(5, depth)) } lt(at, end) { at := add(at, 32) } {
                    let place := shl(5, and(index, 1))
                    mstore(place, node)
                    mstore(xor(place, 32), calldataload(at))
                    node := keccak256(0, 64)
                    index := shr(1, index)
                }
                r := node
            }
)";

const std::string_view yul_take = R"(
            function take(at, elements) -> digest {
                let bytes_ := shl(3, elements)
                let end := add($BUF$, bytes_)
                calldatacopy($BUF$, at, bytes_)
                mstore(end, 0)
                digest := keccak256($BUF$, bytes_)
                let bad := 0
                for { let i := $BUF$ } lt(i, end) { i := add(i, 32) } {
                    let w := mload(i)
                    let s := add(w, $E4$)
                    bad := or(bad, or(lt(s, w), and(xor(xor(s, w), $E4$), $C4$)))
                }
                if bad { refuse(2) }
            }
)";

const std::string_view yul_horner = R"(
            // Horner's rule in `by` over packed words in memory, from `at` to `end`: the limbs
            // apart, so that each step is nine products and no call.
            function horner(sum, at, end, by) -> r {
                let a0 := and(by, $M85$)
                let a1 := and(shr(85, by), $M85$)
                by := shr(170, by)
                let r0 := and(sum, $M85$)
                let r1 := and(shr(85, sum), $M85$)
                r := shr(170, sum)
                for {} xor(at, end) {} {
                    let v := mload(at)
                    at := add(at, $STEP$)
                    let t0 := mod(
                        add(
                            add(mul(r0, a0), shl(1, add(mul(r1, by), mul(r, a1)))),
                            and(v, $M85$)
                        ),
                        $P$
                    )
                    let t1 := mod(
                        add(
                            add(add(mul(r0, a1), mul(r1, a0)), shl(1, mul(r, by))),
                            and(shr(85, v), $M85$)
                        ),
                        $P$
                    )
                    r := mod(
                        add(add(add(mul(r0, by), mul(r1, a1)), mul(r, a0)), shr(170, v)),
                        $P$
                    )
                    r0 := t0
                    r1 := t1
                }
                r := or(or(r0, shl(85, r1)), shl(170, r))
            }
)";

}  // namespace ashlar::stark
