#include "runtime/types/priority.hpp"

#include "runtime/crypto/keccak.hpp"

namespace ashlar {
namespace {

constexpr std::size_t word = 32;
constexpr std::size_t static_words = 14;   // txType ... value, reserved[4]
constexpr std::size_t dynamic_fields = 5;  // data ... reservedDynamic
constexpr std::size_t head_bytes = word * (static_words + dynamic_fields);
constexpr u64 priority_type = 0x7f;

std::size_t padded(std::size_t n) noexcept {
  return (n + word - 1) / word * word;
}

void put_word(bytes& to, const u256& value) {
  const hash256 be = value.to_be();
  append(to, bytes_view{be.data(), word});
}

void put_bytes(bytes& to, const bytes& value) {
  put_word(to, value.size());
  append(to, value);
  to.resize(to.size() + padded(value.size()) - value.size(), 0);
}

failure<priority_error> refuse(priority_error_code code, u64 expected = 0, u64 got = 0) {
  return fail(priority_error{code, expected, got});
}

/// Walks the tuple's words and tails in the one order that the canonical encoding has.
class abi_cursor {
 public:
  explicit abi_cursor(bytes_view tuple) noexcept : tuple_(tuple) {}

  result<u256, priority_error> next_word() noexcept {
    if (tuple_.size() - at_ < word)
      return refuse(priority_error_code::too_short, at_ + word, tuple_.size());
    const u256 value = u256::from_be(tuple_.data() + at_);
    at_ += word;
    return value;
  }

  /// A length, bounded by what is left in units of `unit_bytes`.
  result<std::size_t, priority_error> next_length(std::size_t unit_bytes) noexcept {
    ASHLAR_TRY(const u256 length, next_word());
    const std::size_t left = tuple_.size() - at_;
    if (length > u256{left / unit_bytes})
      return refuse(priority_error_code::too_short, length.low(), left);
    return static_cast<std::size_t>(length.low());
  }

  result<bytes, priority_error> next_bytes() {
    ASHLAR_TRY(const std::size_t length, next_length(1));
    const std::size_t whole = padded(length);
    if (whole > tuple_.size() - at_)
      return refuse(priority_error_code::too_short, at_ + whole, tuple_.size());
    for (std::size_t i = length; i < whole; ++i)
      if (tuple_[at_ + i] != 0) return refuse(priority_error_code::bad_padding, 0, tuple_[at_ + i]);
    bytes value = to_bytes(tuple_.subspan(at_, length));
    at_ += whole;
    return value;
  }

  std::size_t position() const noexcept { return at_; }
  bool at_end() const noexcept { return at_ == tuple_.size(); }

