#pragma once

#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/mod256_advice.hpp"
#include "runtime/crypto/poseidon2.hpp"
#include "runtime/crypto/secp256k1_advice.hpp"
#include "runtime/riscv/ecall.hpp"
#include "runtime/riscv/machine_state.hpp"
#include "runtime/riscv/precompile.hpp"
#include "runtime/riscv/trace.hpp"

// One ecall, over a recorder (execute.hpp). Internal to this folder.

namespace ashlar::riscv {

struct ecall_outcome {
  enum kind_type { go_on, halt, trap, no_room } kind = go_on;
  trap_code why{};
  u32 value = 0;
};

/// Registers and RAM as an ecall sees them: each access is made once and noted.
template <class Recorder>
class ecall_access {
 public:
  ecall_access(machine_state& m, Recorder& recorder) : m_(m), recorder_(recorder) {}

  /// a0, a1, ...
  read_access argument(unsigned n) { return reg(ecall_argument_register + n); }
  read_access reg(unsigned r) { return {m_.x[r], recorder_.register_time(r)}; }

  template <std::size_t N>
  std::array<read_access, N> read(u32 address, unsigned slot) {
    std::array<read_access, N> out;
    for (u32 i = 0; i < N; ++i) out[i] = read_word(address + 4 * i, slot);
    return out;
  }
  template <std::size_t N>
  std::array<write_access, N> write(u32 address, const u32* words, unsigned slot) {
    std::array<write_access, N> out;
    for (u32 i = 0; i < N; ++i) out[i] = write_word(address + 4 * i, words[i], slot);
    return out;
  }
  read_access read_word(u32 address, unsigned slot) {
    const u32 value = m_.load_word(address);
    return {value, recorder_.word_time(address, value, slot)};
  }
  write_access write_word(u32 address, u32 value, unsigned slot) {
    const u32 old = m_.load_word(address);
    m_.store_word(address, value);
    return {old, value, recorder_.word_time(address, old, slot)};
  }

  /// Empty where `words` words at `address` may be accessed.
  std::optional<ecall_outcome> refused(u32 address, u32 words) const {
    if (address % 4 != 0) return refuse(trap_code::bad_argument, address);
    if (u64{address} + 4 * u64{words} > m_.ram_bytes)
      return refuse(trap_code::out_of_range, address);
    return std::nullopt;
  }
  static ecall_outcome refuse(trap_code why, u32 value) {
    return {ecall_outcome::trap, why, value};
  }

 private:
  machine_state& m_;
  Recorder& recorder_;
};

template <std::size_t N>
std::array<u32, N> values_of(const std::array<read_access, N>& from) {
  std::array<u32, N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = from[i].value;
  return out;
}

template <class Recorder>
class ecall_runner {
 public:
  ecall_runner(machine_state& m, Recorder& recorder, u32 index)
      : m_(m), recorder_(recorder), access_(m, recorder), index_(index) {}

  ecall_outcome step() {
    const u32 number = m_.x[ecall_number_register];
    const auto call = static_cast<ecall>(number);
    const u32 words = rows_of(call);
    if (is_ecall(number) && !recorder_.has_chip(call))
      return access_.refuse(trap_code::no_chip, number);
    if (words <= ecall_words_max && !recorder_.has_room(call, words))
      return {ecall_outcome::no_room, {}, 0};
    ecall_outcome out;
    switch (call) {
      case ecall::halt:
        out = halt();
        break;
      case ecall::read:
        out = read(words);
        break;
      case ecall::commit:
        out = commit();
        break;
      case ecall::blake3_compress:
        out = blake3();
        break;
      case ecall::keccak_f1600:
        out = keccak();
        break;
      case ecall::mod256_mul_add:
        out = multiply_add<mod256_record>(mod256_mul_add);
        break;
      case ecall::copy_words:
        out = copy(words);
        break;
      case ecall::ext3_mul_add:
        out = ext3();
        break;
      case ecall::open_row:
        out = open_row(words);
        break;
      case ecall::climb:
        out = climb();
        break;
      case ecall::absorb:
        out = absorb();
        break;
      case ecall::mod384_mul_add:
        out = multiply_add<mod384_record>(mod384_mul_add);
        break;
      default:
        return access_.refuse(trap_code::unknown_ecall, number);
    }
    if (out.kind != ecall_outcome::trap) ++m_.so_far.ecalls[number];
    return out;
  }

