#pragma once

#include <functional>
#include <span>
#include <vector>

#include "actors/api/messages.hpp"
#include "actors/gateway/work_pool.hpp"
#include "net/rpc/settlement.hpp"
#include "net/rpc/submit.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/types/chain_config.hpp"
#include "runtime/types/txn.hpp"

/// What is checked of a transaction before the sequencer hears of it: all that needs no state.
namespace ashlar::gateway {

using admitted = result<api::submission, rpc::submit_error>;

/// A transaction before its sender is recovered, or why it is refused. What follows `body` is
/// there where it is not refused: all that a recovery needs, so that it needs no hash.
struct checked_txn {
  result<txn, rpc::submit_error> body;
  crypto::recovery asked;  ///< whose answer is the sender
  hash256 hash;
  u32 encoded_bytes = 0;
};

/// Decodes, checks what needs neither state nor sender, and hashes what passes. What is refused
/// here, and that is all but bad signatures, has cost no more than a decode. `raw` is not kept.
checked_txn check(bytes_view raw, const chain_config& chain, revision rules);

/// So many senders are recovered together: eight cost little more than one where the processor has
/// vectors for it (runtime/crypto).
inline constexpr std::size_t admitted_together = 8;

/// Recovers the senders of what was let pass. As many answers as there are in `list`, in order.
std::vector<admitted> recovered(std::vector<checked_txn> list);

/// Both for one.
admitted admit(bytes_view raw, const chain_config& chain, revision rules);

/// `admit` for each: a short list by the caller at once, a longer one by the pool's threads, so
/// that no list keeps the caller from those behind it; by the caller where the pool takes nothing.
/// `done` is called once, on whichever thread ends last, with as many answers as `raw` has, in
/// order. `raw` and what it points to, and `chain`, stay valid until then.
void admit_all(std::span<const bytes_view> raw, const chain_config& chain, revision rules,
               work_pool& pool, std::function<void(std::vector<admitted>)> done);

rpc::submit_error to_submit_error(const txn_error& e);
/// Precondition: e.code is neither `none` nor `not_confirmed_in_time`.
rpc::submit_error to_submit_error(const api::drop_reason& e);
/// Code and sentence of ashlar_dropReason. The pool keeps no time: `at` is zero.
rpc::drop_reason to_drop_reason(const api::drop_reason& e);

}  // namespace ashlar::gateway
