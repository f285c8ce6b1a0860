#pragma once

#include "actors/node/chain/toml_reader.hpp"
#include "actors/node/stack.hpp"

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

/// A process that proves for a coordinator on this machine, and does nothing else.
struct worker_files {
  std::string socket;  ///< the coordinator's
  prover::worker_config worker;
  engine_config engine;
  api::log_level log_level = api::log_level::info;
  api::log_format log_format = api::log_format::text;
};

/// What a configuration file is of, by its key `roles`: "prover_worker" alone, or those of a chain.
enum class node_kind : u8 { chain, prover_worker };
result<node_kind, std::string> read_node_kind(const std::string& path);

/// Reads prover_worker.toml, as read_node_config does its own.
result<worker_files, std::string> read_worker_config(const std::string& path);
void read_worker_keys(toml_reader& file, worker_files& out);

}  // namespace ashlar::node
