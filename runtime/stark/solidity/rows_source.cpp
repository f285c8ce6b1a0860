#include <algorithm>

#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/solidity/link.hpp"
#include "runtime/stark/solidity/query_source.hpp"
#include "runtime/stark/solidity/yul_field.hpp"

namespace ashlar::stark {

namespace {

constexpr std::string_view contract_text = R"(
interface I$NAME$Head {
    function holds(bytes32 fact) external view returns (bool);
}

/// The second step: the rows of a batch of queries. Calldata is the selector, the batch's number, the
/// hash of the leaves' context, the rows' context, the caps of the trees and the batch's rows, no
/// more and no less.
contract $NAME$Rows {
    error Refused(uint256 why);

    I$NAME$Head public constant head = I$NAME$Head($HEAD$);
    /// The hash of a batch's combinations, by keccak256(hash of the leaves' context ‖ batch). The
    /// context has the transcript's state, which names the roots and the positions: for rows with
    /// other combinations, one of the hashes would have to collide.
    mapping(bytes32 key => bytes32) public combinations;

    function openRows() external {
        if (msg.data.length < $ROWS$) revert Refused(20);
        uint256 batch = uint256(bytes32(msg.data[4:36]));
        bytes32 leavesHash = bytes32(msg.data[36:68]);
        if (batch >= $BATCHES$) revert Refused(21);
        uint256 first = batch * $BATCH$;
        uint256 count = first + $BATCH$ > $QUERIES$ ? $QUERIES$ - first : $BATCH$;
        if (msg.data.length != $ROWS$ + count * $ROW_BYTES$) revert Refused(22);
        bytes32 rowsHash = keccak256(msg.data[$CONTEXT$:$CAPS$]);
        if (!head.holds(keccak256(abi.encode(rowsHash, leavesHash)))) revert Refused(23);
        combinations[keccak256(abi.encode(leavesHash, batch))] = check(first, count);
    }

    function check(uint256 first, uint256 count) private view returns (bytes32 result) {
        assembly {
$FIELD$$CAPS_TEXT$$PATHS$$TAKE$
            function position(i) -> t {
                mstore($SEED32$, shl(184, or(shl(64, 2), shr(3, i))))
                t := and(shr(sub(224, shl(5, and(i, 7))), keccak256($SEED$, 41)), $POSITION_MASK$)
            }
            function point(t) -> x {
                x := 1
$POINT$            }
            // Powers of gamma up to $POWERS$, three words each, rising; so a row is read backwards.
            function makePowers(gamma) {
                let power := 1
                for { let to := $POWER$ } lt(to, $POWER_END$) { to := add(to, 96) } {
                    mstore(to, and(power, $M85$))
                    mstore(add(to, 32), and(shr(85, power), $M85$))
                    mstore(add(to, 64), shr(170, power))
                    power := mul3(power, gamma)
                }
            }
            // Adds to three words at `sum` the row of `columns` cells at `at`, the last cell by the
            // power at `power`. Each product is below 2^128.
            function row(at, columns, power, sum) -> digest {
                digest := take(at, columns)
                let s0 := mload(sum)
                let s1 := mload(add(sum, 32))
                let s2 := mload(add(sum, 64))
                for { let i := add($BUF$, shl(3, columns)) } gt(i, $BUF$) {} {
                    i := sub(i, 8)
                    let cell := shr(192, mload(i))
                    s0 := add(s0, mul(cell, mload(power)))
                    s1 := add(s1, mul(cell, mload(add(power, 32))))
                    s2 := add(s2, mul(cell, mload(add(power, 64))))
                    power := add(power, 96)
                }
                mstore(sum, s0)
                mstore(add(sum, 32), s1)
                mstore(add(sum, 64), s2)
            }
            function packedSum(at) -> r {
                r := or(
                    or(mod(mload(at), $P$), shl(85, mod(mload(add(at, 32)), $P$))),
                    shl(170, mod(mload(add(at, 64)), $P$))
                )
            }
            function checkCap(node, at, index) {
                if xor(node, calldataload(add(at, shl(5, index)))) { refuse(24) }
            }
            function difference(a, b) -> r {
                r := sub(add(a, $LANES_P$), b)
            }
            // a, b: sums of the columns' and the quotients' cells; k: the two combinations of the
            // openings, gamma^W, gamma^(2 W), what taller tables have used; x: the point; step: of
            // the trace domain.
            function combination(sums, k, x, step) -> r {
                let a := packedSum(sums)
                let b := packedSum(add(sums, 96))
                let toZeta := difference(mload($ZETA$), x)
                let toNext := difference(mulb(mload($ZETA$), step), x)
                r := mul3(
                    difference(
                        difference(mload(k), a), mul3(mload(add(k, 96)), b)
                    ),
                    toNext
                )
                r := add(
                    r,
                    mul3(difference(mload(add(k, 32)), mul3(mload(add(k, 64)), a)), toZeta)
                )
                r := mul3(r, inv3(mul3(toZeta, toNext)))
                r := mul3(r, mload(add(k, 128)))
            }
            function query(at, t, to) {
                let node := 0
                calldatacopy($SUMS$, calldatasize(), $SUMS_BYTES$)
$TREES$
                let x := point(t)
$COMBINATIONS$            }

$ROOTS$            mstore($SEED$, calldataload($CONTEXT$))
            mstore($ZETA$, calldataload(add($CONTEXT$, 32)))
            makePowers(calldataload(add($CONTEXT$, 64)))
$PREPARE$
            let at := $ROWS$
            let to := $VALUES$
            for { let end := add(first, count) } lt(first, end) { first := add(first, 1) } {
                query(at, position(first), to)
                at := add(at, $ROW_BYTES$)
                to := add(to, $VALUE_BYTES$)
            }
            result := keccak256($VALUES$, sub(to, $VALUES$))
        }
    }
}
)";

// Writes the parts that depend on the machine.
class rows_writer {
 public:
  rows_writer(const l1_machine& machine, const proof_plan& plan) : machine_(machine), plan_(plan) {
    for (const tree_plan& t : plan.trees)
      for (const height_group& g : t.groups) row_max_ = std::max<std::size_t>(row_max_, g.columns);
    for (unsigned h : plan.heights)
      powers_ = std::max(powers_, std::max<std::size_t>(width(h), columns(h, tree_id::quotient)));
    // Fixed places first, then what grows.
    constants_at_ = 0x200;
    sums_at_ = constants_at_ + 32 * 5 * plan.heights.size();
    power_at_ = sums_at_ + 32 * 6 * plan.heights.size();
    buffer_at_ = power_at_ + 96 * (powers_ + 1);
    values_at_ = buffer_at_ + 8 * row_max_ + 64;
  }
  std::string text() const;

