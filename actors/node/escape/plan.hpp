#pragma once

#include <span>
#include <string>

#include "actors/node/chain/l1_history.hpp"
#include "net/l1/chain_contract.hpp"
#include "runtime/store/batch_store.hpp"

/// What an escape decides, from what L1 says and nothing else.
namespace ashlar::node {

/// What can be done for a chain without its operator.
struct escape_verdict {
  enum class what : u8 {
    nothing_queued,  ///< every operation is executed
    closed,          ///< not yet: `opens_at`
    frozen,          ///< until the freeze ends, or the governor ends it
    no_verifier,     ///< until the governor names one
    execute,         ///< proved batches, unless a batch was begun that can replace them
    settle,          ///< a batch of the operations that are not executed
  };
  what can = what::nothing_queued;
  unix_seconds opens_at;  ///< of `closed`: L1's clock, from then on the escape is open
  std::string why;        ///< a sentence for people
};
escape_verdict judge(const l1::escape_standing& s);

/// Which operations a batch is to take, by their times of request from the first that is not
/// executed on, in order.
struct operations_choice {
  u64 demanded = 0;  ///< L1 takes no batch without these
  u64 settled = 0;   ///< these are too deep to be reorganised away; never fewer than `demanded`
};
/// `overdue`: how many of the queue's first ones are, for the time of the batch.
operations_choice choose_operations(const l1::escape_standing& s,
                                    std::span<const queued_on_l1> queue, u64 overdue,
                                    u64 confirmations);

/// Whether a batch that takes the first `taken` of the queue may leave the next out, though it is
/// overdue. True where there is none.
bool may_leave_the_rest(std::span<const queued_on_l1> queue, u64 taken);

/// The rolling hashes of a queue: of none, of the first, and so on.
std::vector<hash256> rolling_hashes(std::span<const queued_on_l1> queue);

/// What a batch is held to on L1 at the time of `s`.
struct batch_outlook {
  std::string refusal;       ///< why L1 would not take it; empty: it would
  unix_seconds settle_till;  ///< by L1's clock: until then, as far as can be told
};
/// `rolling`: of L1's queue. `left_out_requested_at`: of the first operation behind the batch; none
/// where there is none, or where the batch may leave it out whenever that was.
batch_outlook outlook_of(const store::sealed_batch& batch, const l1::escape_standing& s,
                         std::span<const hash256> rolling,
                         std::optional<unix_seconds> left_out_requested_at);

/// A moment as people and other programs read it: 2026-11-27T10:00:00Z.
std::string utc_text(unix_seconds at);

}  // namespace ashlar::node
