#include "actors/api/event_log.hpp"

#include <array>
#include <atomic>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace ashlar::api {
namespace {

constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warning", "error",
                                                         "off"};
constexpr std::array<spdlog::level::level_enum, 5> levels = {
    spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err,
    spdlog::level::off};

std::atomic<log_format> chosen_format{log_format::text};

const char* pattern_of(log_format format) {
  return format == log_format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                    : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v";
}

/// Made once, by the first line or by set_log; never changed but in level and pattern.
spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>(
        "ashlar", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_level(spdlog::level::warn);
    made->set_pattern(pattern_of(log_format::text), spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

/// As in JSON; control characters cannot break a line.
void append_quoted(std::string& out, std::string_view text) {
  constexpr const char* digits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

bool is_plain(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '\\' || c == '=' || c == 0x7f)
      return false;
  return !text.empty();
}

void append_field(log_format format, std::string& out, const log_field& f) {
  if (format == log_format::json) {
    out += ',';
    append_quoted(out, f.name);
    out += ':';
  } else {
    out += ' ';
    out += f.name;
    out += '=';
  }
  if (f.is_number || (format == log_format::text && is_plain(f.value)))
    out += f.value;
  else
    append_quoted(out, f.value);
}

}  // namespace

std::optional<log_level> log_level_of(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i)
    if (name == level_names[i]) return static_cast<log_level>(i);
  return std::nullopt;
}

std::optional<log_format> log_format_of(std::string_view name) {
  if (name == "text") return log_format::text;
  if (name == "json") return log_format::json;
  return std::nullopt;
}

void set_log(log_level least, log_format format) {
  chosen_format = format;
  sink().set_level(levels[static_cast<std::size_t>(least)]);
  sink().set_pattern(pattern_of(format), spdlog::pattern_time_type::utc);
}

std::string format_event(log_format format, std::string_view event, const std::optional<u64>& chain,
                         event_log::fields f) {
  std::string out;
  if (format == log_format::json) {
    out += "\"event\":";
    append_quoted(out, event);
  } else {
    out += event;
  }
  if (chain) append_field(format, out, {"chain", *chain});
  for (const log_field& field : f) append_field(format, out, field);
  return out;
}

void event_log::write(log_level level, std::string_view event, fields f) const {
  const auto at = levels[static_cast<std::size_t>(level)];
  spdlog::logger& to = sink();
  if (!to.should_log(at)) return;
  to.log(at, "{}", format_event(chosen_format, event, chain_, f));
}

}  // namespace ashlar::api
