#include "runtime/stark/machine/segment_feed.hpp"

#include <algorithm>
#include <thread>

#include "runtime/stark/machine/segment_rows.hpp"

namespace ashlar::stark {

segment_feed::segment_feed(machine_kind machine, const riscv::program& program,
                           std::span<const u32> input, const riscv::segment_limits& segments,
                           const riscv::run_limits& limits, unsigned workers, bool shaped, pass of)
    : machine_(machine),
      program_(program),
      tracer_(program, input, segments, limits,
              with_chips_of(machine, []<class Chips>() { return calls_of<Chips>(); })),
      workers_(workers != 0 ? workers : std::max(1u, std::thread::hardware_concurrency())),
      shaped_(shaped),
      pass_(of),
      following_(std::async(std::launch::async, [this] { return make(); })) {}

result<segment_feed::filled_segment, riscv::trap> segment_feed::next() {
  auto out = following_.get();
  if (out && !out->last) following_ = std::async(std::launch::async, [this] { return make(); });
  return out;
}

result<segment_feed::filled_segment, riscv::trap> segment_feed::make() {
  segment_.clear();
  ASHLAR_CHECK(tracer_.next(segment_));
  const segment_shape* shape = shaped_ ? cheapest_shape(segment_) : nullptr;
  ensure(!shaped_ || shape != nullptr);
  const bool only = segment_.last && segment_.index == 1;
  const auto tables = pass_ == pass::whole || only ? tables_of : global_tables_of;
  return filled_segment{claim_of(segment_), tables(machine_, segment_, program_, workers_, shape),
                        segment_.last};
}

machine_tables segment_feed::memory() const {
  return memory_tables(program_, tracer_.touched_memory(), segment_.registers, segment_.index,
                       run().output.value(), shaped_);
}

}  // namespace ashlar::stark
