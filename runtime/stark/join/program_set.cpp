#include "runtime/stark/join/program_set.hpp"

#include "runtime/stark/hash/hash.hpp"

namespace ashlar::stark {

namespace {

void append_number(bytes& to, u64 v) {
  u8 encoded[8];
  store_le64(encoded, v);
  append(to, encoded);
}
void append_hash(bytes& to, const hash256& h) {
  append(to, {h.data(), h.size()});
}

// Lengths stand in front of what varies in length, so no two keys have the same bytes.
void append_key(bytes& to, const verifying_key& key) {
  append_hash(to, key.digest());
  append_number(to, key.fixed_height_log2.size());
  append(to, key.fixed_height_log2);
  append_hash(to, key.fixed_root);
}
void append_key(bytes& to, const run_key& key) {
  append_hash(to, key.digest());
  append_key(to, key.execution);
  append_key(to, key.memory);
  append_number(to, key.entry);
  append_number(to, key.ram_bytes);
}

void write_key(const verifying_key& key, std::vector<u32>& words) {
  write_hash(key.digest(), words);
  for (const u8 height : key.fixed_height_log2) words.push_back(height);
  write_hash(key.fixed_root, words);
}
void write_key(const run_key& key, std::vector<u32>& words) {
  write_hash(key.digest(), words);
  write_key(key.execution, words);
  write_key(key.memory, words);
  write_number(key.entry, words);
  write_number(key.ram_bytes, words);
}

verifying_key read_key(std::span<const verifier_air> airs, proof_source& from) {
  verifying_key key;
  for (const verifier_air& air : airs) key.airs.push_back(&air);
  key.given_digest = read_hash(from);
  for (std::size_t i = 0; i < airs.size(); ++i) key.fixed_height_log2.push_back(from.byte());
  key.fixed_root = read_hash(from);
  return key;
}
std::optional<run_key> read_run_key(machine_kind machine, proof_source& from) {
  run_key key;
  key.machine = machine;
  key.given_digest = read_hash(from);
  key.execution = read_key(segment_airs(machine), from);
  key.memory = read_key(memory_airs(), from);
  const u64 entry = from.number(), ram_bytes = from.number();
  if (entry >> 32 != 0 || ram_bytes >> 32 != 0) return std::nullopt;
  key.entry = static_cast<u32>(entry);
  key.ram_bytes = static_cast<u32>(ram_bytes);
  return key;
}

}  // namespace

hash256 program_set::root() const {
  bytes all;
  append_key(all, base);
  append_key(all, join);
  return hash_bytes(hash_kind::poseidon2, all);
}

void write_program_set(const program_set& set, std::vector<u32>& words) {
  write_key(set.base, words);
  write_key(set.join, words);
}

std::optional<program_set> read_program_set(proof_source& from) {
  auto base = read_run_key(machine_kind::execution, from);
  auto join = read_run_key(machine_kind::recursion, from);
  if (!base || !join) return std::nullopt;
  return program_set{std::move(*base), std::move(*join)};
}

hash256 read_hash(proof_source& from) {
  hash256 out;
  for (unsigned i = 0; i < 4; ++i) store_le64(out.data() + 8 * i, from.number());
  return out;
}

void write_hash(const hash256& hash, std::vector<u32>& words) {
  for (unsigned i = 0; i < 8; ++i) words.push_back(load_le32(hash.data() + 4 * i));
}

void write_number(u64 number, std::vector<u32>& words) {
  words.push_back(static_cast<u32>(number));
  words.push_back(static_cast<u32>(number >> 32));
}

}  // namespace ashlar::stark
