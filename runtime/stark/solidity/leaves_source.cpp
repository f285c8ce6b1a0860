#include <algorithm>

#include "runtime/stark/solidity/conclude_source.hpp"
#include "runtime/stark/solidity/link.hpp"
#include "runtime/stark/solidity/query_source.hpp"
#include "runtime/stark/solidity/yul_field.hpp"

namespace ashlar::stark {

namespace {

constexpr std::string_view contract_text = R"(
interface I$NAME$Rows {
    function combinations(bytes32 key) external view returns (bytes32);
}

/// The last steps, and the verifier that a chain asks: the FRI leaves of some batches of queries,
/// and what the proof, being complete, says of a list of batches.
contract $NAME$Verifier {
    error Refused(uint256 why);

    event Verified(bytes32 output);

    I$NAME$Head public constant head = I$NAME$Head($HEAD$);
    I$NAME$Rows public constant rows = I$NAME$Rows($ROWS$);
    /// Of the programs whose proofs this contract takes.
    bytes32 public constant programSetRoot = $SET_ROOT$;
    /// Bit i: call i is done, by the hash of the leaves' context.
    mapping(bytes32 leavesHash => uint256 calls) public done;
    /// Lists of batches, by their digest, of which a whole proof was verified.
    mapping(bytes32 list => bool) public isProved;
    mapping(bytes32 output => bool) public isVerified;

    /// Calldata is the selector, the call's number, the leaves' context, the caps of the layers and
    /// the leaves, no more and no less.
    function openLeaves() external {
        if (msg.data.length < $LEAVES$) revert Refused(30);
        uint256 number = uint256(bytes32(msg.data[4:36]));
        bytes32 leavesHash = keccak256(msg.data[$CONTEXT$:$CAPS$]);
        if (number >= $CALLS$) revert Refused(31);
        uint256 batch = number * $CALL_BATCHES$;
        uint256 end = batch + $CALL_BATCHES$ > $BATCHES$ ? $BATCHES$ : batch + $CALL_BATCHES$;
        uint256 queries = (end * $BATCH$ > $QUERIES$ ? $QUERIES$ : end * $BATCH$) - batch * $BATCH$;
        if (msg.data.length != $LEAVES$ + queries * $LEAF_BYTES$) revert Refused(32);
        prepare();
        uint256 start = $LEAVES$;
        for (; batch < end; ++batch) {
            uint256 count = (batch + 1) * $BATCH$ > $QUERIES$
                ? $QUERIES$ - batch * $BATCH$
                : $BATCH$;
            bytes32 combinations = check(start, batch * $BATCH$, count);
            start += count * $LEAF_BYTES$;
            if (rows.combinations(keccak256(abi.encode(leavesHash, batch))) != combinations) {
                revert Refused(33);
            }
        }
        uint256 all = done[leavesHash] | (1 << number);
        done[leavesHash] = all;
        if (all == $ALL$) isProved[bytes32(msg.data[$LIST$:$LIST$ + 32])] = true;
    }

    /// Says of the batches with these public inputs, 1 to 256 of them in order, that they are
    /// verified: a whole proof of exactly their list must have been. Calldata is canonical.
    function conclude(bytes32[] calldata inputs) external {
        uint256 start;
        assembly {
            start := inputs.offset
        }
        if (start != 68 || msg.data.length != 68 + 32 * inputs.length) revert Refused(40);
        if (inputs.length == 0 || inputs.length > 256) revert Refused(41);
        (bytes32 list, bytes32 accumulator) = listOf(inputs);
        if (!isProved[list]) revert Refused(42);
        bytes32 output = keccak256(abi.encode(programSetRoot, accumulator));
        isVerified[output] = true;
        emit Verified(output);
    }

    /// How many steps of a proof are done, in their order: the head, the batches of rows, the calls
    /// for leaves, the conclusion. By the hashes of the proof's two contexts, the list's digest and
    /// the output. For publishers; nothing depends on it.
    function progress(bytes32 rowsHash, bytes32 leavesHash, bytes32 list, bytes32 output)
        external
        view
        returns (uint256)
    {
        if (isVerified[output]) return $BATCHES$ + $CALLS$ + 2;
        if (isProved[list]) return $BATCHES$ + $CALLS$ + 1;
        if (!head.holds(keccak256(abi.encode(rowsHash, leavesHash)))) return 0;
        for (uint256 i = 0; i < $BATCHES$; ++i) {
            if (rows.combinations(keccak256(abi.encode(leavesHash, i))) == 0) return i + 1;
        }
        uint256 calls = done[leavesHash];
        for (uint256 i = 0; i < $CALLS$; ++i) {
            if ((calls >> i) & 1 == 0) return $BATCHES$ + i + 1;
        }
        return $BATCHES$ + $CALLS$ + 1;
    }
$LIST_FUNCTIONS$
    /// Memory that all batches of a call use.
    function prepare() private view {
        assembly {
$FIELD$$CAPS_TEXT$
            // Powers of a layer's challenge, five words each: the limbs, and the upper two doubled.
            function makePowers(to, beta, count) -> power {
                power := 1
                for { let end := add(to, mul(160, count)) } lt(to, end) { to := add(to, 160) } {
                    let b1 := and(shr(85, power), $M85$)
                    let b2 := shr(170, power)
                    mstore(to, and(power, $M85$))
                    mstore(add(to, 32), b1)
                    mstore(add(to, 64), b2)
                    mstore(add(to, 96), shl(1, b1))
                    mstore(add(to, 128), shl(1, b2))
                    power := mul3(power, beta)
                }
            }
$ROOTS$            mstore($SEED$, calldataload($CONTEXT$))
            for { let i := 0 } lt(i, $FINAL_COUNT$) { i := add(i, 1) } {
                let w := calldataload(add($FINAL$, mul(i, 24)))
                let to := add($FINAL_MEMORY$, mul(i, 96))
                mstore(to, shr(192, w))
                mstore(add(to, 32), and(shr(128, w), $M64$))
                mstore(add(to, 64), and(shr(64, w), $M64$))
            }
            // Whatever Solidity allocates from here on lies behind.
            mstore(0x40, $FREE$)
$PREPARE$        }
    }

    function check(uint256 start, uint256 first, uint256 count)
        private
        view
        returns (bytes32 combinations)
    {
        assembly {
$FIELD$$PATHS$$TAKE$
            function position(i) -> t {
                mstore($SEED32$, shl(184, or(shl(64, 2), shr(3, i))))
                t := and(shr(sub(224, shl(5, and(i, 7))), keccak256($SEED$, 41)), $POSITION_MASK$)
            }
            function point(t) -> x {
                x := 1
$POINT$            }
            // The polynomial in $BUF$, 2^n coefficients limb by limb and falling, at x.
            function atBase(size, x) -> r {
                let s0 := 0
                let s1 := 0
                let s2 := 0
                let power := 1
                for { let i := add($BUF$, size) } gt(i, $BUF$) {} {
                    i := sub(i, 8)
                    s2 := add(s2, mul(power, shr(192, mload(i))))
                    s1 := add(s1, mul(power, shr(192, mload(add(i, size)))))
                    s0 := add(s0, mul(power, shr(192, mload(add(i, shl(1, size))))))
                    power := mulmod(power, x, $P$)
                }
                r := or(or(mod(s0, $P$), shl(85, mod(s1, $P$))), shl(170, mod(s2, $P$)))
            }
            // The same at a challenge, from its powers.
            function atPowers(size, power) -> r {
                let s0 := 0
                let s1 := 0
                let s2 := 0
                for { let i := add($BUF$, size) } gt(i, $BUF$) { power := add(power, 160) } {
                    i := sub(i, 8)
                    let c := shr(192, mload(i))
                    s0 := add(s0, mul(c, mload(add(power, 96))))
                    s1 := add(s1, mul(c, mload(add(power, 128))))
                    s2 := add(s2, mul(c, mload(power)))
                    c := shr(192, mload(add(i, size)))
                    s0 := add(s0, mul(c, mload(add(power, 128))))
                    s1 := add(s1, mul(c, mload(power)))
                    s2 := add(s2, mul(c, mload(add(power, 32))))
                    c := shr(192, mload(add(i, shl(1, size))))
                    s0 := add(s0, mul(c, mload(power)))
                    s1 := add(s1, mul(c, mload(add(power, 32))))
                    s2 := add(s2, mul(c, mload(add(power, 64))))
                }
                r := or(or(mod(s0, $P$), shl(85, mod(s1, $P$))), shl(170, mod(s2, $P$)))
            }
            // The final polynomial, some coefficients at a time from the top: Horner's rule in the
            // power that follows them.
            function atEnd(x) -> r {
$END_POWERS$                let s0 := 0
                let s1 := 0
                let s2 := 0
                for { let i := $FINAL_MEMORY_END$ } gt(i, $FINAL_MEMORY$) {} {
                    i := sub(i, $END_BLOCK$)
$END_SUMS$                }
                r := or(or(s0, shl(85, s1)), shl(170, s2))
            }
            function checkCap(node, at, index) {
                if xor(node, calldataload(add(at, shl(5, index)))) { refuse(34) }
            }
            // What a table that joins must have combined to, for `carried` to become `value`.
            function implied(value, carried, inverse) -> r {
                r := mul3(sub(add(value, $LANES_P$), carried), inverse)
            }
            function query(from, t, to) {
                let x := point(t)
                let carried := 0
                let value := 0
                let node := 0
$LAYERS$$END$            }

            let to := $VALUES$
            for { let end := add(first, count) } lt(first, end) { first := add(first, 1) } {
                query(start, position(first), to)
                start := add(start, $LEAF_BYTES$)
                to := add(to, $VALUE_BYTES$)
            }
            combinations := keccak256($VALUES$, sub(to, $VALUES$))
        }
    }
}
)";

// Writes the parts that depend on the machine.
class leaves_writer {
 public:
  leaves_writer(const l1_machine& machine, const proof_plan& plan)
      : machine_(machine), plan_(plan) {
    std::size_t to = inverses_at + 32 * plan.layers.size();
    std::size_t largest = 0;
    for (const layer_plan& l : plan.layers) {
      powers_at_.push_back(to);
      to += std::size_t{160} << l.fold_log2;
      largest = std::max(largest, std::size_t{24} << l.fold_log2);
    }
    end_powers_at_ = to;
    final_at_ = to + 32 * end_block();
    buffer_at_ = final_at_ + (std::size_t{96} << machine.params.final_log2);
    values_at_ = buffer_at_ + largest + 64;
    free_at_ = values_at_ + 32 * plan.heights.size() * plan.rows_batch;
  }
  std::string text() const;

