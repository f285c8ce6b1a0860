#include <cstdio>
#include <fstream>

#include "runtime/stark/solidity/link.hpp"
#include "runtime/stark/solidity/verification.hpp"
#include "test/solidity/fixture.hpp"

namespace ashlar::stark {

void write_file(const std::filesystem::path& file, bytes_view data) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  out.close();
  if (!out) {
    std::fprintf(stderr, "solidity_fixture: cannot write %s\n", file.c_str());
    std::exit(1);
  }
}
void write_file(const std::filesystem::path& file, std::string_view text) {
  write_file(file, bytes_view(reinterpret_cast<const u8*>(text.data()), text.size()));
}

// A file for each contract, but slices of one table say nothing by themselves: they have one.
void write_constraints(const std::filesystem::path& dir, const l1_machine& machine) {
  const proof_plan plan(machine);
  const auto parts = constraint_parts(machine, plan);
  std::vector<std::string> chain;
  unsigned files = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    chain.push_back(machine.name + part_symbol(i));
    if (parts[i].is_continued()) continue;
    const auto cases = constraint_cases(machine, parts[i], 5 + i);
    write_file(dir / "fixtures" / (machine.name + part_symbol(files++) + ".bin"),
               constraint_fixture_bytes(chain, cases));
    chain.clear();
  }
  ensure(chain.empty());
}

namespace {

// The calls of a verification, as a publisher sends them: number; each: whom (0 head, 1 rows,
// 2 verifier), gas limit, data; the view of the progress.
void write_calls(const std::filesystem::path& dir, const l1_machine& machine,
                 const proof_plan& plan, const hash256& set_root, const subject& of) {
  bytes wrong = of.proof;
  wrong.back() ^= 1;
  ensure(!verification_of(machine, set_root, of.inputs, wrong).ok());
  ensure(!verification_of(machine, set_root, {of.inputs.data(), 1}, of.proof).ok() ||
         of.inputs.size() == 1);
  const auto v = verification_of(machine, set_root, of.inputs, of.proof);
  ensure(v.ok() && v->list == of.list);
  ensure(v->calls.size() == 1 + plan.rows_batches + plan.leaves_calls + 1);
  ensure(v->calls[0].calldata.size() == plan.begin_bytes());
  ensure(v->calls[1].calldata.size() == plan.open_rows_bytes());
  ensure(v->calls[1 + plan.rows_batches].calldata.size() ==
         plan.open_leaves_bytes(machine.params.queries));
  word_writer w;
  w.number(v->calls.size());
  for (const verification_call& c : v->calls) {
    w.number(static_cast<u64>(c.to));
    w.number(c.gas_limit);
    w.text(c.calldata);
  }
  w.text(v->progress_call);
  write_file(dir / "fixtures" / (machine.name + "Calls.bin"), w.out);
}

}  // namespace

void write_fixture(const std::filesystem::path& dir, const l1_machine& machine,
                   const hash256& set_root, const subject& of, const subject& other,
                   bool with_cases, const guest_verifier* guest) {
  const proof_plan plan(machine);
  write_file(dir / "src" / (machine.name + ".sol"), verifier_source(machine));
  write_constraints(dir, machine);
  ensure(of.proof.size() == plan.proof_bytes(machine.params.queries));
  const auto cases = with_cases ? tamper_set(machine, plan, set_root, of, other, 11, guest)
                                : std::vector<tampered>();
  std::size_t accepted = 0;
  for (const tampered& t : cases) accepted += t.accepted;
  const std::size_t parts = constraint_parts(machine, plan).size();
  write_file(dir / "fixtures" / (machine.name + ".bin"),
             fixture_bytes(machine, plan, parts, set_root, of, other, cases));
  write_calls(dir, machine, plan, set_root, of);
  std::printf("%s: %zu bytes, %zu tampered proofs of which the native verifier takes %zu%s\n",
              machine.name.c_str(), of.proof.size(), cases.size(), accepted,
              guest != nullptr ? ", and the guest the same" : "");
}

}  // namespace ashlar::stark
