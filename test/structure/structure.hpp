#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::test {

/// The rules of rules.txt, which says what each of them means.
struct structure_rules {
  /// Folder to the folders it may include; "*" means any.
  std::map<std::string, std::set<std::string>> layers;
  /// Prefix of a system include to the folders where it may stand.
  std::map<std::string, std::set<std::string>> only;
  std::vector<std::string> readme_parents;
  std::set<std::string> forbidden_stems;
  std::size_t lines_max = 0;
};

/// None where a line is no rule; `bad_line` is then that line.
std::optional<structure_rules> parse_rules(std::string_view text, std::string& bad_line);

/// Every breach below `root`, one sentence each that says where it is; empty where all is well.
/// Looks at the top-level source folders and skips what is built or installed there.
std::vector<std::string> breaches(const std::filesystem::path& root, const structure_rules& rules);

/// A cycle of the graph as "a -> b -> a"; empty where there is none.
std::string find_cycle(const std::map<std::string, std::set<std::string>>& graph);

}  // namespace ashlar::test
