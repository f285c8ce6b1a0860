#include <random>

#include <catch2/catch.hpp>

#include "actors/prover/cycle_phases.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/poseidon2.hpp"
#include "runtime/riscv/ecall.hpp"
#include "runtime/riscv/tracer.hpp"
#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/field/gl3.hpp"
#include "runtime/types/batch.hpp"
#include "test/support/batch_workload.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/guest_runs.hpp"
#include "test/support/trace_checker.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// exit_out_of_memory of runtime/guest/guest_main.hpp, which does not compile here.
constexpr u32 guest_exit_out_of_memory = 102;

const riscv::program& stf_program() {
  static const riscv::program p = guest_program(ASHLAR_STF_ELF);
  return p;
}

riscv::run_result ran(bytes_view witness) {
  auto r = riscv::run(stf_program(), riscv::input_words(witness), {1u << 30});
  if (!r) FAIL(describe(r.error()));
  return *r;
}

}  // namespace

TEST_CASE("the guest leaves the public input that the native function computes", "[guest]") {
  for (u64 seed = 1; seed <= 12; ++seed) {
    batch_workload work(seed);
    for (int batch = 0; batch < 2; ++batch) {
      CAPTURE(seed, batch);
      const auto sealed = work.next(2, 6);
      const auto r = ran(stf::encode_batch_witness(sealed.witness));
      REQUIRE(r.exit_code == 0);
      REQUIRE(r.output == public_input_hash(sealed.native.input));
      REQUIRE(r.ecalls[static_cast<std::size_t>(riscv::ecall::blake3_compress)] > 0);
      REQUIRE(r.ecalls[static_cast<std::size_t>(riscv::ecall::mod256_mul_add)] > 0);
    }
  }
}

TEST_CASE("the guest and the native function agree on a thousand random batches", "[guest]") {
  test::guest_runs guest(stf_program(), u64{1} << 33);
  for (u64 seed = 1000; seed < 1200; ++seed) {
    batch_workload work(seed);
    for (u64 batch = 0; batch < 5; ++batch) {
      const auto sealed = next_of_thousand(work, seed, batch);
      guest.ask("seed " + std::to_string(seed) + ", batch " + std::to_string(batch),
                stf::encode_batch_witness(sealed.witness), sealed.native);
    }
  }
  const auto& all = guest.finish();
  for (const std::string& complaint : all.complaints) UNSCOPED_INFO(complaint);
  CHECK(all.same == 1000);
  CHECK(all.other == 0);
  CHECK(all.too_long.empty());
  CHECK(all.out_of_memory.empty());
}

