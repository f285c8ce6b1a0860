#include "test/support/riscv_oracle.hpp"

#include <algorithm>
#include <array>

#include "runtime/base/u256.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/poseidon2.hpp"

namespace ashlar::test {

namespace {

__extension__ using u128 = unsigned __int128;

u32 bits(u32 word, unsigned high, unsigned low) {
  return (word >> low) & ((2u << (high - low)) - 1);
}
/// The signed number that the low `width` bits of v stand for.
i64 sign_extended(u64 v, unsigned width) {
  const i64 weight = i64{1} << (width - 1);
  const i64 low = static_cast<i64>(v & ((u64{1} << width) - 1));
  return low >= weight ? low - 2 * weight : low;
}
i64 value_of(u32 v) {
  return sign_extended(v, 32);
}

std::optional<u32> integer_op(u32 funct7, u32 funct3, u32 a, u32 b) {
  const i64 sa = value_of(a), sb = value_of(b);
  if (funct7 == 0x20 && funct3 == 0) return static_cast<u32>(sa - sb);
  if (funct7 == 0x20 && funct3 == 5) {
    // Floor division by a power of two.
    const i64 d = i64{1} << (b % 32);
    return static_cast<u32>(sa >= 0 ? sa / d : -((-sa + d - 1) / d));
  }
  if (funct7 == 0) switch (funct3) {
      case 0:
        return static_cast<u32>(sa + sb);
      case 1:
        return static_cast<u32>(u64{a} * (u64{1} << (b % 32)));
      case 2:
        return sa < sb ? 1 : 0;
      case 3:
        return a < b ? 1 : 0;
      case 4:
        return (a | b) - (a & b);
      case 5:
        return static_cast<u32>(a / (u64{1} << (b % 32)));
      case 6:
        return ~(~a & ~b);
      case 7:
        return ~(~a | ~b);
    }
  if (funct7 == 1) switch (funct3) {
      case 0:
        return static_cast<u32>(u64{a} * u64{b});
      case 1:
        return static_cast<u32>(static_cast<u64>(sa * sb) / (u64{1} << 32));
      case 2:
        return static_cast<u32>(static_cast<u64>(sa * static_cast<i64>(u64{b})) / (u64{1} << 32));
      case 3:
        return static_cast<u32>(u64{a} * u64{b} / (u64{1} << 32));
      // In 64 bits the one overflow of DIV is none: 2^31 wraps to itself, with remainder 0.
      case 4:
        return b == 0 ? 0xffffffff : static_cast<u32>(sa / sb);
      case 5:
        return b == 0 ? 0xffffffff : a / b;
      case 6:
        return b == 0 ? a : static_cast<u32>(sa % sb);
      case 7:
        return b == 0 ? a : a % b;
    }
  return std::nullopt;
}

std::optional<bool> branch_taken(u32 funct3, u32 a, u32 b) {
  switch (funct3) {
    case 0:
      return a == b;
    case 1:
      return a != b;
    case 4:
      return value_of(a) < value_of(b);
    case 5:
      return value_of(a) >= value_of(b);
    case 6:
      return a < b;
    case 7:
      return a >= b;
    default:
      return std::nullopt;
  }
}

constexpr u64 goldilocks = 0xffffffff00000001;

/// Of the cubic extension: X^3 = 2.
using ext = std::array<u64, 3>;
ext sum(const ext& a, const ext& b) {
  ext r;
  for (u32 i = 0; i < 3; ++i) r[i] = static_cast<u64>((u128{a[i]} + b[i]) % goldilocks);
  return r;
}
ext product(const ext& a, const ext& b) {
  u128 r[3] = {};
  for (u32 i = 0; i < 3; ++i)
    for (u32 j = 0; j < 3; ++j)
      r[(i + j) % 3] += u128{a[i]} * b[j] % goldilocks * (i + j >= 3 ? 2 : 1);
  return {static_cast<u64>(r[0] % goldilocks), static_cast<u64>(r[1] % goldilocks),
          static_cast<u64>(r[2] % goldilocks)};
}

/// 384 bits and room for a bit more, lowest word first.
using wide = std::array<u32, 13>;
bool reaches(const wide& a, const wide& b) {
  return !std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}
/// a := a + sign b.
void add_to(wide& a, const wide& b, i64 sign) {
  i64 carry = 0;
  for (u32 i = 0; i < 13; ++i) {
    carry += i64{a[i]} + sign * i64{b[i]};
    a[i] = static_cast<u32>(carry);
    carry >>= 32;
  }
}
/// a x mod m for x < m, bit by bit.
wide product_below(const wide& a, const wide& x, const wide& m) {
  wide r{};
  const auto add = [&](const wide& b) {
    add_to(r, b, 1);
    if (reaches(r, m)) add_to(r, m, -1);
  };
  for (u32 bit = 384; bit-- > 0;) {
    add(wide(r));
    if ((a[bit / 32] >> bit % 32 & 1) != 0) add(x);
  }
  return r;
}

}  // namespace

riscv_oracle::riscv_oracle(const assembly& a, std::span<const u32> input)
    : pc(a.base), code_(a.words), base_(a.base), ram_bytes_(a.ram_bytes), input_(input) {
  for (const auto& w : a.image) write(w.address, 4, w.value);
}

u32 riscv_oracle::read(u32 address, unsigned size) {
  u32 v = 0;
  for (unsigned i = 0; i < size; ++i) {
    const auto at = memory.find(address + i);
    v += at == memory.end() ? 0 : u32{at->second} << (8 * i);
  }
  return v;
}

void riscv_oracle::write(u32 address, unsigned size, u32 value) {
  for (unsigned i = 0; i < size; ++i) memory[address + i] = static_cast<u8>(value >> (8 * i));
}

riscv_oracle::state riscv_oracle::run(u64 steps_max) {
  state s = state::running;
  while (s == state::running && steps < steps_max) s = step();
  return s;
}

riscv_oracle::state riscv_oracle::step() {
  if (pc % 4 != 0 || pc < base_ || (pc - base_) / 4 >= code_.size()) return state::stuck;
  const u32 word = code_[(pc - base_) / 4];
  const u32 rd = bits(word, 11, 7), funct3 = bits(word, 14, 12), funct7 = bits(word, 31, 25);
  const u32 a = x[bits(word, 19, 15)], b = x[bits(word, 24, 20)];
  const u32 imm_i = static_cast<u32>(sign_extended(bits(word, 31, 20), 12));
  u32 next = pc + 4;
  std::optional<u32> result;
  switch (bits(word, 6, 0)) {
    case 0b0110111:
      result = word & ~u32{0xfff};
      break;  // LUI
    case 0b0010111:
      result = pc + (word & ~u32{0xfff});
      break;           // AUIPC
    case 0b1101111: {  // JAL
      const u32 imm = bits(word, 31, 31) << 20 | bits(word, 19, 12) << 12 |
                      bits(word, 20, 20) << 11 | bits(word, 30, 21) << 1;
      result = next;
      next = pc + static_cast<u32>(sign_extended(imm, 21));
      break;
    }
    case 0b1100111:  // JALR
      if (funct3 != 0) return state::stuck;
      result = next;
      next = a + imm_i - (a + imm_i) % 2;
      break;
    case 0b1100011: {
      const u32 imm = bits(word, 31, 31) << 12 | bits(word, 7, 7) << 11 | bits(word, 30, 25) << 5 |
                      bits(word, 11, 8) << 1;
      const auto taken = branch_taken(funct3, a, b);
      if (!taken) return state::stuck;
      if (*taken) next = pc + static_cast<u32>(sign_extended(imm, 13));
      break;
    }
    case 0b0010011:
      // Shifts keep funct7; the others have an immediate there.
      if (funct3 == 1 && funct7 != 0) return state::stuck;
      if (funct3 == 5 && funct7 != 0 && funct7 != 0x20) return state::stuck;
      if (funct3 == 1 || funct3 == 5)
        result = integer_op(funct7, funct3, a, bits(word, 24, 20));
      else
        result = integer_op(0, funct3, a, imm_i);
      break;
    case 0b0110011:
      result = integer_op(funct7, funct3, a, b);
      if (!result) return state::stuck;
      break;
    case 0b0000011:
    case 0b0100011:
      if (load_or_store(word) == state::stuck) return state::stuck;
      break;
    case 0b0001111:  // FENCE
      if (funct3 != 0) return state::stuck;
      break;
    case 0b1110011: {
      if (word != 0b1110011) return state::stuck;
      const state s = call();
      if (s == state::stuck) return s;
      ++steps;
      if (s == state::halted) return s;
      pc = next;
      return s;
    }
    default:
      return state::stuck;
  }
  if (result && rd != 0) x[rd] = *result;
  pc = next;
  ++steps;
  return state::running;
}

riscv_oracle::state riscv_oracle::load_or_store(u32 word) {
  const u32 funct3 = bits(word, 14, 12), base = x[bits(word, 19, 15)];
  const bool store = bits(word, 6, 0) == 0b0100011;
  const u32 imm = store ? bits(word, 31, 25) << 5 | bits(word, 11, 7) : bits(word, 31, 20);
  const u32 address = base + static_cast<u32>(sign_extended(imm, 12));
  const unsigned size = 1u << (funct3 % 4);
  if (funct3 % 4 == 3 || funct3 == 6 || (store && funct3 > 2)) return state::stuck;
  if (address % size != 0 || !in_ram(address, size)) return state::stuck;
  if (store) {
    write(address, size, x[bits(word, 24, 20)]);
    return state::running;
  }
  u32 v = read(address, size);
  if (funct3 < 2) v = static_cast<u32>(sign_extended(v, 8 * size));
  if (const u32 rd = bits(word, 11, 7)) x[rd] = v;
  return state::running;
}

riscv_oracle::state riscv_oracle::call() {
  const u32 a0 = x[10], a1 = x[11];
  switch (x[17]) {
    case 0:
      return state::halted;
    case 1: {
      if (x[12] != 0 || a1 == 0 || a1 > 1024 || !operand(a0, a1) || input_.size() < a1)
        return state::stuck;
      for (u32 i = 0; i < a1; ++i) write(a0 + 4 * i, 4, input_[i]);
      input_ = input_.subspan(a1);
      return state::running;
    }
    case 2: {
      if (!operand(a0, 8) || output) return state::stuck;
      output.emplace();
      for (u32 i = 0; i < 32; ++i) (*output)[i] = static_cast<u8>(read(a0 + i, 1));
      return state::running;
    }
    default:
      return precompile(x[17]) ? state::running : state::stuck;
  }
}

bool riscv_oracle::precompile(u32 number) {
  const u32 a0 = x[10], a1 = x[11], a2 = x[12], a3 = x[13], a4 = x[14];
  const auto words = [&](u32 at, u32 count) {
    std::vector<u32> out;
    for (u32 i = 0; i < count; ++i) out.push_back(read(at + 4 * i, 4));
    return out;
  };
  const auto put = [&](u32 at, const std::vector<u32>& from) {
    for (u32 i = 0; i < from.size(); ++i) write(at + 4 * i, 4, from[i]);
  };
  if (number == 16) {
    if (!operand(a0, 8) || !operand(a1, 8) || !operand(a2, 16) || a4 > 0xffff) return false;
    std::vector<u32> out(8);
    crypto::blake3_compress(words(a1, 8).data(), words(a2, 16).data(), a3, a4 % 256, a4 / 256,
                            out.data());
    put(a0, out);
    return true;
  }
  if (number == 17) {
    if (!operand(a0, 50)) return false;
    u64 lanes[25];
    for (u32 i = 0; i < 25; ++i)
      lanes[i] = read(a0 + 8 * i, 4) + (u64{read(a0 + 8 * i + 4, 4)} << 32);
    crypto::keccak_f1600(lanes);
    for (u32 i = 0; i < 50; ++i)
      write(a0 + 4 * i, 4, static_cast<u32>(lanes[i / 2] >> (32 * (i % 2))));
    return true;
  }
  if (number == 18) {
    const auto number_at = [&](u32 at) {
      u256 v;
      for (u32 i = 0; i < 8; ++i) v = v + (u256{read(at + 4 * i, 4)} << (32 * i));
      return v;
    };
    for (const u32 p : {a0, a1, a2, a3, a4})
      if (!operand(p, 8)) return false;
    if (a0 + 32 > a4 && a4 + 32 > a0) return false;
    const u256 a = number_at(a1), b = number_at(a2), c = number_at(a3), m = number_at(a4);
    u256 r = a * b + c;
    if (!m.is_zero()) {
      // a b + c < 2^256 m is what the quotient's bound comes to; b < m suffices, and the tests'
      // other cases have a product below 2^256.
      if (b >= m && !checked_mul(a, b)) return false;
      const u256 product = mul_mod(a, b, m), rest = c % m;
      r = product >= m - rest ? product - (m - rest) : product + rest;
    }
    for (u32 i = 0; i < 8; ++i) write(a0 + 4 * i, 4, static_cast<u32>((r >> (32 * i)).low()));
    return true;
  }
  if (number == 24) {
    for (const u32 p : {a0, a1, a2, a3, a4})
      if (!operand(p, 12)) return false;
    if (a0 + 48 > a4 && a4 + 48 > a0) return false;
    const auto number_at = [&](u32 at) {
      wide v{};
      for (u32 i = 0; i < 12; ++i) v[i] = read(at + 4 * i, 4);
      return v;
    };
    const wide m = number_at(a4), b = number_at(a2), one{1};
    // b < m > 1 suffices for the quotient's bound; the tests' programs have no other.
    if (reaches(one, m) || reaches(b, m)) return false;
    wide r = product_below(number_at(a1), b, m);
    add_to(r, product_below(number_at(a3), one, m), 1);
    if (reaches(r, m)) add_to(r, m, -1);
    for (u32 i = 0; i < 12; ++i) write(a0 + 4 * i, 4, r[i]);
    return true;
  }
  if (number == 19) {
    if (a2 == 0 || a2 > 1024 || !operand(a0, a2) || !operand(a1, a2)) return false;
    put(a0, words(a1, a2));
    return true;
  }
  if (number == 20) {
    for (const u32 p : {a0, a1, a2, a3})
      if (!operand(p, 6)) return false;
    const auto element = [&](u32 at, u32 i) {
      return u128{read(at + 8 * i, 4) + (u64{read(at + 8 * i + 4, 4)} << 32)} % goldilocks;
    };
    u128 r[3];
    for (u32 k = 0; k < 3; ++k) {
      r[k] = element(a3, k);
      for (u32 i = 0; i < 3; ++i)
        for (u32 j = 0; j < 3; ++j)
          if ((i + j) % 3 == k)
            r[k] = (r[k] + element(a1, i) * element(a2, j) % goldilocks * (i + j >= 3 ? 2 : 1)) %
                   goldilocks;
    }
    for (u32 k = 0; k < 3; ++k) {
      write(a0 + 8 * k, 4, static_cast<u32>(r[k]));
      write(a0 + 8 * k + 4, 4, static_cast<u32>(r[k] >> 32));
    }
    return true;
  }
  return hash(number);
}

u64 riscv_oracle::element(u32 at) {
  return (read(at, 4) + (u64{read(at + 4, 4)} << 32)) % goldilocks;
}
void riscv_oracle::put_element(u32 at, u64 v) {
  write(at, 4, static_cast<u32>(v));
  write(at + 4, 4, static_cast<u32>(v >> 32));
}
u64 riscv_oracle::input_element() {
  const u64 v = input_[0] + (u64{input_[1]} << 32);
  input_ = input_.subspan(2);
  return v % goldilocks;
}

bool riscv_oracle::hash(u32 number) {
  const u32 a0 = x[10], a1 = x[11], a2 = x[12], a3 = x[13];
  u64 state[12] = {};
  if (number == 21) {
    if (a3 < 1 || a3 > 8 || a2 < 1 || a2 > 1024 * a3) return false;
    if (!operand(a0, 14) || !operand(a1, 12) || input_.size() < 2 * a2) return false;
    // The whole list, filled in front to whole blocks; each then to the eight cells.
    std::vector<u64> list((a3 - a2 % a3) % a3);
    for (u32 i = 0; i < a2; ++i) list.push_back(input_element());
    ext z, delta, value{};
    for (u32 i = 0; i < 3; ++i) {
      z[i] = element(a1 + 8 * i);
      delta[i] = element(a1 + 24 + 8 * i);
    }
    state[8] = a2 + (u64{a3} << 32);
    for (u32 at = 0; at < list.size(); at += a3) {
      u64 block[8] = {};
      std::copy_n(list.begin() + at, a3, block + 8 - a3);
      crypto::poseidon2_absorb(state, block);
      value = product(value, delta);
      for (u32 j = 0; j < 8; ++j) {
        ext term{block[j], 0, 0};
        for (u32 power = j; power < 7; ++power) term = product(term, z);
        value = sum(value, term);
      }
    }
    for (u32 i = 0; i < 7; ++i) put_element(a0 + 8 * i, i < 4 ? state[i] : value[i - 4]);
    return true;
  }
  if (number == 22) {
    if (a2 < 1 || a2 > 32 || u64{a1} >> a2 != 0 || !operand(a0, 8) || input_.size() < 8 * a2)
      return false;
    u64 block[8];
    for (u32 level = 0; level < a2; ++level) {
      const bool right = (a1 >> level & 1) != 0;
      for (u32 i = 0; i < 4; ++i) block[(right ? 4 : 0) + i] = element(a0 + 8 * i);
      for (u32 i = 0; i < 4; ++i) block[(right ? 0 : 4) + i] = input_element();
      u64 node[12] = {0, 0, 0, 0, 0, 0, 0, 0, 8 + (u64{8} << 32), 0, 0, 0};
      crypto::poseidon2_absorb(node, block);
      for (u32 i = 0; i < 4; ++i) put_element(a0 + 8 * i, node[i]);
    }
    return true;
  }
  if (number == 23) {
    if (!operand(a0, 24) || !operand(a1, 16)) return false;
    u64 block[8];
    for (u32 i = 0; i < 8; ++i) block[i] = element(a1 + 8 * i);
    for (u32 i = 0; i < 12; ++i) state[i] = element(a0 + 8 * i);
    crypto::poseidon2_absorb(state, block);
    for (u32 i = 0; i < 12; ++i) put_element(a0 + 8 * i, state[i]);
    return true;
  }
  return false;
}

}  // namespace ashlar::test
