#include "runtime/store/reserved_logs.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace ashlar::store {

namespace {

class reserved_log final : public leveldb::WritableFile {
 public:
  reserved_log(std::string path, int file) : path_(std::move(path)), file_(file) {}
  ~reserved_log() override { (void)Close(); }

  leveldb::Status Append(const leveldb::Slice& data) override {
    buffer_.append(data.data(), data.size());
    return buffer_.size() < buffer_bytes ? leveldb::Status::OK() : Flush();
  }

  leveldb::Status Flush() override {
    const bool done = write_at(written_, buffer_);
    const std::size_t size = buffer_.size();
    // What could not be written is gone: the write fails, and must not come back with a later one.
    buffer_.clear();
    if (!done) return failed();
    written_ += size;
    reserve();
    return leveldb::Status::OK();
  }

  leveldb::Status Sync() override {
    if (auto done = Flush(); !done.ok()) return done;
    return ::fdatasync(file_) == 0 ? leveldb::Status::OK() : failed();
  }

  leveldb::Status Close() override {
    if (file_ < 0) return leveldb::Status::OK();
    leveldb::Status done = Flush();
    // Zeros that stay are read as they are after a kill.
    (void)!::ftruncate(file_, static_cast<off_t>(written_));
    if (::close(file_) != 0 && done.ok()) done = failed();
    file_ = -1;
    return done;
  }

 private:
  static constexpr std::size_t buffer_bytes = 64u << 10;  // LevelDB's own

  /// Zeros behind the last record up to the next multiple of `reserve_bytes`, where it ends the
  /// file. A disk that has no room for them had some for the record.
  void reserve() {
    static constexpr std::array<char, 64u << 10> zeros{};
    if (written_ <= length_) return;
    const u64 to = (written_ / reserved_logs::reserve_bytes + 1) * reserved_logs::reserve_bytes;
    length_ = written_;
    while (length_ < to) {
      const u64 n = std::min<u64>(zeros.size(), to - length_);
      if (!write_at(length_, {zeros.data(), static_cast<std::size_t>(n)})) return;
      length_ += n;
    }
  }

  bool write_at(u64 at, std::string_view data) {
    while (!data.empty()) {
      const ssize_t n = ::pwrite(file_, data.data(), data.size(), static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return false;
      at += static_cast<u64>(n);
      data.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  leveldb::Status failed() const { return leveldb::Status::IOError(path_, std::strerror(errno)); }

  const std::string path_;
  int file_;
  std::string buffer_;
  u64 written_ = 0;  ///< bytes of records
  u64 length_ = 0;   ///< of the file, at the least
};

}  // namespace

leveldb::Status reserved_logs::NewWritableFile(const std::string& path,
                                               leveldb::WritableFile** made) {
  *made = nullptr;
  if (!path.ends_with(".log")) return EnvWrapper::NewWritableFile(path, made);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return leveldb::Status::IOError(path, std::strerror(errno));
  *made = new reserved_log(path, file);
  return leveldb::Status::OK();
}

}  // namespace ashlar::store
