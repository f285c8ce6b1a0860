#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::node {

/// What is wrong with a configuration file: where (file and dotted key, line where known), what,
/// and what to do.
struct config_error {
  std::string text;
};

/// Reads a TOML file key by key. A key that is absent leaves the variable's default; a key of the
/// wrong type or range, and every key that nobody asked for, is an error (with the nearest known
/// key as suggestion). Errors are collected: `finish()` gives the first of them.
class toml_reader {
 public:
  /// `remedy`: what to do where there is no such file, in the error.
  static result<toml_reader, config_error> open(const std::string& path, std::string_view remedy);
  static result<toml_reader, config_error> parse(std::string_view text, std::string name);
  ~toml_reader();
  toml_reader(toml_reader&&) noexcept;

  /// Keys are dotted: "rpc.body_bytes_max".
  void read(std::string_view key, bool& value);
  void read(std::string_view key, u64& value, u64 least = 0, u64 most = ~0ull >> 1);
  void read(std::string_view key, u32& value, u32 least = 0, u32 most = ~0u);
  void read(std::string_view key, u16& value, u16 least = 0, u16 most = 65535);
  void read(std::string_view key, double& value, double least, double most);
  void read(std::string_view key, std::string& value);
  void read(std::string_view key, std::vector<std::string>& value);
  void read(std::string_view key, address& value);
  void read(std::string_view key, hash256& value);
  /// A 256-bit number: an integer, or a decimal or hex string.
  void read(std::string_view key, u256& value);

  /// Whether the file has the key or table.
  bool has(std::string_view key) const;
  /// Number of tables in an array of tables; element i's keys read as "name.i.key".
  std::size_t table_count(std::string_view key);

  /// The keys asked for so far, sorted; and those of them to which the file gave another value
  /// than the variable had.
  std::vector<std::string> asked() const;
  std::vector<std::string> changed() const;

  /// An error of the caller's own about a key.
  void refuse(std::string_view key, std::string why);

  status<config_error> finish();

 private:
  struct impl;
  explicit toml_reader(std::unique_ptr<impl> p);
  std::unique_ptr<impl> impl_;
};

/// The nearest of `known` by edit distance, when it is near enough to be a slip of the pen.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace ashlar::node
