#include "runtime/stark/join/join.hpp"

#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/hash/hash.hpp"

namespace ashlar::stark {

namespace {

constexpr std::string_view inner_tag = "ashlar join";

hash256 keccak_of_two(const hash256& a, const hash256& b) {
  u8 both[64];
  std::memcpy(both, a.data(), 32);
  std::memcpy(both + 32, b.data(), 32);
  return crypto::keccak256(both);
}

class join_check {
 public:
  join_check(const join_params& params, proof_source& in) : params_(params), in_(in) {}

  result<hash256, join_failure> run() {
    const u64 kind = in_.number();
    if (kind > 1) return fail(join_failure{join_error::kind});
    const std::optional<program_set> set = read_program_set(in_);
    const u64 count = in_.number();
    if (in_.state() != source_state::good || !set)
      return fail(join_failure{join_error::unreadable});
    const hash256 root = set->root();
    if (count == 0 || count > join_items_max) return fail(join_failure{join_error::item_count});
    for (u32 item = 1; item <= count; ++item) ASHLAR_CHECK(check_item(*set, root, item));
    return join_output(static_cast<join_kind>(kind), root, inputs_);
  }

 private:
  status<join_failure> check_item(const program_set& set, const hash256& root, u32 item) {
    const u64 kind = in_.number();
    if (kind > 1) return fail(join_failure{join_error::item_kind, item});
    const bool is_join = kind == 1;
    const u64 count = is_join ? in_.number() : 1;
    const std::size_t before = inputs_.size();
    if (count == 0 || count > join_inputs_max - before)
      return fail(join_failure{join_error::input_count, item});
    for (u64 i = 0; i < count; ++i) inputs_.push_back(read_hash(in_));
    const std::span<const hash256> own = std::span(inputs_).subspan(before);
    const hash256 output = is_join ? inner_output(root, own) : own[0];
    const run_key& key = is_join ? set.join : set.base;
    const auto verified = check_run(is_join ? params_.join : params_.base, key, output);
    if (!verified) return fail(join_failure{join_error::run, item, verified.error()});
    return nothing{};
  }

  status<run_failure> check_run(const proof_params& params, const run_key& key,
                                const hash256& output) {
    const u64 count = in_.number();
    if (count == 0 || count > segments_max) return fail(run_failure{run_error::segment_count});
    std::vector<segment_claim> claims;
    u64 pc = key.entry;
    for (u32 i = 1; i <= count; ++i) {
      const u64 cycles = in_.number(), end_pc = in_.number();
      if (cycles > segment_cycles_max) return fail(run_failure{run_error::cycles, i});
      claims.push_back({i, pc, end_pc, static_cast<u32>(cycles)});
      pc = end_pc;
    }
    if (in_.state() != source_state::good) return fail(run_failure{run_error::truncated});
    const std::vector<proof_source*> parts(claims.size() + 1, &in_);
    return verify_run(params, key, output, claims, parts);
  }

  const join_params& params_;
  proof_source& in_;
  std::vector<hash256> inputs_;
};

}  // namespace

hash256 inner_output(const hash256& set_root, std::span<const hash256> inputs) {
  bytes message(inner_tag.begin(), inner_tag.end());
  append(message, {set_root.data(), set_root.size()});
  u8 count[8];
  store_le64(count, inputs.size());
  append(message, count);
  for (const hash256& input : inputs) append(message, {input.data(), input.size()});
  return hash_bytes(hash_kind::poseidon2, message);
}

hash256 last_output(const hash256& set_root, std::span<const hash256> inputs) {
  hash256 accumulated{};
  for (const hash256& input : inputs) accumulated = keccak_of_two(accumulated, input);
  return keccak_of_two(set_root, accumulated);
}

hash256 join_output(join_kind kind, const hash256& set_root, std::span<const hash256> inputs) {
  return kind == join_kind::last ? last_output(set_root, inputs) : inner_output(set_root, inputs);
}

std::string_view describe(join_error e) noexcept {
  switch (e) {
    case join_error::unreadable:
      return "the input ends early, or holds no program set";
    case join_error::kind:
      return "a join is inner or last";
    case join_error::item_count:
      return "no items, or too many";
    case join_error::item_kind:
      return "an item is a run of the base program or an inner join";
    case join_error::input_count:
      return "no batches, or too many";
    case join_error::run:
      return "the proof of an item is refused";
  }
  return "unknown";
}

result<hash256, join_failure> check_join(const join_params& params, proof_source& input) {
  return join_check(params, input).run();
}

}  // namespace ashlar::stark
