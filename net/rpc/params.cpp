#include "net/rpc/params.hpp"

#include <array>

#include "runtime/base/hex.hpp"

namespace ashlar::rpc {
namespace {

constexpr u8 no_digit = 0xff;

constexpr std::array<u8, 256> make_digits() {
  std::array<u8, 256> out{};
  out.fill(no_digit);
  for (u8 i = 0; i < 10; ++i) out['0' + i] = i;
  for (u8 i = 0; i < 6; ++i) out['a' + i] = out['A' + i] = static_cast<u8>(10 + i);
  return out;
}
constexpr std::array<u8, 256> digit_of = make_digits();

failure<std::string> why(const char* text) {
  return fail(std::string(text));
}

decoded<std::string_view> text_of(const json::value& v, const char* otherwise) {
  if (!v.is_string()) return why(otherwise);
  return view_of(v.get_string());
}

/// The digits behind 0x.
decoded<std::string_view> digits_of(std::string_view text) {
  if (text.empty()) return why("empty hex string");
  if (text.size() < 2 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
    return why("hex string without 0x prefix");
  return text.substr(2);
}

template <std::size_t N>
decoded<fixed_bytes<N>> decode_fixed(const json::value& v) {
  ASHLAR_TRY(const std::string_view text, text_of(v, "not a hex string"));
  ASHLAR_TRY(const std::string_view digits, digits_of(text));
  if (digits.size() % 2) return why("hex string of odd length");
  if (digits.size() != 2 * N)
    return fail("hex string has length " + std::to_string(digits.size()) + ", want " +
                std::to_string(2 * N));
  fixed_bytes<N> out;
  for (std::size_t i = 0; i < N; ++i) {
    const u8 high = digit_of[static_cast<u8>(digits[2 * i])];
    const u8 low = digit_of[static_cast<u8>(digits[2 * i + 1])];
    if ((high | low) > 15) return why("invalid hex string");
    out[i] = static_cast<u8>(high << 4 | low);
  }
  return out;
}

decoded<u256> number_of_digits(std::string_view digits) {
  u256 out;
  for (const char c : digits) {
    const u8 d = digit_of[static_cast<u8>(c)];
    if (d == no_digit) return why("invalid hex string");
    out = (out << 4) | u256(d);
  }
  return out;
}

/// The field, or null where it is absent or null.
const json::value* field(const json::object& o, std::string_view name) {
  const json::value* v = o.if_contains({name.data(), name.size()});
  return v && !v->is_null() ? v : nullptr;
}

/// `to` = decode(field), untouched where the field is absent.
template <class T, class Decode>
status<std::string> read(const json::object& o, const char* name, T& to, Decode decode) {
  const json::value* v = field(o, name);
  if (!v) return nothing{};
  auto got = decode(*v);
  if (!got) return fail(std::string(name) + ": " + got.error());
  to = std::move(*got);
  return nothing{};
}

template <class T, class Decode>
decoded<std::vector<T>> decode_list(const json::value& v, Decode decode) {
  if (!v.is_array()) return why("not an array");
  std::vector<T> out;
  out.reserve(v.get_array().size());
  for (const json::value& item : v.get_array()) {
    ASHLAR_TRY(T got, decode(item));
    out.push_back(std::move(got));
  }
  return out;
}

decoded<access_list_entry> decode_access_entry(const json::value& v) {
  if (!v.is_object()) return why("not an object");
  access_list_entry out;
  ASHLAR_CHECK(read(v.get_object(), "address", out.account, decode_address));
  ASHLAR_CHECK(read(v.get_object(), "storageKeys", out.storage_keys,
                    [](const json::value& k) { return decode_list<hash256>(k, decode_hash); }));
  return out;
}

decoded<authorization> decode_authorization(const json::value& v) {
  if (!v.is_object()) return why("not an object");
  const json::object& o = v.get_object();
  authorization out;
  u64 parity = 0;
  ASHLAR_CHECK(read(o, "chainId", out.chain_id, decode_u256));
  ASHLAR_CHECK(read(o, "address", out.account, decode_address));
  ASHLAR_CHECK(read(o, "nonce", out.nonce, decode_u64));
  ASHLAR_CHECK(read(o, "yParity", parity, decode_u64));
  ASHLAR_CHECK(read(o, "r", out.r, decode_u256));
  ASHLAR_CHECK(read(o, "s", out.s, decode_u256));
  if (parity > 255) return why("yParity: out of range");
  out.y_parity = static_cast<u8>(parity);
  return out;
}

decoded<std::map<u256, u256>> decode_slots(const json::value& v) {
  if (!v.is_object()) return why("not an object");
  std::map<u256, u256> out;
  for (const auto& entry : v.get_object()) {
    const json::value key(entry.key());
    ASHLAR_TRY(const u256 slot, decode_slot(key));
    ASHLAR_TRY(const u256 word, decode_slot(entry.value()));
    out[slot] = word;
  }
  return out;
}

decoded<account_override> decode_account_override(const json::value& v) {
  if (!v.is_object()) return why("not an object");
  const json::object& o = v.get_object();
  account_override out;
  ASHLAR_CHECK(read(o, "nonce", out.nonce, decode_u64));
  ASHLAR_CHECK(read(o, "balance", out.balance, decode_u256));
  ASHLAR_CHECK(read(o, "code", out.code, decode_data));
  ASHLAR_CHECK(read(o, "state", out.state, decode_slots));
  ASHLAR_CHECK(read(o, "stateDiff", out.state_diff, decode_slots));
  if (field(o, "movePrecompileToAddress")) return why("movePrecompileToAddress is not supported");
  if (out.state && field(o, "stateDiff")) return why("account has both 'state' and 'stateDiff'");
  return out;
}

}  // namespace

decoded<u64> decode_u64(const json::value& v) {
  ASHLAR_TRY(const u256 wide, decode_u256(v));
  if (!wide.fits_u64()) return why("hex number > 64 bits");
  return wide.low();
}

decoded<u256> decode_u256(const json::value& v) {
  ASHLAR_TRY(const std::string_view text, text_of(v, "not a hex number"));
  ASHLAR_TRY(const std::string_view digits, digits_of(text));
  if (digits.empty()) return why("hex string \"0x\"");
  if (digits.size() > 1 && digits[0] == '0') return why("hex number with leading zero digits");
  if (digits.size() > 64) return why("hex number > 256 bits");
  return number_of_digits(digits);
}

decoded<u64> decode_u64_or_number(const json::value& v) {
  if (v.is_int64() && v.get_int64() >= 0) return static_cast<u64>(v.get_int64());
  if (v.is_uint64()) return u64{v.get_uint64()};
  return decode_u64(v);
}

status<std::string> decode_data_to(bytes& out, std::string_view text) {
  ASHLAR_TRY(const std::string_view digits, digits_of(text));
  if (digits.size() % 2) return why("hex string of odd length");
  const std::size_t at = out.size();
  out.resize(at + digits.size() / 2);
  u8 bad = 0;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const u8 high = digit_of[static_cast<u8>(digits[i])];
    const u8 low = digit_of[static_cast<u8>(digits[i + 1])];
    bad |= high | low;
    out[at + i / 2] = static_cast<u8>(high << 4 | low);
  }
  if (bad > 15) return why("invalid hex string");
  return nothing{};
}

decoded<bytes> decode_data(const json::value& v) {
  ASHLAR_TRY(const std::string_view text, text_of(v, "not a hex string"));
  bytes out;
  ASHLAR_CHECK(decode_data_to(out, text));
  return out;
}

decoded<address> decode_address(const json::value& v) {
  return decode_fixed<20>(v);
}
decoded<hash256> decode_hash(const json::value& v) {
  return decode_fixed<32>(v);
}

decoded<u256> decode_slot(const json::value& v) {
  ASHLAR_TRY(std::string_view digits, text_of(v, "not a hex string"));
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  if (digits.size() > 64) return why("hex string too long, want at most 32 bytes");
  return number_of_digits(digits);
}

decoded<bool> decode_bool(const json::value& v) {
  if (!v.is_bool()) return why("not a boolean");
  return v.get_bool();
}

decoded<block_id> decode_block_id(const json::value& v) {
  if (v.is_null()) return block_id(block_tag::latest);
  if (v.is_string()) {
    const std::string_view text = view_of(v.get_string());
    // committed and l1_committed are the ZK Stack's names for our latest and safe.
    if (text == "latest" || text == "committed") return block_id(block_tag::latest);
    if (text == "pending") return block_id(block_tag::pending);
    if (text == "safe" || text == "l1_committed") return block_id(block_tag::safe);
    if (text == "finalized") return block_id(block_tag::finalized);
    if (text == "earliest") return block_id(block_tag::earliest);
    if (text.size() == 66) {
      ASHLAR_TRY(const hash256 hash, decode_hash(v));
      return block_id(hash);
    }
    ASHLAR_TRY(const u64 n, decode_u64(v));
    return block_id(block_number{n});
  }
  if (!v.is_object()) return why("not a block number, tag or hash");
  const json::object& o = v.get_object();
  const json::value* hash = field(o, "blockHash");
  const json::value* number = field(o, "blockNumber");
  if (hash && number)
    return why("cannot specify both BlockHash and BlockNumber, choose one or the other");
  if (hash) {
    ASHLAR_TRY(const hash256 h, decode_hash(*hash));
    return block_id(h);
  }
  if (!number || number->is_object()) return why("blockHash or blockNumber is required");
  return decode_block_id(*number);
}

decoded<call_request> decode_call(const json::value& v, u64 chain_id) {
  if (!v.is_object()) return why("not an object");
  const json::object& o = v.get_object();
  call_request out;
  std::optional<bytes> data, input;
  std::optional<u64> chain;
  ASHLAR_CHECK(read(o, "from", out.from, decode_address));
  ASHLAR_CHECK(read(o, "to", out.to, decode_address));
  ASHLAR_CHECK(read(o, "gas", out.gas, decode_u64));
  ASHLAR_CHECK(read(o, "gasPrice", out.gas_price, decode_u256));
  ASHLAR_CHECK(read(o, "maxFeePerGas", out.max_fee_per_gas, decode_u256));
  ASHLAR_CHECK(read(o, "maxPriorityFeePerGas", out.max_priority_fee_per_gas, decode_u256));
  ASHLAR_CHECK(read(o, "value", out.value, decode_u256));
  ASHLAR_CHECK(read(o, "nonce", out.nonce, decode_u64));
  ASHLAR_CHECK(read(o, "data", data, decode_data));
  ASHLAR_CHECK(read(o, "input", input, decode_data));
  ASHLAR_CHECK(read(o, "chainId", chain, decode_u64));
  ASHLAR_CHECK(read(o, "accessList", out.access_list, [](const json::value& list) {
    return decode_list<access_list_entry>(list, decode_access_entry);
  }));
  ASHLAR_CHECK(read(o, "authorizationList", out.authorizations, [](const json::value& list) {
    return decode_list<authorization>(list, decode_authorization);
  }));
  if (data && input && *data != *input)
    return why(
        "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass "
        "transaction call data");
  if (input)
    out.data = std::move(*input);
  else if (data)
    out.data = std::move(*data);
  if (out.gas_price && (out.max_fee_per_gas || out.max_priority_fee_per_gas))
    return why("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
  if (chain && *chain != chain_id)
    return fail("chainId does not match node's (have=" + std::to_string(*chain) +
                ", want=" + std::to_string(chain_id) + ")");
  if (field(o, "blobVersionedHashes") || field(o, "maxFeePerBlobGas"))
    return why("blob transactions are not supported");
  return out;
}

decoded<state_overrides> decode_state_overrides(const json::value& v) {
  if (v.is_null()) return state_overrides{};
  if (!v.is_object()) return why("not an object");
  state_overrides out;
  for (const auto& entry : v.get_object()) {
    const json::value key(entry.key());
    ASHLAR_TRY(const address who, decode_address(key));
    ASHLAR_TRY(account_override change, decode_account_override(entry.value()));
    out[who] = std::move(change);
  }
  return out;
}

decoded<block_overrides> decode_block_overrides(const json::value& v) {
  if (v.is_null()) return block_overrides{};
  if (!v.is_object()) return why("not an object");
  const json::object& o = v.get_object();
  block_overrides out;
  ASHLAR_CHECK(read(o, "number", out.number, decode_u64));
  ASHLAR_CHECK(read(o, "time", out.time, decode_u64));
  ASHLAR_CHECK(read(o, "gasLimit", out.gas_limit, decode_u64));
  ASHLAR_CHECK(read(o, "feeRecipient", out.fee_recipient, decode_address));
  ASHLAR_CHECK(read(o, "coinbase", out.fee_recipient, decode_address));
  ASHLAR_CHECK(read(o, "prevRandao", out.prev_randao, decode_hash));
  ASHLAR_CHECK(read(o, "random", out.prev_randao, decode_hash));
  ASHLAR_CHECK(read(o, "baseFeePerGas", out.base_fee, decode_u256));
  ASHLAR_CHECK(read(o, "baseFee", out.base_fee, decode_u256));
  return out;
}

decoded<log_query> decode_log_query(const json::value& v, std::size_t alternatives_max) {
  if (v.is_null()) return log_query{};
  if (!v.is_object()) return why("not an object");
  const json::object& o = v.get_object();
  log_query out;
  ASHLAR_CHECK(read(o, "fromBlock", out.from, decode_block_id));
  ASHLAR_CHECK(read(o, "toBlock", out.to, decode_block_id));
  ASHLAR_CHECK(read(o, "blockHash", out.block_hash, decode_hash));
  if (out.block_hash && (out.from || out.to))
    return why("cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other");
  const auto too_many = [&](std::size_t n) { return n > alternatives_max; };
  static constexpr const char* over = "exceed max addresses or topics per search position";
  if (const json::value* a = field(o, "address")) {
    if (a->is_array()) {
      if (too_many(a->get_array().size())) return why(over);
      ASHLAR_TRY(out.addresses, decode_list<address>(*a, decode_address));
    } else {
      ASHLAR_TRY(const address one, decode_address(*a));
      out.addresses = {one};
    }
  }
  const json::value* topics = field(o, "topics");
  if (!topics) return out;
  if (!topics->is_array()) return why("topics: not an array");
  if (topics->get_array().size() > 4) return why("exceed max topics");
  for (const json::value& t : topics->get_array()) {
    std::vector<hash256>& any_of = out.topics.emplace_back();
    if (t.is_null()) continue;
    if (!t.is_array()) {
      ASHLAR_TRY(const hash256 one, decode_hash(t));
      any_of = {one};
      continue;
    }
    if (too_many(t.get_array().size())) return why(over);
    bool any = false;
    for (const json::value& item : t.get_array()) any = any || item.is_null();
    // A null among the alternatives matches anything, as in geth.
    if (!any) {
      ASHLAR_TRY(any_of, decode_list<hash256>(t, decode_hash));
    }
  }
  return out;
}

}  // namespace ashlar::rpc
