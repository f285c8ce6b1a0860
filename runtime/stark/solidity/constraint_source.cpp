#include "runtime/stark/solidity/constraint_source.hpp"

#include "runtime/stark/solidity/yul_field.hpp"

namespace ashlar::stark {

namespace {

// EIP-170 allows 24,576; table_writer counts within a tenth, and what all contracts share is 1,500.
constexpr std::size_t code_bytes_room = 20'000;

constexpr std::string_view contract_text = R"(
/// Whether the openings of some tables satisfy their constraints. Called by the head alone, with
/// words that it made; anyone else may ask too and learns nothing.
contract $NAME$ {
    error Refused(uint256 why);

    fallback() external {
        assembly {
$FIELD$$HORNER$
            function hornerBy(sum, from, to, by) -> r {
                r := sum
                for {} gt(to, from) {} {
                    to := sub(to, 32)
                    r := add(mul3(r, calldataload(0)), mul3(mload(to), by))
                }
            }
$TABLES$
            if xor(calldatasize(), $BYTES$) { refuse(3) }
$MULTIPLES$
$CALLS$
            mstore(0, 1)
            return(0, 32)
        }
    }
}
)";

table_writer writer_of(const l1_machine& machine, const proof_plan& plan,
                       const constraint_part& part, u32 table) {
  std::size_t at = constraint_head_words;
  for (u32 t = part.first_table; t < table; ++t)
    at += constraint_table_words + machine.publics[t].size();
  const std::size_t opening =
      part.opening_word + plan.table_opening[table] - plan.table_opening[part.first_table];
  const bool is_sliced = part.end_table == part.first_table + 1;
  const u32 all = machine.key.airs[table]->verifier.shape.total_constraints();
  return {machine, table, {at, opening}, is_sliced ? part.of : table_writer::slice{0, all}};
}

// A table too large for one contract: as many constraints as fit, from the last one down.
void slice_table(const l1_machine& machine, const proof_plan& plan, u32 table,
                 std::vector<constraint_part>& out) {
  const u32 all = machine.key.airs[table]->verifier.shape.total_constraints();
  const auto fits = [&](u32 first, u32 end) {
    const constraint_part part{table, table + 1, {first, end}, 0, 0};
    return writer_of(machine, plan, part, table).code_bytes() <= code_bytes_room;
  };
  for (u32 end = all; end > 0;) {
    u32 low = 0, high = end - 1;  // the least first constraint that fits lies between
    ensure(fits(high, end));
    while (low < high) {
      const u32 middle = (low + high) / 2;
      if (fits(middle, end))
        high = middle;
      else
        low = middle + 1;
    }
    out.push_back({table, table + 1, {high, end}, 0, 0});
    end = high;
  }
}

void finish(const l1_machine& machine, const proof_plan& plan, constraint_part& part) {
  part.opening_word = constraint_head_words;
  for (u32 t = part.first_table; t < part.end_table; ++t)
    part.opening_word += constraint_table_words + machine.publics[t].size();
  const std::size_t end = part.end_table == plan.table_opening.size()
                              ? plan.opening_count
                              : plan.table_opening[part.end_table];
  part.words = part.opening_word + end - plan.table_opening[part.first_table];
}

}  // namespace

std::vector<constraint_part> constraint_parts(const l1_machine& machine, const proof_plan& plan) {
  std::vector<constraint_part> out;
  std::size_t used = code_bytes_room;
  for (u32 t = 0; t < machine.key.airs.size(); ++t) {
    const u32 all = machine.key.airs[t]->verifier.shape.total_constraints();
    const constraint_part alone{t, t + 1, {0, all}, 0, 0};
    const std::size_t bytes = writer_of(machine, plan, alone, t).code_bytes();
    if (bytes > code_bytes_room) {
      slice_table(machine, plan, t, out);
      used = code_bytes_room;
      continue;
    }
    if (used + bytes > code_bytes_room) {
      out.push_back(alone);
      used = 0;
    }
    used += bytes;
    out.back().end_table = t + 1;
  }
  for (constraint_part& p : out) finish(machine, plan, p);
  return out;
}

std::string constraint_source(const l1_machine& machine, const proof_plan& plan,
                              const constraint_part& part, std::string_view name) {
  text_values values{{"NAME", std::string(name)},
                     {"BYTES", number(32 * part.words)},
                     {"SPARE", "0x80"},
                     {"STEP", "not(31)"}};
  for (const yul_constant& c : yul_constants) values.emplace(c.name, c.value);
  std::string tables, calls, multiples;
  std::set<unsigned> needed;
  for (u32 t = part.first_table; t < part.end_table; ++t) {
    const table_writer w = writer_of(machine, plan, part, t);
    needed.insert(w.multiples().begin(), w.multiples().end());
    tables += "            // " + std::string(machine.key.airs[t]->verifier.shape.name) + "\n";
    tables += "            function table" + number(t) + "() {\n" + w.text() + "            }\n";
    calls += "            table" + number(t) + "()\n";
  }
  for (unsigned n : needed)
    multiples += "            mstore(" + hex_literal(u64{table_writer::multiple_at(n)}) + ", " +
                 lanes_literal(u64{1} << n, gl::modulus) + ")\n";
  values["FIELD"] = filled(yul_field, values);
  values["HORNER"] = filled(yul_horner, values);
  values["TABLES"] = tables;
  values["CALLS"] = calls;
  values["MULTIPLES"] = multiples;
  return filled(contract_text, values);
}

}  // namespace ashlar::stark
