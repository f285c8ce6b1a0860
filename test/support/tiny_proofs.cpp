#include "test/support/tiny_proofs.hpp"

#include <random>

#include "runtime/riscv/ecall.hpp"
#include "runtime/riscv/machine.hpp"
#include "test/unit/chips/run_tables.hpp"

namespace ashlar::test {
namespace {

constexpr u32 input_at = 0x100;  // length, eight words of hash, rounds
constexpr u32 hash_at = input_at + 4, rounds_at = input_at + 36;

riscv::program tiny_program(u32 salt) {
  using op = riscv::operation;
  program_writer w;
  w.call(riscv::ecall::read, {input_at, 10});
  w.load_immediate(5, salt).emit(op::lw, 6, 0, 0, rounds_at);
  const u32 loop = w.pc();
  w.emit(op::mul, 5, 5, 6)
      .emit(op::xor_, 5, 5, 6)
      .emit(op::add, 6, 6, 0, ~0u)
      .emit(op::bne, 32, 6, 0, loop);
  return w.finish(hash_at);
}

class tiny_engine final : public prover::proof_engine {
 public:
  tiny_engine(u32 salt, u32 segment_cycles)
      : segment_cycles_(segment_cycles),
        program_(tiny_program(salt)),
        proving_(stark::make_run_key(stark::insecure_test, *backend_, program_)),
        key_(proving_.verifier()) {}

  hash256 program_commitment() const override { return key_.digest(); }
  std::string params_name() const override { return std::string(stark::insecure_test.name); }

  status<std::string> check(const hash256& public_input_hash, bytes_view proof) const override {
    const auto held = stark::verify_run(stark::insecure_test, key_, public_input_hash, proof);
    if (!held) return fail(std::string(stark::describe(held.error().what)));
    return nothing{};
  }

  result<prover::engine_proof, std::string> prove(
      bytes_view witness, const std::function<void(const prover::proving_progress&)>& progress,
      const std::atomic<bool>& cancelled) override {
    if (witness.size() != 36) return fail(std::string("the witness does not hold: its size"));
    stark::run_proof_options options;
    options.segments.cycles = segment_cycles_;
    u32 segments = 0;
    options.go_on = [&](stark::run_pass pass, u32 done) {
      if (pass == stark::run_pass::commit) segments = done + 1;
      const bool proving = pass == stark::run_pass::prove;
      if (progress) progress({proving ? 2u : 1u, done, proving ? segments : 0, 0});
      return !cancelled.load();
    };
    auto proved = stark::prove_run(stark::insecure_test, proving_, *backend_, program_,
                                   riscv::input_words(witness), options);
    if (!proved) return fail(proved.error().text());
    return prover::engine_proof{std::move(proved->proof), proved->run.cycles, proved->segments};
  }
  u64 expected_bytes(u32 segments) const override {
    return prover::expected_proof_bytes(stark::insecure_test, segments);
  }

 private:
  u32 segment_cycles_;
  std::unique_ptr<stark::prover_backend> backend_ = stark::make_cpu_backend(1);
  riscv::program program_;
  stark::run_proving_key proving_;
  stark::run_key key_;
};

class liar final : public prover::proof_engine {
 public:
  liar(lie what, const public_input& batch) : what_(what), told_(batch) {
    if (what == lie::another_state) told_.state_after[1] ^= 1;
    if (what == lie::another_chain) ++told_.chain_id;
  }

  hash256 program_commitment() const override { return honest_.program_commitment(); }
  std::string params_name() const override { return honest_.params_name(); }
  status<std::string> check(const hash256& input, bytes_view proof) const override {
    return honest_.check(input, proof);
  }
  result<prover::engine_proof, std::string> prove(
      bytes_view witness, const std::function<void(const prover::proving_progress&)>& progress,
      const std::atomic<bool>& cancelled) override {
    if (what_ == lie::random_bytes) {
      std::mt19937_64 random(load_le64(witness.data()));
      bytes noise(20'000);
      for (u8& b : noise) b = static_cast<u8>(random());
      return prover::engine_proof{std::move(noise), 1, 1};
    }
    if (what_ == lie::another_program) return other_.prove(witness, progress, cancelled);
    const u32 rounds = load_le32(witness.data() + 32);
    return honest_.prove(tiny_witness(public_input_hash(told_), rounds), progress, cancelled);
  }
  u64 expected_bytes(u32 segments) const override { return honest_.expected_bytes(segments); }

 private:
  lie what_;
  public_input told_;
  tiny_engine honest_{0, 64}, other_{1, 64};
};

}  // namespace

bytes tiny_witness(const hash256& public_input_hash, u32 rounds) {
  ensure(rounds > 0);
  bytes out = to_bytes(public_input_hash);
  out.resize(36);
  store_le32(out.data() + 32, rounds);
  return out;
}

std::unique_ptr<prover::proof_engine> make_tiny_engine(u32 salt, u32 segment_cycles) {
  return std::make_unique<tiny_engine>(salt, segment_cycles);
}

std::unique_ptr<prover::proof_engine> make_liar(lie what, const public_input& batch) {
  return std::make_unique<liar>(what, batch);
}

}  // namespace ashlar::test
