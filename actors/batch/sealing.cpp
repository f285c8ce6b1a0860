#include "actors/batch/sealing.hpp"

#include <algorithm>

#include "runtime/evm/cycle_meter.hpp"

namespace ashlar::batch {
namespace {

std::optional<seal_reason> over(const sealing_config& c, const batch_totals& t) noexcept {
  if (t.blocks > c.blocks_max) return seal_reason::blocks;
  if (t.txns > c.txns_max) return seal_reason::txns;
  if (t.l2_gas > c.l2_gas_max) return seal_reason::l2_gas;
  if (t.pubdata_bytes > c.pubdata_bytes_max) return seal_reason::pubdata;
  if (t.messages > c.messages_max) return seal_reason::messages;
  // A rule of the state transition, not of this configuration.
  if (guest_bytes_max(t.memory, t.blocks, t.leaf_count) > guest_bytes_limit)
    return seal_reason::memory;
  if (proving_cycles(t) > c.proving_cycles_max) return seal_reason::proving_cycles;
  return std::nullopt;
}

}  // namespace

status<sealing_config_error> validate(const sealing_config& c) noexcept {
  const auto refuse = [](const char* key) {
    return fail(sealing_config_error{sealing_error::out_of_range, key});
  };
  if (c.age_ms_max == 0 || c.age_ms_max > 86'400'000) return refuse("age_ms_max");
  if (c.blocks_max == 0) return refuse("blocks_max");
  if (c.txns_max == 0 || c.txns_max > 0xffff) return refuse("txns_max");
  if (c.l2_gas_max < 21'000) return refuse("l2_gas_max");
  if (c.pubdata_bytes_max < 1'000 || c.pubdata_bytes_max > l1_pubdata_bytes_max)
    return refuse("pubdata_bytes_max");
  if (c.messages_max == 0 || c.messages_max > 16'384) return refuse("messages_max");
  if (c.proving_cycles_max < 1'000'000) return refuse("proving_cycles_max");
  return nothing{};
}

batch_totals batch_totals::operator+(const batch_totals& more) const noexcept {
  batch_totals sum{blocks + more.blocks,
                   txns + more.txns,
                   l2_gas + more.l2_gas,
                   pubdata_bytes + more.pubdata_bytes,
                   messages + more.messages,
                   memory + more.memory,
                   std::max(leaf_count, more.leaf_count),
                   metered_cycles + more.metered_cycles,
                   priority_deadline};
  if (!sum.priority_deadline)
    sum.priority_deadline = more.priority_deadline;
  else if (more.priority_deadline)
    sum.priority_deadline = std::min(*sum.priority_deadline, *more.priority_deadline);
  return sum;
}

u64 proving_cycles(const batch_totals& t) noexcept {
  return evm::proof_cycles(t.metered_cycles, t.blocks, t.pubdata_bytes, t.memory, t.leaf_count);
}

const char* to_text(seal_reason reason) noexcept {
  switch (reason) {
    case seal_reason::age:
      return "age";
    case seal_reason::blocks:
      return "blocks";
    case seal_reason::txns:
      return "transactions";
    case seal_reason::l2_gas:
      return "L2 gas";
    case seal_reason::pubdata:
      return "pubdata";
    case seal_reason::messages:
      return "messages";
    case seal_reason::proving_cycles:
      return "proving cycles";
    case seal_reason::memory:
      return "memory of the proof";
    case seal_reason::priority_deadline:
      return "priority deadline";
    case seal_reason::overdue:
      return "overdue operations behind it";
    case seal_reason::asked:
      return "asked";
  }
  return "unknown";
}

std::optional<seal_reason> must_seal(const sealing_config& c, const batch_totals& t, u64 age_ms,
                                     unix_seconds now) noexcept {
  if (t.blocks == 0) return std::nullopt;
  // A batch that is exactly full has no room for another block.
  if (t.blocks >= c.blocks_max) return seal_reason::blocks;
  if (t.txns >= c.txns_max) return seal_reason::txns;
  if (const auto reason = over(c, t)) return reason;
  if (t.priority_deadline && now.value + c.deadline_margin_s >= t.priority_deadline->value)
    return seal_reason::priority_deadline;
  if (age_ms >= c.age_ms_max) return seal_reason::age;
  return std::nullopt;
}

std::optional<seal_reason> must_seal_before(const sealing_config& c, const batch_totals& t,
                                            const batch_totals& next) noexcept {
  if (t.blocks == 0) return std::nullopt;
  return over(c, t + next);
}

}  // namespace ashlar::batch
