#include "runtime/stark/join/join_input.hpp"

#include "runtime/stark/verifier/recording_source.hpp"

namespace ashlar::stark {

namespace {

status<run_failure> record_run(const proof_params& params, const run_key& key,
                               const hash256& output, bytes_view proof, std::vector<u32>& words) {
  ASHLAR_TRY(const run_parts parts, read_run(key.entry, proof));
  write_number(parts.claims.size(), words);
  for (const segment_claim& c : parts.claims) {
    write_number(c.cycles, words);
    write_number(c.end_pc, words);
  }
  std::vector<byte_source> sources{byte_source(parts.memory, params.hash)};
  for (const bytes_view& segment : parts.segments) sources.emplace_back(segment, params.hash);
  std::vector<recording_source> recorders;
  for (byte_source& source : sources) recorders.emplace_back(source, words);
  std::vector<proof_source*> each;
  for (recording_source& recorder : recorders) each.push_back(&recorder);
  ASHLAR_CHECK(verify_run(params, key, output, parts.claims, each));
  for (u32 i = 0; i < sources.size(); ++i)
    if (!sources[i].rest().empty())
      return fail(run_failure{run_error::part, i, {verify_error::trailing_bytes}});
  return nothing{};
}

}  // namespace

result<join_input, join_failure> make_join_input(const join_params& params, const program_set& set,
                                                 join_kind kind, std::span<const join_item> items) {
  if (items.empty() || items.size() > join_items_max)
    return fail(join_failure{join_error::item_count});
  const hash256 root = set.root();
  join_input out;
  write_number(static_cast<u64>(kind), out.words);
  write_program_set(set, out.words);
  write_number(items.size(), out.words);
  std::vector<hash256> inputs;
  for (u32 i = 0; i < items.size(); ++i) {
    const join_item& item = items[i];
    const std::size_t count = item.inputs.size();
    if (count == 0 || count > join_inputs_max - inputs.size() || (!item.is_join && count != 1))
      return fail(join_failure{join_error::input_count, i + 1});
    write_number(item.is_join, out.words);
    if (item.is_join) write_number(count, out.words);
    for (const hash256& input : item.inputs) write_hash(input, out.words);
    const hash256 output = item.is_join ? inner_output(root, item.inputs) : item.inputs[0];
    const auto recorded =
        record_run(item.is_join ? params.join : params.base, item.is_join ? set.join : set.base,
                   output, item.proof, out.words);
    if (!recorded) return fail(join_failure{join_error::run, i + 1, recorded.error()});
    inputs.insert(inputs.end(), item.inputs.begin(), item.inputs.end());
  }
  out.output = join_output(kind, root, inputs);
  return out;
}

}  // namespace ashlar::stark
