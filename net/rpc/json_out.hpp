#pragma once

#include <string>
#include <string_view>

#include "runtime/base/bytes.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/base/u256.hpp"

/// JSON by appending to one string: answers never pass through a document tree.
namespace ashlar::rpc {

/// "0x1f" with quotes; no leading zeros, "0x0" for zero.
void append_quantity(std::string& out, u64 v);
void append_quantity(std::string& out, const u256& v);
/// "0x00ff" with quotes.
void append_data(std::string& out, bytes_view data);
template <std::size_t N>
void append_data(std::string& out, const fixed_bytes<N>& data) {
  append_data(out, bytes_view(data.data(), N));
}
/// Quoted and escaped. Bytes that are not UTF-8 become U+FFFD.
void append_text(std::string& out, std::string_view text);
void append_decimal(std::string& out, i64 v);
/// Shortest form that reads back the same; zero for what JSON cannot say.
void append_double(std::string& out, double v);

/// Writes one object: every member function appends one field. Closes it in `end()`.
class object_out {
 public:
  explicit object_out(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  /// Begins a field; the caller appends its value.
  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }
  void quantity(std::string_view name, const u256& v) { append_quantity(key(name), v); }
  void quantity(std::string_view name, u64 v) { append_quantity(key(name), v); }
  template <class Tag>
  void quantity(std::string_view name, strong_u64<Tag> v) {
    append_quantity(key(name), v.value);
  }
  void data(std::string_view name, bytes_view v) { append_data(key(name), v); }
  template <std::size_t N>
  void data(std::string_view name, const fixed_bytes<N>& v) {
    append_data(key(name), v);
  }
  void text(std::string_view name, std::string_view v) { append_text(key(name), v); }
  void number(std::string_view name, u64 v) { key(name) += std::to_string(v); }
  void boolean(std::string_view name, bool v) { key(name) += v ? "true" : "false"; }
  void null(std::string_view name) { key(name) += "null"; }

 private:
  std::string& out_;
  bool first_ = true;
};

/// Writes one array: `each(item)` appends an item, commas go between.
template <class Range, class Each>
void append_array(std::string& out, const Range& items, Each each) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    each(item);
  }
  out += ']';
}

}  // namespace ashlar::rpc