 private:
  // Of a call that takes one row a word, a block or a level: how many. Its arguments may be bad.
  u32 rows_of(ecall call) const {
    switch (call) {
      case ecall::read:
        return argument(1);
      case ecall::copy_words:
      case ecall::climb:
        return argument(2);
      case ecall::open_row:
        return argument(3) == 0 ? 0 : argument(2) / argument(3) + (argument(2) % argument(3) != 0);
      default:
        return 1;
    }
  }
  template <class Record>
  Record begun() {
    Record r{};
    r.index = index_;
    r.time = recorder_.time();
    r.number = access_.reg(ecall_number_register);
    return r;
  }
  u32 argument(unsigned n) const { return m_.x[ecall_argument_register + n]; }
  static bool overlap(u32 a, u32 b, u32 words) {
    return u64{a} < u64{b} + 4 * words && u64{b} < u64{a} + 4 * words;
  }

  ecall_outcome halt() {
    auto r = begun<system_record>();
    r.a0 = access_.argument(0);
    recorder_.emit(r);
    m_.so_far.exit_code = r.a0.value;
    return {ecall_outcome::halt, {}, 0};
  }

  ecall_outcome read(u32 words) {
    if (words == 0 || words > ecall_words_max)
      return access_.refuse(trap_code::bad_argument, words);
    if (const auto no = access_.refused(argument(0), words)) return *no;
    const u32* from = nullptr;
    u32 advised[16];
    if (const auto kind = static_cast<advice>(argument(2)); kind != advice::none) {
      if (const auto no = advise(kind, words, advised)) return *no;
      from = advised;
    } else {
      if (m_.input.size() - m_.input_used < words)
        return access_.refuse(trap_code::input_exhausted, words);
      from = take_input(words);
    }
    auto r = begun<system_record>();
    r.a0 = access_.argument(0);
    r.a1 = access_.argument(1);
    r.words_begin = recorder_.read_words_used();
    for (u32 i = 0; i < words; ++i)
      recorder_.emit(access_.write_word(r.a0.value + 4 * i, from[i], 2));
    recorder_.emit(r);
    return {};
  }

  // The operands are looked at and not accessed: a proof does not know of them.
  std::optional<ecall_outcome> advise(advice kind, u32 words, u32* out) {
    if (kind > last_advice) return access_.refuse(trap_code::bad_argument, argument(2));
    if (words != advice_words(kind)) return access_.refuse(trap_code::bad_argument, words);
    u64 operands[3][4], result[8];
    for (unsigned n = 0; n < 3; ++n) {
      if (const auto no = access_.refused(argument(3 + n), 8)) return no;
      std::memcpy(operands[n], m_.ram.data() + argument(3 + n), 32);
    }
    switch (kind) {
      case advice::none:
      case advice::negated_quotient:
        crypto::mod256_negated_quotient_advice(result, operands[0], operands[1], operands[2]);
        break;
      case advice::root:
        crypto::mod256_root_advice(result, operands[0], operands[2]);
        break;
      case advice::secp256k1_key: {
        if (const auto no = access_.refused(argument(3), 32)) return no;
        crypto::secp256k1_key_question question;
        std::memcpy(&question, m_.ram.data() + argument(3), sizeof question);
        crypto::secp256k1_key_advice(result, question);
        break;
      }
      case advice::secp256k1_split:
        crypto::secp256k1_split_advice(result, operands[0], operands[1]);
        break;
      case advice::quotient:
        crypto::quotient256_advice(result, operands[0], operands[1]);
        break;
    }
    std::memcpy(out, result, 4 * words);
    if (m_.change_advice) m_.change_advice(kind, {out, words});
    return std::nullopt;
  }

  ecall_outcome commit() {
    if (const auto no = access_.refused(argument(0), 8)) return *no;
    if (m_.so_far.output) return access_.refuse(trap_code::second_output, argument(0));
    auto r = begun<system_record>();
    r.a0 = access_.argument(0);
    r.output = access_.template read<8>(r.a0.value, 2);
    m_.so_far.output = hash256::copy_of(m_.ram.data() + r.a0.value);
    recorder_.emit(r);
    return {};
  }

  ecall_outcome blake3() {
    const u32 length_flags = argument(4);
    if (length_flags >> 16 != 0) return access_.refuse(trap_code::bad_argument, length_flags);
    for (const auto& [n, words] : {std::pair{0u, 8u}, {1u, 8u}, {2u, 16u}})
      if (const auto no = access_.refused(argument(n), words)) return *no;
    auto r = begun<blake3_record>();
    r.out = access_.argument(0);
    r.cv = access_.argument(1);
    r.block = access_.argument(2);
    r.counter = access_.argument(3);
    r.length_flags = access_.argument(4);
    r.cv_words = access_.template read<8>(r.cv.value, 0);
    r.block_words = access_.template read<16>(r.block.value, 1);
    u32 out[8];
    crypto::blake3_compress(values_of(r.cv_words).data(), values_of(r.block_words).data(),
                            r.counter.value, length_flags & 0xff, length_flags >> 8, out);
    r.out_words = access_.template write<8>(r.out.value, out, 2);
    recorder_.emit(r);
    return {};
  }

