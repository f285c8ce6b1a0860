#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::l1 {

/// First four bytes of keccak256 of a signature such as "transfer(address,uint256)".
fixed_bytes<4> selector(std::string_view signature);
/// keccak256 of an event's signature.
hash256 event_topic(std::string_view signature);

/// Contract ABI encoding (Solidity ABI specification v2): values are added in order; dynamic ones
/// go to the tail. A nested tuple or array is an encoder of its own.
class abi_encoder {
 public:
  abi_encoder& number(const u256& value);
  abi_encoder& account(const address& value);
  abi_encoder& word(const hash256& value);
  abi_encoder& boolean(bool value) { return number(u256{value ? 1u : 0u}); }
  /// `bytes` or `string`.
  abi_encoder& blob(bytes_view value);
  /// A tuple without dynamic members: its words stand in the head.
  abi_encoder& inline_tuple(const abi_encoder& tuple);
  /// A tuple with dynamic members.
  abi_encoder& dynamic_tuple(const abi_encoder& tuple);
  /// `T[]` of dynamic or static elements; `elements` holds each element as its own encoder.
  abi_encoder& array(const std::vector<abi_encoder>& elements, bool elements_are_dynamic);

  /// `bytes[]`.
  abi_encoder& blobs(const std::vector<bytes_view>& elements);

  bytes encode() const;
  /// `encode()` behind a selector.
  bytes call(std::string_view signature) const;

 private:
  struct slot {
    bytes head;  // 32 bytes, or the inlined words; empty where dynamic
    bytes tail;
    bool dynamic = false;
  };
  std::vector<slot> slots_;
};

/// Reads ABI-encoded values from untrusted bytes; every access is bounds-checked. After the first
/// failure `ok()` is false and all reads give zero values.
class abi_reader {
 public:
  explicit abi_reader(bytes_view all) : all_(all) {}

  u256 number();
  u64 number64();
  address account();
  hash256 word();
  bool boolean();
  bytes blob();
  /// A reader over a dynamic tuple's or array's own encoding.
  abi_reader nested();
  /// The length word of an array that this reader stands on (after `nested()`); the elements'
  /// offsets count from behind it. Fails where `length` elements cannot fit.
  std::size_t array_length();

  bool ok() const noexcept { return ok_; }

 private:
  const u8* take_word();
  std::optional<std::size_t> offset();

  bytes_view all_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace ashlar::l1
