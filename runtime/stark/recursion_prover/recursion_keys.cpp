#include "runtime/stark/recursion_prover/recursion_keys.hpp"

#include "runtime/crypto/blake3.hpp"

namespace ashlar::stark {
namespace {

constexpr std::size_t key_bytes = 32 + 32 + 2, checksum_bytes = 32;
constexpr std::size_t members_max = 1u << 10;

void put(bytes& to, const hash256& h) {
  append(to, {h.data(), h.size()});
}
void put(bytes& to, u64 v) {
  u8 raw[8];
  store_le64(raw, v);
  append(to, raw);
}
void put(bytes& to, const circuit_key& key) {
  put(to, key.fixed_root);
  put(to, key.digest);
  to.push_back(key.heights.alu);
  to.push_back(key.heights.sponge);
}
void put(bytes& to, const proof_params& params) {
  // Bound by name, so that a new member cannot be forgotten here.
  const auto& [name, hash, blowup_log2, queries, grinding_bits, fold_log2, final_log2, cap_log2,
               height_log2_min, height_log2_max, narrow_log2_max, batch_max, secure] = params;
  put(to, name.size());
  append(to, {reinterpret_cast<const u8*>(name.data()), name.size()});
  for (u64 v :
       {static_cast<unsigned>(hash), blowup_log2, queries, grinding_bits, fold_log2, final_log2,
        cap_log2, height_log2_min, height_log2_max, narrow_log2_max, batch_max, unsigned{secure}})
    put(to, v);
}

circuit_key key_at(bytes_view raw) {
  circuit_key key;
  std::copy_n(raw.begin(), 32, key.fixed_root.begin());
  std::copy_n(raw.begin() + 32, 32, key.digest.begin());
  key.heights = {raw[64], raw[65]};
  return key;
}

}  // namespace

bytes encode_keys(const recursion_keys& keys) {
  bytes out;
  put(out, keys.outer);
  for (std::size_t i = 0; i < keys.set.size(); ++i) put(out, keys.set.member(i));
  put(out, crypto::blake3(out));
  return out;
}

std::optional<recursion_keys> decode_keys(bytes_view raw) {
  if (raw.size() < checksum_bytes || (raw.size() - checksum_bytes) % key_bytes != 0)
    return std::nullopt;
  const bytes_view body = raw.first(raw.size() - checksum_bytes);
  const std::size_t count = body.size() / key_bytes;
  if (count < 2 || count > members_max) return std::nullopt;
  const hash256 checksum = crypto::blake3(body);
  if (!std::equal(checksum.begin(), checksum.end(), raw.begin() + body.size())) return std::nullopt;
  std::vector<circuit_key> members;
  for (std::size_t i = 1; i < count; ++i) {
    members.push_back(key_at(body.subspan(i * key_bytes)));
    if (!is_digest(hash_kind::poseidon2, members.back().fixed_root)) return std::nullopt;
  }
  return recursion_keys{circuit_set(std::move(members)), key_at(body)};
}

result<hash256, std::string> digest_of_circuits(const circuit_catalog& catalog, prover_pool& pool) {
  bytes all;
  for (const proof_params& params :
       {catalog.plan().params.big.proofs, catalog.plan().params.small.proofs, catalog.plan().outer})
    put(all, params);
  ASHLAR_TRY(const std::vector<hash256> digests, pool.digests());
  for (const hash256& digest : digests) put(all, digest);
  return crypto::blake3(all);
}

result<recursion_keys, std::string> make_keys(const circuit_catalog& catalog, prover_pool& pool,
                                              const hash256& name, proof_shelf& shelf) {
  if (const auto kept = shelf.find(name)) {
    auto keys = decode_keys(*kept);
    if (keys && keys->set.size() == catalog.size()) return std::move(*keys);
    shelf.drop(name);
  }
  std::vector<circuit_key> members;
  for (std::size_t i = 0; i <= catalog.outer(); ++i) {
    ASHLAR_TRY(circuit_prover * prover, pool.prover(i));
    try {
      members.push_back(circuit_key::of(prover->key()));
    } catch (const std::bad_alloc&) {
      return fail("there is no memory for the fixed columns of circuit " + catalog.name(i));
    }
  }
  const circuit_key outer = members.back();
  members.pop_back();
  recursion_keys keys{circuit_set(std::move(members)), outer};
  (void)shelf.keep(name, encode_keys(keys));
  return keys;
}

}  // namespace ashlar::stark
