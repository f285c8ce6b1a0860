#include "runtime/stark/solidity/head_source.hpp"

#include <algorithm>

#include "runtime/base/hex.hpp"
#include "runtime/stark/solidity/link.hpp"
#include "runtime/stark/solidity/yul_field.hpp"

namespace ashlar::stark {

namespace {

constexpr std::string_view contract_text = R"(
/// The first step: a proof's head. Calldata is the selector, the digest of a list of
/// batches and the head's bytes, no more
/// and no less. Anyone may call it; what it keeps is true whoever called. It answers with the contexts
/// that the calls for rows and for leaves start with (ask it with eth_call first).
contract $NAME$Head {
    error Refused(uint256 why);

    /// keccak256(hash of the rows' context ‖ hash of the leaves' context) of every head that passed.
    mapping(bytes32 fact => bool) public holds;

    /// The two contexts: of the rows, of the leaves.
    function begin() external returns (bytes memory, bytes memory) {
        assembly {
$FIELD$$LOAD$$HORNER$
            // The transcript: state, then what is hashed with it.
            function header(item, size) {
                mstore($SEED32$, shl(176, or(or(0x01000000000000000000, shl(64, item)), size)))
            }
            function seal(size) {
                mstore($SEED$, keccak256($SEED$, add(size, 42)))
                mstore($COUNTER$, 0)
            }
            function absorb(item, at, size) {
                header(item, size)
                calldatacopy($DATA$, at, size)
                seal(size)
            }
            function tagged(tag, value) -> h {
                mstore($SEED32$, shl(184, or(shl(64, tag), value)))
                h := keccak256($SEED$, 41)
            }
            function challenge() -> r {
                for {} 1 {} {
                    let counter := mload($COUNTER$)
                    let w := shr(64, tagged(2, counter))
                    mstore($COUNTER$, add(counter, 1))
                    if iszero(carries3(w)) {
                        r := expand(w)
                        break
                    }
                }
            }
            function element(digest, i) -> v {
                v := and(shr(sub(192, shl(6, i)), digest), $M64$)
                if iszero(lt(v, $P$)) { refuse(2) }
            }
            function put8(at, v) {
                mstore(at, or(shl(192, v), shr(64, shl(64, mload(at)))))
            }
            function put3(at, v) {
                put8(at, and(v, $M85$))
                put8(add(at, 8), and(shr(85, v), $M85$))
                put8(add(at, 16), shr(170, v))
            }
            function statement() {
$STATEMENT$            }
            function squared(a, n) -> r {
                r := a
                for {} n { n := sub(n, 1) } { r := mul3(r, r) }
            }
            function join(at, here, next, quotient, width) {
                let power := pow3(mload($GAMMA$), width)
                mstore(at, norm(add(here, mul3(quotient, mul3(power, power)))))
                mstore(add(at, 32), mul3(next, power))
            }
            function ask(part, size) -> answer {
                let ok := staticcall(gas(), part, $INPUT$, size, 0, 32)
                if iszero(ok) {
                    returndatacopy(0, 0, returndatasize())
                    revert(0, returndatasize())
                }
                if xor(returndatasize(), 32) { refuse(4) }
                answer := mload(0)
            }

            if xor(calldatasize(), $CALL_BYTES$) { refuse(3) }
            if xor(shr($HEIGHTS_SHIFT$, calldataload(36)), $HEIGHTS$) { refuse(6) }
$TRACES$$SUMS$            mstore($ALPHA$, challenge())
            absorb(11, $QUOTIENT_ROOT$, 32)
            for {} 1 {} {
                mstore($ZETA$, challenge())
                if shr(85, mload($ZETA$)) { break }
            }
            absorb(12, $OPENINGS$, $OPENINGS_BYTES$)
            mstore($GAMMA$, challenge())
$FRI$
            for { let i := 0 } lt(i, $OPENING_COUNT$) { i := add(i, 1) } {
                mstore(add($OPENING$, shl(5, i)), load3(add($OPENINGS$, mul(i, 24))))
            }
            for { let i := 0 } lt(i, $FINAL_COUNT$) { i := add(i, 1) } {
                pop(load3(add($FINAL$, mul(i, 24))))
            }
            let seed := mload($SEED$)
$ZETAS$$QUOTIENTS$$COMBINATIONS$$CONTEXTS$
        }
    }
}
)";

std::string line(const std::string& statement) {
  return "            " + statement + "\n";
}

}  // namespace

