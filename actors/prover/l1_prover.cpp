#include "actors/prover/l1_prover.hpp"

#include <filesystem>
#include <new>
#include <utility>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/store/folder.hpp"
#include "runtime/types/batch.hpp"

namespace ashlar::prover {

using stark::recursion_error;

namespace {

constexpr char run_magic[8] = {'a', 's', 'h', 'l', 'a', 'r', 'r', 'u'};
constexpr std::size_t run_bytes = 8 + 8 + 8 + 32, checksum_bytes = 32;

bytes encode_run(const publisher::batch_run& run) {
  bytes out(run_bytes);
  std::copy(std::begin(run_magic), std::end(run_magic), out.begin());
  store_le64(out.data() + 8, run.first.value);
  store_le64(out.data() + 16, run.last.value);
  std::copy(run.accumulator.begin(), run.accumulator.end(), out.begin() + 24);
  append(out, crypto::blake3(out));
  return out;
}

std::optional<publisher::batch_run> decode_run(bytes_view raw) {
  if (raw.size() != run_bytes + checksum_bytes) return std::nullopt;
  if (!equal(crypto::blake3(raw.first(run_bytes)), raw.subspan(run_bytes))) return std::nullopt;
  if (!std::equal(std::begin(run_magic), std::end(run_magic), raw.begin())) return std::nullopt;
  publisher::batch_run run{
      batch_number{load_le64(raw.data() + 8)}, batch_number{load_le64(raw.data() + 16)}, {}};
  std::copy_n(raw.begin() + 24, 32, run.accumulator.begin());
  if (run.last < run.first || run.last.value - run.first.value >= l1_prover::batches_max)
    return std::nullopt;
  return run;
}

std::string_view name_of(stark::step_kind kind) {
  switch (kind) {
    case stark::step_kind::leaf:
      return "parts verified";
    case stark::step_kind::leaf_join:
      return "pairs of parts joined";
    case stark::step_kind::wrap:
      return "parts wrapped";
    case stark::step_kind::complete:
      return "batches completed";
    case stark::step_kind::join:
      return "pairs joined";
    case stark::step_kind::outer:
      return "outermost proofs";
    case stark::step_kind::given:
      break;
  }
  return "";
}

}  // namespace

result<std::unique_ptr<l1_prover>, std::string> l1_prover::open(const std::string& folder,
                                                                l1_prover_parts parts) {
  auto shelf = proof_folder::open(folder + "/proofs");
  if (!shelf) return fail(store::to_text(shelf.error()));
  if (const auto made = store::make_folder(folder + "/runs"); !made)
    return fail(store::to_text(made.error()));
  if (const auto cleared = store::remove_parts(folder + "/runs"); !cleared)
    return fail(store::to_text(cleared.error()));
  std::unique_ptr<l1_prover> out(new l1_prover(folder, std::move(*shelf), std::move(parts)));
  out->read_runs();
  return out;
}

std::string l1_prover::path_of(batch_number first) const {
  return folder_ + "/runs/" + std::to_string(first.value);
}

/// A record that is damaged is of no run that was begun: the publisher begins it again.
void l1_prover::read_runs() {
  std::error_code ec;
  for (const auto& e : std::filesystem::directory_iterator(folder_ + "/runs", ec)) {
    const auto raw = store::read_file(e.path().string(), run_bytes + checksum_bytes);
    if (!raw) continue;
    if (const auto run = decode_run(*raw)) runs_.insert_or_assign(run->first, begun_run{*run, {}});
  }
}

/// The archive's record of a proof of this very batch by this node's program.
std::optional<proof_record> l1_prover::record_of(batch_number number, const hash256& input) const {
  const auto checker = parts_.checker();
  if (!checker) return std::nullopt;
  auto r = parts_.archive.find(number);
  if (r && r->public_input_hash == input &&
      r->program_commitment == checker->program_commitment() && r->params == checker->params_name())
    return r;
  return std::nullopt;
}

std::optional<batch_number> l1_prover::ready_to(batch_number first) {
  std::optional<batch_number> out;
  for (batch_number n = first; n.value < first.value + batches_max; n = n.next()) {
    const auto batch = parts_.batches.get(n);
    if (!batch || !record_of(n, public_input_hash(batch->input))) break;
    out = n;
  }
  return out;
}

std::optional<publisher::batch_run> l1_prover::begun_from(batch_number first) {
  std::lock_guard lock{mutex_};
  const auto at = runs_.find(first);
  if (at == runs_.end()) return std::nullopt;
  wanted_ = first;
  return at->second.run;
}

void l1_prover::begin(const publisher::batch_run& run) {
  ensure(run.first <= run.last && run.last.value - run.first.value < batches_max);
  const std::string path = path_of(run.first);
  const auto kept = store::replace_file(path, path + ".part", encode_run(run));
  // It is begun all the same; a restart would begin anew, with all that was proved.
  if (!kept)
    parts_.log.error("run cannot be noted down",
                     {{"first", run.first.value}, {"why", store::to_text(kept.error())}});
  std::lock_guard lock{mutex_};
  wanted_ = run.first;
  const auto at = runs_.find(run.first);
  if (at != runs_.end() && at->second.run == run) return;
  if (at != runs_.end()) to_forget_.push_back(at->second.run);
  runs_.insert_or_assign(run.first, begun_run{run, {}});
  while (runs_.size() > runs_kept_max) {
    to_forget_.push_back(runs_.begin()->second.run);
    runs_.erase(runs_.begin());
  }
}

std::shared_ptr<const publisher::run_proof> l1_prover::finished(const publisher::batch_run& run) {
  std::lock_guard lock{mutex_};
  const auto at = runs_.find(run.first);
  if (at == runs_.end() || at->second.run != run) return nullptr;
  wanted_ = run.first;
  return at->second.proof;
}

std::string l1_prover::doing(const publisher::batch_run& run) {
  std::lock_guard lock{mutex_};
  const auto at = runs_.find(run.first);
  if (at == runs_.end() || at->second.run != run) return "it was not begun";
  if (at->second.proof) return "its proof is finished";
  return doing_.empty() ? "waits for the prover" : doing_;
}

std::string l1_prover::doing() const {
  std::lock_guard lock{mutex_};
  return doing_;
}

void l1_prover::say(std::string doing) {
  std::lock_guard lock{mutex_};
  doing_ = std::move(doing);
}

std::optional<publisher::batch_run> l1_prover::unfinished() const {
  std::lock_guard lock{mutex_};
  const auto at = wanted_ ? runs_.find(*wanted_) : runs_.end();
  return at != runs_.end() && !at->second.proof ? std::optional(at->second.run) : std::nullopt;
}

bool l1_prover::is_begun(const publisher::batch_run& run) const {
  std::lock_guard lock{mutex_};
  const auto at = runs_.find(run.first);
  return at != runs_.end() && at->second.run == run;
}

l1_prover::progress l1_prover::failed(const stark::recursion_failure& why) {
  say(why.text);
  if (why.what == stark::recursion_error::called_off) return progress::idle;
  if (why.what == stark::recursion_error::stale_keys) recursion_.reset();
  parts_.log.warning("proof for L1 does not get on", {{"why", why.text}});
  return progress::failed;
}

l1_prover::progress l1_prover::step(const std::function<bool()>& go_on) {
  try {
    return work(go_on);
  } catch (const std::bad_alloc& e) {  // the backend may be used again
    return failed({recursion_error::out_of_memory, std::string("out of memory: ") + e.what()});
  } catch (const std::exception& e) {
    close();
    return failed(
        {recursion_error::failed, std::string("the backend failed and was closed: ") + e.what()});
  }
}

l1_prover::progress l1_prover::work(const std::function<bool()>& go_on) {
  if (!recursion_) {
    say("prepares the circuits");
    auto opened = parts_.open(*shelf_);
    if (!opened)
      return failed(
          {recursion_error::failed, "the circuits cannot be prepared: " + opened.error()});
    recursion_ = std::move(*opened);
    say("");
  }
  forget_old_runs();
  if (const auto run = unfinished()) return prove(*run, go_on);
  return prove_ahead(go_on);
}

/// What only those runs needed. Batches of a run that is still remembered are left alone.
void l1_prover::forget_old_runs() {
  std::vector<publisher::batch_run> old;
  {
    std::lock_guard lock{mutex_};
    std::swap(old, to_forget_);
  }
  for (const publisher::batch_run& run : old) forget(run);
}

void l1_prover::forget(const publisher::batch_run& run) {
  const auto inputs = inputs_of(run);
  if (inputs) recursion_->prover->forget_outer(*inputs);
  batch_number oldest_kept = run.last.next();
  {
    std::lock_guard lock{mutex_};
    if (!runs_.empty()) oldest_kept = std::min(oldest_kept, runs_.begin()->first);
    if (!runs_.contains(run.first)) {
      std::error_code ec;
      std::filesystem::remove(path_of(run.first), ec);
    }
  }
  for (batch_number n = run.first; inputs && n < oldest_kept; n = n.next())
    recursion_->prover->forget_run((*inputs)[n.value - run.first.value]);
}

/// The public inputs of the batches that this node has; error where they are not the run's.
result<std::vector<hash256>, std::string> l1_prover::inputs_of(
    const publisher::batch_run& run) const {
  std::vector<hash256> out;
  hash256 accumulator;
  for (batch_number n = run.first; n <= run.last; n = n.next()) {
    const auto batch = parts_.batches.get(n);
    if (!batch) return fail(store::to_text(batch.error()));
    out.push_back(public_input_hash(batch->input));
    accumulator = chain_public_input(accumulator, out.back());
  }
  if (accumulator != run.accumulator)
    return fail(std::string("the batches of the run were laid again since it was begun"));
  return out;
}

std::vector<publisher::layer_time> l1_prover::last_layers() {
  std::lock_guard lock{mutex_};
  return last_layers_;
}

/// The run's own layers, and those of its batches, which may have been proved ahead of it.
void l1_prover::note_layers(std::span<const hash256> inputs, const layer_times& of_the_list) {
  layer_times sum = of_the_list;
  for (const hash256& input : inputs) {
    const auto at = batch_times_.find(input);
    if (at == batch_times_.end()) continue;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += at->second[i];
    batch_times_.erase(at);
  }
  const char* const names[] = {"leaf", "leaf_join", "wrap", "complete", "join", "outer"};
  std::vector<publisher::layer_time> layers;
  for (std::size_t i = 0; i < sum.size(); ++i)
    if (sum[i] != clock::duration{})
      layers.push_back(
          {names[i], static_cast<u64>(
                         std::chrono::duration_cast<std::chrono::milliseconds>(sum[i]).count())});
  if (layers.empty()) return;  // it was on the shelf
  std::lock_guard lock{mutex_};
  last_layers_ = std::move(layers);
}

stark::recursion_calls l1_prover::calls(std::string what, layer_times& times,
                                        const std::function<bool()>& go_on) {
  const auto now = [this] { return parts_.time ? parts_.time->steady() : clock::duration{}; };
  return {[this, what, now, &times, last = now()](const stark::recursion_progress& p) mutable {
            const auto at = std::exchange(last, now());
            times[static_cast<std::size_t>(p.kind) - 1] += last - at;
            say(what + ": " + std::to_string(p.done) + " of " + std::to_string(p.steps) + " " +
                std::string(name_of(p.kind)) + ", layer " + std::to_string(p.layer + 1) + " of " +
                std::to_string(p.layers));
          },
          go_on};
}

status<stark::recursion_failure> l1_prover::prove_batch(batch_number number, const hash256& input,
                                                        const std::function<bool()>& go_on) {
  stark::recursion_prover& prover = *recursion_->prover;
  if (prover.has_run(input)) return nothing{};
  const std::string what = "batch " + std::to_string(number.value);
  const auto not_at_hand = [&](const std::string& why) {
    return fail(stark::recursion_failure{recursion_error::not_at_hand, what + why});
  };
  const auto record = record_of(number, input);
  if (!record) return not_at_hand(" has no proof of its own yet");
  const auto proof = parts_.archive.read(*record);
  if (!proof) return not_at_hand(": " + store::to_text(proof.error()));
  say(what + ": begun");
  // Of batches that no run comes for, the times are not worth keeping.
  if (batch_times_.size() >= batches_max) batch_times_.erase(batch_times_.begin());
  auto done = prover.prove_run_claim(input, *proof, calls(what, batch_times_[input], go_on));
  if (!done)
    return fail(stark::recursion_failure{done.error().what, what + ": " + done.error().text});
  parts_.log.info("batch proved as one claim",
                  {{"batch", number.value}, {"segments", u64{record->segments}}});
  return nothing{};
}

l1_prover::progress l1_prover::prove(const publisher::batch_run& run,
                                     const std::function<bool()>& go_on) {
  const auto wanted = [&] { return (!go_on || go_on()) && is_begun(run); };
  const auto inputs = inputs_of(run);
  if (!inputs) return failed({recursion_error::not_at_hand, inputs.error()});
  for (batch_number n = run.first; n <= run.last; n = n.next())
    if (const auto done = prove_batch(n, (*inputs)[n.value - run.first.value], wanted); !done)
      return failed(done.error());
  layer_times times{};
  const auto outer = recursion_->prover->prove_outer(*inputs, calls("run", times, wanted));
  if (!outer) return failed(outer.error());
  note_layers(*inputs, times);
  auto stages = parts_.stages(run, *outer, *inputs);
  if (!stages)
    return failed(
        {recursion_error::failed, "the transactions for L1 cannot be made: " + stages.error()});
  parts_.log.info("proof for L1 finished", {{"first", run.first.value},
                                            {"last", run.last.value},
                                            {"proof_bytes", u64{outer->proof.size()}},
                                            {"transactions", u64{stages->stages.size()}}});
  std::lock_guard lock{mutex_};
  doing_.clear();
  const auto at = runs_.find(run.first);
  if (at != runs_.end() && at->second.run == run)
    at->second.proof = std::make_shared<const publisher::run_proof>(std::move(*stages));
  return progress::made;
}

/// The oldest batch that is neither proved on L1 nor one claim here. Batches that are laid again
/// have other public inputs, and are looked at when a run with them is begun.
l1_prover::progress l1_prover::prove_ahead(const std::function<bool()>& go_on) {
  if (parts_.batches.last() < ahead_) ahead_ = parts_.batches.last();
  const batch_number n = ahead_.next();
  const auto batch = parts_.batches.get(n);
  const auto settled = parts_.batches.settlement(n);
  if (!batch || !settled) return progress::idle;
  const hash256 input = public_input_hash(batch->input);
  if (settled->stage < batch_stage::proved) {
    if (!recursion_->prover->has_run(input) && !record_of(n, input)) return progress::idle;
    if (const auto done = prove_batch(n, input, go_on); !done) return failed(done.error());
  }
  ahead_ = n;
  say("");
  return progress::made;
}

}  // namespace ashlar::prover
