#include "net/rpc/error.hpp"

#include "net/rpc/json_out.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::rpc {

rpc_error invalid_params(std::string message) {
  return {code::invalid_params, std::move(message), {}};
}

rpc_error invalid_argument(std::size_t index, std::string_view why) {
  return invalid_params("invalid argument " + std::to_string(index) + ": " + std::string(why));
}

rpc_error to_rpc_error(const backend_error& e) {
  const auto with_detail = [&](std::string text) {
    return e.detail.empty() ? text : text + ": " + e.detail;
  };
  switch (e.code) {
    case backend_errc::unknown_block:
      return {code::server, "header not found", {}};
    case backend_errc::state_pruned:
      return {code::server, with_detail("historical state is not available"), {}};
    case backend_errc::too_many_results:
      return {code::limit, with_detail("query returned too many results"), {}};
    case backend_errc::too_many_bytes:
      return {code::response_too_large, with_detail("response too large"), {}};
    case backend_errc::timeout:
      return {code::server, with_detail("execution timeout"), {}};
    case backend_errc::call_rejected:
      return {code::server, e.detail.empty() ? "call rejected" : e.detail, {}};
    case backend_errc::unsupported:
      return {code::server, with_detail("not supported by this node"), {}};
    case backend_errc::unavailable:
      return {code::server, with_detail("not available now, try again"), {}};
    case backend_errc::internal:
      break;
  }
  return {code::internal, with_detail("internal error"), {}};
}

rpc_error to_rpc_error(const submit_error& e) {
  std::string text(wording(e.code));
  if (!e.detail.empty()) text += ": " + e.detail;
  switch (e.code) {
    case submit_errc::malformed:
    case submit_errc::oversized:
      return {code::server, std::move(text), {}};
    case submit_errc::pool_full:
    case submit_errc::sender_limit:
    case submit_errc::sender_rests:
      return {code::limit, std::move(text), {}};
    case submit_errc::internal:
      return {code::internal, std::move(text), {}};
    default:
      return {code::server, std::move(text), {}};
  }
}

rpc_error to_rpc_error(const call_outcome& o) {
  if (o.status == call_status::reverted) {
    std::string data;
    append_data(data, o.output);
    return {code::reverted, revert_message(o.output), std::move(data)};
  }
  return {code::server, o.halt.empty() ? "execution failed" : o.halt, {}};
}

namespace {

constexpr u8 error_selector[4] = {0x08, 0xc3, 0x79, 0xa0};  // Error(string)
constexpr u8 panic_selector[4] = {0x4e, 0x48, 0x7b, 0x71};  // Panic(uint256)

bool has_selector(bytes_view data, const u8 (&selector)[4]) {
  return data.size() >= 4 && std::equal(selector, selector + 4, data.begin());
}

const char* panic_text(u64 reason) {
  switch (reason) {
    case 0x00:
      return "generic panic";
    case 0x01:
      return "assert(false)";
    case 0x11:
      return "arithmetic underflow or overflow";
    case 0x12:
      return "division or modulo by zero";
    case 0x21:
      return "enum overflow";
    case 0x22:
      return "invalid encoded storage byte array accessed";
    case 0x31:
      return "out-of-bounds array access; popping on an empty array";
    case 0x32:
      return "out-of-bounds access of an array or bytesN";
    case 0x41:
      return "out of memory";
    case 0x51:
      return "uninitialized function";
    default:
      return nullptr;
  }
}

/// The string of Error(string), none where the ABI encoding is not sound.
std::optional<std::string> error_string(bytes_view data) {
  const bytes_view body = data.subspan(4);
  if (body.size() < 64) return std::nullopt;
  const u256 offset = u256::from_be(body.data());
  if (!offset.fits_u64() || offset.low() > body.size() - 32) return std::nullopt;
  const bytes_view tail = body.subspan(static_cast<std::size_t>(offset.low()));
  const u256 length = u256::from_be(tail.data());
  if (!length.fits_u64() || length.low() > tail.size() - 32) return std::nullopt;
  const bytes_view text = tail.subspan(32, static_cast<std::size_t>(length.low()));
  return std::string(text.begin(), text.end());
}

}  // namespace

std::string revert_message(bytes_view data) {
  std::string out = "execution reverted";
  if (has_selector(data, error_selector)) {
    if (const auto text = error_string(data)) out += ": " + *text;
  } else if (has_selector(data, panic_selector) && data.size() >= 36) {
    const u256 reason = u256::from_be(data.data() + 4);
    const char* text = reason.fits_u64() ? panic_text(reason.low()) : nullptr;
    out += text ? std::string(": ") + text : ": unknown panic code: " + to_quantity(reason);
  }
  return out;
}

}  // namespace ashlar::rpc
