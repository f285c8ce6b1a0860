#include "runtime/store/wal_tail.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <unistd.h>
#include <vector>

namespace ashlar::store {

namespace {

// LevelDB's doc/log_format.md: blocks of 32 KiB hold records of crc u32, length u16, type u8 (all
// little-endian) and content; a record that does not fit is split; a rest below 7 bytes is unused.
constexpr std::size_t block_bytes = 32'768;
constexpr std::size_t header_bytes = 7;
enum fragment : u8 { full = 1, first = 2, middle = 3, last = 4 };

/// CRC-32C (RFC 3720 B.4), eight bytes a step.
class crc32c {
 public:
  crc32c() {
    for (u32 i = 0; i < 256; ++i) {
      u32 c = i;
      for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ (c & 1 ? 0x82f63b78u : 0);
      tables_[0][i] = c;
    }
    for (u32 i = 0; i < 256; ++i)
      for (std::size_t t = 1; t < 8; ++t)
        tables_[t][i] = (tables_[t - 1][i] >> 8) ^ tables_[0][tables_[t - 1][i] & 0xff];
  }
  u32 of(bytes_view data) const {
    u32 c = ~0u;
    std::size_t i = 0;
    for (; i + 8 <= data.size(); i += 8) {
      const u32 low = load_le32(data.data() + i) ^ c, high = load_le32(data.data() + i + 4);
      c = tables_[7][low & 0xff] ^ tables_[6][(low >> 8) & 0xff] ^ tables_[5][(low >> 16) & 0xff] ^
          tables_[4][low >> 24] ^ tables_[3][high & 0xff] ^ tables_[2][(high >> 8) & 0xff] ^
          tables_[1][(high >> 16) & 0xff] ^ tables_[0][high >> 24];
    }
    for (; i < data.size(); ++i) c = (c >> 8) ^ tables_[0][(c ^ data[i]) & 0xff];
    return ~c;
  }
  static u32 load_le32(const u8* p) {
    return u32{p[0]} | u32{p[1]} << 8 | u32{p[2]} << 16 | u32{p[3]} << 24;
  }

