#pragma once

#include "actors/node/stack.hpp"
#include "actors/node/toml_reader.hpp"

namespace ashlar::node {

/// Where a node's secrets are; never in the configuration itself.
struct key_files {
  std::string sequencer, operator_account;  ///< sealed key files
  std::string passphrase_file;              ///< first line; mode 0600
};

struct node_files {
  stack_config stack;  ///< without keys
  key_files keys;
};

/// Reads node.toml (configs/node/*.toml documents every key) and the chain's files that it names;
/// relative paths are relative to its folder. Every value is checked.
result<node_files, std::string> read_node_config(const std::string& path);

/// Reads every key into the configs; separate so that a test can hold the documentation to it.
void read_node_keys(toml_reader& file, node_files& out, std::string& chain_folder);

}  // namespace ashlar::node