TEST_CASE("memory that transactions gave back does not add up in the guest", "[guest]") {
  // given: a contract that touches the last word of 2.9 MB, for 16.2 million gas
  const address greedy{{0x9e}};
  memory_state state;
  constexpr u64 senders = 20, rounds = 10;
  for (u64 i = 0; i < senders; ++i)
    state.put(test_key(i).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  state.put(greedy, {1, {}, evm::empty_code_hash, 0}, *from_hex("0x6000622c00005200"));
  memory_chain chain(state);
  // when: a batch has two hundred such transactions
  std::vector<std::pair<unix_seconds, std::vector<txn>>> blocks;
  for (u64 i = 0; i < senders * rounds; ++i) {
    if (i % 5 == 0) blocks.push_back({unix_seconds{1'700'000'000 + i}, {}});
    blocks.back().second.push_back(
        signed_txn(chain.config, test_key(i % senders), i / senders, greedy, {}, {}, 16'700'000));
  }
  const auto sealed = chain.seal(blocks);
  for (const receipt& r : sealed.receipts) {
    REQUIRE(r.success);
    REQUIRE(r.gas_used > 16'000'000);
  }
  // then: the guest has room for them
  const auto r = ran(stf::encode_batch_witness(sealed.witness));
  REQUIRE(r.exit_code == 0);
  REQUIRE(r.output == public_input_hash(sealed.native.input));
}

TEST_CASE("large codes that are called and end at once cost the guest what their gas pays for",
          "[guest]") {
  // given: forty codes of 24,576 times SLOAD, which are as much as a block's proof holds, and a
  // contract that calls each twice with 100 gas
  constexpr u32 codes = 40, code_bytes = 24'576;
  constexpr u64 txns = 6;
  const address driver{{0x9e}};
  const auto at_of = [](u32 i) {
    address a{};
    a[0] = 0xc0;
    a[19] = static_cast<u8>(i);
    return a;
  };
  memory_state state;
  state.put(test_key(0).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  bytes calls;
  for (u32 i = 0; i < codes; ++i) {
    bytes code(code_bytes, 0x54);
    code.back() = static_cast<u8>(i);
    state.put(at_of(i), {1, {}, evm::empty_code_hash, 0}, code);
    for (int twice = 0; twice < 2; ++twice) {
      append(calls, *from_hex("0x5f5f5f5f73"));
      append(calls, {at_of(i).data(), 20});
      append(calls, *from_hex("0x6064fa50"));
    }
  }
  state.put(driver, {1, {}, evm::empty_code_hash, 0}, calls);
  memory_chain chain(state);
  std::vector<std::pair<unix_seconds, std::vector<txn>>> blocks{{unix_seconds{1'700'000'000}, {}}};
  for (u64 i = 0; i < txns; ++i)
    blocks.back().second.push_back(
        signed_txn(chain.config, test_key(0), i, driver, {}, {}, 2'000'000));
  // when
  const auto sealed = chain.seal(blocks);
  const u64 gas = sealed.receipts.back().cumulative_gas_used;
  const auto r = ran(stf::encode_batch_witness(sealed.witness));
  // then: it has room, and time
  REQUIRE(r.exit_code == 0);
  REQUIRE(r.output == public_input_hash(sealed.native.input));
  CHECK(gas < 1'300'000);
  CHECK(r.cycles < 100 * gas);
}

TEST_CASE("the guest and the native function end alike on tampered witnesses", "[guest]") {
  batch_workload work(77);
  const auto sealed = work.next(1, 4);
  const bytes honest = stf::encode_batch_witness(sealed.witness);
  int refused = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    bytes changed = honest;
    const std::size_t at = i * (honest.size() - 1) / 59;
    changed[at] ^= static_cast<u8>(1 << (i % 8));
    const auto native = stf::apply_batch(changed);
    const auto r = ran(changed);
    CAPTURE(i, at);
    if (native.ok()) {
      REQUIRE(r.exit_code == 0);
      REQUIRE(r.output == public_input_hash(native->input));
      REQUIRE(r.output != public_input_hash(sealed.native.input));
    } else {
      REQUIRE(r.exit_code == 1 + static_cast<u32>(native.error().code));
      REQUIRE_FALSE(r.output.has_value());
      ++refused;
    }
  }
  REQUIRE(refused > 30);
}

TEST_CASE("cut, extended and empty witnesses end the guest with a code, without output",
          "[guest]") {
  batch_workload work(78);
  const bytes honest = stf::encode_batch_witness(work.next(1, 2).witness);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, honest.size() / 2, honest.size() - 1}) {
    const auto r = ran(bytes_view(honest).first(size));
    REQUIRE(r.exit_code != 0);
    REQUIRE_FALSE(r.output.has_value());
  }
  bytes longer = honest;
  longer.push_back(0);
  REQUIRE(ran(longer).exit_code != 0);
}

TEST_CASE("an input length that the host made up cannot overwrite the guest's memory", "[guest]") {
  // given: a length beyond the input; the run cannot be completed
  const auto beyond = riscv::run(stf_program(), std::vector<u32>{100, 1, 2, 3}, {1u << 30});
  REQUIRE_FALSE(beyond.ok());
  REQUIRE(beyond.error().code == riscv::trap_code::input_exhausted);
  // given: lengths beyond the heap, those of 2^30 words among them, and words for all of the RAM
  std::vector<u32> input(std::size_t{1} << 24, 0x00000073);
  for (const u32 length : {0x20000000u, 0x40000001u, 0xfffffffcu, 0xfffffffdu, 0xffffffffu}) {
    input[0] = length;
    const auto r = riscv::run(stf_program(), input, {1u << 30});
    // then: it ends with a code, before it has read any
    CAPTURE(length);
    REQUIRE(r.ok());
    REQUIRE(r->exit_code == guest_exit_out_of_memory);
    REQUIRE(r->ecalls[static_cast<std::size_t>(riscv::ecall::read)] == 1);
  }
}

TEST_CASE("a profile tells the phases of a batch apart, to the last cycle", "[guest]") {
  batch_workload work(6);
  const auto sealed = work.next(2, 5);
  const auto functions = riscv::function_symbols(whole_file(ASHLAR_STF_ELF));
  REQUIRE(functions.ok());
  const auto p = riscv::run_profiled(
      stf_program(), riscv::input_words(stf::encode_batch_witness(sealed.witness)), *functions);
  REQUIRE(p.ok());
  // The compiler kept every function that a phase is told by.
  for (const prover::phase_function& f : prover::phase_functions) {
    CAPTURE(f.function);
    REQUIRE(p->functions.contains(f.function));
  }
  u64 sum = 0;
  for (const auto& [phase, cycles] : prover::cycles_by_phase(*p)) {
    CAPTURE(phase);
    REQUIRE(cycles > 0);
    REQUIRE(cycles < p->run.cycles);
    sum += cycles;
  }
  REQUIRE(sum == p->run.cycles);
}

TEST_CASE("a profile names every call that the batch's machine answers by the way", "[guest]") {
  constexpr auto machine = stark::calls_of<stark::execution_chips>();
  for (u32 number = 0; number < 64; ++number) {
    CAPTURE(number);
    const auto call = static_cast<riscv::ecall>(number);
    const bool once = call == riscv::ecall::halt || call == riscv::ecall::commit;
    const auto named =
        std::count_if(std::begin(prover::counted_calls), std::end(prover::counted_calls),
                      [&](const auto& c) { return c.call == call; });
    CHECK(named == (machine.has(call) && !once));
  }
}

TEST_CASE("a batch's trace holds together over its segments", "[guest]") {
  batch_workload work(5);
  const auto sealed = work.next(1, 3);
  const auto input = riscv::input_words(stf::encode_batch_witness(sealed.witness));
  riscv::segment_limits limits;
  limits.cycles = 1u << 18;
  riscv::tracer t(stf_program(), input, limits);
  trace_checker checker(stf_program());
  riscv::segment s;
  do {
    const auto given = t.next(s);
    REQUIRE(given.ok());
    REQUIRE(checker.check(s) == "");
  } while (!s.last);
  REQUIRE(t.result().output == public_input_hash(sealed.native.input));
}

TEST_CASE("the guest's memory functions are those of C", "[guest]") {
  const auto r = riscv::run(guest_program(ASHLAR_MEMORY_CHECK_ELF), {});
  if (!r) FAIL(describe(r.error()));
  REQUIRE(r->exit_code == 0);
  REQUIRE(r->ecalls[static_cast<std::size_t>(riscv::ecall::copy_words)] > 100);
}

TEST_CASE("the guest's functions of hashing are the machine's calls", "[guest]") {
  // given: a challenge, eleven elements and four siblings
  std::mt19937_64 random(7);
  std::vector<u64> given;
  for (u32 i = 0; i < 6 + 11 + 16; ++i) given.push_back(random() >> 1);
  std::vector<u32> input;
  for (const u64 v : given) {
    input.push_back(static_cast<u32>(v));
    input.push_back(static_cast<u32>(v >> 32));
  }
  // when
  const auto r = riscv::run(guest_program(ASHLAR_HASH_CHECK_ELF), input);
  if (!r) FAIL(describe(r.error()));
  REQUIRE(r->exit_code == 0);
  // then: as by the library's permutation and the field
  using stark::gl3;
  const auto ext = [](const u64* v) {
    return gl3(stark::gl(v[0]), stark::gl(v[1]), stark::gl(v[2]));
  };
  const gl3 z = ext(given.data()), delta = ext(given.data() + 3);
  const u64* from = given.data() + 6;
  u64 state[12] = {};
  state[8] = 11 + (u64{3} << 32);
  gl3 value;
  for (const u32 size : {2u, 3u, 3u, 3u}) {
    u64 block[8] = {};
    std::copy_n(from, size, block + 8 - size);
    from += size;
    crypto::poseidon2_absorb(state, block);
    value = value * delta;
    for (u32 j = 0; j < 8; ++j) value += z.pow(7 - j) * stark::gl(block[j]);
  }
  for (const u32 bit : {1u, 0u, 1u, 0u}) {
    u64 block[8], node[12] = {};
    std::copy_n(state, 4, block + 4 * bit);
    std::copy_n(from, 4, block + 4 - 4 * bit);
    from += 4;
    node[8] = 8 + (u64{8} << 32);
    crypto::poseidon2_absorb(node, block);
    std::copy_n(node, 4, state);
  }
  u64 last[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, block[8] = {};
  for (u32 i = 0; i < 7; ++i) block[i] = i < 4 ? state[i] : value.c[i - 4].value();
  crypto::poseidon2_absorb(last, block);
  hash256 expected;
  for (u32 i = 0; i < 4; ++i) store_le64(expected.data() + 8 * i, last[i]);
  REQUIRE(r->output == expected);
  for (const u32 call : {21u, 22u, 23u}) CHECK(r->ecalls[call] == 1);
}
