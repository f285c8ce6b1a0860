#include "runtime/store/block_log.hpp"

#include <filesystem>

#include "runtime/crypto/blake3.hpp"
#include "runtime/store/codec.hpp"

namespace ashlar::store {

namespace {

constexpr u8 record_version = 1;
constexpr u8 origin_key = 'a';
constexpr u8 block_key = 'b';
constexpr std::size_t recent_chains_max = 8192;

fixed_bytes<9> key_of(block_number n) {
  fixed_bytes<9> key;
  key[0] = block_key;
  store_be64(key.data() + 1, n.value);
  return key;
}

bytes_view view(const auto& fixed) {
  return {fixed.data(), fixed.size()};
}

hash256 origin_of(const hash256& genesis_hash) {
  static constexpr char tag[] = "ashlar block log";
  bytes in(tag, tag + sizeof(tag) - 1);
  append(in, view(genesis_hash));
  return crypto::blake3(in);
}

hash256 link(const hash256& before, block_number n, epoch writer, bytes_view payload) {
  u8 in[80];
  std::memcpy(in, before.data(), 32);
  store_be64(in + 32, n.value);
  store_be64(in + 40, writer.value);
  const hash256 body = crypto::blake3(payload);
  std::memcpy(in + 48, body.data(), 32);
  return crypto::blake3({in, 80});
}

error damaged(block_number n, std::string why) {
  return {error_code::damaged, 0, n.value, "block log: " + std::move(why)};
}

}  // namespace

struct block_log::record {
  bytes raw;
  epoch writer;
  hash256 before, chain;
  bytes_view payload() const { return bytes_view(raw).subspan(72); }

