#include "actors/prover/proof_archive.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <unistd.h>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/store/folder.hpp"

namespace ashlar::prover {
namespace {

constexpr u64 record_bytes_max = 4'096;
constexpr char record_magic[8] = {'a', 's', 'h', 'l', 'a', 'r', 'p', 'r'};

void put_number(bytes& to, u64 v) {
  u8 raw[8];
  store_le64(raw, v);
  append(to, raw);
}
void put_text(bytes& to, const std::string& text) {
  put_number(to, text.size());
  for (const char c : text) to.push_back(static_cast<u8>(c));
}

/// Takes fields from the front; what is not there makes `ok` false.
struct reader {
  bytes_view left;
  bool ok = true;

  bytes_view take(std::size_t n) {
    if (left.size() < n) ok = false;
    const bytes_view out = ok ? left.first(n) : bytes_view{};
    if (ok) left = left.subspan(n);
    return out;
  }
  u64 number() {
    const bytes_view raw = take(8);
    return ok ? load_le64(raw.data()) : 0;
  }
  hash256 hash() {
    hash256 out;
    const bytes_view raw = take(32);
    if (ok) std::copy(raw.begin(), raw.end(), out.data());
    return out;
  }
  std::string text() {
    const u64 n = number();
    if (n > left.size()) ok = false;
    const bytes_view raw = take(ok ? n : 0);
    return {raw.begin(), raw.end()};
  }
};

std::string name_of(batch_number batch) {
  return "batch-" + std::to_string(batch.value);
}

/// One writer at a time, so one name beside the place is enough.
status<store::error> put_file(const std::string& path, bytes_view content) {
  return store::replace_file(path, path + ".part", content);
}

/// Whether a file has this content, read in pieces: proofs are large. Errors as of `inspect`.
status<store::error> whole_file(const std::string& path, const hash256& hash) {
  using enum store::error_code;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto failed = [&](store::error_code code) {
    return fail(store::error{code, 0, 0, path + ": " + std::strerror(errno)});
  };
  if (file < 0) return failed(errno == ENOENT ? not_found : read_failed);
  crypto::blake3_state state;
  bytes piece(std::size_t{1} << 20);
  ssize_t n = 0;
  while ((n = ::read(file, piece.data(), piece.size())) != 0) {
    if (n > 0) state.update(bytes_view(piece).first(static_cast<std::size_t>(n)));
    if (n < 0 && errno != EINTR) break;
  }
  const auto unread = failed(read_failed);
  ::close(file);
  if (n < 0) return unread;
  if (state.final() != hash) return fail(store::error{damaged, 0, 0, path});
  return nothing{};
}

}  // namespace

bytes encode_proof_record(const proof_record& r) {
  const auto& [batch, input, program, params, proof, size, cycles, segments, seconds, worker] = r;
  bytes out;
  for (const char c : record_magic) out.push_back(static_cast<u8>(c));
  put_number(out, batch.value);
  for (const hash256* h : {&input, &program, &proof}) append(out, *h);
  put_text(out, params);
  for (const u64 n : {size, cycles, u64{segments}, seconds}) put_number(out, n);
  put_text(out, worker);
  append(out, crypto::blake3(out));
  return out;
}

std::optional<proof_record> decode_proof_record(bytes_view raw) {
  if (raw.size() < 8 + 32) return std::nullopt;
  const bytes_view body = raw.first(raw.size() - 32);
  if (!equal(crypto::blake3(body), raw.subspan(body.size()))) return std::nullopt;
  reader from{body};
  const bytes_view magic = from.take(8);
  if (!std::equal(magic.begin(), magic.end(), record_magic)) return std::nullopt;
  proof_record r;
  r.batch = batch_number{from.number()};
  for (hash256* h : {&r.public_input_hash, &r.program_commitment, &r.proof_hash}) *h = from.hash();
  r.params = from.text();
  r.proof_bytes = from.number();
  r.cycles = from.number();
  r.segments = static_cast<u32>(from.number());
  r.seconds = from.number();
  r.worker = from.text();
  if (!from.ok || !from.left.empty()) return std::nullopt;
  return r;
}

result<std::unique_ptr<proof_archive>, store::error> proof_archive::open(
    const std::string& folder) {
  ASHLAR_TRY(auto files, store::content_store::open(folder + "/files"));
  ASHLAR_CHECK(store::make_folder(folder + "/records"));
  ASHLAR_CHECK(store::remove_parts(folder + "/records"));
  ASHLAR_CHECK(store::remove_parts(folder));
  std::unique_ptr<proof_archive> out(new proof_archive(folder, std::move(files)));
  out->remove_unnamed();
  return out;
}

std::string proof_archive::path_of(const hash256& proof) const {
  return folder_ + "/files/" + to_hex(proof).substr(2);
}

/// Where a record cannot be read, nobody knows what it names, and nothing is removed.
void proof_archive::remove_unnamed() const {
  namespace fs = std::filesystem;
  std::error_code ec;
  std::set<std::string> named;
  for (const auto& e : fs::directory_iterator(folder_ + "/records", ec)) {
    const auto raw = store::read_file(e.path().string(), record_bytes_max);
    if (!raw) return;
    if (const auto record = decode_proof_record(*raw)) named.insert(path_of(record->proof_hash));
  }
  if (ec) return;
  for (const auto& e : fs::directory_iterator(folder_ + "/files", ec))
    if (!named.contains(e.path().string())) fs::remove(e.path(), ec);
}

result<u32, store::error> proof_archive::next_generation() {
  const std::string path = folder_ + "/generation";
  u32 last = 0;
  const auto raw = store::read_file(path, 8);
  if (raw.ok() && raw->size() == 4)
    last = load_le32(raw->data());
  else if (raw.ok() || raw.error().code != store::error_code::not_found)
    return fail(store::error{store::error_code::damaged, 0, 0, path});
  bytes next(4);
  store_le32(next.data(), last + 1);
  ASHLAR_CHECK(put_file(path, next));
  return last + 1;
}

result<proof_record, store::error> proof_archive::keep(proof_record record, bytes_view proof) {
  const auto before = find(record.batch);
  // The same proof may lie there damaged, and what is there is not written again.
  const hash256 hash = crypto::blake3(proof);
  if (files_.has(hash) && !whole_file(path_of(hash), hash)) files_.erase(hash);
  ASHLAR_TRY(record.proof_hash, files_.put(proof));
  record.proof_bytes = proof.size();
  ASHLAR_CHECK(
      put_file(folder_ + "/records/" + name_of(record.batch), encode_proof_record(record)));
  if (before && before->proof_hash != record.proof_hash) files_.erase(before->proof_hash);
  return record;
}

result<std::optional<proof_record>, store::error> proof_archive::look_up(batch_number batch) const {
  const auto raw = store::read_file(folder_ + "/records/" + name_of(batch), record_bytes_max);
  if (!raw && raw.error().code == store::error_code::read_failed) return fail(raw.error());
  if (!raw) return std::optional<proof_record>();
  auto record = decode_proof_record(*raw);
  if (!record || record->batch != batch || !files_.has(record->proof_hash)) record.reset();
  return record;
}

status<store::error> proof_archive::inspect(const proof_record& record) const {
  return whole_file(path_of(record.proof_hash), record.proof_hash);
}

result<bytes, store::error> proof_archive::read(const proof_record& record) const {
  return files_.get(record.proof_hash);
}

void proof_archive::drop(const proof_record& record) {
  std::error_code ec;
  std::filesystem::remove(folder_ + "/records/" + name_of(record.batch), ec);
  files_.erase(record.proof_hash);
}

}  // namespace ashlar::prover