  ecall_outcome keccak() {
    if (const auto no = access_.refused(argument(0), 50)) return *no;
    auto r = begun<keccak_record>();
    r.state = access_.argument(0);
    u64 lanes[25];
    std::memcpy(lanes, m_.ram.data() + r.state.value, sizeof lanes);
    crypto::keccak_f1600(lanes);
    u32 words[50];
    std::memcpy(words, lanes, sizeof words);
    r.words = access_.template write<50>(r.state.value, words, 0);
    recorder_.emit(r);
    return {};
  }

  // mod256_mul_add and mod384_mul_add.
  template <class Record>
  ecall_outcome multiply_add(bool (*mul_add)(const u32*, const u32*, const u32*, const u32*, u32*,
                                             u32*) noexcept) {
    constexpr u32 words = std::tuple_size_v<decltype(Record::quotient)>;
    for (unsigned n = 0; n < 5; ++n)
      if (const auto no = access_.refused(argument(n), words)) return *no;
    if (overlap(argument(0), argument(4), words))
      return access_.refuse(trap_code::overlapping_operands, argument(4));
    auto r = begun<Record>();
    r.out = access_.argument(0);
    r.a = access_.argument(1);
    r.b = access_.argument(2);
    r.c = access_.argument(3);
    r.m = access_.argument(4);
    r.a_words = access_.template read<words>(r.a.value, 0);
    r.b_words = access_.template read<words>(r.b.value, 1);
    r.c_words = access_.template read<words>(r.c.value, 2);
    r.m_words = access_.template read<words>(r.m.value, 3);
    u32 out[words];
    if (!mul_add(values_of(r.a_words).data(), values_of(r.b_words).data(),
                 values_of(r.c_words).data(), values_of(r.m_words).data(), out, r.quotient.data()))
      return access_.refuse(trap_code::quotient_too_large, 0);
    r.out_words = access_.template write<words>(r.out.value, out, 3);
    recorder_.emit(r);
    return {};
  }

  ecall_outcome copy(u32 words) {
    if (words == 0 || words > ecall_words_max)
      return access_.refuse(trap_code::bad_argument, words);
    for (unsigned n = 0; n < 2; ++n)
      if (const auto no = access_.refused(argument(n), words)) return *no;
    auto r = begun<copy_record>();
    r.to = access_.argument(0);
    r.from = access_.argument(1);
    r.words = access_.argument(2);
    r.words_begin = recorder_.copied_words_used();
    // All reads come before all writes, so an overlap is copied as it was before the call.
    read_access source[ecall_words_max];
    for (u32 i = 0; i < words; ++i) source[i] = access_.read_word(r.from.value + 4 * i, 0);
    for (u32 i = 0; i < words; ++i) {
      const write_access w = access_.write_word(r.to.value + 4 * i, source[i].value, 1);
      recorder_.emit(copied_word{source[i], w});
    }
    recorder_.emit(r);
    return {};
  }

  ecall_outcome ext3() {
    for (unsigned n = 0; n < 4; ++n)
      if (const auto no = access_.refused(argument(n), 6)) return *no;
    auto r = begun<ext3_record>();
    r.out = access_.argument(0);
    r.a = access_.argument(1);
    r.b = access_.argument(2);
    r.c = access_.argument(3);
    r.a_words = access_.template read<6>(r.a.value, 0);
    r.b_words = access_.template read<6>(r.b.value, 1);
    r.c_words = access_.template read<6>(r.c.value, 2);
    u32 out[6];
    ext3_mul_add(values_of(r.a_words).data(), values_of(r.b_words).data(),
                 values_of(r.c_words).data(), out);
    r.out_words = access_.template write<6>(r.out.value, out, 3);
    recorder_.emit(r);
    return {};
  }

  // The next words of the private input. Precondition: there are as many.
  const u32* take_input(u32 words) {
    const u32* from = m_.input.data() + m_.input_used;
    m_.input_used += words;
    return from;
  }
  // state := the permutation of state with its rate overwritten; recorded.
  void permute(u64 (&state)[12], const u64* block) {
    permutation_record p;
    for (unsigned i = 0; i < 12; ++i) p.in[i] = i < 8 ? block[i] : state[i];
    crypto::poseidon2_absorb(state, block);
    std::copy(std::begin(state), std::end(state), p.out.begin());
    recorder_.emit(p);
  }