head_writer::head_writer(const l1_machine& machine, const proof_plan& plan,
                         std::span<const constraint_part> parts, const hash256& key_state)
    : machine_(machine),
      plan_(plan),
      parts_(parts),
      key_state_(key_state),
      shapes_(machine.shapes()) {
  // One slot a beta, two a table for sums, three a height.
  opening_at_ =
      slot_at(first_free + plan.layers.size() + 2 * shapes_.size() + 3 * plan.heights.size());
  input_at_ = opening_at_ + 32 * plan.opening_count;
  std::size_t words = 0;
  for (const constraint_part& p : parts) words = std::max(words, p.words);
  seed_at_ = input_at_ + 32 * words;
}

std::string head_writer::at(std::size_t bytes) {
  return hex_literal(u64{bytes});
}
std::string head_writer::load(std::size_t s) const {
  return "mload(" + at(slot_at(s)) + ")";
}
std::string head_writer::call(std::size_t proof_offset) const {
  return number(head_prefix_bytes + proof_offset);
}
// A public value, as an expression.
std::string head_writer::stated(const public_source& s) {
  if (s.from == public_source::kind::constant) return hex_literal(s.constant.value());
  const std::string digest =
      s.from == public_source::kind::list ? "calldataload(4)" : link_word(set_root_symbol);
  return "element(" + digest + ", " + number(s.element) + ")";
}
std::size_t head_writer::sum_slot(u32 table, bool global) const {
  return first_free + plan_.layers.size() + 2 * table + (global ? 1 : 0);
}
std::size_t head_writer::height_slot(unsigned height_log2) const {
  const auto place = std::find(plan_.heights.begin(), plan_.heights.end(), height_log2);
  return first_free + plan_.layers.size() + 2 * shapes_.size() +
         3 * static_cast<std::size_t>(place - plan_.heights.begin());
}

// The statement's encoding (verifier/statement.cpp), with what depends on the proof put in.
std::string head_writer::statement() const {
  bytes text;
  const auto put = [&text](u64 v) {
    u8 b[8];
    store_be64(b, v);
    append(text, b);
  };
  put(machine_.heights_log2.size());
  for (u8 h : machine_.heights_log2) put(h);
  const std::size_t root_at = text.size();
  append(text, hash256{});
  std::string late;
  const std::size_t data = seed_at_ + 42;
  for (const auto& table : machine_.publics) {
    put(table.size());
    for (const public_source& s : table) {
      const bool is_constant = s.from == public_source::kind::constant;
      if (!is_constant) late += line("    put8(" + at(data + text.size()) + ", " + stated(s) + ")");
      put(is_constant ? s.constant.value() : 0);
    }
  }
  std::string out = line("    header(5, " + number(text.size()) + ")");
  for (std::size_t i = 0; i < text.size(); i += 32) {
    hash256 chunk;
    std::copy(text.begin() + i, text.begin() + std::min(i + 32, text.size()), chunk.begin());
    out += line("    mstore(" + at(data + i) + ", " + hex_literal(chunk) + ")");
  }
  if (plan_.has_global)
    out += line("    mstore(" + at(data + root_at) + ", calldataload(" +
                call(plan_.global_root_at) + "))");
  return out + late + line("    seal(" + number(text.size()) + ")");
}

