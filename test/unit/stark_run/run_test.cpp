#include <catch2/catch.hpp>

#include "runtime/base/vector_code.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/machine/run_prover.hpp"
#include "runtime/stark/verifier/counts.hpp"
#include "test/support/mixer_program.hpp"

using namespace ashlar;
using namespace ashlar::stark;
using test::program_writer;

namespace {

/// Reads `count` words to 0x100, sums and mixes them with every family of instructions, stores the
/// results at 0x40, and commits to them.
riscv::program mixer(u32 count, u32 salt = 0) {
  using op = riscv::operation;
  program_writer w;
  w.call(riscv::ecall::read, {0x100, count});
  w.load_immediate(5, 0x100).load_immediate(6, count).load_immediate(7, salt);
  const u32 loop = w.pc();
  test::emit_mixing(w, 0x80);
  w.emit(op::add, 5, 5, 0, 4).emit(op::add, 6, 6, 0, ~0u).emit(op::bne, 32, 6, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 7, 0x40 + 4 * i);
  return w.finish(0x40);
}

std::vector<u32> words(u32 count) {
  std::vector<u32> out;
  for (u32 i = 0; i < count; ++i) out.push_back(i * 2654435761u + 1);
  return out;
}

template <class List>
machine_counts counts_of(const proof_params& params) {
  std::vector<air_shape> shapes;
  List::each([&]<class Chip>() { shapes.push_back(shape_of<Chip>()); });
  std::vector<const air_shape*> all;
  for (const air_shape& s : shapes) all.push_back(&s);
  return count_machine("machine", all, tallest_log2(params, batch_size(all)), segments_max);
}

struct fixture {
  explicit fixture(const proof_params& p = insecure_test) : params(p) {}

  proof_params params;
  std::unique_ptr<prover_backend> backend = make_cpu_backend();
  riscv::program program = mixer(12);
  run_proving_key key = make_run_key(params, *backend, program);

  proved_run prove(u32 cycles = 1u << 20) {
    run_proof_options options;
    options.segments.cycles = cycles;
    auto r = prove_run(params, key, *backend, program, words(12), options);
    if (!r) throw std::runtime_error(r.error().text());
    return std::move(*r);
  }
  std::optional<run_error> refusal(bytes_view proof, const hash256& output) {
    const auto v = verify_run(params, key.verifier(), output, proof);
    if (v) return std::nullopt;
    return v.error().what;
  }
};

}  // namespace

TEST_CASE("all machines fit proven128, and have its 128 bits at their largest") {
  for (const machine_counts& c :
       {counts_of<execution_chips>(proven128), counts_of<recursion_chips>(proven128),
        counts_of<memory_chips>(proven128)}) {
    CHECK(c.batch <= proven128.batch_max);
    CHECK(security_bits(proven128, c) >= 128);
  }
  // Columns are what a proof costs the next layer.
  CHECK(counts_of<recursion_chips>(proven128).batch <= proven128.batch_max / 2);
}

TEST_CASE("a run of one segment is proved, and its output alone is what is proved") {
  fixture f;
  const proved_run one = f.prove();
  CHECK(one.segments == 1);
  CHECK(one.output == riscv::run(f.program, words(12))->output);
  CHECK(f.refusal(one.proof, one.output) == std::nullopt);
  hash256 other = one.output;
  other[31] ^= 1;
  CHECK(f.refusal(one.proof, other) == run_error::part);
}

TEST_CASE("a run's proof by scalar, AVX2 and AVX-512 code is the same file") {
  // Transforms, blocks and hashes go by one choice; each hash has vector code of its own.
  for (const proof_params& params : {insecure_test, insecure_poseidon2, insecure_keccak}) {
    CAPTURE(params.name);
    bytes first;
    for (const vector_code code : {vector_code::scalar, vector_code::avx2, vector_code::avx512}) {
      if (!has_vector_code(code)) continue;
      CAPTURE(static_cast<int>(code));
      use_vector_code(code);
      // The key is made anew: its trees are hashed, too.
      fixture f(params);
      const proved_run p = f.prove(160);
      CHECK(p.segments > 1);
      CHECK(f.refusal(p.proof, p.output) == std::nullopt);
      if (first.empty()) first = p.proof;
      CHECK((p.proof == first));
    }
    use_vector_code(best_vector_code());
  }
}