 private:
  static std::string at(std::size_t bytes) { return hex_literal(u64{bytes}); }
  std::size_t columns(unsigned h, tree_id tree) const {
    for (const tree_plan& t : plan_.trees)
      for (const height_group& g : t.groups)
        if (t.id == tree && g.height_log2 == h) return g.columns;
    return 0;
  }
  // Columns of a height in the trees before `end` (the quotient's not counted).
  std::size_t width(unsigned h, tree_id end = tree_id::quotient) const {
    std::size_t n = 0;
    for (tree_id tree : all_trees)
      if (tree < end) n += columns(h, tree);
    return n;
  }
  // A cap's place in calldata.
  std::size_t cap_at(const tree_plan& t) const {
    return rows_prefix_bytes + plan_.rows_context_bytes + (t.cap_at - plan_.head_bytes);
  }
  std::size_t height_number(unsigned h) const {
    return static_cast<std::size_t>(std::find(plan_.heights.begin(), plan_.heights.end(), h) -
                                    plan_.heights.begin());
  }
  std::string roots() const;
  std::string prepare() const;
  std::string trees() const;
  std::string tree(const tree_plan& t) const;
  std::string combinations() const;

  const l1_machine& machine_;
  const proof_plan& plan_;
  std::size_t row_max_ = 0, powers_ = 0;
  std::size_t constants_at_ = 0, sums_at_ = 0, power_at_ = 0, buffer_at_ = 0, values_at_ = 0;
};

std::string rows_writer::prepare() const {
  std::string out, used = "1";
  std::size_t from = rows_prefix_bytes + 96;
  for (std::size_t i = 0; i < plan_.heights.size(); ++i) {
    const unsigned h = plan_.heights[i];
    const std::size_t k = constants_at_ + 160 * i;
    const std::string gamma = "calldataload(add($CONTEXT$, 64))";
    const auto put = [&](unsigned n, const std::string& what) {
      out += "            mstore(" + at(k + 32 * n) + ", " + what + ")\n";
    };
    put(0, "calldataload(" + number(from) + ")");
    put(1, "calldataload(" + number(from + 32) + ")");
    put(2, "pow3(" + gamma + ", " + number(width(h)) + ")");
    put(3, "mul3(mload(" + at(k + 64) + "), mload(" + at(k + 64) + "))");
    put(4, used);
    from += 64;
    used = "mul3(mload(" + at(k + 128) + "), mul3(mload(" + at(k + 96) + "), pow3(" + gamma + ", " +
           number(columns(h, tree_id::quotient)) + ")))";
  }
  return out;
}

std::string rows_writer::roots() const {
  std::string out;
  std::size_t from = rows_prefix_bytes + 32 * (3 + 2 * plan_.heights.size());
  for (const tree_plan& t : plan_.trees) {
    const bool is_fixed = t.id == tree_id::fixed;
    out += "            checkRoot(" + number(cap_at(t)) + ", " + number(u64{1} << t.cap_log2) +
           ", " +
           (is_fixed ? hex_literal(machine_.key.key.fixed_root)
                     : "calldataload(" + number(from) + ")") +
           ")\n";
    if (!is_fixed) from += 32;
  }
  return out;
}

// One tree of one query: rows and siblings from the deepest level up to the cap.
std::string rows_writer::tree(const tree_plan& t) const {
  const unsigned blowup = machine_.params.blowup_log2, tallest = plan_.heights.front();
  std::string out;
  const auto line = [&out](const std::string& s) { out += "                " + s + "\n"; };
  for (std::size_t i = 0; i < t.groups.size(); ++i) {
    const height_group& g = t.groups[i];
    const std::size_t sums =
        sums_at_ + 192 * height_number(g.height_log2) + (t.id == tree_id::quotient ? 96 : 0);
    const std::size_t above = t.id == tree_id::quotient ? 0 : width(g.height_log2, t.id);
    const std::string digest =
        "row(at, " + number(g.columns) + ", " + at(power_at_ + 96 * above) + ", " + at(sums) + ")";
    // Rows are hashed through the memory that node2 uses, so first the row.
    line(i == 0 ? "node := " + digest : "node := node2(node, " + digest + ")");
    line("at := add(at, " + number(8 * g.columns) + ")");
    const unsigned level = g.height_log2 + blowup;
    const unsigned to = i + 1 < t.groups.size() ? t.groups[i + 1].height_log2 + blowup : t.cap_log2;
    if (level == to) continue;
    line("node := climb(node, shr(" + number(tallest - g.height_log2) + ", t), at, " +
         number(level - to) + ")");
    line("at := add(at, " + number(32 * (level - to)) + ")");
  }
  line("checkCap(node, " + number(cap_at(t)) + ", shr(" + number(plan_.place_bits - t.cap_log2) +
       ", t))");
  return out;
}

std::string rows_writer::trees() const {
  std::string out;
  for (const tree_plan& t : plan_.trees) out += tree(t);
  return out;
}

std::string rows_writer::combinations() const {
  std::string out;
  const auto line = [&out](const std::string& s) { out += "                " + s + "\n"; };
  unsigned reached = plan_.heights.front();
  for (std::size_t i = 0; i < plan_.heights.size(); ++i) {
    const unsigned h = plan_.heights[i];
    for (; reached > h; --reached) line("x := mulmod(x, x, $P$)");
    line("mstore(add(to, " + number(32 * i) + "), combination(" + at(sums_at_ + 192 * i) + ", " +
         at(constants_at_ + 160 * i) + ", mulmod(x, " + hex_literal(domain_shift.value()) +
         ", $P$), " + hex_literal(gl::root_of_unity(h).value()) + "))");
  }
  return out;
}

std::string rows_writer::text() const {
  text_values values{{"NAME", machine_.name},
                     {"SPARE", "0x80"},
                     {"SEED", "0x140"},
                     {"SEED32", "0x160"},
                     {"ZETA", "0x1a0"}};
  for (const yul_constant& c : yul_constants) values.emplace(c.name, c.value);
  const std::size_t caps = rows_prefix_bytes + plan_.rows_context_bytes,
                    rows = caps + plan_.tree_cap_bytes;
  values.insert({{"CONTEXT", number(rows_prefix_bytes)},
                 {"HEAD", link_address_expression("Head")},
                 {"CAPS", number(caps)},
                 {"SCRATCH", at(values_at_)},
                 {"CAPS_TEXT", std::string(yul_caps)},
                 {"ROOTS", roots()},
                 {"ROWS", number(rows)},
                 {"BATCH", number(plan_.rows_batch)},
                 {"BATCHES", number(plan_.rows_batches)},
                 {"QUERIES", number(machine_.params.queries)},
                 {"ROW_BYTES", number(plan_.row_bytes)},
                 {"POSITION_MASK", hex_literal((u64{1} << plan_.place_bits) - 1)},
                 {"POINT", point_text(plan_, machine_.params.blowup_log2)},
                 {"POWERS", number(powers_)},
                 {"POWER", at(power_at_)},
                 {"POWER_END", at(power_at_ + 96 * powers_)},
                 {"BUF", at(buffer_at_)},
                 {"SUMS", at(sums_at_)},
                 {"SUMS_BYTES", number(192 * plan_.heights.size())},
                 {"VALUES", at(values_at_)},
                 {"VALUE_BYTES", number(32 * plan_.heights.size())},
                 {"LANES_P", lanes_literal(1, gl::modulus)},
                 {"FIELD", std::string(yul_field)},
                 {"PATHS", std::string(yul_paths)},
                 {"TAKE", std::string(yul_take)},
                 {"TREES", trees()},
                 {"COMBINATIONS", combinations()},
                 {"PREPARE", prepare()}});
  for (const char* part :
       {"FIELD", "CAPS_TEXT", "PATHS", "TAKE", "POINT", "COMBINATIONS", "PREPARE"})
    values[part] = filled(values[part], values);
  return filled(contract_text, values);
}

}  // namespace

std::string point_text(const proof_plan& plan, unsigned blowup_log2) {
  const unsigned h = plan.heights.front();
  std::string out;
  for (unsigned bit = 0; bit < plan.place_bits; ++bit) {
    // Place t is c 2^h + r, for the exponent c + 2^b rev(r).
    const gl factor = domain_point(u32{1} << bit, h, blowup_log2);
    out += "                if and(t, " + hex_literal(u64{1} << bit) + ") { x := mulmod(x, " +
           hex_literal(factor.value()) + ", $P$) }\n";
  }
  return out;
}

std::string rows_source(const l1_machine& machine, const proof_plan& plan) {
  return rows_writer(machine, plan).text();
}

}  // namespace ashlar::stark
