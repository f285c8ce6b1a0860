#include "test/bench/prove/verification.hpp"

#include <algorithm>

#include "runtime/stark/machine/machine.hpp"
#include "runtime/stark/verifier/byte_source.hpp"
#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {

using namespace stark;

namespace {

constexpr unsigned turns = 7;

template <class Work>
least_times least_of_turns(const Work& work) {
  least_times least;
  for (unsigned i = 0; i < turns; ++i) {
    const double start = now_s(), cpu_start = own_cpu_s();
    work();
    const double wall_s = now_s() - start, cpu_s = own_cpu_s() - cpu_start;
    least.wall_s = i == 0 ? wall_s : std::min(least.wall_s, wall_s);
    least.cpu_s = i == 0 ? cpu_s : std::min(least.cpu_s, cpu_s);
  }
  return least;
}

/// One part's commitment and all that follows it, as verify_run reads them.
struct part {
  const verifying_key& key;
  bytes_view proof;
  std::vector<std::vector<gl>> publics;
};

}  // namespace

verification_times time_verification(const proof_params& params, const run_key& key,
                                     const proved_run& proved, const std::string& name) {
  verification_times out;
  out.run = least_of_turns([&] {
    require(verify_run(params, key, proved.output, proved.proof).ok(),
            name + ": the proof is refused");
  });

  const auto read = read_run(key.entry, proved.proof);
  require(read.ok(), name + ": the proof is not in parts");
  std::vector<part> parts{{key.memory, read->memory, memory_publics(key.ram_bytes, proved.output)}};
  for (std::size_t i = 0; i < read->segments.size(); ++i)
    parts.push_back(
        {key.execution, read->segments[i], segment_publics(key.machine, read->claims[i])});
  std::vector<segment_commitment> commitments;
  for (const part& p : parts) {
    byte_source from(p.proof, params.hash);
    commitments.push_back(read_commitment(p.key, from));
  }
  const bus_challenge global = run_challenge(params, key, proved.output, commitments[0],
                                             read->claims, std::span(commitments).subspan(1));
  gl3 sum_of_parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const part& p = parts[i];
    gl3 sum;
    const least_times least = least_of_turns([&] {
      byte_source from(p.proof, params.hash);
      const segment_commitment commitment = read_commitment(p.key, from);
      const auto found = verify_segment(params, p.key, {p.publics, global}, commitment, from);
      require(found.ok(), name + ": a part is refused alone");
      sum = *found;
    });
    sum_of_parts += sum;
    if (i == 0)
      out.memory = least;
    else if (least.wall_s > out.segment.wall_s)
      out.segment = least;
  }
  require(sum_of_parts.is_zero(), name + ": the parts do not fit together");
  return out;
}

}  // namespace ashlar::bench
