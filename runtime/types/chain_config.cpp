#include "runtime/types/chain_config.hpp"

#include <algorithm>

#include "runtime/crypto/keccak.hpp"
#include "runtime/types/priority_limits.hpp"

namespace ashlar {
namespace {

constexpr u8 encoding_version = 2;
constexpr u64 gas_min = 21'000;
constexpr u64 gas_max = u64{1} << 40;
constexpr u64 wei_max = u64{1} << 62;
constexpr std::size_t revisions_max = 255;

void put_u64(bytes& to, u64 value) {
  u8 be[8];
  store_be64(be, value);
  append(to, be);
}

/// The u64 fields behind the revisions, in order, shared by encoder and decoder.
template <class Config, class Visit>
void visit_numbers(Config& c, Visit visit) {
  visit(c.block_gas_limit);
  visit(c.txn_gas_limit_max);
  visit(c.base_fee_min);
  visit(c.base_fee_genesis);
  visit(c.elasticity);
  visit(c.base_fee_denominator);
  visit(c.pubdata_gas_per_byte);
  visit(c.pubdata_txn_bytes_max);
  visit(c.proving_cycles_per_gas);
  visit(c.priority_txn_gas_max);
  visit(c.priority_txns_per_block_max);
  visit(c.priority_data_bytes_max);
}

constexpr bool within(u64 value, u64 low, u64 high) noexcept {
  return value >= low && value <= high;
}

status<chain_config_error> check_revisions(const chain_config& c) noexcept {
  if (c.revisions.empty()) return fail(chain_config_error::revisions_empty);
  if (c.revisions[0].from.value != 0) return fail(chain_config_error::revisions_not_from_zero);
  if (c.revisions.size() > revisions_max) return fail(chain_config_error::revisions_unsorted);
  for (std::size_t i = 1; i < c.revisions.size(); ++i)
    if (c.revisions[i].from <= c.revisions[i - 1].from ||
        c.revisions[i].revision <= c.revisions[i - 1].revision)
      return fail(chain_config_error::revisions_unsorted);
  return nothing{};
}

}  // namespace

revision chain_config::revision_at(unix_seconds timestamp) const noexcept {
  ashlar::revision active = revisions.front().revision;
  for (const revision_activation& r : revisions)
    if (timestamp >= r.from) active = r.revision;
  return active;
}

const char* to_text(chain_config_error e) noexcept {
  switch (e) {
    case chain_config_error::chain_id_zero:
      return "chain_id must not be zero";
    case chain_config_error::l1_chain_id_zero:
      return "l1_chain_id must not be zero";
    case chain_config_error::chain_contract_zero:
      return "chain_contract must be set";
    case chain_config_error::protocol_version_unknown:
      return "protocol_version is not supported";
    case chain_config_error::revisions_empty:
      return "revisions must name at least one";
    case chain_config_error::revisions_not_from_zero:
      return "revisions must start at time zero";
    case chain_config_error::revisions_unsorted:
      return "revisions must rise in time and in order";
    case chain_config_error::block_gas_limit_out_of_range:
      return "block_gas_limit is out of range";
    case chain_config_error::txn_gas_limit_out_of_range:
      return "txn_gas_limit_max must be from 21000 to 16777216, and at most block_gas_limit";
    case chain_config_error::base_fee_out_of_range:
      return "base_fee_min must be positive and at most base_fee_genesis";
    case chain_config_error::elasticity_out_of_range:
      return "elasticity must be from 1 to 64";
    case chain_config_error::denominator_out_of_range:
      return "base_fee_denominator must be from 2 to 1024";
    case chain_config_error::fee_vault_zero:
      return "fee_vault must be set";
    case chain_config_error::pubdata_gas_out_of_range:
      return "pubdata_gas_per_byte must be at most 1000000";
    case chain_config_error::pubdata_bytes_out_of_range:
      return "pubdata_txn_bytes_max must be from 32768 to 81000";
    case chain_config_error::proving_cycles_out_of_range:
      return "proving_cycles_per_gas must be 0 or from 10 to 1000000";
    case chain_config_error::priority_limits_out_of_range:
      return "priority limits must be positive; priority gas at most 16777216 and block_gas_limit";
    case chain_config_error::revision_without_gas_cap:
      return "revisions must be osaka or later: those before have no cap of a transaction's gas, "
             "which bounds what a proof holds";
    case chain_config_error::pubdata_gas_too_low:
      return "pubdata_gas_per_byte must be 6 or more: else the overdue operations that L1 wants in "
             "a batch may publish more than a batch can";
    case chain_config_error::malformed:
      return "the bytes are not a chain configuration";
  }
  return "unknown";
}

status<chain_config_error> validate(const chain_config& c) noexcept {
  using e = chain_config_error;
  if (c.protocol_version != ashlar::protocol_version) return fail(e::protocol_version_unknown);
  if (c.chain_id == 0) return fail(e::chain_id_zero);
  if (c.l1_chain_id == 0) return fail(e::l1_chain_id_zero);
  if (c.chain_contract.is_zero()) return fail(e::chain_contract_zero);
  ASHLAR_CHECK(check_revisions(c));
  if (!within(c.block_gas_limit, gas_min, gas_max)) return fail(e::block_gas_limit_out_of_range);
  if (!within(c.txn_gas_limit_max, gas_min, std::min(c.block_gas_limit, txn_gas_highest)))
    return fail(e::txn_gas_limit_out_of_range);
  if (!within(c.base_fee_min, 1, wei_max) || !within(c.base_fee_genesis, c.base_fee_min, wei_max))
    return fail(e::base_fee_out_of_range);
  if (!within(c.elasticity, 1, 64)) return fail(e::elasticity_out_of_range);
  if (!within(c.base_fee_denominator, 2, 1024)) return fail(e::denominator_out_of_range);
  if (c.fee_vault.is_zero()) return fail(e::fee_vault_zero);
  if (c.pubdata_gas_per_byte > 1'000'000) return fail(e::pubdata_gas_out_of_range);
  if (!within(c.pubdata_txn_bytes_max, pubdata_txn_bytes_lowest, pubdata_txn_bytes_highest))
    return fail(e::pubdata_bytes_out_of_range);
  if (c.proving_cycles_per_gas != 0 && !within(c.proving_cycles_per_gas, 10, 1'000'000))
    return fail(e::proving_cycles_out_of_range);
  if (!within(c.priority_txn_gas_max, gas_min, std::min(c.block_gas_limit, txn_gas_highest)) ||
      c.priority_txns_per_block_max == 0 || c.priority_data_bytes_max == 0)
    return fail(e::priority_limits_out_of_range);
  return nothing{};
}

status<chain_config_error> validate_chain(const chain_config& c) noexcept {
  ASHLAR_CHECK(validate(c));
  // They rise, so the first is the earliest.
  if (c.revisions.front().revision < revision::osaka)
    return fail(chain_config_error::revision_without_gas_cap);
  static_assert(priority_pubdata_gas_least == 6);  // as the text says
  if (c.pubdata_gas_per_byte < priority_pubdata_gas_least)
    return fail(chain_config_error::pubdata_gas_too_low);
  return nothing{};
}

bytes encode_chain_config(const chain_config& c) {
  ensure(c.revisions.size() <= revisions_max);
  bytes out;
  out.reserve(256);
  out.push_back(encoding_version);
  u8 version[4];
  store_be32(version, c.protocol_version);
  append(out, version);
  put_u64(out, c.chain_id);
  put_u64(out, c.l1_chain_id);
  append(out, c.chain_contract.data_);
  append(out, c.fee_vault.data_);
  out.push_back(static_cast<u8>(c.revisions.size()));
  for (const revision_activation& r : c.revisions) {
    put_u64(out, r.from.value);
    out.push_back(static_cast<u8>(r.revision));
  }
  visit_numbers(c, [&](u64 value) { put_u64(out, value); });
  return out;
}

result<chain_config, chain_config_error> decode_chain_config(bytes_view raw) {
  constexpr std::size_t front_bytes = 1 + 4 + 8 + 8 + 20 + 20 + 1;
  constexpr std::size_t revision_bytes = 9;
  constexpr std::size_t numbers_bytes = 12 * 8;
  const auto malformed = fail(chain_config_error::malformed);
  if (raw.size() < front_bytes || raw[0] != encoding_version) return malformed;
  chain_config c;
  const u8* at = raw.data() + 1;
  c.protocol_version = load_be32(at);
  c.chain_id = load_be64(at + 4);
  c.l1_chain_id = load_be64(at + 12);
  c.chain_contract = address::copy_of(at + 20);
  c.fee_vault = address::copy_of(at + 40);
  const std::size_t count = at[60];
  if (raw.size() != front_bytes + count * revision_bytes + numbers_bytes) return malformed;
  at += 61;
  c.revisions.clear();
  for (std::size_t i = 0; i < count; ++i, at += revision_bytes) {
    if (at[8] > static_cast<u8>(latest_revision)) return malformed;
    c.revisions.push_back({unix_seconds{load_be64(at)}, static_cast<revision>(at[8])});
  }
  visit_numbers(c, [&](u64& value) {
    value = load_be64(at);
    at += 8;
  });
  return c;
}

hash256 config_hash(const chain_config& c) {
  return crypto::keccak256(encode_chain_config(c));
}

}  // namespace ashlar