 private:
  std::array<std::array<u32, 256>, 8> tables_{};
};

struct piece {
  fragment type{};
  std::size_t end = 0;
};

/// The fragment at `at`, where it is whole.
std::optional<piece> piece_at(bytes_view log, std::size_t at) {
  static const crc32c checksum;
  if (at + header_bytes > log.size()) return std::nullopt;
  const u8* head = log.data() + at;
  const std::size_t length = std::size_t{head[4]} | std::size_t{head[5]} << 8;
  const std::size_t end = at + header_bytes + length;
  if (end > log.size() || at % block_bytes + header_bytes + length > block_bytes)
    return std::nullopt;
  if (head[6] < full || head[6] > last) return std::nullopt;
  const u32 crc = checksum.of(log.subspan(at + 6, 1 + length));
  const u32 masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
  if (crc32c::load_le32(head) != masked) return std::nullopt;
  return piece{static_cast<fragment>(head[6]), end};
}

/// Over the unused rest of a block.
std::size_t next_place(std::size_t at) {
  const std::size_t rest = block_bytes - at % block_bytes;
  return rest < header_bytes ? at + rest : at;
}

/// The numbers of writes, which go on from record to record and from log to log: a record begins
/// with the number of its first write, eight bytes, and the count of them, four.
class write_numbers {
 public:
  void begin() { filled_ = 0; }
  void add(bytes_view content) {
    const std::size_t n = std::min(content.size(), head_.size() - filled_);
    std::copy_n(content.begin(), n, head_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += n;
  }
  /// Whether the record that is read goes on from the one before; then it is the one before.
  bool goes_on() {
    if (filled_ < head_.size()) return false;
    const u64 number =
        u64{crc32c::load_le32(head_.data() + 4)} << 32 | crc32c::load_le32(head_.data());
    if (next_ && *next_ != number) return false;
    next_ = number + crc32c::load_le32(head_.data() + 8);
    return true;
  }

 private:
  std::array<u8, 12> head_{};
  std::size_t filled_ = 0;
  std::optional<u64> next_;  // none before the first record
};

/// What of a log is whole, up to the first record that is not, or does not go on from the one
/// before.
struct whole_part {
  std::size_t end = 0;         ///< of the last record in it
  std::size_t stopped_at = 0;  ///< where the next one is not whole
  bool is_before_gap = false;  ///< or is, and writes are missing before it
};
whole_part whole_part_of(bytes_view log, write_numbers& numbers) {
  whole_part found;
  std::size_t at = 0;
  bool inside = false;
  for (;;) {
    at = next_place(at);
    const auto p = piece_at(log, at);
    const bool begins = p && (p->type == full || p->type == first);
    if (!p || begins == inside) break;
    if (begins) numbers.begin();
    numbers.add(log.subspan(at + header_bytes, p->end - at - header_bytes));
    inside = p->type == first || p->type == middle;
    if (!inside && !numbers.goes_on()) {
      found.is_before_gap = true;
      break;
    }
    at = p->end;
    if (!inside) found.end = at;
  }
  found.stopped_at = at;
  return found;
}

/// A log that was not closed has zeros behind its records where its space was reserved.
bool is_unused(bytes_view rest) {
  return std::all_of(rest.begin(), rest.end(), [](u8 b) { return b == 0; });
}

/// Whether a record begins somewhere behind `at`: in the same block, should the length of what
/// stands there be right, or in any later one.
bool has_record_behind(bytes_view log, std::size_t at) {
  const auto begins_from = [&](std::size_t from) {
    for (;;) {
      from = next_place(from);
      const auto p = piece_at(log, from);
      if (!p) return false;
      if (p->type == full || p->type == first) return true;
      from = p->end;
    }
  };
  if (at + header_bytes <= log.size()) {
    const std::size_t length = std::size_t{log[at + 4]} | std::size_t{log[at + 5]} << 8;
    if (length > 0 && begins_from(at + header_bytes + length)) return true;
  }
  for (std::size_t block = (at / block_bytes + 1) * block_bytes; block < log.size();
       block += block_bytes)
    if (begins_from(block)) return true;
  return false;
}

error failed(error_code code, const std::string& path) {
  return {code, 0, 0, path + ": " + std::strerror(errno)};
}

result<bytes, error> read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return fail(failed(error_code::read_failed, path));
  bytes content(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(content.size()));
  if (!file) return fail(failed(error_code::read_failed, path));
  return content;
}

status<error> cut_durably(const std::string& path, std::size_t size) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return fail(failed(error_code::write_failed, path));
  const bool done = ::ftruncate(file, static_cast<off_t>(size)) == 0 && ::fsync(file) == 0;
  const error why = failed(error_code::write_failed, path);
  ::close(file);
  if (!done) return fail(why);
  return nothing{};
}

}  // namespace

result<u64, error> cut_torn_wal(const std::string& folder, wal_rule rule) {
  std::error_code ec;
  std::vector<std::string> logs;  // numbers of six digits and more: older ones first
  for (const auto& e : std::filesystem::directory_iterator(folder, ec))
    if (e.path().extension() == ".log") logs.push_back(e.path().string());
  std::sort(logs.begin(), logs.end(), [](const std::string& a, const std::string& b) {
    return std::pair(a.size(), a) < std::pair(b.size(), b);
  });
  // All are judged before one is cut: what is damaged must be found so the next time, too.
  struct cut {
    std::string path;
    std::size_t from;
  };
  std::vector<cut> cuts;
  u64 gone = 0;
  write_numbers numbers;
  bool torn = false;
  for (const std::string& path : logs) {
    ASHLAR_TRY(const bytes log, read_all(path));
    const whole_part whole = torn ? whole_part{} : whole_part_of(log, numbers);
    if (whole.end == log.size()) {
      // Before an empty log and one that is not, no number tells whether writes are missing.
      torn = torn || (rule == wal_rule::whole_prefix && log.empty());
      continue;
    }
    if (rule == wal_rule::last_record) {
      if (is_unused(bytes_view(log).subspan(whole.end))) continue;
      if (torn || whole.is_before_gap || has_record_behind(log, whole.stopped_at))
        return fail(
            error{error_code::damaged, 0, whole.end, path + ": damaged before its last record"});
    }
    torn = true;
    cuts.push_back({path, whole.end});
    gone += log.size() - whole.end;
  }
  for (const cut& c : cuts) ASHLAR_CHECK(cut_durably(c.path, c.from));
  return gone;
}

}  // namespace ashlar::store