  ecall_outcome open_row(u32 blocks) {
    const u32 n = argument(2), each = argument(3);
    if (each == 0 || each > open_row_each_max) return access_.refuse(trap_code::bad_argument, each);
    if (blocks == 0 || blocks > ecall_words_max) return access_.refuse(trap_code::bad_argument, n);
    if (const auto no = access_.refused(argument(0), 14)) return *no;
    if (const auto no = access_.refused(argument(1), 12)) return *no;
    if (m_.input.size() - m_.input_used < 2 * n)
      return access_.refuse(trap_code::input_exhausted, 2 * n);
    auto r = begun<open_row_record>();
    r.out = access_.argument(0);
    r.challenge = access_.argument(1);
    r.elements = access_.argument(2);
    r.each = access_.argument(3);
    r.challenge_words = access_.template read<12>(r.challenge.value, 0);
    r.permutations_begin = recorder_.permutations_used();
    const auto challenge = values_of(r.challenge_words);
    u32 out[14] = {};
    u64 state[12] = {};
    state[8] = n + (u64{each} << 32);
    const u32* from = take_input(2 * n);
    for (u32 left = n; left != 0;) {
      const u32 size = (left - 1) % each + 1;
      u64 block[8] = {};
      for (u32 i = 0; i < size; ++i, from += 2) block[8 - size + i] = element(from);
      permute(state, block);
      ext3_take_block(out + 8, challenge.data(), challenge.data() + 6, block);
      left -= size;
    }
    for (unsigned i = 0; i < 4; ++i) put_element(out + 2 * i, state[i]);
    r.out_words = access_.template write<14>(r.out.value, out, 1);
    recorder_.emit(r);
    return {};
  }

  ecall_outcome climb() {
    const u32 depth = argument(2);
    u32 position = argument(1);
    if (depth == 0 || depth > climb_depth_max)
      return access_.refuse(trap_code::bad_argument, depth);
    if (depth < 32 && position >> depth != 0)
      return access_.refuse(trap_code::bad_argument, position);
    if (const auto no = access_.refused(argument(0), 8)) return *no;
    if (m_.input.size() - m_.input_used < 8 * depth)
      return access_.refuse(trap_code::input_exhausted, 8 * depth);
    auto r = begun<climb_record>();
    r.digest = access_.argument(0);
    r.position = access_.argument(1);
    r.depth = access_.argument(2);
    r.unused = access_.argument(3);
    r.digest_words = access_.template read<8>(r.digest.value, 0);
    r.permutations_begin = recorder_.permutations_used();
    u64 state[12];
    const auto digest = values_of(r.digest_words);
    for (unsigned i = 0; i < 4; ++i) state[i] = element(digest.data() + 2 * i);
    const u32* from = take_input(8 * depth);
    for (u32 level = 0; level < depth; ++level, from += 8, position >>= 1) {
      const unsigned node = position % 2 * 4;
      u64 block[8];
      for (unsigned i = 0; i < 4; ++i) {
        block[node + i] = state[i];
        block[4 - node + i] = element(from + 2 * i);
      }
      state[8] = 8 + (u64{8} << 32);
      state[9] = state[10] = state[11] = 0;
      permute(state, block);
    }
    u32 out[8];
    for (unsigned i = 0; i < 4; ++i) put_element(out + 2 * i, state[i]);
    r.out_words = access_.template write<8>(r.digest.value, out, 1);
    recorder_.emit(r);
    return {};
  }

  ecall_outcome absorb() {
    if (const auto no = access_.refused(argument(0), 24)) return *no;
    if (const auto no = access_.refused(argument(1), 16)) return *no;
    auto r = begun<absorb_record>();
    r.state = access_.argument(0);
    r.block = access_.argument(1);
    r.capacity_words = access_.template read<8>(r.state.value + 64, 0);
    r.block_words = access_.template read<16>(r.block.value, 1);
    r.permutations_begin = recorder_.permutations_used();
    const auto capacity = values_of(r.capacity_words);
    const auto given = values_of(r.block_words);
    u64 state[12], block[8];
    for (unsigned i = 0; i < 4; ++i) state[8 + i] = element(capacity.data() + 2 * i);
    for (unsigned i = 0; i < 8; ++i) block[i] = element(given.data() + 2 * i);
    permute(state, block);
    u32 out[24];
    for (unsigned i = 0; i < 12; ++i) put_element(out + 2 * i, state[i]);
    r.out_words = access_.template write<24>(r.state.value, out, 2);
    recorder_.emit(r);
    return {};
  }

  machine_state& m_;
  Recorder& recorder_;
  ecall_access<Recorder> access_;
  u32 index_;
};

template <class Recorder>
[[gnu::noinline]] ecall_outcome ecall_step(machine_state& m, Recorder& recorder, u32 index) {
  return ecall_runner<Recorder>(m, recorder, index).step();
}

}  // namespace ashlar::riscv