std::string head_writer::traces() const {
  const std::string start = line("mstore($SEED$, " + hex_literal(key_state_) + ")");
  std::string out;
  if (plan_.has_global) {
    out += start + line("header(16, 8)") + line("put8($DATA$, 1)") + line("seal(8)") +
           line("statement()") + line("mstore($GLOBAL_ALPHA$, challenge())") +
           line("mstore($GLOBAL_BETA$, challenge())");
  }
  out += start + line("statement()");
  if (plan_.has_global)
    out += line("header(7, 48)") + line("put3($DATA$, mload($GLOBAL_ALPHA$))") +
           line("put3(add($DATA$, 24), mload($GLOBAL_BETA$))") + line("seal(48)");
  if (plan_.has_main) out += line("absorb(8, " + call(plan_.main_root_at) + ", 32)");
  out += line("mstore($LOCAL_ALPHA$, challenge())") + line("mstore($LOCAL_BETA$, challenge())");
  if (plan_.has_aux) out += line("absorb(9, " + call(plan_.aux_root_at) + ", 32)");
  return out;
}

std::string head_writer::sums() const {
  std::string out = line("absorb(10, " + call(plan_.sums_at) + ", " +
                         number(plan_.sum_count * gl3::encoded_bytes) + ")");
  std::string local = "0", global = "0";
  std::size_t from = plan_.sums_at;
  const auto take = [&](u32 table, bool is_global, std::string& total) {
    const std::size_t s = sum_slot(table, is_global);
    out += line("mstore(" + at(slot_at(s)) + ", load3(" + call(from) + "))");
    from += gl3::encoded_bytes;
    total = "add(" + total + ", " + load(s) + ")";
  };
  for (u32 t = 0; t < shapes_.size(); ++t) {
    if (shapes_[t]->uses_local()) take(t, false, local);
    if (shapes_[t]->uses_global()) take(t, true, global);
  }
  // A machine of one segment: its global buses balance by themselves.
  return out + line("if norm(" + local + ") { refuse(7) }") +
         line("if norm(" + global + ") { refuse(8) }");
}

std::string head_writer::fri() const {
  std::string out;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i)
    out += line("absorb(13, " + call(plan_.layer_roots_at + 32 * i) + ", 32)") +
           line("mstore(" + at(slot_at(beta_slot(i))) + ", challenge())");
  out +=
      line("absorb(14, $FINAL$, " + number(gl3::encoded_bytes << machine_.params.final_log2) + ")");
  const u64 mask = (u64{1} << machine_.params.grinding_bits) - 1;
  const std::string nonce = call(plan_.nonce_at);
  return out +
         line("if and(shr(192, tagged(3, shr(192, calldataload(" + nonce + ")))), " +
              hex_literal(mask) + ") { refuse(9) }") +
         line("absorb(15, " + nonce + ", 8)");
}

std::string head_writer::powers_of_zeta() const {
  std::string out = line("let power := mload($ZETA$)");
  unsigned reached = 0;
  for (std::size_t i = plan_.heights.size(); i-- > 0;) {
    const unsigned h = plan_.heights[i];
    out += line("power := squared(power, " + number(h - reached) + ")") +
           line("mstore(" + at(slot_at(height_slot(h))) + ", power)");
    reached = h;
  }
  return out;
}

std::string head_writer::part(std::size_t i) const {
  const constraint_part& p = parts_[i];
  std::string out;
  std::size_t to = input_at_;
  const auto put = [&](const std::string& what) {
    out += line("mstore(" + at(to) + ", " + what + ")");
    to += 32;
  };
  for (std::size_t s : {constraint_alpha, zeta, local_alpha, local_beta, global_alpha, global_beta})
    put(load(s));
  put("sum");
  for (u32 t = p.first_table; t < p.end_table; ++t) {
    put(load(height_slot(machine_.heights_log2[t])));
    put(shapes_[t]->uses_local() ? load(sum_slot(t, false)) : "0");
    put(shapes_[t]->uses_global() ? load(sum_slot(t, true)) : "0");
    for (const public_source& s : machine_.publics[t]) put(stated(s));
  }
  const std::size_t first = plan_.table_opening[p.first_table];
  out += line("mcopy(" + at(to) + ", " + at(opening_at_ + 32 * first) + ", " +
              at(32 * (p.words - p.opening_word)) + ")");
  out += line("sum := ask(" + link_address(part_symbol(i)) + ", " + at(32 * p.words) + ")");
  return p.is_continued() ? out : out + line("if xor(sum, 1) { refuse(4) }");
}

