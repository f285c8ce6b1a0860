#include "runtime/store/error.hpp"

namespace ashlar::store {

const char* to_text(error_code code) noexcept {
  switch (code) {
    case error_code::open_failed:
      return "the store cannot be opened";
    case error_code::write_failed:
      return "a write failed";
    case error_code::read_failed:
      return "a read failed";
    case error_code::damaged:
      return "a record is damaged";
    case error_code::truncated:
      return "blocks that were durable are missing";
    case error_code::watermark_missing:
      return "the block log's watermark file is missing";
    case error_code::wrong_genesis:
      return "the store belongs to another chain";
    case error_code::wrong_schema:
      return "the store was written by another version";
    case error_code::not_contiguous:
      return "the record does not continue the store";
    case error_code::wrong_parent:
      return "the block does not continue the head";
    case error_code::stale_epoch:
      return "another writer has a newer lease";
    case error_code::not_found:
      return "there is no such record";
    case error_code::too_many:
      return "more results than allowed";
    case error_code::too_large:
      return "more bytes of results than allowed";
    case error_code::timed_out:
      return "the time for the query is over";
    case error_code::shutting_down:
      return "the store is closing";
  }
  return "unknown error";
}

std::string to_text(const error& e) {
  std::string text = to_text(e.code);
  if (e.expected != 0 || e.got != 0)
    text += ": expected " + std::to_string(e.expected) + ", got " + std::to_string(e.got);
  if (!e.detail.empty()) text += ": " + e.detail;
  switch (e.code) {
    case error_code::write_failed:
      return text + " (check the disk's space and health, then start the node again)";
    case error_code::damaged:
    case error_code::truncated:
    case error_code::watermark_missing:
      return text + " (restore the folder from a replica or a backup; do not serve from it)";
    default:
      return text;
  }
}

}  // namespace ashlar::store