 private:
  static constexpr std::size_t inverses_at = 0x200;  // of beta^k, for what joins after a layer
  static std::string at(std::size_t bytes) { return hex_literal(u64{bytes}); }
  // Whether a table joins after layer i.
  bool joins_after(std::size_t i) const {
    return i + 1 < plan_.layers.size() ? plan_.layers[i + 1].joined : plan_.joined_at_end;
  }
  std::string settle(std::size_t i, std::size_t& joined, const std::string& why) const;
  // A cap's place in calldata.
  std::size_t cap_at(const layer_plan& l) const {
    return leaves_prefix_bytes + plan_.leaves_context_bytes +
           (l.cap_at - plan_.head_bytes - plan_.tree_cap_bytes);
  }
  // How many coefficients of the final polynomial are taken at a time.
  std::size_t end_block() const {
    return std::size_t{1} << std::min(3u, machine_.params.final_log2);
  }
  std::string end_powers() const;
  std::string end_sums() const;
  std::string roots() const;
  std::string prepare() const;
  std::string layers() const;
  std::string end() const;

  const l1_machine& machine_;
  const proof_plan& plan_;
  std::vector<std::size_t> powers_at_;
  std::size_t end_powers_at_ = 0, final_at_ = 0;  // powers of x; the final polynomial's limbs
  std::size_t buffer_at_ = 0, values_at_ = 0, free_at_ = 0;
};

std::string leaves_writer::roots() const {
  std::string out;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i)
    out += "            checkRoot(" + number(cap_at(plan_.layers[i])) + ", " +
           number(u64{1} << plan_.layers[i].cap_log2) + ", calldataload(" +
           number(leaves_prefix_bytes + 32 * (2 + plan_.layers.size() + i)) + "))\n";
  return out;
}