 private:
  bytes_view tuple_;
  std::size_t at_ = 0;
};

/// The fixed-size words in order, shared by encoder and decoder.
template <class Txn, class Visit>
void visit_static(Txn& t, Visit visit) {
  visit(t.txn_type);
  visit(t.from);
  visit(t.to);
  visit(t.gas_limit);
  visit(t.gas_per_pubdata_byte_limit);
  visit(t.max_fee_per_gas);
  visit(t.max_priority_fee_per_gas);
  visit(t.paymaster);
  visit(t.nonce);
  visit(t.value);
  for (auto& r : t.reserved) visit(r);
}

result<address, priority_error> to_address(const u256& value) {
  constexpr unsigned address_bits = 160;
  if (value.bit_length() > address_bits)
    return refuse(priority_error_code::field_too_large, address_bits, value.bit_length());
  return address::copy_of(value.to_be().data() + 12);
}

result<u64, priority_error> to_u64(const u256& value) {
  if (!value.fits_u64())
    return refuse(priority_error_code::field_too_large, 64, value.bit_length());
  return value.low();
}

u256 from_address(const address& a) {
  return u256::from_be(bytes_view{a.data(), a.size()});
}

}  // namespace

const char* to_text(priority_error_code code) noexcept {
  switch (code) {
    case priority_error_code::too_short:
      return "the ABI encoding ends early";
    case priority_error_code::trailing_bytes:
      return "bytes follow the ABI encoding";
    case priority_error_code::bad_offset:
      return "an ABI offset is not the canonical one";
    case priority_error_code::bad_padding:
      return "ABI padding is not zero";
    case priority_error_code::bad_type:
      return "the transaction type is not 0x7f";
    case priority_error_code::field_too_large:
      return "a field is too large";
    case priority_error_code::field_not_empty:
      return "a reserved field is set";
  }
  return "unknown";
}

bytes abi_encode(const l2_canonical_txn& t) {
  bytes out;
  const std::size_t tails = padded(t.data.size()) + padded(t.signature.size()) +
                            word * t.factory_deps.size() + padded(t.paymaster_input.size()) +
                            padded(t.reserved_dynamic.size()) + word * dynamic_fields;
  out.reserve(word + head_bytes + tails);
  put_word(out, word);
  visit_static(t, [&](const u256& value) { put_word(out, value); });
  std::size_t offset = head_bytes;
  for (std::size_t tail :
       {padded(t.data.size()), padded(t.signature.size()), word * t.factory_deps.size(),
        padded(t.paymaster_input.size()), padded(t.reserved_dynamic.size())}) {
    put_word(out, offset);
    offset += word + tail;
  }
  put_bytes(out, t.data);
  put_bytes(out, t.signature);
  put_word(out, t.factory_deps.size());
  for (const u256& dep : t.factory_deps) put_word(out, dep);
  put_bytes(out, t.paymaster_input);
  put_bytes(out, t.reserved_dynamic);
  return out;
}

result<l2_canonical_txn, priority_error> abi_decode_priority(bytes_view abi) {
  if (abi.size() < word + head_bytes)
    return refuse(priority_error_code::too_short, word + head_bytes, abi.size());
  if (const u256 offset = u256::from_be(abi.data()); offset != u256{word})
    return refuse(priority_error_code::bad_offset, word, offset.low());
  abi_cursor in{abi.subspan(word)};
  l2_canonical_txn t;
  visit_static(t, [&](u256& value) { value = *in.next_word(); });
  u256 offsets[dynamic_fields];
  for (u256& offset : offsets) offset = *in.next_word();

  std::size_t field = 0;
  auto in_place = [&]() -> status<priority_error> {
    const u256& offset = offsets[field++];
    if (offset != u256{in.position()})
      return refuse(priority_error_code::bad_offset, in.position(), offset.low());
    return nothing{};
  };
  for (bytes* value : {&t.data, &t.signature}) {
    ASHLAR_CHECK(in_place());
    ASHLAR_TRY(*value, in.next_bytes());
  }
  ASHLAR_CHECK(in_place());
  ASHLAR_TRY(const std::size_t deps, in.next_length(word));
  t.factory_deps.resize(deps);
  for (u256& dep : t.factory_deps) dep = *in.next_word();
  for (bytes* value : {&t.paymaster_input, &t.reserved_dynamic}) {
    ASHLAR_CHECK(in_place());
    ASHLAR_TRY(*value, in.next_bytes());
  }
  if (!in.at_end())
    return refuse(priority_error_code::trailing_bytes, word + in.position(), abi.size());
  return t;
}

hash256 canonical_hash(const l2_canonical_txn& t) {
  return crypto::keccak256(abi_encode(t));
}

result<txn, priority_error> to_txn(const l2_canonical_txn& c) {
  if (c.txn_type != u256{priority_type})
    return refuse(priority_error_code::bad_type, priority_type, c.txn_type.low());
  if (c.paymaster || c.reserved[2] || c.reserved[3] || !c.signature.empty() ||
      !c.paymaster_input.empty() || !c.reserved_dynamic.empty())
    return refuse(priority_error_code::field_not_empty);
  txn t;
  t.type = txn_type::priority;
  ASHLAR_TRY(t.nonce, to_u64(c.nonce));
  ASHLAR_TRY(t.gas_limit, to_u64(c.gas_limit));
  ASHLAR_TRY(t.to, to_address(c.to));
  ASHLAR_TRY(t.priority.sender, to_address(c.from));
  ASHLAR_TRY(t.priority.refund_recipient, to_address(c.reserved[1]));
  ASHLAR_TRY(t.priority.gas_per_pubdata_limit, to_u64(c.gas_per_pubdata_byte_limit));
  t.max_fee_per_gas = c.max_fee_per_gas;
  t.max_priority_fee_per_gas = c.max_priority_fee_per_gas;
  t.value = c.value;
  t.data = c.data;
  t.priority.mint = c.reserved[0];
  for (const u256& dep : c.factory_deps) t.priority.factory_deps.push_back(dep.to_be());
  t.priority.canonical_hash = canonical_hash(c);
  return t;
}

l2_canonical_txn to_canonical(const txn& t) {
  ensure(t.is_priority() && t.to.has_value());
  l2_canonical_txn c;
  c.txn_type = priority_type;
  c.from = from_address(t.priority.sender);
  c.to = from_address(*t.to);
  c.gas_limit = t.gas_limit;
  c.gas_per_pubdata_byte_limit = t.priority.gas_per_pubdata_limit;
  c.max_fee_per_gas = t.max_fee_per_gas;
  c.max_priority_fee_per_gas = t.max_priority_fee_per_gas;
  c.nonce = t.nonce;
  c.value = t.value;
  c.reserved[0] = t.priority.mint;
  c.reserved[1] = from_address(t.priority.refund_recipient);
  c.data = t.data;
  for (const hash256& dep : t.priority.factory_deps) c.factory_deps.push_back(u256::from_be(dep));
  return c;
}

}  // namespace ashlar
