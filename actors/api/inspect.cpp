#include "actors/api/inspect.hpp"

#include <caf/actor_system_config.hpp>

namespace ashlar::api {

void register_messages(caf::actor_system_config& config) {
  config.add_message_type<address>("ashlar_address")
      .add_message_type<hash256>("ashlar_hash256")
      .add_message_type<block_number>("ashlar_block_number")
      .add_message_type<batch_number>("ashlar_batch_number")
      .add_message_type<epoch>("ashlar_epoch")
      .add_message_type<priority_id>("ashlar_priority_id")
      .add_message_type<ack>("ashlar_ack")
      .add_message_type<head_event>("ashlar_head_event")
      .add_message_type<pool_totals>("ashlar_pool_totals")
      .add_message_type<censor_list>("ashlar_censor_list")
      .add_message_type<batch_sealed>("ashlar_batch_sealed")
      .add_message_type<l1_batch_event>("ashlar_l1_batch_event")
      .add_message_type<settled_heads>("ashlar_settled_heads")
      .add_message_type<batch_progress>("ashlar_batch_progress")
      .add_message_type<role_status>("ashlar_role_status")
      .add_message_type<worker_hello>("ashlar_worker_hello")
      .add_message_type<proof_lease>("ashlar_proof_lease")
      .add_message_type<proof_progress>("ashlar_proof_progress")
      .add_message_type<batch_proof_status>("ashlar_batch_proof_status")
      .add_message_type<child_status>("ashlar_child_status")
      .add_message_type<std::vector<child_status>>("ashlar_child_status_list");
}

}  // namespace ashlar::api
