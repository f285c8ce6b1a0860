#include "actors/api/errors.hpp"

#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace ashlar::api {

namespace {
constexpr caf::atom_value category = caf::atom("ashlar");
}

const char* to_text(errc code) noexcept {
  switch (code) {
    case errc::none:
      return "none";
    case errc::not_found:
      return "not_found";
    case errc::not_ready:
      return "not_ready";
    case errc::busy:
      return "busy";
    case errc::shutting_down:
      return "shutting_down";
    case errc::priority_gap:
      return "priority_gap";
    case errc::nothing_to_seal:
      return "nothing_to_seal";
    case errc::no_job:
      return "no_job";
    case errc::stale_epoch:
      return "stale_epoch";
    case errc::storage_failed:
      return "storage_failed";
    case errc::l1_unavailable:
      return "l1_unavailable";
    case errc::invalid_argument:
      return "invalid_argument";
    case errc::not_supported:
      return "not_supported";
    case errc::restart_intensity:
      return "restart_intensity";
    case errc::start_failed:
      return "start_failed";
    case errc::failed:
      return "failed";
  }
  return "unknown";
}

caf::error make_error(errc code) {
  return caf::error{static_cast<u8>(code), category};
}

caf::error make_error(errc code, std::string context) {
  return caf::error{static_cast<u8>(code), category, caf::make_message(std::move(context))};
}

errc to_errc(const caf::error& error) noexcept {
  if (!error || error.category() != category) return errc::none;
  return static_cast<errc>(error.code());
}

std::string to_text(const caf::error& error) {
  if (!error) return "none";
  std::string text;
  if (error.category() == category)
    text = to_text(static_cast<errc>(error.code()));
  else if (error.category() == caf::atom("exit"))
    text = to_string(static_cast<caf::exit_reason>(error.code()));
  else if (error.category() == caf::atom("system"))
    text = to_string(static_cast<caf::sec>(error.code()));
  else
    text = caf::to_string(error.category()) + " " + std::to_string(error.code());
  const caf::message& context = error.context();
  for (std::size_t i = 0; i < context.size(); ++i)
    if (context.match_element<std::string>(i)) text += ": " + context.get_as<std::string>(i);
  return text;
}

}  // namespace ashlar::api
