#include "actors/node/chain/toml_reader.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "runtime/base/hex.hpp"

namespace ashlar::node {

struct toml_reader::impl {
  toml::table root;
  std::string name;
  std::set<std::string, std::less<>> asked, changed;
  std::vector<std::string> errors;

  void error(std::string_view key, const toml::node* node, std::string_view why) {
    const auto line = node ? fmt::format(":{}", node->source().begin.line) : std::string{};
    errors.push_back(fmt::format("{}{}: {}: {}", name, line, key, why));
  }

  const toml::node* find(std::string_view key) const {
    const toml::node* at = &root;
    while (!key.empty()) {
      const auto dot = key.find('.');
      const std::string_view part = key.substr(0, dot);
      key = dot == std::string_view::npos ? std::string_view{} : key.substr(dot + 1);
      if (const auto* table = at->as_table()) {
        at = table->get(part);
      } else if (const auto* array = at->as_array()) {
        std::size_t index = 0;
        const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
        at = parsed.ec == std::errc{} ? array->get(index) : nullptr;
      } else {
        return nullptr;
      }
      if (!at) return nullptr;
    }
    return at;
  }

  template <class T, class U>
  void put(std::string_view key, T& value, U&& given) {
    if (value == given) return;
    changed.emplace(key);
    value = std::forward<U>(given);
  }

  const toml::node* ask(std::string_view key) {
    asked.emplace(key);
    return find(key);
  }

  template <class T>
  void read_integer(std::string_view key, T& value, T least, T most) {
    const toml::node* node = ask(key);
    if (!node) return;
    const auto got = node->value_exact<int64_t>();
    if (!got) return error(key, node, "expected a whole number");
    if (*got < 0 || static_cast<u64>(*got) < least || static_cast<u64>(*got) > most)
      return error(key, node, fmt::format("expected {} to {}, got {}", least, most, *got));
    put(key, value, static_cast<T>(*got));
  }

  std::optional<std::string> read_text(std::string_view key, std::string_view what) {
    const toml::node* node = ask(key);
    if (!node) return std::nullopt;
    auto got = node->value_exact<std::string>();
    if (!got) error(key, node, fmt::format("expected {} in quotes", what));
    return got;
  }

  template <std::size_t N>
  void read_fixed(std::string_view key, fixed_bytes<N>& value) {
    const auto text = read_text(key, "hex digits");
    if (!text) return;
    const auto parsed = fixed_from_hex<N>(*text);
    if (!parsed)
      return error(key, find(key), fmt::format("expected {} bytes of hex, got \"{}\"", N, *text));
    put(key, value, *parsed);
  }

  void collect_unknown(const toml::node& node, const std::string& prefix) {
    if (asked.contains(prefix)) return;
    if (const auto* table = node.as_table()) {
      for (const auto& [key, child] : *table)
        collect_unknown(child, prefix.empty() ? std::string(key.str())
                                              : fmt::format("{}.{}", prefix, key.str()));
      return;
    }
    if (const auto* array = node.as_array();
        array && !array->empty() && array->get(0)->is_table()) {
      for (std::size_t i = 0; i < array->size(); ++i)
        collect_unknown(*array->get(i), fmt::format("{}.{}", prefix, i));
      return;
    }
    const std::vector<std::string> known(asked.begin(), asked.end());
    const auto hint = nearest(prefix, known);
    error(prefix, &node,
          hint ? fmt::format("unknown key; did you mean {}?", *hint) : std::string("unknown key"));
  }
};

toml_reader::toml_reader(std::unique_ptr<impl> p) : impl_(std::move(p)) {}
toml_reader::~toml_reader() = default;
toml_reader::toml_reader(toml_reader&&) noexcept = default;

result<toml_reader, config_error> toml_reader::open(const std::string& path,
                                                    std::string_view remedy) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown) && !unknown)
    return fail(config_error{fmt::format("{}: there is no such file; {}", path, remedy)});
  try {
    auto p = std::make_unique<impl>();
    p->root = toml::parse_file(path);
    p->name = path;
    return toml_reader(std::move(p));
  } catch (const toml::parse_error& e) {
    return fail(
        config_error{fmt::format("{}:{}: {}", path, e.source().begin.line, e.description())});
  }
}