std::string head_writer::quotients() const {
  std::string out = line("let sum := 0");
  for (std::size_t i = 0; i < parts_.size(); ++i) out += part(i);
  return out;
}

// Statements that continue `sum` with the columns of a tree's tables of one height.
std::string head_writer::combined(unsigned height_log2, tree_id tree, bool next) const {
  std::string out;
  for (u32 t = 0; t < shapes_.size(); ++t) {
    const air_shape& s = *shapes_[t];
    const unsigned columns = columns_in(s, tree);
    if (machine_.heights_log2[t] != height_log2 || columns == 0) continue;
    const std::size_t first = tree == tree_id::fixed ? 0
                              : tree == tree_id::aux ? s.fixed_width + s.main_width
                                                     : s.fixed_width;
    const std::size_t word =
        tree == tree_id::quotient ? 2 * opened_columns(s) : first + (next ? opened_columns(s) : 0);
    const std::size_t from = opening_at_ + 32 * (plan_.table_opening[t] + word);
    out += line("sum := horner(sum, " + at(from) + ", " + at(from + 32 * columns) +
                ", mload($GAMMA$))");
  }
  return out;
}

// For each height, with A the combination of the columns, B of the quotients' and W the number of
// columns: A(zeta) + gamma^(2 W) B(zeta), and gamma^W A(zeta w).
std::string head_writer::combinations() const {
  std::string out = line("let next := 0");
  for (unsigned h : plan_.heights) {
    std::size_t width = 0;
    for (u32 t = 0; t < shapes_.size(); ++t)
      if (machine_.heights_log2[t] == h) width += opened_columns(*shapes_[t]);
    // Highest powers first: gamma^(n - 1 - i) is column i's, later trees stand above earlier ones.
    constexpr tree_id falling[] = {tree_id::aux, tree_id::main, tree_id::global_main,
                                   tree_id::fixed};
    out += line("sum := 0");
    for (tree_id tree : falling) out += combined(h, tree, true);
    out += line("next := sum") + line("sum := 0");
    for (tree_id tree : falling) out += combined(h, tree, false);
    out += line("power := sum") + line("sum := 0") + combined(h, tree_id::quotient, false);
    out += line("join(" + at(slot_at(height_slot(h) + 1)) + ", power, next, sum, " + number(width) +
                ")");
  }
  return out;
}

