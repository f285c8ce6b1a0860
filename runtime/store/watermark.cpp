#include "runtime/store/watermark.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include "runtime/crypto/blake3.hpp"
#include "runtime/store/folder.hpp"

namespace ashlar::store {

namespace {

constexpr std::size_t slot_bytes = 64;  // height 8 | chain 32 | checksum 24

error system_error(error_code code, const std::string& what) {
  return {code, 0, 0, what + ": " + std::strerror(errno)};
}

void encode(const watermark::mark& m, u8* out) {
  store_be64(out, m.height);
  std::memcpy(out + 8, m.chain.data(), 32);
  const hash256 sum = crypto::blake3({out, 40});
  std::memcpy(out + 40, sum.data(), 24);
}

std::optional<watermark::mark> decode(const u8* in) {
  const hash256 sum = crypto::blake3({in, 40});
  if (std::memcmp(in + 40, sum.data(), 24) != 0) return std::nullopt;
  return watermark::mark{load_be64(in), hash256::copy_of(in + 8)};
}

}  // namespace

bool watermark::exists(const std::string& path) {
  std::error_code ec;
  return std::filesystem::exists(path, ec);
}

watermark::~watermark() {
  ::close(file_);
}

result<std::unique_ptr<watermark>, error> watermark::create(const std::string& path,
                                                            const mark& first) {
  // Whole under its name or not there: a start that is cut off leaves nothing that is damaged.
  u8 raw[slot_bytes];
  encode(first, raw);
  ASHLAR_CHECK(replace_file(path, path + ".new", raw));
  return open(path);
}

result<std::unique_ptr<watermark>, error> watermark::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return fail(system_error(error_code::open_failed, path));
  std::unique_ptr<watermark> opened{new watermark(file)};
  bool found = false;
  for (u32 slot = 0; slot < 2; ++slot) {
    u8 raw[slot_bytes];
    if (::pread(file, raw, slot_bytes, slot * slot_bytes) != static_cast<ssize_t>(slot_bytes))
      continue;
    const auto m = decode(raw);
    if (!m || (found && m->height < opened->last_.height)) continue;
    found = true;
    opened->last_ = *m;
    opened->slot_ = 1 - slot;
  }
  if (!found) return fail(error{error_code::damaged, 0, 0, path + ": no valid mark"});
  return opened;
}

status<error> watermark::write(const mark& next) {
  u8 raw[slot_bytes];
  encode(next, raw);
  if (::pwrite(file_, raw, slot_bytes, slot_ * slot_bytes) != static_cast<ssize_t>(slot_bytes))
    return fail(system_error(error_code::write_failed, "watermark"));
  slot_ = 1 - slot_;
  last_ = next;
  return nothing{};
}

}  // namespace ashlar::store
