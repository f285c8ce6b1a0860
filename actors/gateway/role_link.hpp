#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/api/messages.hpp"
#include "actors/gateway/config.hpp"
#include "actors/gateway/in_flight.hpp"
#include "net/rpc/backend.hpp"

namespace caf {
class actor_system;
}
namespace ashlar::supervision {
class role_directory;
}

namespace ashlar::gateway {

namespace roles {
inline const std::string sequencer = "sequencer";
inline const std::string l1_listener = "l1_listener";
inline const std::string publisher = "publisher";
inline const std::string prover = "prover";
}  // namespace roles

/// What a role says of itself; nothing where it does not answer or runs no more.
struct role_report {
  std::string role;
  std::optional<api::role_status> said;
  u64 restarts = 0;       ///< after failures
  std::string why_ended;  ///< where nobody plays it now
};

/// From plain threads to roles and back: requests go through one small actor, so that threads
/// never touch a mailbox. Roles are looked up for each request, so a restarted one is found.
/// Every callback is called exactly once, whatever becomes of the role or the actor system; on an
/// actor's thread, so it returns soon. Errors are `unavailable`. Thread-safe.
class role_link {
 public:
  template <class T>
  using callback = std::function<void(rpc::answer<T>)>;

  /// `system` and `roles` outlive this.
  role_link(caf::actor_system& system, const supervision::role_directory& roles,
            const gateway_config& config);
  /// Ends the actor. Callbacks that are open are called with an error, perhaps after this.
  ~role_link();
  role_link(const role_link&) = delete;

  /// Not bounded here: the caller counts transactions.
  void submit(api::submission_list_ptr list, std::chrono::milliseconds timeout,
              callback<api::submit_answer_list_ptr> done);

  // Questions, bounded in number: with a callback, or waiting at most ask_timeout and a little.
  void pending_nonce(const address& who, callback<u64> done);
  rpc::answer<u64> pending_nonce(const address& who);
  rpc::answer<api::pool_lookup_ptr> lookup(const hash256& txn_hash);
  rpc::answer<api::soft_confirmation_ptr> confirmation(const hash256& txn_hash);
  rpc::answer<api::pool_totals> totals();
  rpc::answer<api::batch_progress> progress(batch_number n);
  rpc::answer<api::settled_heads> settled();
  rpc::answer<api::fleet_report_ptr> fleet();
  rpc::answer<api::batch_proof_status> proof_of(batch_number n);
  /// Every role that was ever played here; those that are now, asked at the same time.
  std::vector<role_report> reports();

  const in_flight& asks() const noexcept { return *asks_; }

 private:
  struct bridge;
  std::unique_ptr<bridge> bridge_;
  const supervision::role_directory& roles_;
  const gateway_config& config_;
  std::shared_ptr<in_flight> asks_;
};

}  // namespace ashlar::gateway