TEST_CASE("a run of many segments is proved, the same bytes every time") {
  fixture f;
  u32 told = 0;
  run_proof_options options;
  options.segments.cycles = 50;
  options.progress = [&](const run_progress& p) {
    CHECK(p.segments_done == ++told);
    CHECK(p.segments >= 4);
  };
  const auto many = prove_run(f.params, f.key, *f.backend, f.program, words(12), options);
  REQUIRE(many.ok());
  CHECK(told == many->segments);
  CHECK(f.refusal(many->proof, many->output) == std::nullopt);
  CHECK(f.prove(50).proof == many->proof);
}

TEST_CASE("calls of keccak-f[1600] are proved, in one segment and in several") {
  // given: three permutations of one state, the second off by a word
  program_writer w;
  u64 lanes[26] = {};
  for (u32 i = 0; i < 52; ++i) {
    const u32 word = 0x9e3779b9u * (i + 1);
    w.program.image.push_back({0x100 + 4 * i, word});
    lanes[i / 2] |= u64{word} << (32 * (i % 2));
  }
  for (const u32 at : {0x100u, 0x108u, 0x100u}) w.call(riscv::ecall::keccak_f1600, {at});
  for (const u32 at : {0u, 1u, 0u}) crypto::keccak_f1600(lanes + at);
  fixture f;
  f.program = w.finish(0x100);
  f.key = make_run_key(f.params, *f.backend, f.program);
  for (const u32 calls : {3u, 2u, 1u}) {
    run_proof_options options;
    options.segments.keccak = calls;
    // when
    const auto run = prove_run(f.params, f.key, *f.backend, f.program, {}, options);
    // then
    REQUIRE(run.ok());
    CHECK(run->segments == 4 - calls);
    for (u32 i = 0; i < 4; ++i) CHECK(load_le64(run->output.data() + 8 * i) == lanes[i]);
    CHECK(f.refusal(run->proof, run->output) == std::nullopt);
    hash256 other = run->output;
    other[0] ^= 1;
    CHECK(f.refusal(run->proof, other) == run_error::part);
  }
}

TEST_CASE("a proof is called off before any segment of either pass") {
  fixture f;
  run_proof_options options;
  options.segments.cycles = 50;
  std::vector<std::pair<run_pass, u32>> asked;
  options.go_on = [&](run_pass pass, u32 done) {
    asked.emplace_back(pass, done);
    return true;
  };
  const auto whole = prove_run(f.params, f.key, *f.backend, f.program, words(12), options);
  REQUIRE(whole.ok());
  REQUIRE(asked.size() == 2 * whole->segments);
  CHECK(asked[0] == std::pair(run_pass::commit, 0u));
  CHECK(asked[whole->segments] == std::pair(run_pass::prove, 0u));
  for (const std::size_t end : {std::size_t{0}, std::size_t{1}, asked.size() - 1}) {
    std::size_t count = 0;
    options.go_on = [&](run_pass, u32) { return count++ < end; };
    const auto stopped = prove_run(f.params, f.key, *f.backend, f.program, words(12), options);
    REQUIRE_FALSE(stopped.ok());
    CHECK(std::holds_alternative<called_off>(stopped.error().what));
    CHECK(count == end + 1);
  }
}

TEST_CASE("another program's key, other parameters and other RAM refuse a proof") {
  fixture f;
  const proved_run run = f.prove();
  run_key key = make_run_key(f.params, *f.backend, mixer(12, 1)).verifier();
  CHECK_FALSE(verify_run(f.params, key, run.output, run.proof).ok());
  CHECK_FALSE(key.digest() == f.key.verifier().digest());
  key = f.key.verifier();
  key.ram_bytes += 4;
  CHECK_FALSE(verify_run(f.params, key, run.output, run.proof).ok());
  key = f.key.verifier();
  key.entry += 4;
  CHECK_FALSE(verify_run(f.params, key, run.output, run.proof).ok());
  proof_params other = f.params;
  other.queries += 1;
  CHECK_FALSE(verify_run(other, f.key.verifier(), run.output, run.proof).ok());
}

TEST_CASE("a run's proof has one form") {
  fixture f;
  const proved_run run = f.prove(50);
  bytes p = run.proof;
  p.push_back(0);
  CHECK(f.refusal(p, run.output) == run_error::trailing_bytes);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{7}, std::size_t{15}, std::size_t{40},
                                run.proof.size() / 2, run.proof.size() - 1})
    CHECK(f.refusal(bytes_view(run.proof).first(cut), run.output).has_value());
  p = run.proof;
  p[0] ^= 1;
  CHECK(f.refusal(p, run.output) == run_error::not_a_proof);
  p = run.proof;
  p[8] ^= 1;
  CHECK(f.refusal(p, run.output) == run_error::not_a_proof);
  p = run.proof;
  store_le32(p.data() + 12, 0);
  CHECK(f.refusal(p, run.output) == run_error::segment_count);
  store_le32(p.data() + 12, 0xffffffff);
  CHECK(f.refusal(p, run.output) == run_error::segment_count);
}

