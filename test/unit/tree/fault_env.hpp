#pragma once

#include <memory>
#include <string>
#include <vector>

#include <leveldb/env.h>

namespace ashlar::store {

/// A file system in memory whose writes fail from the n-th on: as a disk that goes away, or, when
/// the failing write leaves half of its bytes, as a process killed in the middle of it.
class fault_env : public leveldb::EnvWrapper {
 public:
  explicit fault_env(leveldb::Env* base) : EnvWrapper(base) {}

  /// The next `writes` appends work, the one behind them writes half, all later ones fail.
  void fail_after(int writes) { left_ = writes; }
  void heal() { left_ = -1; }
  bool tripped() const { return tripped_; }
  int appends() const { return appends_; }

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override {
    const leveldb::Status s = target()->NewWritableFile(name, file);
    if (s.ok()) *file = new writable(*this, *file);
    return s;
  }
  leveldb::Status NewAppendableFile(const std::string& name,
                                    leveldb::WritableFile** file) override {
    const leveldb::Status s = target()->NewAppendableFile(name, file);
    if (s.ok()) *file = new writable(*this, *file);
    return s;
  }

 private:
  class writable : public leveldb::WritableFile {
   public:
    writable(fault_env& env, leveldb::WritableFile* file) : env_(env), file_(file) {}
    leveldb::Status Append(const leveldb::Slice& what) override {
      ++env_.appends_;
      if (env_.left_ > 0) --env_.left_;
      if (env_.left_ != 0) return file_->Append(what);
      if (!env_.tripped_) file_->Append(leveldb::Slice(what.data(), what.size() / 2));
      env_.tripped_ = true;
      return leveldb::Status::IOError("injected");
    }
    leveldb::Status Close() override { return file_->Close(); }
    leveldb::Status Flush() override { return file_->Flush(); }
    leveldb::Status Sync() override {
      return env_.left_ == 0 ? leveldb::Status::IOError("injected") : file_->Sync();
    }

   private:
    fault_env& env_;
    std::unique_ptr<leveldb::WritableFile> file_;
  };

  int left_ = -1;
  int appends_ = 0;
  bool tripped_ = false;
};

}  // namespace ashlar::store
