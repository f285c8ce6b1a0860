#include "test/support/guest_runs.hpp"

#include <atomic>
#include <mutex>
#include <thread>

#include "runtime/base/hex.hpp"
#include "runtime/guest/guest_main.hpp"
#include "runtime/types/batch.hpp"

namespace ashlar::test {

namespace {

constexpr std::size_t waiting_max = 64;

std::string text_of(u32 exit_code, const std::optional<hash256>& output) {
  return "exit code " + std::to_string(exit_code) + ", public input " +
         (output ? to_hex(*output) : std::string("none"));
}

}  // namespace

void guest_runs::ask(std::string name, bytes witness,
                     const result<stf::batch_result, stf::batch_error>& native) {
  question q{std::move(name), std::move(witness), 0, std::nullopt};
  if (native)
    q.output = public_input_hash(native->input);
  else
    q.exit_code = 1 + static_cast<u32>(native.error().code);
  waiting_.push_back(std::move(q));
  if (waiting_.size() == waiting_max) run_waiting();
}

const guest_runs::tally& guest_runs::finish() {
  run_waiting();
  return tally_;
}

void guest_runs::run_waiting() {
  std::atomic<std::size_t> next{0};
  std::mutex answers;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < waiting_.size();) {
      const auto got = riscv::run(program_, riscv::input_words(waiting_[i].witness), {cycles_max_});
      const std::lock_guard lock(answers);
      note(waiting_[i], got);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned n = std::max(1u, std::thread::hardware_concurrency()); n > 1; --n)
    threads.emplace_back(work);
  work();
  for (std::thread& t : threads) t.join();
  waiting_.clear();
}

void guest_runs::note(const question& q, const result<riscv::run_result, riscv::trap>& got) {
  if (!got && got.error().code == riscv::trap_code::cycle_limit) {
    tally_.too_long.push_back(q.name);
    return;
  }
  if (got) {
    tally_.cycles += got->cycles;
    if (got->cycles > tally_.cycles_longest) {
      tally_.cycles_longest = got->cycles;
      tally_.longest = q.name;
    }
    if (got->exit_code == q.exit_code && got->output == q.output) {
      ++tally_.same;
      return;
    }
  }
  if (got && q.output && got->exit_code == guest::exit_out_of_memory && !got->output) {
    tally_.out_of_memory.push_back(q.name);
    return;
  }
  ++tally_.other;
  if (tally_.complaints.size() < 50)
    tally_.complaints.push_back(
        q.name + ": natively " + text_of(q.exit_code, q.output) + ", in the guest " +
        (got ? text_of(got->exit_code, got->output) : describe(got.error())));
}

}  // namespace ashlar::test
