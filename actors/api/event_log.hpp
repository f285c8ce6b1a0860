#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/bytes.hpp"

namespace ashlar::api {

enum class log_level : u8 { debug, info, warning, error, off };
enum class log_format : u8 {
  text,  ///< 2026-11-22T10:00:00.000Z info batch sealed chain=271 batch=7
  json,  ///< one object a line, with the same names
};

std::optional<log_level> log_level_of(std::string_view name);
std::optional<log_format> log_format_of(std::string_view name);

/// Sets what the process writes to standard error. Before the first role starts; the default is
/// warnings and errors as text.
void set_log(log_level least, log_format format);

/// A name and a value of a line. Names are fixed words: chain, block, batch, role, txn, why.
struct log_field {
  std::string_view name;
  std::string value;
  bool is_number = false;

  log_field(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  log_field(std::string_view n, std::string_view v) : name(n), value(v) {}
  log_field(std::string_view n, const char* v) : name(n), value(v) {}
  log_field(std::string_view n, u64 v) : name(n), value(std::to_string(v)), is_number(true) {}
};

/// Structured lines about one chain. Copied freely; thread-safe.
class event_log {
 public:
  event_log() = default;
  explicit event_log(u64 chain_id) : chain_(chain_id) {}

  using fields = std::initializer_list<log_field>;
  void debug(std::string_view event, fields f) const { write(log_level::debug, event, f); }
  void info(std::string_view event, fields f) const { write(log_level::info, event, f); }
  void warning(std::string_view event, fields f) const { write(log_level::warning, event, f); }
  void error(std::string_view event, fields f) const { write(log_level::error, event, f); }

 private:
  void write(log_level level, std::string_view event, fields f) const;
  std::optional<u64> chain_;
};

/// The line without time and level, as `write` gives it to the sink. Text quotes a value with
/// spaces, quotes or control characters; JSON is without its braces.
std::string format_event(log_format format, std::string_view event, const std::optional<u64>& chain,
                         event_log::fields f);

}  // namespace ashlar::api
