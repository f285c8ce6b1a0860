#include "actors/prover/worker_wire.hpp"

#include <algorithm>
#include <utility>

namespace ashlar::prover::wire {
namespace {

class writer {
 public:
  writer& number(u64 v, unsigned width) {
    for (unsigned i = 0; i < width; ++i) out_.push_back(static_cast<u8>(v >> (8 * i)));
    return *this;
  }
  writer& hash(const hash256& h) {
    append(out_, h);
    return *this;
  }
  writer& text(const std::string& t) {
    const std::size_t n = std::min(t.size(), text_bytes_max);
    number(n, 4);
    out_.insert(out_.end(), t.begin(), t.begin() + static_cast<std::ptrdiff_t>(n));
    return *this;
  }
  bytes done() { return std::move(out_); }

 private:
  bytes out_;
};

/// After a field that is not there every further one is zero, and `whole` is false.
class reader {
 public:
  explicit reader(bytes_view raw) : left_(raw) {}

  u64 number(unsigned width) {
    u64 v = 0;
    const bytes_view raw = take(width);
    for (unsigned i = 0; i < raw.size(); ++i) v |= u64{raw[i]} << (8 * i);
    return v;
  }
  hash256 hash() {
    hash256 h;
    const bytes_view raw = take(32);
    std::copy(raw.begin(), raw.end(), h.data());
    return h;
  }
  std::string text() {
    const u64 n = number(4);
    if (n > text_bytes_max) ok_ = false;
    const bytes_view raw = take(ok_ ? n : 0);
    return {raw.begin(), raw.end()};
  }
  bool whole() const { return ok_ && left_.empty(); }

 private:
  bytes_view take(std::size_t n) {
    if (left_.size() < n) ok_ = false;
    if (!ok_) return {};
    const bytes_view out = left_.first(n);
    left_ = left_.subspan(n);
    return out;
  }
  bytes_view left_;
  bool ok_ = true;
};

}  // namespace

bytes encode(const hello& m) {
  return writer()
      .number(m.version, 4)
      .text(m.name)
      .hash(m.program_commitment)
      .text(m.params)
      .number(m.threads, 4)
      .done();
}

bytes encode(const renew& m) {
  return writer()
      .number(m.batch.value, 8)
      .number(m.lease_epoch.value, 8)
      .number(m.pass, 4)
      .number(m.segments_done, 4)
      .number(m.segments, 4)
      .number(m.cycles, 8)
      .done();
}

bytes encode(const offer& m) {
  return writer()
      .number(m.batch.value, 8)
      .number(m.lease_epoch.value, 8)
      .number(m.size, 8)
      .number(m.cycles, 8)
      .number(m.segments, 4)
      .done();
}

bytes encode(const give_up& m) {
  return writer().number(m.batch.value, 8).number(m.lease_epoch.value, 8).text(m.why).done();
}

bytes encode(const job& m) {
  return writer()
      .number(m.batch.value, 8)
      .number(m.lease_epoch.value, 8)
      .number(m.lease_ms, 4)
      .number(m.witness_bytes, 8)
      .number(m.proof_bytes_max, 8)
      .done();
}

bytes encode(const retry& m) {
  return writer().number(m.version, 4).number(m.batch.value, 8).done();
}

bytes encode(const std::string& sentence) {
  return writer().text(sentence).done();
}

std::optional<hello> decode_hello(bytes_view raw) {
  reader from(raw);
  hello m;
  m.version = static_cast<u32>(from.number(4));
  m.name = from.text();
  m.program_commitment = from.hash();
  m.params = from.text();
  m.threads = static_cast<u32>(from.number(4));
  if (!from.whole()) return std::nullopt;
  return m;
}

std::optional<renew> decode_renew(bytes_view raw) {
  reader from(raw);
  renew m;
  m.batch = batch_number{from.number(8)};
  m.lease_epoch = epoch{from.number(8)};
  for (u32* field : {&m.pass, &m.segments_done, &m.segments})
    *field = static_cast<u32>(from.number(4));
  m.cycles = from.number(8);
  if (!from.whole()) return std::nullopt;
  return m;
}

std::optional<offer> decode_offer(bytes_view raw) {
  reader from(raw);
  offer m;
  m.batch = batch_number{from.number(8)};
  m.lease_epoch = epoch{from.number(8)};
  m.size = from.number(8);
  m.cycles = from.number(8);
  m.segments = static_cast<u32>(from.number(4));
  if (!from.whole() || m.size == 0) return std::nullopt;
  return m;
}

std::optional<give_up> decode_give_up(bytes_view raw) {
  reader from(raw);
  give_up m;
  m.batch = batch_number{from.number(8)};
  m.lease_epoch = epoch{from.number(8)};
  m.why = from.text();
  if (!from.whole()) return std::nullopt;
  return m;
}

std::optional<job> decode_job(bytes_view raw) {
  reader from(raw);
  job m;
  m.batch = batch_number{from.number(8)};
  m.lease_epoch = epoch{from.number(8)};
  m.lease_ms = static_cast<u32>(from.number(4));
  m.witness_bytes = from.number(8);
  m.proof_bytes_max = from.number(8);
  if (!from.whole()) return std::nullopt;
  return m;
}

std::optional<retry> decode_retry(bytes_view raw) {
  reader from(raw);
  retry m;
  m.version = static_cast<u32>(from.number(4));
  m.batch = batch_number{from.number(8)};
  if (!from.whole()) return std::nullopt;
  return m;
}

std::optional<std::string> decode_text(bytes_view raw) {
  reader from(raw);
  std::string text = from.text();
  if (!from.whole()) return std::nullopt;
  return text;
}

}  // namespace ashlar::prover::wire
