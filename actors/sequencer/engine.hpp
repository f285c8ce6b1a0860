#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "actors/sequencer/answer_board.hpp"
#include "actors/sequencer/block_builder.hpp"
#include "actors/sequencer/confirmation.hpp"
#include "actors/sequencer/mempool.hpp"
#include "runtime/base/clock.hpp"

namespace ashlar::sequencer {

struct engine_config {
  mempool_config pool;
  u32 chunk_txns = 256;  ///< executed between looks at whether the log is free
  u32 block_txns_max = 10'000;
  u64 waits_max = 200'000;  ///< submissions that wait for their confirmation
  u32 priority_waiting_max = 10'000;
  /// A block of at most so many is committed by the thread that executed it, where nothing waits to
  /// be executed meanwhile: one thread less between a lone transaction and its confirmation.
  u32 lone_txns_max = 16;
  u32 tick_ms = 20;  ///< how late a deadline may be noticed
  u64 proving_cycles_max =
      ~u64{0};  ///< of a block, see block_builder; a batch's, so that each fits one
  /// How old, by L1's time, the oldest block that no batch on L1 has may be where anything but
  /// operations of its queue is confirmed; less than the age at which L1 refuses its batch.
  u64 uncommitted_s_max = ~u64{0};
  bool threads = true;  ///< off: only `step` works (tests)
  evm::workspace_config execution;
};

/// What is wrong with it; empty when nothing is.
std::string check(const engine_config& config);

/// What L1 has of the chain.
struct l1_standing {
  block_number committed;  ///< the last block that a batch there has
  unix_seconds now;        ///< L1's time
};

/// What the engine stands on. All outlive it.
struct engine_parts {
  const chain_config& chain;
  store::chain_store& store;
  const ashlar::clock& time;
  confirmation_signer& signer;
  epoch writer;  ///< the lease under which it writes to the log
  /// The head moved; from the committing thread. May be empty.
  std::function<void(const api::head_event&)> on_head;
  /// The process must end with this message; once, from any thread. Must not call `stop`.
  std::function<void(const std::string&)> on_fatal;
  /// Until when a block may hold more than operations of L1's queue, where the chain has those
  /// before this id: a later one could leave out what L1 demands by then (or somebody may have
  /// asked for what this node has not seen), and no batch with it would ever be committed. From the
  /// executing thread. Empty: always.
  std::function<unix_seconds(priority_id next)> priority_horizon = {};
  /// The latest time that a block may have now, whatever the clock says: L1 takes nothing from its
  /// future, and time does not go back behind a block. From any thread. Empty: any.
  std::function<unix_seconds()> date_max = {};
  /// Why no block at all may be made now; an empty answer: one may. From any thread. Empty: always.
  std::function<std::string()> held_by = {};
  /// From the executing thread, where `held_by` holds nothing. Empty: L1 has whatever it must.
  std::function<l1_standing()> l1 = {};
};

/// The sequencer without its actor: takes transactions, executes them into blocks, makes each
/// block durable, publishes it, answers. Execution of the next block overlaps the log's sync of
/// the last one: a block takes in what arrives until the log is free, so that a lone transaction
/// waits for nothing and a flood is laid in large blocks. Thread-safe.
class engine {
 public:
  engine(const engine_config& config, engine_parts parts);
  ~engine();
  engine(const engine&) = delete;

  /// Executes the blocks that the log has and the state lacks, through the code that made them.
  /// Empty, or why the chain cannot go on. To be called once, before `start`.
  std::string recover();
  void start();
  /// Answers everyone who waits with `shutting_down`; joins the threads.
  void stop();
  /// Refuses new transactions from now on; true when nothing executable is left.
  bool drain();

  /// Offers transactions; `done` is called once, here or from another thread. False: too many
  /// wait, `done` is not called.
  bool submit(const api::submission_list_ptr& list, answer_function done);

  struct gap {
    priority_id due;
  };
  /// Operations of the L1 queue, consecutive ids; those that the chain has are ignored. The next
  /// id that is due, or a gap where the first is above it. Takes no more than may wait.
  result<priority_id, gap> add_priority(const api::priority_list& ops);
  priority_id next_priority() const;

