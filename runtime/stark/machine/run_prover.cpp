#include "runtime/stark/machine/run_prover.hpp"

#include "runtime/stark/machine/segment_feed.hpp"

static_assert(ashlar::stark::segment_cycles_max == ashlar::riscv::segment_cycles_max);

namespace ashlar::stark {
namespace {

template <class List>
std::vector<prover_air> prover_airs_of() {
  std::vector<prover_air> out;
  List::each([&]<class Chip>() { out.push_back(prover_air_of<Chip>()); });
  return out;
}

template <class List>
std::vector<const prover_air*> prover_airs() {
  static const std::vector<prover_air> airs = prover_airs_of<List>();
  std::vector<const prover_air*> out;
  for (const prover_air& air : airs) out.push_back(&air);
  return out;
}

void put_number(bytes& to, u64 v, unsigned width) {
  for (unsigned i = 0; i < width; ++i) to.push_back(static_cast<u8>(v >> (8 * i)));
}

template <class T>
auto failed(T what) {
  return fail(run_prove_failure{std::move(what)});
}

/// What the first pass leaves.
struct first_pass {
  std::vector<segment_claim> claims;
  std::vector<segment_commitment> commitments;
  segment_trace memory;
  riscv::run_result run;
  // A run of one segment goes on from its commitment; with more, a segment's tables would have to
  // wait for all others, so they are made again.
  std::unique_ptr<segment_prover> only;
};

result<segment_commitment, run_prove_failure> commit(segment_prover& prover, segment_trace trace) {
  auto c = prover.begin(std::move(trace));
  if (!c) return failed(c.error());
  return std::move(*c);
}

bool goes_on(const run_proof_options& options, run_pass pass, std::size_t done) {
  return !options.go_on || options.go_on(pass, static_cast<u32>(done));
}

segment_trace trace_of(machine_tables t) {
  return {std::move(t.main), std::move(t.publics)};
}

// A run alone takes a hundredth of its proof: a run that outgrows the shapes is not begun.
status<run_prove_failure> check_memory(const riscv::program& program, std::span<const u32> input,
                                       const run_proof_options& options) {
  constexpr std::size_t words_max = std::size_t{1} << *std::rbegin(memory_shapes);
  riscv::tracer tracer(program, input, options.segments, options.limits,
                       calls_of<execution_chips>());
  for (riscv::segment segment; !segment.last;) {
    if (!goes_on(options, run_pass::commit, 0)) return failed(called_off{});
    if (const auto step = tracer.next(segment); !step.ok()) return failed(step.error());
    const std::size_t words = program.image.size() + tracer.touched_words();
    if (words > words_max) return failed(too_much_memory{words, words_max});
  }
  return nothing{};
}

result<first_pass, run_prove_failure> commit_all(
    const proof_params& params, const run_proving_key& key, prover_backend& backend,
    const riscv::program& program, std::span<const u32> input, const run_proof_options& options) {
  first_pass out;
  if (options.shaped) ASHLAR_CHECK(check_memory(program, input, options));
  segment_feed feed(key.machine, program, input, options.segments, options.limits,
                    options.fill_workers, options.shaped, segment_feed::pass::first_pass);
  for (bool last = false; !last;) {
    if (!goes_on(options, run_pass::commit, out.claims.size())) return failed(called_off{});
    auto segment = feed.next();
    if (!segment) return failed(segment.error());
    last = segment->last;
    auto prover = std::make_unique<segment_prover>(params, key.execution, backend);
    ASHLAR_TRY(segment_commitment c, commit(*prover, trace_of(std::move(segment->tables))));
    out.claims.push_back(segment->claim);
    out.commitments.push_back(std::move(c));
    if (last && out.claims.size() == 1) out.only = std::move(prover);
  }
  out.run = feed.run();
  if (out.run.exit_code != 0 || !out.run.output) return failed(no_clean_end{out.run.exit_code});
  out.memory = trace_of(feed.memory());
  return out;
}

bytes header_of(const std::vector<segment_claim>& claims) {
  bytes out;
  for (char c : run_magic) out.push_back(static_cast<u8>(c));
  put_number(out, run_version, 4);
  put_number(out, claims.size(), 4);
  for (const segment_claim& c : claims) {
    put_number(out, c.cycles, 4);
    put_number(out, c.end_pc, 8);
  }
  return out;
}

}  // namespace

run_key run_proving_key::verifier() const {
  return {execution.key, memory.key, entry, ram_bytes, machine};
}

run_proving_key make_run_key(const proof_params& params, prover_backend& backend,
                             const riscv::program& program, machine_kind machine) {
  return {
      make_proving_key(params, backend,
                       with_chips_of(machine, []<class Chips>() { return prover_airs<Chips>(); }),
                       segment_fixed(machine, program)),
      make_proving_key(params, backend, prover_airs<memory_chips>(), memory_fixed(program)),
      program.entry, program.ram_bytes, machine};
}

std::string run_prove_failure::text() const {
  if (const auto* trapped = std::get_if<riscv::trap>(&what))
    return "the program did not run to its end: " + riscv::describe(*trapped);
  if (const auto* end = std::get_if<no_clean_end>(&what))
    return end->exit_code != 0
               ? "the program halted with exit code " + std::to_string(end->exit_code)
               : std::string("the program halted without an output");
  if (std::holds_alternative<called_off>(what)) return "the proof was called off";
  if (const auto* differ = std::get_if<runs_differ>(&what))
    return "segment " + std::to_string(differ->segment) +
           " came out otherwise the second time: this machine's memory or processor errs";
  if (const auto* memory = std::get_if<too_much_memory>(&what))
    return "the run touches more than " + std::to_string(memory->words_max) +
           " words of memory, the most that is proved: make the batch smaller";
  const auto& prover = std::get<prove_failure>(what);
  return "the prover: " + std::string(describe(prover.what)) + " (table " +
         std::to_string(prover.detail) + ")";
}

result<proved_run, run_prove_failure> prove_run(const proof_params& params,
                                                const run_proving_key& key, prover_backend& backend,
                                                const riscv::program& program,
                                                std::span<const u32> input,
                                                const run_proof_options& options) {
  ASHLAR_TRY(first_pass first, commit_all(params, key, backend, program, input, options));
  auto memory = std::make_unique<segment_prover>(params, key.memory, backend);
  ASHLAR_TRY(const segment_commitment memory_commitment, commit(*memory, std::move(first.memory)));
  const bus_challenge global = run_challenge(params, key.verifier(), *first.run.output,
                                             memory_commitment, first.claims, first.commitments);

  proved_run out{header_of(first.claims), *first.run.output, first.run,
                 static_cast<u32>(first.claims.size())};
  const auto put_part = [&](segment_prover& prover) -> status<run_prove_failure> {
    const auto part = prover.finish(global);
    if (!part) return failed(part.error());
    put_number(out.proof, part->size(), 8);
    append(out.proof, *part);
    return nothing{};
  };
  ASHLAR_CHECK(put_part(*memory));
  memory.reset();
  const auto tell = [&](u32 done) {
    if (options.progress) options.progress({done, out.segments, first.run.cycles});
  };
  if (first.only != nullptr) {
    if (!goes_on(options, run_pass::prove, 0)) return failed(called_off{});
    ASHLAR_CHECK(put_part(*first.only));
    tell(1);
    return out;
  }
  segment_feed feed(key.machine, program, input, options.segments, options.limits,
                    options.fill_workers, options.shaped, segment_feed::pass::whole);
  for (u32 i = 0; i < out.segments; ++i) {
    if (!goes_on(options, run_pass::prove, i)) return failed(called_off{});
    auto segment = feed.next();
    if (!segment) return failed(segment.error());
    segment_prover prover(params, key.execution, backend);
    ASHLAR_TRY(const segment_commitment c, commit(prover, trace_of(std::move(segment->tables))));
    // The same program on the same input: the same trace.
    if (c != first.commitments[i]) return failed(runs_differ{i + 1});
    ASHLAR_CHECK(put_part(prover));
    tell(i + 1);
  }
  return out;
}

}  // namespace ashlar::stark
