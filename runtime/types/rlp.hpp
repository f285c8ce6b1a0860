#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/u256.hpp"

/// Recursive Length Prefix (Ethereum yellow paper, appendix B). The decoder accepts the one
/// canonical encoding of each value and nothing else; it allocates nothing and reads no byte
/// twice at one level.
namespace ashlar::rlp {

enum class error_code : u8 {
  too_short,             ///< the header promises `expected` bytes, the input holds `got`
  non_canonical_length,  ///< a length with leading zeros, or in the long form below 56
  non_canonical_byte,    ///< a byte below 0x80 behind an 0x81 header
  expected_string,       ///< a list where a string was due
  expected_list,         ///< a string where a list was due
  leading_zero,          ///< an integer with a leading zero byte
  integer_too_large,     ///< an integer of `got` bytes where `expected` is the most
  wrong_length,          ///< a string of `got` bytes where exactly `expected` were due
  oversize,              ///< an item of `got` bytes over the caller's limit of `expected`
  end_of_list,           ///< an item was due, the list ended
  trailing_bytes,        ///< `got` bytes behind the last item
  too_deep,              ///< lists nested deeper than `expected`
};

struct error {
  error_code code{};
  u64 expected = 0;
  u64 got = 0;
  friend bool operator==(const error&, const error&) = default;
};

const char* to_text(error_code code) noexcept;

/// Reads items one after another from a list's payload or from a bare concatenation of items.
/// A view: the bytes must outlive it. After an error the position is unspecified.
class reader {
 public:
  reader() = default;
  explicit reader(bytes_view items) noexcept : rest_(items) {}

  bool empty() const noexcept { return rest_.empty(); }
  /// Bytes not read yet.
  bytes_view rest() const noexcept { return rest_; }
  /// True where the next item is a list. False at the end.
  bool next_is_list() const noexcept { return !rest_.empty() && rest_[0] >= 0xc0; }

  /// A byte string of at most `limit` bytes.
  result<bytes_view, error> next_string(u64 limit = ~0ull) noexcept;
  /// The payload of a list of at most `limit` bytes, as a reader of its items.
  result<reader, error> next_list(u64 limit = ~0ull) noexcept;
  /// The whole next item, header included; its inside is not checked.
  result<bytes_view, error> next_raw() noexcept;
  /// Integers: big-endian, no leading zeros, zero is the empty string.
  result<u64, error> next_u64() noexcept;
  result<u256, error> next_u256() noexcept;
  /// 0 or 1.
  result<bool, error> next_bool() noexcept;
  /// A string of exactly N bytes.
  template <std::size_t N>
  result<fixed_bytes<N>, error> next_fixed() noexcept {
    auto s = next_string();
    if (!s) return fail(s.error());
    if (s->size() != N) return fail(error{error_code::wrong_length, N, s->size()});
    return fixed_bytes<N>::copy_of(s->data());
  }
  /// An error where anything is left.
  status<error> finish() const noexcept {
    if (!rest_.empty()) return fail(error{error_code::trailing_bytes, 0, rest_.size()});
    return nothing{};
  }

 private:
  struct item {
    bool is_list;
    std::size_t header_bytes;
    std::size_t payload_bytes;
  };
  result<item, error> peek(u64 limit) const noexcept;
  result<bytes_view, error> next_integer(u64 bytes_max) noexcept;
  bytes_view rest_;
};

/// Checks one item to its full depth, with nothing behind it. `depth_max` bounds nesting.
status<error> check(bytes_view item, u32 depth_max = 1024) noexcept;

void encode_string(bytes& to, bytes_view string);
void encode_u64(bytes& to, u64 value);
void encode_u256(bytes& to, const u256& value);
template <std::size_t N>
void encode_fixed(bytes& to, const fixed_bytes<N>& value) {
  encode_string(to, bytes_view{value.data(), N});
}

/// Size in bytes of a header in front of `payload_bytes` (strings of one byte below 0x80 aside).
std::size_t header_bytes(std::size_t payload_bytes) noexcept;
/// Appends a list header for a payload of known size.
void encode_list_header(bytes& to, std::size_t payload_bytes);

/// The same where the room is there already: what encode_list_header and encode_string append.
/// Both give the place behind what they wrote; `string` is not there.
u8* write_list_header(u8* to, std::size_t payload_bytes) noexcept;
u8* write_string(u8* to, bytes_view string) noexcept;
/// Bytes that write_string writes.
inline std::size_t string_bytes(bytes_view string) noexcept {
  const bool is_itself = string.size() == 1 && string[0] < 0x80;
  return is_itself ? 1 : header_bytes(string.size()) + string.size();
}

/// Encodes a list whose payload size is not known in advance: items appended to the vector
/// between construction and `close` (or destruction) become its payload, which is written once and
/// shifted once where its header is not as wide as was expected.
class list_scope {
 public:
  /// header_bytes: how wide the header is likely to be, for speed alone.
  explicit list_scope(bytes& to, std::size_t header_bytes = 0)
      : to_(&to), begin_(to.size()), expected_(header_bytes) {
    to.resize(begin_ + expected_);
  }
  list_scope(const list_scope&) = delete;
  list_scope& operator=(const list_scope&) = delete;
  ~list_scope() { close(); }
  void close();

 private:
  bytes* to_;
  std::size_t begin_, expected_;
};

}  // namespace ashlar::rlp