TEST_CASE("what the prover claims of segments is held to the proof") {
  fixture f;
  const proved_run run = f.prove(50);
  const auto with_claim = [&](u32 segment, u32 cycles, u64 end_pc) {
    bytes p = run.proof;
    store_le32(p.data() + 16 + 12 * segment, cycles);
    store_le64(p.data() + 16 + 12 * segment + 4, end_pc);
    return f.refusal(p, run.output);
  };
  const u32 cycles = load_le32(run.proof.data() + 16);
  const u64 end = load_le64(run.proof.data() + 20);
  CHECK(with_claim(0, cycles, end) == std::nullopt);
  CHECK(with_claim(0, cycles + 1, end) == run_error::part);
  CHECK(with_claim(0, cycles, end + 4) == run_error::part);
  CHECK(with_claim(0, 0, end) == run_error::cycles);
  CHECK(with_claim(0, segment_cycles_max + 1, end) == run_error::cycles);
  CHECK(with_claim(0, cycles, halted_pc_value) == run_error::program_counter);
  CHECK(with_claim(run.segments - 1, cycles, end) == run_error::program_counter);
  CHECK(with_claim(0, cycles, end | u64{1} << 33) == run_error::program_counter);
}

TEST_CASE("segments of one run cannot change places, be left out or come from another run") {
  fixture f;
  const proved_run run = f.prove(50);
  const auto parts = read_run(f.program.entry, run.proof);
  REQUIRE(parts.ok());
  const auto assemble = [&](const std::vector<segment_claim>& claims,
                            const std::vector<bytes_view>& all) {
    bytes out(run.proof.begin(), run.proof.begin() + 12);
    u8 number[8];
    store_le32(number, static_cast<u32>(claims.size()));
    append(out, bytes_view(number, 4));
    for (const segment_claim& c : claims) {
      store_le32(number, c.cycles);
      append(out, bytes_view(number, 4));
      store_le64(number, c.end_pc);
      append(out, bytes_view(number, 8));
    }
    for (const bytes_view& part : all) {
      store_le64(number, part.size());
      append(out, bytes_view(number, 8));
      append(out, part);
    }
    return out;
  };
  std::vector<bytes_view> all{parts->memory};
  all.insert(all.end(), parts->segments.begin(), parts->segments.end());
  REQUIRE(assemble(parts->claims, all) == run.proof);

  auto swapped = all;
  std::swap(swapped[1], swapped[2]);
  CHECK(f.refusal(assemble(parts->claims, swapped), run.output).has_value());
  auto claims = parts->claims;
  std::swap(claims[0], claims[1]);
  CHECK(f.refusal(assemble(claims, swapped), run.output).has_value());
  auto fewer = all;
  fewer.erase(fewer.begin() + 2);
  claims = parts->claims;
  claims.erase(claims.begin() + 1);
  CHECK(f.refusal(assemble(claims, fewer), run.output).has_value());

  // The same program on other input: every part is sound by itself.
  auto input = words(12);
  input[5] ^= 1;
  run_proof_options options;
  options.segments.cycles = 50;
  const auto other = prove_run(f.params, f.key, *f.backend, f.program, input, options);
  REQUIRE(other.ok());
  const auto other_parts = read_run(f.program.entry, other->proof);
  auto mixed = all;
  mixed[1] = other_parts->segments[0];
  CHECK(f.refusal(assemble(parts->claims, mixed), run.output).has_value());
}

TEST_CASE("a run that does not end cleanly has no proof") {
  fixture f;
  const auto error_of = [&](riscv::program p, std::vector<u32> input = {}) {
    const auto key = make_run_key(f.params, *f.backend, p);
    const auto r = prove_run(f.params, key, *f.backend, p, input);
    REQUIRE_FALSE(r.ok());
    return r.error().text();
  };
  program_writer failing;
  failing.call(riscv::ecall::halt, {3});
  CHECK(error_of(failing.program) == "the program halted with exit code 3");
  program_writer silent;
  silent.call(riscv::ecall::halt, {0});
  CHECK(error_of(silent.program) == "the program halted without an output");
  CHECK(error_of(mixer(12), words(3)).starts_with("the program did not run to its end"));
}
