#include "test/support/random_riscv.hpp"

namespace ashlar::test {

namespace {

// x8 holds the middle of the data, x9 counts loops; both are read and never chosen as a target.
constexpr u32 data_register = 8, loop_register = 9;
constexpr u32 data_address = 0x1000, data_words = 1024, data_middle = data_address + 2048;

class generator {
 public:
  generator(u64 seed, const random_riscv_options& options) : random_(seed), options_(options) {}

  assembly make() {
    for (u32 i = 0; i < data_words; ++i)
      if (const u32 v = below(3) ? static_cast<u32>(random_()) : 0)
        out_.image.push_back({data_address + 4 * i, v});
    for (u32 r = 1; r < 32; ++r) out_.load_immediate(r, corner_word(random_));
    out_.load_immediate(data_register, data_middle);
    while (out_.words.size() < options_.instructions) piece();
    finish();
    return std::move(out_);
  }

 private:
  u32 below(u32 bound) { return static_cast<u32>(random_() % bound); }
  u32 any_register() { return below(32); }
  u32 target() {
    for (;;)
      if (const u32 r = below(32); r != data_register && r != loop_register) return r;
  }

  void piece() {
    switch (below(options_.precompiles || options_.recursion ? 24 : 20)) {
      case 0:
        forward_branch();
        break;
      case 1:
        forward_jump();
        break;
      case 2:
        loop();
        break;
      case 20:
      case 21:
      case 22:
      case 23:
        call();
        break;
      default:
        simple();
    }
  }

  void simple() {
    static constexpr u32 loads[] = {0, 1, 2, 4, 5};
    switch (below(10)) {
      case 0:
      case 1: {
        static constexpr u32 sevens[] = {0, 1};
        out_.emit(
            {rv::r_type(sevens[below(2)], any_register(), any_register(), below(8), target())});
        break;
      }
      case 2:
        out_.emit({rv::r_type(0x20, any_register(), any_register(), below(2) * 5, target())});
        break;
      case 3:
        out_.emit({rv::r_type(1, any_register(), any_register(), below(8), target())});
        break;
      case 4: {
        const u32 funct3 = below(8);
        const bool shift = funct3 == 1 || funct3 == 5;
        const u32 imm = !shift ? below(4096) : below(32) | (funct3 == 5 ? below(2) << 10 : 0);
        out_.emit({rv::i_type(imm, any_register(), funct3, target())});
        break;
      }
      case 5:
        out_.emit({below(2) ? rv::lui(target(), corner_word(random_))
                            : rv::auipc(target(), corner_word(random_))});
        break;
      case 6:
      case 7: {
        const u32 funct3 = loads[below(5)], size = 1u << (funct3 % 4);
        out_.emit({rv::load(funct3, target(), data_register, offset(size))});
        break;
      }
      case 8: {
        const u32 funct3 = below(3);
        out_.emit({rv::s_type(offset(1u << funct3), any_register(), data_register, funct3)});
        break;
      }
      default:
        out_.load_immediate(target(), corner_word(random_));
    }
  }

  // Within 2048 bytes of the middle, aligned to `size`.
  u32 offset(u32 size) { return (below(4096 / size) * size - 2048) & 0xfff; }

  void forward_branch() {
    static constexpr u32 kinds[] = {0, 1, 4, 5, 6, 7};
    const u32 skipped = 1 + below(6);
    out_.emit({rv::b_type(4 * (skipped + 1), any_register(), any_register(), kinds[below(6)])});
    for (u32 i = 0; i < skipped; ++i) one_word();
  }
  // Exactly one instruction.
  void one_word() {
    out_.emit({rv::r_type(below(2), any_register(), any_register(), below(8), target())});
  }

  void forward_jump() {
    const u32 skipped = below(5);
    if (below(2)) {
      out_.emit({rv::jal(target(), 4 * (skipped + 1))});
    } else {
      // JALR clears the low bit of its sum.
      const u32 via = 1 + below(7);
      out_.emit({rv::auipc(via, 0), rv::jalr(target(), via, 4 * (skipped + 2) + below(2))});
    }
    for (u32 i = 0; i < skipped; ++i) one_word();
  }

  void loop() {
    out_.load_immediate(loop_register, 1 + below(5));
    const u32 top = out_.here();
    for (u32 i = 0, n = 1 + below(5); i < n; ++i) simple();
    out_.emit({rv::addi(loop_register, loop_register, 0xfff)});
    out_.emit({rv::b_type(top - out_.here(), 0, loop_register, 1)});
  }