  static std::optional<record> parse(bytes raw) {
    if (raw.size() < 72) return std::nullopt;
    record r;
    r.writer = epoch{load_be64(raw.data())};
    r.before = hash256::copy_of(raw.data() + 8);
    r.chain = hash256::copy_of(raw.data() + 40);
    r.raw = std::move(raw);
    return r;
  }
};

bytes encode_log_record(const block& b, std::span<const address> senders) {
  const bytes encoded = encode_block(b);
  bytes out;
  out.reserve(encoded.size() + 20 * senders.size() + 24);
  encoder to{out};
  to.u8_(record_version);
  to.varint(senders.size());
  for (const address& a : senders) to.fixed(a);
  to.blob(encoded);
  return out;
}

result<log_record, error> decode_log_record(bytes_view payload) {
  decoder from{payload};
  const u8 version = from.u8_();
  if (version != record_version)
    return fail(error{error_code::wrong_schema, record_version, version, "block log record"});
  log_record out;
  const u64 senders = from.count();
  out.senders.reserve(senders);
  for (u64 i = 0; i < senders; ++i) out.senders.push_back(from.fixed<20>());
  auto b = decode_block(from.blob());
  if (!from.done() || !b || b->txns.size() != senders)
    return fail(error{error_code::damaged, 0, 0, "block log: a record does not decode"});
  out.block = std::move(*b);
  return out;
}

block_log::block_log(const block_log_config& config, const hash256& genesis_hash)
    : config_(config), origin_(origin_of(genesis_hash)) {}

block_log::~block_log() = default;

result<std::unique_ptr<block_log>, error> block_log::open(const block_log_config& config,
                                                          const hash256& genesis_hash,
                                                          const checkpoint* checked) {
  std::unique_ptr<block_log> log{new block_log(config, genesis_hash)};
  database_config db;
  db.folder = config.folder + "/db";
  db.write_buffer_bytes = config.write_buffer_bytes;
  db.block_cache_bytes = 1u << 20;
  db.bloom_bits_per_key = 0;
  db.compress = false;  // signatures and addresses do not compress; appends should not wait for it
  db.compaction = compaction_rule::own_thread;  // an append must not wait for the state's
  db.reserve_logs = true;
  db.env = config.env;
  ASHLAR_TRY(log->db_, database::open(db));
  ASHLAR_CHECK(log->recover(checked));
  return log;
}

status<error> block_log::recover(const checkpoint* checked) {
  const std::string path = config_.folder + "/watermark";
  const bytes_view origin_row{&origin_key, 1};
  ASHLAR_TRY(const auto origin, db_->get(origin_row));
  cursor last = db_->walk(false);
  last.seek_to_last();
  ASHLAR_CHECK(last.check());
  const bool has_blocks = last.valid() && last.key().size() == 9 && last.key()[0] == block_key;
  if (!origin) {
    if (has_blocks) return fail(damaged(block_number{0}, "blocks without an origin"));
    if (checked && checked->height.value > 0)
      return fail(error{error_code::truncated, checked->height.value, 0, config_.folder});
    if (watermark::exists(path)) {
      ASHLAR_TRY(const auto mark, watermark::open(path));
      if (mark->last().height != 0)
        return fail(error{error_code::truncated, mark->last().height, 0, config_.folder});
    }
    ASHLAR_TRY(watermark_, watermark::create(path, {0, origin_}));
    ASHLAR_CHECK(db_->put(origin_row, view(origin_), true));
    recent_chains_.push_back(origin_);
    return nothing{};
  }
  if (!equal(*origin, view(origin_)))
    return fail(error{error_code::wrong_genesis, 0, 0, config_.folder});

  const block_number head{has_blocks ? load_be64(last.key().data() + 1) : 0};
  height_ = head.value;
  if (!watermark::exists(path)) {
    if (head.value != 0) return fail(error{error_code::watermark_missing, 0, head.value, path});
    ASHLAR_TRY(watermark_, watermark::create(path, {0, origin_}));
  } else {
    ASHLAR_TRY(watermark_, watermark::open(path));
  }

  const watermark::mark mark = watermark_->last();
  checkpoint from{block_number{0}, origin_};
  if (checked && checked->height.value > 0) from = *checked;
  const u64 least = std::max(mark.height, from.height.value);
  if (head.value < least)
    return fail(error{error_code::truncated, least, head.value, config_.folder});
  for (const auto& [height, chain] :
       {std::pair{mark.height, mark.chain}, std::pair{from.height.value, from.chain}}) {
    ASHLAR_TRY(const hash256 found, chain_at(block_number{height}));
    if (found != chain) return fail(damaged(block_number{height}, "chain hash differs"));
  }
  ASHLAR_CHECK(verify_range(from, head));
  ASHLAR_TRY(const hash256 chain, chain_at(head));
  recent_chains_.push_back(chain);
  if (head.value > 0) {
    ASHLAR_TRY(const record tip, raw(head));
    epoch_ = tip.writer;
  }
  if (mark.height != head.value) ASHLAR_CHECK(watermark_->write({head.value, chain}));
  return nothing{};
}

status<error> block_log::append(block_number number, bytes_view payload, epoch writer) {
  ensure(payload.size() <= config_.record_bytes_max);
  const u64 due = height_.load() + 1;
  if (number.value != due)
    return fail(error{error_code::not_contiguous, due, number.value, "block log"});
  hash256 before;
  {
    std::lock_guard lock{mutex_};
    if (writer < epoch_)
      return fail(error{error_code::stale_epoch, epoch_.value, writer.value, "block log"});
    before = recent_chains_.back();
  }
  const hash256 chain = link(before, number, writer, payload);
  bytes value;
  value.reserve(72 + payload.size());
  encoder to{value};
  to.be64(writer.value);
  to.fixed(before);
  to.fixed(chain);
  to.raw(payload);
  ASHLAR_CHECK(db_->put(view(key_of(number)), value, true));
  {
    std::lock_guard lock{mutex_};
    recent_chains_.push_back(chain);
    if (recent_chains_.size() > recent_chains_max) recent_chains_.pop_front();
    epoch_ = writer;
    height_ = number.value;
  }
  return watermark_->write({number.value, chain});
}

hash256 block_log::chain() const {
  std::lock_guard lock{mutex_};
  return recent_chains_.back();
}

epoch block_log::writer_epoch() const {
  std::lock_guard lock{mutex_};
  return epoch_;
}

result<block_log::record, error> block_log::raw(block_number number) const {
  ASHLAR_TRY(auto value, db_->get(view(key_of(number))));
  if (!value) return fail(error{error_code::not_found, 0, number.value, "block log"});
  auto r = record::parse(std::move(*value));
  if (!r) return fail(damaged(number, "record too short"));
  return std::move(*r);
}

result<log_record, error> block_log::read(block_number number) const {
  ASHLAR_TRY(const record r, raw(number));
  if (link(r.before, number, r.writer, r.payload()) != r.chain)
    return fail(damaged(number, "a record does not match its chain hash"));
  ASHLAR_TRY(log_record out, decode_log_record(r.payload()));
  if (out.block.header.number != number) return fail(damaged(number, "a record of another block"));
  return out;
}

result<hash256, error> block_log::chain_at(block_number number) const {
  if (number.value == 0) return origin_;
  {
    std::lock_guard lock{mutex_};
    const u64 back = height_.load() - number.value;
    if (number.value <= height_.load() && back < recent_chains_.size())
      return recent_chains_[recent_chains_.size() - 1 - back];
  }
  ASHLAR_TRY(const record r, raw(number));
  return r.chain;
}

status<error> block_log::verify_range(checkpoint after, block_number to) const {
  if (after.height >= to) return nothing{};
  hash256 chain = after.chain;
  epoch writer{};
  cursor at = db_->walk(false);
  at.seek(view(key_of(after.height.next())));
  for (block_number n = after.height.next(); n <= to; n = n.next(), at.next()) {
    ASHLAR_CHECK(at.check());
    if (!at.valid() || !equal(at.key(), view(key_of(n))))
      return fail(damaged(n, "a block is missing"));
    const auto r = record::parse(to_bytes(at.value()));
    if (!r) return fail(damaged(n, "record too short"));
    if (r->before != chain || link(chain, n, r->writer, r->payload()) != r->chain)
      return fail(damaged(n, "the hash chain is broken"));
    if (r->writer < writer) return fail(damaged(n, "an epoch went backwards"));
    writer = r->writer;
    chain = r->chain;
  }
  return nothing{};
}

}  // namespace ashlar::store
