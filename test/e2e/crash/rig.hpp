#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "actors/node/chain/chain_spec.hpp"
#include "actors/node/process/child_process.hpp"
#include "actors/node/process/scratch_folder.hpp"
#include "net/l1/client.hpp"

namespace ashlar::test {

/// Why a test cannot go on, as a sentence.
struct rig_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct rig_options {
  std::vector<address> funded;  ///< have ether in genesis
  u32 l1_block_ms = 200;
  std::string node_keys;  ///< more lines of node.toml; rig.cpp has those of every test
  /// The node is settling_node, which seals more slowly, since it proves; the chain's governor has
  /// no delay.
  bool settles = false;
};

/// An operator's machine: anvil with the ecosystem and one chain, key files, node.toml, and
/// `ashlar node` as a process of its own that is killed and started again. anvil lives on. Errors
/// are thrown. One thread starts and ends processes.
class rig {
 public:
  explicit rig(const rig_options& options);
  ~rig();

  /// Starts `ashlar node`; returns at once.
  void start_node();
  /// Until its RPC answers.
  void await_node();
  /// SIGKILL. From any thread the kernel sees it at once; the process is gone on return.
  void kill_node();
  /// The node stands still, all of it on return, until it goes on or is killed.
  void pause_node();
  void resume_node();
  /// SIGTERM, and its exit code.
  int end_node();
  /// Waits until it ends by itself; its exit code.
  int await_end(u32 patience_s);
  /// L1 answers nothing, until it goes on.
  void pause_l1();
  void resume_l1();
  /// L1 answers nothing more.
  void stop_l1() { anvil_.kill_at_once(); }
  pid_t node_pid() const noexcept { return node_.pid(); }
  /// What the present or last process said.
  std::string node_log() const;

  /// Clients are to use a node that runs elsewhere, in this process for one.
  void use_endpoint(const std::string& endpoint);
  /// Where the node answers since its last start; empty while that is not known.
  std::string l2_endpoint() const;
  const std::string& l1_endpoint() const noexcept { return l1_endpoint_; }
  std::unique_ptr<l1::client> connect(const std::string& endpoint) const;
  const node::chain_spec& chain() const noexcept { return spec_; }
  /// Proposes to the chain's governor, too.
  const l1::signer& deployer() const noexcept { return *deployer_; }
  const address& operator_account() const noexcept { return operator_; }
  std::string folder() const { return scratch_.path(); }
  std::string data_folder() const { return folder() + "/data"; }
  std::string chain_folder() const { return folder() + "/chain"; }
  /// `ashlar`.
  std::string program() const { return program_; }

 private:
  void start_anvil(u32 block_ms);
  address make_key(const std::string& name);
  void write_config(const rig_options& options);
  std::string find_endpoint() const;

  node::scratch_folder scratch_;
  std::string program_, node_program_;
  std::string l1_endpoint_;
  node::child_process anvil_, node_;
  node::chain_spec spec_;
  std::unique_ptr<l1::signer> deployer_;
  address operator_;
  u32 runs_ = 0;
  mutable std::mutex mutex_;
  std::string l2_endpoint_;
};

/// An L1 account that anvil gives ether to, other than the deployer.
std::unique_ptr<l1::signer> rich_l1_account();

/// Asks `probe` until it says yes; throws what was waited for when that takes too long. Another
/// process's doing has no event to wait for but its answer.
void await(const std::string& what, u32 patience_s, const std::function<bool()>& probe,
           u32 every_ms = 3);

template <class T>
T must(l1::l1_result<T> r, const char* what) {
  if (!r.ok()) throw rig_error(std::string(what) + ": " + r.error().text);
  return std::move(*r);
}

}  // namespace ashlar::test
