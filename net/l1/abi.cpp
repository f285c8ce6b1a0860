#include "net/l1/abi.hpp"

#include "runtime/crypto/keccak.hpp"

namespace ashlar::l1 {
namespace {

bytes_view text_bytes(std::string_view text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

bytes word_of(u64 value) {
  bytes out(32);
  store_be64(out.data() + 24, value);
  return out;
}

}  // namespace

fixed_bytes<4> selector(std::string_view signature) {
  return fixed_bytes<4>::copy_of(crypto::keccak256(text_bytes(signature)).data());
}

hash256 event_topic(std::string_view signature) {
  return crypto::keccak256(text_bytes(signature));
}

abi_encoder& abi_encoder::number(const u256& value) {
  const hash256 be = value.to_be();
  slots_.push_back({to_bytes(be), {}, false});
  return *this;
}

abi_encoder& abi_encoder::account(const address& value) {
  bytes padded(12);
  append(padded, value);
  slots_.push_back({std::move(padded), {}, false});
  return *this;
}

abi_encoder& abi_encoder::word(const hash256& value) {
  slots_.push_back({to_bytes(value), {}, false});
  return *this;
}

abi_encoder& abi_encoder::blob(bytes_view value) {
  bytes tail = word_of(value.size());
  append(tail, value);
  tail.resize((tail.size() + 31) / 32 * 32);
  slots_.push_back({{}, std::move(tail), true});
  return *this;
}

abi_encoder& abi_encoder::inline_tuple(const abi_encoder& tuple) {
  slots_.push_back({tuple.encode(), {}, false});
  return *this;
}

abi_encoder& abi_encoder::dynamic_tuple(const abi_encoder& tuple) {
  slots_.push_back({{}, tuple.encode(), true});
  return *this;
}

abi_encoder& abi_encoder::array(const std::vector<abi_encoder>& elements,
                                bool elements_are_dynamic) {
  abi_encoder inner;
  for (const abi_encoder& element : elements)
    elements_are_dynamic ? inner.dynamic_tuple(element) : inner.inline_tuple(element);
  bytes tail = word_of(elements.size());
  append(tail, inner.encode());
  slots_.push_back({{}, std::move(tail), true});
  return *this;
}

abi_encoder& abi_encoder::blobs(const std::vector<bytes_view>& elements) {
  abi_encoder inner;
  for (const bytes_view element : elements) inner.blob(element);
  bytes tail = word_of(elements.size());
  append(tail, inner.encode());
  slots_.push_back({{}, std::move(tail), true});
  return *this;
}

bytes abi_encoder::encode() const {
  std::size_t head_bytes = 0;
  for (const slot& s : slots_) head_bytes += s.dynamic ? 32 : s.head.size();
  bytes head, tail;
  for (const slot& s : slots_) {
    if (s.dynamic) {
      append(head, word_of(head_bytes + tail.size()));
      append(tail, s.tail);
    } else {
      append(head, s.head);
    }
  }
  append(head, tail);
  return head;
}

bytes abi_encoder::call(std::string_view signature) const {
  bytes out = to_bytes(selector(signature));
  append(out, encode());
  return out;
}

const u8* abi_reader::take_word() {
  static constexpr u8 zero[32] = {};
  if (!ok_ || all_.size() - at_ < 32) {
    ok_ = false;
    return zero;
  }
  at_ += 32;
  return all_.data() + at_ - 32;
}

u256 abi_reader::number() {
  return u256::from_be(take_word());
}

u64 abi_reader::number64() {
  const u256 v = number();
  if (!v.fits_u64()) ok_ = false;
  return ok_ ? v.low() : 0;
}

address abi_reader::account() {
  const u8* w = take_word();
  for (int i = 0; i < 12; ++i)
    if (w[i]) ok_ = false;
  return ok_ ? address::copy_of(w + 12) : address{};
}

hash256 abi_reader::word() {
  return hash256::copy_of(take_word());
}

bool abi_reader::boolean() {
  const u64 v = number64();
  if (v > 1) ok_ = false;
  return ok_ && v == 1;
}

std::optional<std::size_t> abi_reader::offset() {
  const u64 v = number64();
  if (!ok_ || v > all_.size()) {
    ok_ = false;
    return std::nullopt;
  }
  return static_cast<std::size_t>(v);
}

bytes abi_reader::blob() {
  const auto at = offset();
  if (!at) return {};
  abi_reader tail(all_.subspan(*at));
  const u64 length = tail.number64();
  if (!tail.ok_ || length > tail.all_.size() - 32) {
    ok_ = false;
    return {};
  }
  return to_bytes(tail.all_.subspan(32, static_cast<std::size_t>(length)));
}

abi_reader abi_reader::nested() {
  const auto at = offset();
  abi_reader inner(at ? all_.subspan(*at) : bytes_view{});
  inner.ok_ = at.has_value();
  return inner;
}

std::size_t abi_reader::array_length() {
  const u64 length = number64();
  if (!ok_ || length > (all_.size() - at_) / 32) {
    ok_ = false;
    return 0;
  }
  all_ = all_.subspan(at_);
  at_ = 0;
  return static_cast<std::size_t>(length);
}

}  // namespace ashlar::l1