result<toml_reader, config_error> toml_reader::parse(std::string_view text, std::string name) {
  try {
    auto p = std::make_unique<impl>();
    p->root = toml::parse(text);
    p->name = std::move(name);
    return toml_reader(std::move(p));
  } catch (const toml::parse_error& e) {
    return fail(
        config_error{fmt::format("{}:{}: {}", name, e.source().begin.line, e.description())});
  }
}

void toml_reader::read(std::string_view key, bool& value) {
  const toml::node* node = impl_->ask(key);
  if (!node) return;
  const auto got = node->value_exact<bool>();
  if (!got) return impl_->error(key, node, "expected true or false");
  impl_->put(key, value, *got);
}

void toml_reader::read(std::string_view key, u64& value, u64 least, u64 most) {
  impl_->read_integer(key, value, least, most);
}
void toml_reader::read(std::string_view key, u32& value, u32 least, u32 most) {
  impl_->read_integer(key, value, least, most);
}
void toml_reader::read(std::string_view key, u16& value, u16 least, u16 most) {
  impl_->read_integer(key, value, least, most);
}

void toml_reader::read(std::string_view key, double& value, double least, double most) {
  const toml::node* node = impl_->ask(key);
  if (!node) return;
  const auto got = node->value<double>();
  if (!got) return impl_->error(key, node, "expected a number");
  if (!(*got >= least && *got <= most))
    return impl_->error(key, node, fmt::format("expected {} to {}, got {}", least, most, *got));
  impl_->put(key, value, *got);
}

void toml_reader::read(std::string_view key, std::string& value) {
  if (auto text = impl_->read_text(key, "text")) impl_->put(key, value, std::move(*text));
}

void toml_reader::read(std::string_view key, std::vector<std::string>& value) {
  const toml::node* node = impl_->ask(key);
  if (!node) return;
  const auto* array = node->as_array();
  if (!array) return impl_->error(key, node, "expected a list of texts");
  std::vector<std::string> out;
  for (const auto& element : *array) {
    const auto text = element.value_exact<std::string>();
    if (!text) return impl_->error(key, &element, "expected a list of texts");
    out.push_back(*text);
  }
  impl_->put(key, value, std::move(out));
}

void toml_reader::read(std::string_view key, address& value) {
  impl_->read_fixed(key, value);
}
void toml_reader::read(std::string_view key, hash256& value) {
  impl_->read_fixed(key, value);
}

void toml_reader::read(std::string_view key, u256& value) {
  const toml::node* node = impl_->ask(key);
  if (!node) return;
  if (const auto number = node->value_exact<int64_t>(); number && *number >= 0) {
    impl_->put(key, value, u256{static_cast<u64>(*number)});
    return;
  }
  const auto text = node->value_exact<std::string>();
  const auto parsed = text ? parse_u256(*text) : std::nullopt;
  if (!parsed)
    return impl_->error(key, node, "expected a number, or a decimal or hex number in quotes");
  impl_->put(key, value, *parsed);
}

bool toml_reader::has(std::string_view key) const {
  return impl_->find(key) != nullptr;
}

std::size_t toml_reader::table_count(std::string_view key) {
  const toml::node* node = impl_->find(key);
  if (!node) return 0;
  const auto* array = node->as_array();
  if (!array) {
    impl_->error(key, node, "expected an array of tables ([[...]])");
    return 0;
  }
  return array->size();
}

std::vector<std::string> toml_reader::asked() const {
  return {impl_->asked.begin(), impl_->asked.end()};
}
std::vector<std::string> toml_reader::changed() const {
  return {impl_->changed.begin(), impl_->changed.end()};
}

void toml_reader::refuse(std::string_view key, std::string why) {
  impl_->error(key, impl_->find(key), why);
}

status<config_error> toml_reader::finish() {
  impl_->collect_unknown(impl_->root, "");
  if (impl_->errors.empty()) return nothing{};
  return fail(config_error{fmt::format("{}", fmt::join(impl_->errors, "\n"))});
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t up = row[j];
        row[j] = std::min(
            {row[j] + 1, row[j - 1] + 1, diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1)});
        diagonal = up;
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace ashlar::node
