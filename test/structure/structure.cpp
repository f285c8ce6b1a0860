#include "test/structure/structure.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

namespace ashlar::test {

namespace fs = std::filesystem;

namespace {

using graph = std::map<std::string, std::set<std::string>>;

std::set<std::string> words(std::istream& from) {
  std::set<std::string> out;
  for (std::string w; from >> w;) out.insert(w);
  return out;
}

/// "FOLDER : FOLDER..." into the map. False where it has another form.
bool read_relation(std::istream& line, graph& to) {
  std::string key, colon;
  if (!(line >> key >> colon) || colon != ":") return false;
  return to.emplace(key, words(line)).second;
}

bool read_rule(std::istream& line, const std::string& kind, structure_rules& rules) {
  if (kind == "layer") return read_relation(line, rules.layers);
  if (kind == "only") return read_relation(line, rules.only);
  if (kind == "lines_max") return static_cast<bool>(line >> rules.lines_max);
  std::string word;
  if (!(line >> word)) return false;
  if (kind == "readme") {
    rules.readme_parents.push_back(word);
  } else if (kind == "name") {
    rules.forbidden_stems.insert(word);
  } else {
    return false;
  }
  return true;
}

bool is_within(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_cpp(const fs::path& p) {
  const auto e = p.extension();
  return e == ".cpp" || e == ".hpp" || e == ".cu" || e == ".cuh";
}

bool is_source(const fs::path& p) {
  const auto e = p.extension();
  return is_cpp(p) || e == ".sol" || e == ".mjs" || e == ".js" || e == ".ts" || e == ".sh" ||
         e == ".cmake";
}

/// Folders that hold what was built or installed, never sources.
bool is_foreign(const fs::path& folder) {
  static const std::set<std::string> names{"node_modules", "build", "out",
                                           "cache",        "lib",   "broadcast"};
  const std::string name = folder.filename().string();
  return name.starts_with('.') || names.contains(name);
}

class inspection {
 public:
  inspection(const fs::path& root, const structure_rules& rules) : root_(root), rules_(rules) {}

  std::vector<std::string> run() {
    for (const char* top : {"actors", "runtime", "cuda", "net", "configs", "test"}) {
      const fs::path folder = root_ / top;
      if (!fs::is_directory(folder)) continue;
      for (auto it = fs::recursive_directory_iterator(folder); it != fs::end(it); ++it) {
        if (it->is_directory() && is_foreign(it->path())) {
          it.disable_recursion_pending();
        } else if (it->is_regular_file()) {
          check_file(it->path());
        }
      }
    }
    for (const std::string& parent : rules_.readme_parents) check_readmes(parent);
    if (const std::string cycle = find_cycle(included_); !cycle.empty())
      out_.push_back("the folders include each other in a circle: " + cycle);
    std::sort(out_.begin(), out_.end());
    return std::move(out_);
  }

 private:
  void check_file(const fs::path& path) {
    const std::string name = path.lexically_relative(root_).generic_string();
    note_folder(name);
    if (!is_source(path)) return;
    if (rules_.forbidden_stems.contains(path.stem().string()))
      out_.push_back(name + ": a file is called by what it holds");
    std::ifstream file(path);
    std::size_t lines = 0;
    bool has_pragma = false;
    for (std::string line; std::getline(file, line);) {
      ++lines;
      has_pragma |= line.starts_with("#pragma once");
      if (is_cpp(path) && line.starts_with("#include"))
        check_include(name + ":" + std::to_string(lines), name, line);
    }
    if (lines > rules_.lines_max)
      out_.push_back(name + ": " + std::to_string(lines) + " lines, at most " +
                     std::to_string(rules_.lines_max));
    if ((path.extension() == ".hpp" || path.extension() == ".cuh") && !has_pragma)
      out_.push_back(name + ": no #pragma once");
  }

  /// Remembers that the second-level folder of `name` holds something.
  void note_folder(const std::string& name) {
    const auto first = name.find('/');
    const auto second = name.find('/', first + 1);
    if (second != std::string::npos) folders_.insert(name.substr(0, second));
  }

  void check_include(const std::string& where, const std::string& file, const std::string& line) {
    const auto open = line.find_first_of("<\"");
    if (open == std::string::npos) return;
    const auto close = line.find_first_of(">\"", open + 1);
    if (close == std::string::npos) return;
    const std::string target = line.substr(open + 1, close - open - 1);
    if (line[open] == '<') {
      check_system_include(where, file, target);
    } else {
      check_own_include(where, file, target);
    }
  }

  void check_system_include(const std::string& where, const std::string& file,
                            const std::string& target) {
    for (const auto& [prefix, folders] : rules_.only) {
      if (!target.starts_with(prefix)) continue;
      if (std::none_of(folders.begin(), folders.end(),
                       [&](const std::string& f) { return is_within(file, f); }))
        out_.push_back(where + ": <" + target + "> does not belong here");
    }
  }

  void check_own_include(const std::string& where, const std::string& file,
                         const std::string& target) {
    if (!fs::exists(root_ / target)) {
      out_.push_back(where + ": \"" + target + "\" is not a path from the repository's root");
      return;
    }
    const std::string from = layer_of(file), to = layer_of(target);
    if (from.empty() || to.empty()) {
      out_.push_back(where + ": no layer for " + (from.empty() ? file : target));
      return;
    }
    if (from == to) return;
    included_[from].insert(to);
    const auto& allowed = rules_.layers.at(from);
    if (!allowed.contains("*") && !allowed.contains(to))
      out_.push_back(where + ": " + from + " may not include " + to);
  }

  /// The longest layer that holds the file; empty where none does.
  std::string layer_of(const std::string& file) const {
    std::string best;
    for (const auto& [folder, allowed] : rules_.layers)
      if (folder.size() > best.size() && is_within(file, folder)) best = folder;
    return best;
  }

  void check_readmes(const std::string& parent) {
    for (const std::string& folder : folders_)
      if (is_within(folder, parent) && !fs::exists(root_ / folder / "README.md"))
        out_.push_back(folder + ": no README.md");
  }

  const fs::path& root_;
  const structure_rules& rules_;
  std::set<std::string> folders_;
  graph included_;
  std::vector<std::string> out_;
};

}  // namespace

std::optional<structure_rules> parse_rules(std::string_view text, std::string& bad_line) {
  structure_rules rules;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream from(line);
    std::string kind;
    if (!(from >> kind) || kind.starts_with('#')) continue;
    if (!read_rule(from, kind, rules)) {
      bad_line = line;
      return std::nullopt;
    }
  }
  return rules;
}

std::string find_cycle(const graph& edges) {
  std::set<std::string> finished;
  std::vector<std::string> path;
  std::function<std::string(const std::string&)> walk = [&](const std::string& at) -> std::string {
    if (const auto seen = std::find(path.begin(), path.end(), at); seen != path.end()) {
      std::string text;
      for (auto step = seen; step != path.end(); ++step) text += *step + " -> ";
      return text + at;
    }
    if (finished.contains(at) || !edges.contains(at)) return {};
    path.push_back(at);
    for (const std::string& next : edges.at(at))
      if (std::string found = walk(next); !found.empty()) return found;
    path.pop_back();
    finished.insert(at);
    return {};
  };
  for (const auto& [folder, targets] : edges)
    if (std::string found = walk(folder); !found.empty()) return found;
  return {};
}

std::vector<std::string> breaches(const fs::path& root, const structure_rules& rules) {
  return inspection(root, rules).run();
}

}  // namespace ashlar::test
