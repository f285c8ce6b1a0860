#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "net/rpc/backend.hpp"
#include "net/rpc/config.hpp"
#include "net/rpc/error.hpp"
#include "runtime/base/result.hpp"

/// Internal to net/rpc: JSON values to typed parameters. Every decoder is total. The error is the
/// reason in geth's words; the caller puts "invalid argument N: " in front.
namespace ashlar::rpc {

namespace json = boost::json;

template <class T>
using decoded = result<T, std::string>;

inline std::string_view view_of(const json::string& s) noexcept {
  return {s.data(), s.size()};
}

/// "0x" and digits without leading zeros, "0x0" for zero.
decoded<u64> decode_u64(const json::value& v);
decoded<u256> decode_u256(const json::value& v);
/// A quantity, or a plain JSON integer.
decoded<u64> decode_u64_or_number(const json::value& v);
/// "0x" and an even number of digits.
decoded<bytes> decode_data(const json::value& v);
/// Appends the bytes to `out` (the hot path of sent transactions).
status<std::string> decode_data_to(bytes& out, std::string_view text);
decoded<address> decode_address(const json::value& v);
decoded<hash256> decode_hash(const json::value& v);
/// At most 32 bytes of hex, leading zeros and odd length allowed (storage slots).
decoded<u256> decode_slot(const json::value& v);
decoded<bool> decode_bool(const json::value& v);

enum class block_tag : u8 { latest, pending, safe, finalized, earliest };
/// A tag, a number, or a hash (EIP-1898).
using block_id = std::variant<block_tag, block_number, hash256>;
/// Strings and EIP-1898 objects; null is latest.
decoded<block_id> decode_block_id(const json::value& v);

/// eth_call's object. Unknown fields are ignored as in geth.
decoded<call_request> decode_call(const json::value& v, u64 chain_id);
decoded<state_overrides> decode_state_overrides(const json::value& v);
decoded<block_overrides> decode_block_overrides(const json::value& v);

/// The filter object of eth_getLogs, eth_newFilter and eth_subscribe("logs").
struct log_query {
  std::optional<block_id> from, to;
  std::optional<hash256> block_hash;  ///< excludes from and to
  std::vector<address> addresses;
  std::vector<std::vector<hash256>> topics;
};
decoded<log_query> decode_log_query(const json::value& v, std::size_t alternatives_max);

}  // namespace ashlar::rpc
