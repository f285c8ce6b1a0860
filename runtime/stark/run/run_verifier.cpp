#include "runtime/stark/run/run_verifier.hpp"

#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/verifier/byte_source.hpp"
#include "runtime/stark/verifier/proof_reader.hpp"

namespace ashlar::stark {
namespace {

template <class List>
std::vector<verifier_air> airs_of() {
  std::vector<verifier_air> out;
  List::each([&]<class Chip>() { out.push_back(verifier_air_of<Chip>()); });
  return out;
}

u32 number32(proof_reader& from) noexcept {
  const bytes_view b = from.take(4);
  return b.empty() ? 0 : load_le32(b.data());
}

run_failure in_part(u32 part, const verify_failure& inner) {
  return {run_error::part, part, inner};
}

}  // namespace

const std::vector<verifier_air>& segment_airs(machine_kind machine) {
  return with_chips_of(machine, []<class Chips>() -> const std::vector<verifier_air>& {
    static const std::vector<verifier_air> airs = airs_of<Chips>();
    return airs;
  });
}
const std::vector<verifier_air>& execution_airs() {
  return segment_airs(machine_kind::execution);
}
const std::vector<verifier_air>& memory_airs() {
  static const std::vector<verifier_air> airs = airs_of<memory_chips>();
  return airs;
}

hash256 run_key::digest() const {
  if (given_digest) return *given_digest;
  u8 message[72];
  const hash256 machines[2] = {execution.digest(), memory.digest()};
  std::copy(machines[0].begin(), machines[0].end(), message);
  std::copy(machines[1].begin(), machines[1].end(), message + 32);
  store_le32(message + 64, entry);
  store_le32(message + 68, ram_bytes);
  return crypto::blake3(message);
}

std::string_view describe(run_error e) noexcept {
  switch (e) {
    case run_error::not_a_proof:
      return "not a proof of a run, or of another version";
    case run_error::truncated:
      return "the proof ends early";
    case run_error::trailing_bytes:
      return "bytes follow the proof";
    case run_error::segment_count:
      return "no segments, or too many";
    case run_error::cycles:
      return "a segment has no cycles, or too many";
    case run_error::program_counter:
      return "the last segment does not halt, or one before it does";
    case run_error::part:
      return "a part of the proof is refused";
    case run_error::global_sum:
      return "the memories of the segments do not fit together";
  }
  return "unknown";
}

status<run_failure> check_claims(u32 entry, std::span<const segment_claim> claims) {
  if (claims.empty() || claims.size() > segments_max)
    return fail(run_failure{run_error::segment_count});
  u64 pc = entry;
  for (u32 i = 1; i <= claims.size(); ++i) {
    const segment_claim& c = claims[i - 1];
    ensure(c.index == i);
    if (c.cycles == 0 || c.cycles > segment_cycles_max)
      return fail(run_failure{run_error::cycles, i});
    const bool halts = c.end_pc == halted_pc_value;
    if (c.start_pc != pc || halts != (i == claims.size()) || (!halts && c.end_pc >> 32 != 0))
      return fail(run_failure{run_error::program_counter, i});
    pc = c.end_pc;
  }
  return nothing{};
}

result<run_parts, run_failure> read_run(u32 entry, bytes_view proof) {
  proof_reader from(proof);
  const bytes_view magic = from.take(run_magic.size());
  const u32 version = number32(from);
  if (from.truncated() || !std::equal(magic.begin(), magic.end(), run_magic.begin()) ||
      version != run_version)
    return fail(run_failure{run_error::not_a_proof});
  const u32 count = number32(from);
  if (from.truncated()) return fail(run_failure{run_error::truncated});
  if (count == 0 || count > segments_max) return fail(run_failure{run_error::segment_count});
  run_parts out;
  u64 pc = entry;
  for (u32 i = 1; i <= count; ++i) {
    segment_claim claim{i, pc, 0, number32(from)};
    claim.end_pc = from.number();
    if (from.truncated()) return fail(run_failure{run_error::truncated});
    pc = claim.end_pc;
    out.claims.push_back(claim);
  }
  ASHLAR_CHECK(check_claims(entry, out.claims));
  for (u32 i = 0; i <= count; ++i) {
    const u64 length = from.number();
    if (from.truncated() || length > proof.size())
      return fail(run_failure{run_error::truncated, i});
    const bytes_view part = from.take(static_cast<std::size_t>(length));
    if (from.truncated()) return fail(run_failure{run_error::truncated, i});
    if (i == 0)
      out.memory = part;
    else
      out.segments.push_back(part);
  }
  if (!from.at_end()) return fail(run_failure{run_error::trailing_bytes});
  return out;
}

bus_challenge run_challenge(const proof_params& params, const run_key& key, const hash256& output,
                            const segment_commitment& memory, std::span<const segment_claim> claims,
                            std::span<const segment_commitment> segments) {
  ensure(claims.size() == segments.size());
  transcript t =
      begin_transcript(params, key.memory, memory, memory_publics(key.ram_bytes, output));
  const hash256 digest = key.digest();
  t.absorb(transcript_item::verifying_key, bytes_view(digest.data(), digest.size()));
  t.absorb_number(transcript_item::segment_count, segments.size());
  for (std::size_t i = 0; i < segments.size(); ++i)
    absorb_statement(t, segments[i], segment_publics(key.machine, claims[i]));
  const gl3 alpha = t.challenge();
  return {alpha, t.challenge()};
}

status<run_failure> verify_run(const proof_params& params, const run_key& key,
                               const hash256& output, std::span<const segment_claim> claims,
                               std::span<proof_source* const> parts) {
  ensure(parts.size() == claims.size() + 1);
  ASHLAR_CHECK(check_claims(key.entry, claims));
  std::vector<segment_commitment> commitments;
  for (std::size_t i = 0; i < parts.size(); ++i)
    commitments.push_back(read_commitment(i == 0 ? key.memory : key.execution, *parts[i]));
  const std::span<const segment_commitment> segments = std::span(commitments).subspan(1);
  const bus_challenge global = run_challenge(params, key, output, commitments[0], claims, segments);
  gl3 sum;
  for (u32 i = 0; i < parts.size(); ++i) {
    const auto part =
        i == 0 ? verify_segment(params, key.memory, {memory_publics(key.ram_bytes, output), global},
                                commitments[0], *parts[0])
               : verify_segment(params, key.execution,
                                {segment_publics(key.machine, claims[i - 1]), global},
                                commitments[i], *parts[i]);
    if (!part) return fail(in_part(i, part.error()));
    sum += *part;
  }
  if (!sum.is_zero()) return fail(run_failure{run_error::global_sum});
  return nothing{};
}

status<run_failure> verify_run(const proof_params& params, const run_key& key,
                               const hash256& output, bytes_view proof) {
  ASHLAR_TRY(const run_parts parts, read_run(key.entry, proof));
  std::vector<byte_source> sources{byte_source(parts.memory, params.hash)};
  for (const bytes_view& segment : parts.segments) sources.emplace_back(segment, params.hash);
  std::vector<proof_source*> each;
  for (byte_source& source : sources) each.push_back(&source);
  ASHLAR_CHECK(verify_run(params, key, output, parts.claims, each));
  for (u32 i = 0; i < sources.size(); ++i)
    if (!sources[i].rest().empty()) return fail(in_part(i, {verify_error::trailing_bytes}));
  return nothing{};
}

}  // namespace ashlar::stark