std::string head_writer::contexts() const {
  const auto padded = [](std::size_t n) { return (n + 31) / 32 * 32; };
  const std::size_t rows = seed_at_ + 0x60, leaves = rows + padded(plan_.rows_context_bytes) + 32,
                    end = leaves + padded(plan_.leaves_context_bytes);
  std::string out;
  std::size_t to = rows;
  const auto put = [&](const std::string& what) {
    out += line("mstore(" + at(to) + ", " + what + ")");
    to += 32;
  };
  const auto copy = [&](std::size_t from, std::size_t bytes) {
    out += line("calldatacopy(" + at(to) + ", " + call(from) + ", " + number(bytes) + ")");
    to += bytes;
  };
  put("seed");
  put(load(zeta));
  put(load(gamma));
  for (unsigned h : plan_.heights) {
    put(load(height_slot(h) + 1));
    put(load(height_slot(h) + 2));
  }
  for (const tree_plan& t : plan_.trees)
    if (t.id != tree_id::fixed) put("calldataload(" + call(plan_.root_at(t.id)) + ")");
  ensure(to - rows == plan_.rows_context_bytes);
  to = leaves;
  put("seed");
  put("calldataload(4)");
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) put(load(beta_slot(i)));
  copy(plan_.layer_roots_at, 32 * plan_.layers.size());
  copy(plan_.final_at, gl3::encoded_bytes << machine_.params.final_log2);
  ensure(to - leaves == plan_.leaves_context_bytes);
  const std::string rows_bytes = number(plan_.rows_context_bytes),
                    leaves_bytes = number(plan_.leaves_context_bytes);
  return out + line("mstore($SEED$, 0x40)") +
         line("mstore($SEED32$, " + at(leaves - 32 - seed_at_) + ")") +
         line("mstore(" + at(rows - 32) + ", " + rows_bytes + ")") +
         line("mstore(" + at(leaves - 32) + ", " + leaves_bytes + ")") +
         line("mstore(0, keccak256(" + at(rows) + ", " + rows_bytes + "))") +
         line("mstore(32, keccak256(" + at(leaves) + ", " + leaves_bytes + "))") +
         line("mstore(0, keccak256(0, 64))") + line("mstore(32, holds.slot)") +
         line("sstore(keccak256(0, 64), 1)") + line("return($SEED$, " + at(end - seed_at_) + ")");
}

std::string head_writer::text() const {
  text_values values{{"NAME", machine_.name}, {"SPARE", "0x80"}, {"STEP", "32"}};
  for (const yul_constant& c : yul_constants) values.emplace(c.name, c.value);
  ensure(machine_.heights_log2.size() <= 32);
  values.insert({{"SEED", at(seed_at_)},
                 {"SEED32", at(seed_at_ + 32)},
                 {"DATA", at(seed_at_ + 42)},
                 {"INPUT", at(input_at_)},
                 {"OPENING", at(opening_at_)},
                 {"OPENING_COUNT", number(plan_.opening_count)},
                 {"OPENINGS", call(plan_.openings_at)},
                 {"OPENINGS_BYTES", number(plan_.opening_count * gl3::encoded_bytes)},
                 {"QUOTIENT_ROOT", call(plan_.quotient_root_at)},
                 {"FINAL", call(plan_.final_at)},
                 {"FINAL_COUNT", number(u64{1} << machine_.params.final_log2)},
                 {"CALL_BYTES", number(head_prefix_bytes + plan_.head_bytes)},
                 {"HEIGHTS", to_hex(machine_.heights_log2)},
                 {"HEIGHTS_SHIFT", number(256 - 8 * machine_.heights_log2.size())}});
  const std::pair<const char*, std::size_t> slots[] = {{"LOCAL_ALPHA", local_alpha},
                                                       {"LOCAL_BETA", local_beta},
                                                       {"GLOBAL_ALPHA", global_alpha},
                                                       {"GLOBAL_BETA", global_beta},
                                                       {"ALPHA", constraint_alpha},
                                                       {"ZETA", zeta},
                                                       {"GAMMA", gamma},
                                                       {"COUNTER", counter}};
  for (const auto& [name, s] : slots) values[name] = at(slot_at(s));
  const std::pair<const char*, std::string> parts[] = {{"FIELD", std::string(yul_field)},
                                                       {"LOAD", std::string(yul_load)},
                                                       {"HORNER", std::string(yul_horner)},
                                                       {"STATEMENT", statement()},
                                                       {"TRACES", traces()},
                                                       {"SUMS", sums()},
                                                       {"FRI", fri()},
                                                       {"ZETAS", powers_of_zeta()},
                                                       {"QUOTIENTS", quotients()},
                                                       {"COMBINATIONS", combinations()},
                                                       {"CONTEXTS", contexts()}};
  for (const auto& [name, text] : parts) values[name] = filled(text, values);
  return filled(contract_text, values);
}

}  // namespace ashlar::stark