std::string leaves_writer::prepare() const {
  std::string out;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    const std::string made = "makePowers(" + at(powers_at_[i]) + ", calldataload(" +
                             number(leaves_prefix_bytes + 64 + 32 * i) + "), " +
                             number(u64{1} << plan_.layers[i].fold_log2) + ")";
    out += joins_after(i)
               ? "            mstore(" + at(inverses_at + 32 * i) + ", inv3(" + made + "))\n"
               : "            pop(" + made + ")\n";
  }
  return out;
}

// `value` is that of the word before layer i at x: either it is what was carried, or the tables
// that join there account for the difference. The number of heights so far is `joined`.
std::string leaves_writer::settle(std::size_t i, std::size_t& joined,
                                  const std::string& why) const {
  const bool starts = i == 0, joins = starts || joins_after(i - 1);
  if (!joins) return "                if xor(value, carried) { refuse(" + why + ") }\n";
  const std::string what =
      starts ? "value" : "implied(value, carried, mload(" + at(inverses_at + 32 * (i - 1)) + "))";
  return "                mstore(add(to, " + number(32 * joined++) + "), " + what + ")\n";
}

std::string leaves_writer::layers() const {
  const unsigned blowup = machine_.params.blowup_log2;
  std::string out;
  const auto line = [&out](const std::string& s) { out += "                " + s + "\n"; };
  std::size_t joined = 0;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    const layer_plan& l = plan_.layers[i];
    const std::size_t size = std::size_t{8} << l.fold_log2;
    const unsigned level = l.height_log2 - l.fold_log2 + blowup;
    const unsigned below = plan_.heights.front() - l.height_log2 + l.fold_log2;
    line("node := take(from, " + number(3u << l.fold_log2) + ")");
    line("value := atBase(" + number(size) + ", x)");
    out += settle(i, joined, "35");
    line("carried := atPowers(" + number(size) + ", " + at(powers_at_[i]) + ")");
    line("from := add(from, " + number(3 * size) + ")");
    if (level != l.cap_log2) {
      line("node := climb(node, shr(" + number(below) + ", t), from, " +
           number(level - l.cap_log2) + ")");
      line("from := add(from, " + number(32 * (level - l.cap_log2)) + ")");
    }
    line("checkCap(node, " + number(cap_at(l)) + ", shr(" + number(below + level - l.cap_log2) +
         ", t))");
    for (unsigned f = 0; f < l.fold_log2; ++f) line("x := mulmod(x, x, $P$)");
  }
  return out;
}