  u32 buffer(u32 words) { return data_address + 4 * below(data_words - words + 1); }

  void call() {
    // Hashes and long numbers, then what both machines know, then the recursion's own.
    const u32 first = options_.precompiles ? 0 : 4, last = options_.recursion ? 10 : 6;
    switch (first + below(last - first)) {
      case 0:
        out_.call(16, {buffer(8), buffer(8), buffer(16), corner_word(random_),
                       below(65) | below(256) << 8});
        break;
      case 1:
        out_.call(17, {buffer(50)});
        break;
      case 2:
        multiply_add(18, 8);
        break;
      case 3:
        multiply_add(24, 12);
        break;
      case 4: {
        const u32 words = 1 + below(40);
        out_.call(19, {buffer(words), buffer(words), words});
        break;
      }
      case 5: {
        const u32 words = 1 + below(8);
        out_.call(1, {buffer(words), words, 0});
        break;
      }
      case 6:
        out_.call(20, {buffer(6), buffer(6), buffer(6), buffer(6)});
        break;
      case 7:
        out_.call(21, {buffer(14), buffer(12), 1 + below(40), 1 + below(8)});
        break;
      case 8: {
        const u32 depth = 1 + below(32);
        out_.call(22, {buffer(8), static_cast<u32>(random_()) >> (32 - depth), depth,
                       corner_word(random_)});
        break;
      }
      default:
        out_.call(23, {buffer(24), buffer(16)});
    }
  }

  // (a b + c) mod m with b below 2^(32 words - 1) and m not, so that the quotient fits.
  void multiply_add(u32 number, u32 words) {
    const u32 m = data_address + 4 * data_words, b = m + 4 * words, top = words - 1;
    for (u32 i = 0; i < words; ++i) {
      out_.load_immediate(
          5, i == top ? static_cast<u32>(random_()) | 0x80000000 : corner_word(random_));
      out_.load_immediate(6, i == top ? below(0x80000000) : corner_word(random_));
      out_.load_immediate(7, m + 4 * i);
      out_.emit({rv::sw(5, 7, 0), rv::sw(6, 7, 4 * words)});
    }
    out_.call(number, {buffer(words), buffer(words), b, buffer(words), m});
  }

  // Stores all registers, folds them into eight words, gives those as output, halts.
  void finish() {
    const u32 at = data_address + 4 * data_words + 128;
    out_.emit({rv::sw(31, data_register, 0)});
    out_.load_immediate(31, at);
    for (u32 r = 1; r < 31; ++r) out_.emit({rv::sw(r, 31, 4 * r)});
    out_.emit({rv::lw(5, data_register, 0), rv::sw(5, 31, 4 * 31)});
    for (u32 i = 0; i < 8; ++i) {
      out_.emit({rv::lw(5, 31, 4 * i)});
      for (u32 k = 1; k < 4; ++k) {
        out_.load_immediate(7, 0x9e3779b1 * (k + 1));
        out_.emit(
            {rv::lw(6, 31, 4 * (i + 8 * k)), rv::r_type(1, 7, 5, 0, 5), rv::r_type(0, 6, 5, 0, 5)});
      }
      out_.emit({rv::sw(5, 31, 128 + 4 * i)});
    }
    out_.call(2, {at + 128});
    out_.halt();
  }

  std::mt19937_64 random_;
  random_riscv_options options_;
  assembly out_;
};

}  // namespace

assembly random_riscv(u64 seed, const random_riscv_options& options) {
  return generator(seed, options).make();
}

std::vector<u32> random_riscv_input(u64 seed) {
  std::mt19937_64 random(~seed);
  std::vector<u32> out(1 << 15);
  for (u32& w : out) w = static_cast<u32>(random());
  return out;
}

u32 corner_word(std::mt19937_64& random) {
  static constexpr u32 corners[] = {0,          1,          2,
                                    0xffffffff, 0xfffffffe, 0x80000000,
                                    0x80000001, 0x7fffffff, 0x7fffffffu - 1,
                                    0xffff,     0x10000,    0xff,
                                    0x100,      0xffff8000, 0x8000,
                                    0x7fff,     0x80,       0xffffff80,
                                    31,         32};
  switch (random() % 4) {
    case 0:
      return static_cast<u32>(random());
    case 1:
      return 1u << (random() % 32);
    default:
      return corners[random() % std::size(corners)];
  }
}

}  // namespace ashlar::test
