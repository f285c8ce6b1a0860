#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/base/strong.hpp"
#include "runtime/store/content_store.hpp"

namespace ashlar::prover {

/// What is kept of an accepted proof, beside its bytes.
struct proof_record {
  batch_number batch;
  hash256 public_input_hash;
  hash256 program_commitment;
  std::string params;
  hash256 proof_hash;  ///< names the file
  u64 proof_bytes = 0;
  u64 cycles = 0;
  u32 segments = 0;
  u64 seconds = 0;     ///< from its lease to its acceptance
  std::string worker;  ///< who made it
  friend bool operator==(const proof_record&, const proof_record&) = default;
};

bytes encode_proof_record(const proof_record& r);
/// Nothing where the bytes are no record: cut, or with a wrong checksum.
std::optional<proof_record> decode_proof_record(bytes_view raw);

/// Accepted proofs on disk: files by content hash, and one small record a batch that names the
/// file. First the file, then the record, each whole or absent: a crash in between leaves a file
/// that nobody names, which is written again under the same name. No database: a full disk then
/// poisons nothing, and a write that failed can be tried again. One thread writes; any may read.
class proof_archive {
 public:
  /// Creates `folder` where it is missing. One process at a time. Files that no record names, left
  /// by an end between file and record, are removed.
  static result<std::unique_ptr<proof_archive>, store::error> open(const std::string& folder);

  /// A number that this folder has never given before, above all that it has (see job_table).
  /// Errors: write_failed, damaged.
  result<u32, store::error> next_generation();

  /// Keeps a proof. `record.proof_hash` and `proof_bytes` are set here. Errors: write_failed; then
  /// nothing has changed.
  result<proof_record, store::error> keep(proof_record record, bytes_view proof);
  /// The record of a batch whose file is there; its content is not looked at. Nothing where there
  /// is none, or one that is no record. Errors: read_failed, when nobody knows.
  result<std::optional<proof_record>, store::error> look_up(batch_number batch) const;
  /// The same; nothing also where it cannot be read now.
  std::optional<proof_record> find(batch_number batch) const {
    return look_up(batch).value_or(std::nullopt);
  }
  /// Reads the proof in pieces. Errors: not_found, damaged (its name is not its content's),
  /// read_failed.
  status<store::error> inspect(const proof_record& record) const;
  /// The proof, held against its name. Errors: not_found, damaged, read_failed.
  result<bytes, store::error> read(const proof_record& record) const;
  /// Forgets the proof of a batch.
  void drop(const proof_record& record);

 private:
  proof_archive(std::string folder, store::content_store files)
      : folder_(std::move(folder)), files_(std::move(files)) {}
  std::string path_of(const hash256& proof) const;
  void remove_unnamed() const;
  std::string folder_;
  store::content_store files_;
};

}  // namespace ashlar::prover