// x^1 .. x^(n - 1) to memory, and x^n as `last`.
std::string leaves_writer::end_powers() const {
  std::string out = "                let last := x\n";
  for (std::size_t k = 1; k < end_block(); ++k)
    out += "                mstore(" + at(end_powers_at_ + 32 * k) +
           ", last)\n                last := mulmod(last, x, $P$)\n";
  return out;
}

std::string leaves_writer::end_sums() const {
  std::string out;
  for (unsigned limb = 0; limb < 3; ++limb) {
    const std::string s = "s" + number(limb);
    std::string sum = "mul(" + s + ", last)";
    for (std::size_t k = 0; k < end_block(); ++k) {
      const std::string c = "mload(add(i, " + number(96 * k + 32 * limb) + "))";
      sum = "add(" + sum + ", " +
            (k == 0 ? c : "mul(" + c + ", mload(" + at(end_powers_at_ + 32 * k) + "))") + ")";
    }
    out += "                    " + s + " := mod(" + sum + ", $P$)\n";
  }
  return out;
}

std::string leaves_writer::end() const {
  std::size_t joined = 0;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) joined += i == 0 || joins_after(i - 1);
  return "                value := atEnd(x)\n" + settle(plan_.layers.size(), joined, "36");
}

std::string leaves_writer::text() const {
  const std::size_t final_at = leaves_prefix_bytes + 32 * (2 + 2 * plan_.layers.size());
  const std::size_t caps = leaves_prefix_bytes + plan_.leaves_context_bytes;
  u256 all;
  for (std::size_t i = 0; i < plan_.leaves_calls; ++i) all = (all << 1) | u256(1);
  text_values values{
      {"NAME", machine_.name}, {"SPARE", "0x80"}, {"SEED", "0x140"}, {"SEED32", "0x160"}};
  for (const yul_constant& c : yul_constants) values.emplace(c.name, c.value);
  values.insert({{"SET_ROOT", link_word(set_root_symbol)},
                 {"HEAD", link_address_expression("Head")},
                 {"ROWS", link_address_expression("Rows")},
                 {"LIST_FUNCTIONS", list_functions()},
                 {"CONTEXT", number(leaves_prefix_bytes)},
                 {"LIST", number(leaves_prefix_bytes + 32)},
                 {"CAPS", number(caps)},
                 {"CAPS_TEXT", std::string(yul_caps)},
                 {"SCRATCH", at(free_at_)},
                 {"ROOTS", roots()},
                 {"LEAVES", number(caps + plan_.layer_cap_bytes)},
                 {"CALLS", number(plan_.leaves_calls)},
                 {"CALL_BATCHES", number(plan_.leaves_batches)},
                 {"ALL", hex_literal(all.to_be())},
                 {"BATCH", number(plan_.rows_batch)},
                 {"BATCHES", number(plan_.rows_batches)},
                 {"QUERIES", number(machine_.params.queries)},
                 {"LEAF_BYTES", number(plan_.leaf_bytes)},
                 {"POSITION_MASK", hex_literal((u64{1} << plan_.place_bits) - 1)},
                 {"POINT", point_text(plan_, machine_.params.blowup_log2)},
                 {"BUF", at(buffer_at_)},
                 {"VALUES", at(values_at_)},
                 {"FREE", at(free_at_)},
                 {"VALUE_BYTES", number(32 * plan_.heights.size())},
                 {"FINAL", number(final_at)},
                 {"FINAL_COUNT", number(u64{1} << machine_.params.final_log2)},
                 {"FINAL_MEMORY", at(final_at_)},
                 {"FINAL_MEMORY_END", at(buffer_at_)},
                 {"END_BLOCK", number(96 * end_block())},
                 {"END_POWERS", end_powers()},
                 {"END_SUMS", end_sums()},
                 {"LANES_P", lanes_literal(1, gl::modulus)},
                 {"FIELD", std::string(yul_field)},
                 {"PATHS", std::string(yul_paths)},
                 {"TAKE", std::string(yul_take)},
                 {"LAYERS", layers()},
                 {"END", end()},
                 {"PREPARE", prepare()}});
  for (const char* part :
       {"FIELD", "CAPS_TEXT", "PATHS", "TAKE", "POINT", "LAYERS", "END", "END_POWERS", "END_SUMS"})
    values[part] = filled(values[part], values);
  return filled(contract_text, values);
}

}  // namespace

std::string leaves_source(const l1_machine& machine, const proof_plan& plan) {
  return leaves_writer(machine, plan).text();
}

}  // namespace ashlar::stark
