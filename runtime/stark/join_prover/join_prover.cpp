#include "runtime/stark/join_prover/join_prover.hpp"

#include "runtime/riscv/tracer.hpp"

namespace ashlar::stark {

namespace {

/// Into how many segments the program is cut on this input.
result<u32, std::string> segments_of(const riscv::program& program, std::span<const u32> input,
                                     const run_proof_options& options) {
  riscv::tracer tracer(program, input, options.segments, options.limits,
                       calls_of<recursion_chips>());
  riscv::segment segment;
  u32 count = 0;
  do {
    const auto ran = tracer.next(segment);
    if (!ran) return fail("the join did not run to its end: " + riscv::describe(ran.error()));
    ++count;
  } while (!segment.last);
  return count;
}

class layer_prover {
 public:
  layer_prover(const join_params& params, const join_programs& programs, prover_backend& backend,
               const join_options& options)
      : params_(params), programs_(programs), backend_(backend), options_(options) {}

  /// Proves one join per group of items. `only`: all items are in one group, so that the join is
  /// the last one where its run has one segment. Takes the proofs' place in `proofs`.
  result<std::vector<join_item>, std::string> prove(std::span<const join_item> items,
                                                    std::vector<bytes>& proofs, joined_proof& out) {
    join_layer layer;
    std::vector<join_item> next;
    std::vector<bytes> made;
    for (std::size_t at = 0; at < items.size(); at += options_.items_max) {
      const auto group = items.subspan(at, std::min(options_.items_max, items.size() - at));
      ASHLAR_TRY(proved_run run, prove_join(group, group.size() == items.size()));
      join_item item{true, {}, {}};
      for (const join_item& one : group)
        item.inputs.insert(item.inputs.end(), one.inputs.begin(), one.inputs.end());
      ++layer.joins;
      layer.segments += run.segments;
      layer.cycles += run.run.cycles;
      layer.proof_bytes += run.proof.size();
      out.output = run.output;
      next.push_back(std::move(item));
      made.push_back(std::move(run.proof));
    }
    for (std::size_t i = 0; i < next.size(); ++i) next[i].proof = made[i];
    proofs = std::move(made);
    out.layers.push_back(layer);
    if (options_.progress) options_.progress(layer);
    return next;
  }

 private:
  result<join_input, std::string> input_of(join_kind kind, std::span<const join_item> items) {
    auto made = make_join_input(params_, programs_.set, kind, items);
    if (!made) return fail(to_text(made.error()));
    return std::move(*made);
  }

  result<proved_run, std::string> prove_join(std::span<const join_item> items, bool only) {
    ASHLAR_TRY(join_input input, input_of(join_kind::inner, items));
    if (only) {
      // The last join hashes otherwise, so it is its own segments that count.
      ASHLAR_TRY(join_input last, input_of(join_kind::last, items));
      ASHLAR_TRY(const u32 segments, segments_of(programs_.program, last.words, options_.run));
      if (segments == 1) input = std::move(last);
    }
    auto run = prove_run(params_.join, programs_.proving, backend_, programs_.program, input.words,
                         options_.run);
    if (!run) return fail(run.error().text());
    if (run->output != input.output)
      return fail(std::string("the join program gave another output than the native check"));
    return std::move(*run);
  }

  const join_params& params_;
  const join_programs& programs_;
  prover_backend& backend_;
  const join_options& options_;
};

std::string text_of(const run_failure& f) {
  std::string out(describe(f.what));
  if (f.what == run_error::part)
    out += " (" + (f.part == 0 ? std::string("memory") : "segment " + std::to_string(f.part)) +
           "): " + std::string(describe(f.inner.what));
  return out;
}

}  // namespace

result<joined_proof, std::string> prove_joined(const join_params& params,
                                               const join_programs& programs,
                                               prover_backend& backend,
                                               std::vector<join_item> items,
                                               const join_options& options) {
  joined_proof out;
  for (const join_item& item : items)
    out.inputs.insert(out.inputs.end(), item.inputs.begin(), item.inputs.end());
  layer_prover prover(params, programs, backend, options);
  std::vector<bytes> proofs;
  while (out.layers.size() < options.layers_max) {
    ASHLAR_TRY(items, prover.prove(items, proofs, out));
    if (items.size() == 1 && out.output == last_output(programs.set.root(), out.inputs)) {
      out.proof = std::move(proofs[0]);
      return out;
    }
  }
  return fail("after " + std::to_string(options.layers_max) +
              " layers there is more than one segment left: allow larger segments");
}

status<std::string> verify_joined(const join_params& params, const program_set& set,
                                  std::span<const hash256> inputs, bytes_view proof) {
  const auto parts = read_run(set.join.entry, proof);
  if (!parts) return fail(text_of(parts.error()));
  if (parts->segments.size() != 1)
    return fail(std::string("a joined proof has one segment, this one has ") +
                std::to_string(parts->segments.size()));
  const auto verified = verify_run(params.join, set.join, last_output(set.root(), inputs), proof);
  if (!verified) return fail(text_of(verified.error()));
  return nothing{};
}

std::string to_text(const join_failure& f) {
  std::string out(describe(f.what));
  if (f.item != 0) out = "item " + std::to_string(f.item) + ": " + out;
  if (f.what == join_error::run) out += ": " + text_of(f.inner);
  return out;
}

}  // namespace ashlar::stark