  /// Whether nothing but operations goes into blocks now; see engine_parts::priority_horizon and
  /// engine_config::uncommitted_s_max.
  bool waits_for_l1() const noexcept { return waits_for_ != wait::nothing; }

  /// Why no block at all is made now; empty: one may be. See engine_parts::held_by.
  std::string held_by() const { return parts_.held_by ? parts_.held_by() : std::string(); }

  /// Why transactions are not confirmed now, for whoever waits; empty: they are.
  std::string why_unconfirmed() const;

  /// What is wrong with this machine's clock, as far as it shows; empty: nothing.
  std::string clock_alarm() const;

  /// Signed; none where no published block has the transaction.
  std::optional<api::soft_confirmation> confirm(const hash256& txn_hash) const;

  mempool& pool() noexcept { return pool_; }
  const mempool& pool() const noexcept { return pool_; }
  api::head_event head() const;

  /// Without threads: makes at most one block of what waits. False where there was nothing.
  bool step();
  /// Deadlines and expiry. With threads, called by them.
  void tick();
  /// Answers those whose deadline has passed, even where the disk holds up the engine's threads.
  void expire_waits() { board_.expire(parts_.time.steady()); }

  struct counters {
    u64 blocks = 0, txns = 0, priority_txns = 0, gas = 0;
    u64 submitted = 0, refused = 0, dropped = 0, deferred = 0;
    u64 execute_ns = 0, finish_ns = 0, append_ns = 0, publish_ns = 0;
    u64 replayed_blocks = 0, replayed_txns = 0;
    u64 priority_waiting = 0;
  };
  counters totals() const;

 private:
  bool build();
  bool has_candidates() const;
  bool has_priority() const;
  /// For what anything but operations has to wait.
  enum class wait : u8 {
    nothing,
    queue,    ///< for L1's queue to be read, or taken from
    commits,  ///< for batches on L1
  };
  wait must_wait(unix_seconds now);
  bool is_past_horizon(unix_seconds at, priority_id next) const;
  bool is_uncommitted_too_long();
  unix_seconds now() const;
  unix_seconds pool_time() const;
  void add_priority_ops();
  bool add_chunk();
  bool hand_over();
  bool commit(const store::executed_block_ptr& block);
  bool commit_alone(const store::executed_block_ptr& block);
  void answer_block(const store::executed_block& block);
  void tell_drops();
  void run_executor();
  void run_committer();
  void guard(const char* what, const std::function<void()>& body);
  void fatal(const std::string& why);
  bool log_is_free() const;
  void wake();
  api::soft_confirmation confirmation(const store::stored_block& b, u32 index, bool sign) const;

  const engine_config config_;
  engine_parts parts_;
  const unix_seconds made_at_;  ///< by the wall
  const clock::duration made_steady_;
  mempool pool_;
  answer_board board_;
  block_builder builder_;

  mutable std::mutex priority_mutex_;
  std::deque<api::priority_op> priority_;
  u64 priority_next_ = 0;  // due: behind those that wait

  mutable std::mutex mutex_;        // guards what follows
  std::condition_variable work_;    // for the executor
  std::condition_variable sealed_;  // for the committer
  bool has_work_ = false;
  store::executed_block_ptr handed_;  // executed, not taken by the committer
  bool committing_ = false;

  std::atomic<bool> stopping_{false}, draining_{false}, failed_{false}, block_open_{false};
  std::atomic<wait> waits_for_{wait::nothing};
  /// The oldest block that L1 lacks: its time, and the first operation that L1 has in no batch.
  struct {
    block_number number;
    unix_seconds since;
    priority_id next;
  } uncommitted_;  // the executing thread's
  std::thread executor_, committer_;

  std::atomic<u64> blocks_{0}, txns_{0}, priority_txns_{0}, gas_{0}, submitted_{0}, refused_{0},
      dropped_{0}, deferred_{0}, execute_ns_{0}, finish_ns_{0}, append_ns_{0}, publish_ns_{0},
      replayed_blocks_{0}, replayed_txns_{0};
};

}  // namespace ashlar::sequencer
