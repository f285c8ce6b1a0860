#include "runtime/store/chain_store.hpp"

#include <random>

#include "runtime/crypto/blake3.hpp"
#include "runtime/store/chain_parts.hpp"
#include "runtime/store/codec.hpp"

namespace ashlar::store {

namespace {

hash256 identity_of(const genesis& g) {
  bytes in;
  encoder to{in};
  to.fixed(g.block.hash);
  for (const auto& a : g.diff.accounts) {
    to.fixed(a.who);
    to.blob(rows::encode_account(0, a.after));
  }
  for (const auto& s : g.diff.slots) {
    to.fixed(s.who);
    to.fixed(s.slot.to_be());
    to.fixed(s.after.to_be());
  }
  return crypto::blake3(in);
}

u64 approximate_bytes(const executed_block& b) {
  u64 n = 1024 + 160 * b.diff.accounts.size() + 200 * b.diff.slots.size();
  for (const auto& [hash, code] : b.diff.codes) n += code.size() + 64;
  for (const txn& t : b.block.txns) n += sizeof(txn) + t.data.size() + 64;
  for (const receipt& r : b.receipts) {
    n += sizeof(receipt);
    for (const log_entry& l : r.logs) n += sizeof(log_entry) + 32 * l.topics.size() + l.data.size();
  }
  return n;
}

u64 process_seed() {
  std::random_device device;
  return (static_cast<u64>(device()) << 32) ^ device();
}

}  // namespace

void chain_store::parts::fatal(const error& e) {
  std::call_once(fatal_once, [&] {
    if (config.on_fatal) config.on_fatal(e);
  });
}

void chain_store::parts::unreadable(const error& e) {
  fatal(e);
  broken_invariant(to_text(e).c_str(), __FILE__, __LINE__);
}

chain_store::chain_store(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

chain_store::~chain_store() {
  if (parts_->flusher.joinable()) {
    {
      std::lock_guard lock{parts_->wake_mutex};
      parts_->stop = true;
    }
    parts_->wake.notify_all();
    parts_->flusher.join();
  }
  (void)flush();  // what fails here is executed again when the store is opened
}

result<std::unique_ptr<chain_store>, error> chain_store::open(const chain_store_config& config,
                                                              const genesis& origin) {
  auto p = std::make_unique<parts>(config, process_seed());
  p->identity = identity_of(origin);
  p->genesis_block = std::make_shared<const stored_block>(origin.block);
  database_config db;
  db.folder = config.folder + "/state";
  db.write_buffer_bytes = config.write_buffer_bytes;
  db.block_cache_bytes = 32u << 20;
  db.wal = wal_rule::whole_prefix;
  // Bursts of half a second of a core, which confirmations need and the flusher can wait for.
  db.compaction = compaction_rule::background;
  db.env = config.env;
  ASHLAR_TRY(p->db, database::open(db));
  ASHLAR_TRY(const auto raw_meta, p->db->get(rows::meta_key()));
  block_log::checkpoint checked;
  if (raw_meta) {
    const auto meta = rows::decode_meta(*raw_meta);
    if (!meta) return fail(error{error_code::damaged, 0, 0, "state database: meta row"});
    if (meta->schema != rows::meta_row::schema_version)
      return fail(
          error{error_code::wrong_schema, rows::meta_row::schema_version, meta->schema, db.folder});
    if (meta->identity != p->identity)
      return fail(error{error_code::wrong_genesis, 0, 0, db.folder});
    checked = {block_number{meta->flushed}, meta->chain};
    p->flushed = meta->flushed;
  }
  block_log_config log;
  log.folder = config.folder + "/log";
  log.env = config.env;
  ASHLAR_TRY(p->log, block_log::open(log, p->identity, raw_meta ? &checked : nullptr));
  if (!raw_meta) ASHLAR_CHECK(p->write_genesis(origin));
  ASHLAR_CHECK(p->load());
  parts* inside = p.get();
  if (config.flush_thread)
    p->flusher = std::thread([inside] {
      try {
        inside->run_flusher();
      } catch (const std::exception& e) {  // no memory
        inside->fatal({error_code::write_failed, 0, 0, e.what()});
      }
    });
  return std::unique_ptr<chain_store>(new chain_store(std::move(p)));
}

status<error> chain_store::parts::write_genesis(const genesis& origin) {
  write_batch batch;
  for (const auto& a : origin.diff.accounts) {
    const bytes value = rows::encode_account(0, a.after);
    batch.put(rows::newest_key(a.who), value);
    batch.put(rows::version_key(a.who, 0), value);
  }
  for (const auto& s : origin.diff.slots) {
    const bytes value = rows::encode_slot(0, s.after);
    batch.put(rows::newest_key(slot_key{s.who, s.slot}), value);
    batch.put(rows::version_key(slot_key{s.who, s.slot}, 0), value);
  }
  for (const auto& [hash, code] : origin.diff.codes) batch.put(rows::code_key(hash), code);
  const head_info info{block_number{0}, origin.block.hash, origin.block.block.header.timestamp, 0,
                       0};
  batch.put(rows::info_key(0), rows::encode_info(info));
  const bytes zero = rows::encode_location({});
  batch.put(rows::number_key(info.hash), zero);
  rows::meta_row meta;
  meta.identity = identity;
  ASHLAR_TRY(meta.chain, log->chain_at(block_number{0}));
  batch.put(rows::meta_key(), rows::encode_meta(meta));
  return db->write(batch, true);
}

status<error> chain_store::parts::load() {
  const u64 top = flushed.load();
  const u64 first = top + 1 > hashes_kept ? top + 1 - hashes_kept : 0;
  for (u64 n = first; n <= top; ++n) {
    const auto info = info_on_disk(n);
    if (!info) return fail(error{error_code::damaged, 0, n, "state database: a block is missing"});
    hashes.push_back(info->hash);
    if (n == top) published = staged = *info;
  }
  return nothing{};
}

block_log& chain_store::log() noexcept {
  return *parts_->log;
}
const block_log& chain_store::log() const noexcept {
  return *parts_->log;
}

block_number chain_store::flushed_height() const noexcept {
  return block_number{parts_->flushed.load()};
}

bool chain_store::parts::over_bounds() const {
  return lag.blocks >= config.unflushed_blocks_max || lag.txns >= config.unflushed_txns_max ||
         lag.bytes >= config.unflushed_bytes_max;
}

status<error> chain_store::stage(executed_block_ptr next) {
  parts& p = *parts_;
  {
    std::unique_lock lock{p.wake_mutex};
    if (p.over_bounds()) {
      p.stage_waits.fetch_add(1);
      if (!p.config.flush_thread) {
        lock.unlock();
        ASHLAR_CHECK(flush());
        lock.lock();
      } else {
        p.wake.notify_all();
        p.room.wait(lock, [&] { return p.failed || !p.over_bounds(); });
      }
    }
    if (p.failed) return fail(*p.failed);
  }
  const block_header& h = next->block.header;
  ensure(next->senders.size() == next->block.txns.size() &&
         next->txn_hashes.size() == next->block.txns.size() &&
         next->receipts.size() == next->block.txns.size());
  const head_info before = staged_head();
  if (h.number != before.number.next())
    return fail(
        error{error_code::not_contiguous, before.number.value + 1, h.number.value, "chain store"});
  if (h.parent_hash != before.hash)
    return fail(error{error_code::wrong_parent, 0, h.number.value, "chain store"});

  const u64 n = h.number.value;
  const u64 flushed = p.flushed.load();
  for (const auto& a : next->diff.accounts) p.accounts.put(a.who, n, a.after, flushed);
  for (const auto& s : next->diff.slots) p.slots.put(slot_key{s.who, s.slot}, n, s.after, flushed);

  parts::pending_block added;
  added.info = {h.number, next->hash, h.timestamp, before.txns_total + next->block.txns.size(),
                before.priority_next};
  for (const txn& t : next->block.txns)
    if (t.is_priority()) added.info.priority_next = t.nonce + 1;
  added.bytes = approximate_bytes(*next);
  added.block = std::move(next);
  const executed_block& b = *added.block;
  std::unique_lock lock{p.mutex};
  for (const auto& [hash, code] : b.diff.codes)
    p.pending_codes.try_emplace(hash, std::shared_ptr<const bytes>(added.block, &code));
  p.pending_numbers.emplace(b.hash, n);
  for (u32 i = 0; i < b.txn_hashes.size(); ++i)
    p.pending_txns.insert_or_assign(b.txn_hashes[i], txn_location{h.number, i});
  p.hashes.push_back(b.hash);
  if (p.hashes.size() > parts::hashes_kept) p.hashes.pop_front();
  p.staged = added.info;
  p.pending.push_back(std::move(added));
  return nothing{};
}

status<error> chain_store::publish(block_number number) {
  parts& p = *parts_;
  u64 txns = 0, size = 0;
  {
    std::unique_lock lock{p.mutex};
    const u64 due = p.published.number.value + 1;
    const parts::pending_block* b = p.find_pending(due);
    if (number.value != due || !b)
      return fail(error{error_code::not_contiguous, due, number.value, "chain store"});
    ensure(p.log->height() >= number);
    p.published = b->info;
    txns = b->block->block.txns.size();
    size = b->bytes;
  }
  bool wake = false;
  {
    std::lock_guard lock{p.wake_mutex};
    wake = p.lag.blocks++ == 0;
    p.lag.txns += txns;
    p.lag.bytes += size;
    wake = wake || p.lag.blocks >= p.config.unflushed_blocks_max / 4 ||
           p.lag.txns >= p.config.unflushed_txns_max / 4 ||
           p.lag.bytes >= p.config.unflushed_bytes_max / 4;
  }
  if (wake) p.wake.notify_one();
  return nothing{};
}

chain_store::counters chain_store::totals() const {
  const parts& p = *parts_;
  counters c;
  c.blocks_flushed = p.blocks_flushed;
  c.flushes = p.flushes;
  c.bytes_flushed = p.bytes_flushed;
  c.stage_waits = p.stage_waits;
  c.cache_hits = p.cache_hits;
  c.cache_misses = p.cache_misses;
  c.cache_bytes = p.accounts.bytes() + p.slots.bytes();
  std::lock_guard lock{const_cast<parts&>(p).wake_mutex};
  c.unflushed_blocks = p.lag.blocks;
  c.unflushed_bytes = p.lag.bytes;
  return c;
}

}  // namespace ashlar::store
