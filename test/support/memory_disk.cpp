#include "test/support/memory_disk.hpp"

#include <leveldb/env.h>
#include <leveldb/helpers/memenv.h>

namespace ashlar::test {

namespace {

struct write_gate {
  u64 writes = 0;
  std::optional<u64> refused;
  bool pass() {
    const u64 number = writes++;
    return !refused || number < *refused;
  }
};

class gated_file final : public leveldb::WritableFile {
 public:
  gated_file(leveldb::WritableFile* file, write_gate& gate) : file_(file), gate_(gate) {}
  ~gated_file() override { delete file_; }
  leveldb::Status Append(const leveldb::Slice& data) override {
    if (!gate_.pass()) return leveldb::Status::IOError("planted");
    return file_->Append(data);
  }
  leveldb::Status Close() override { return file_->Close(); }
  leveldb::Status Flush() override { return file_->Flush(); }
  leveldb::Status Sync() override { return file_->Sync(); }

 private:
  leveldb::WritableFile* file_;
  write_gate& gate_;
};

class gated_env final : public leveldb::EnvWrapper {
 public:
  gated_env(leveldb::Env* memory, write_gate& gate) : EnvWrapper(memory), gate_(gate) {}
  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** out) override {
    const leveldb::Status s = target()->NewWritableFile(name, out);
    if (s.ok()) *out = new gated_file(*out, gate_);
    return s;
  }

 private:
  write_gate& gate_;
};

}  // namespace

struct memory_disk::state {
  write_gate gate;
  std::unique_ptr<leveldb::Env> memory{leveldb::NewMemEnv(leveldb::Env::Default())};
  gated_env env{memory.get(), gate};
};

memory_disk::memory_disk() : state_(std::make_unique<state>()) {}
memory_disk::~memory_disk() = default;

store::database_config memory_disk::config() const {
  store::database_config c;
  c.folder.push_back('.');  // the one folder that exists on every disk
  c.env = &state_->env;
  return c;
}

void memory_disk::refuse_write(std::optional<u64> number) {
  state_->gate.writes = 0;
  state_->gate.refused = number;
}

u64 memory_disk::writes() const {
  return state_->gate.writes;
}

}  // namespace ashlar::test
