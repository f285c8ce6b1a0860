#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace ashlar::conformance {

/// The folder `family` of the published vectors: under $ASHLAR_VECTORS, else ../shared/vectors
/// beside the repository. Says where it looked, and gives nothing, where there is none. Throws
/// std::runtime_error where ASHLAR_VECTORS is set and names a folder with no family at all.
std::optional<std::filesystem::path> vectors_of(const std::string& family);

/// Every .json under a folder, sorted by path.
std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder);

/// Throws std::runtime_error, with the path, on a file that does not parse.
boost::json::value read_json(const std::filesystem::path& file);

}  // namespace ashlar::conformance
