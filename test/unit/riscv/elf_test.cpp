#include "runtime/riscv/elf.hpp"

#include <functional>
#include <random>

#include <catch2/catch.hpp>

#include "runtime/riscv/machine.hpp"
#include "test/support/riscv_assembler.hpp"

using namespace ashlar;
using namespace ashlar::test;
using riscv::elf_error;

namespace {

void put16(bytes& f, std::size_t at, u32 v) {
  f[at] = static_cast<u8>(v);
  f[at + 1] = static_cast<u8>(v >> 8);
}
void put32(bytes& f, std::size_t at, u32 v) {
  store_le32(f.data() + at, v);
}

constexpr u32 ram = 1u << 20;
constexpr std::size_t first_segment = 52, second_segment = 84, third_segment = 116;

/// Two instructions (halt with a0 = the word at 0x1000), a data segment of 6 bytes within 12, and
/// a note that loaders pass over.
bytes sample() {
  bytes f(256);
  f[0] = 0x7f, f[1] = 'E', f[2] = 'L', f[3] = 'F', f[4] = 1, f[5] = 1, f[6] = 1;
  put16(f, 16, 2);
  put16(f, 18, 243);
  put32(f, 20, 1);
  put32(f, 24, 0x80000000);
  put32(f, 28, 52);
  put16(f, 40, 52);
  put16(f, 42, 32);
  put16(f, 44, 3);
  const auto segment = [&](std::size_t at, std::initializer_list<u32> fields) {
    for (const u32 v : fields) {
      put32(f, at, v);
      at += 4;
    }
  };
  segment(first_segment, {1, 160, 0x80000000, 0, 12, 12, 5, 4});
  segment(second_segment, {1, 176, 0x1002, 0, 6, 12, 6, 1});
  segment(third_segment, {4, 0, 0, 0, 0, 0, 4, 1});
  put32(f, 160, rv::lui(5, 0x1000));
  put32(f, 164, rv::lw(10, 5, 4));
  put32(f, 168, rv::ecall);
  for (u32 i = 0; i < 6; ++i) f[176 + i] = static_cast<u8>(i + 1);
  return f;
}

elf_error refused(const std::function<void(bytes&)>& change) {
  bytes f = sample();
  change(f);
  const auto p = riscv::load_elf(f, ram);
  REQUIRE_FALSE(p.ok());
  REQUIRE(std::string(riscv::describe(p.error())) != "unknown ELF error");
  return p.error();
}
auto set16(std::size_t at, u32 v) {
  return [=](bytes& f) { put16(f, at, v); };
}
auto set32(std::size_t at, u32 v) {
  return [=](bytes& f) { put32(f, at, v); };
}

}  // namespace

TEST_CASE("an ELF file becomes code and an image of whole words", "[riscv]") {
  const auto p = riscv::load_elf(sample(), ram);
  REQUIRE(p.ok());
  REQUIRE(p->base == 0x80000000);
  REQUIRE(p->entry == 0x80000000);
  REQUIRE(p->code.size() == 3);
  REQUIRE(p->image == std::vector<riscv::image_word>{{0x1000, 0x02010000}, {0x1004, 0x06050403}});
  const auto r = riscv::run(*p, {});
  REQUIRE(r.ok());
  REQUIRE(r->exit_code == 0x06050403);
}

TEST_CASE("an ELF file of another kind is refused, each for its reason", "[riscv]") {
  REQUIRE(refused(set32(0, 0)) == elf_error::not_elf);
  REQUIRE(refused([](bytes& f) { f[4] = 2; }) == elf_error::wrong_format);
  REQUIRE(refused([](bytes& f) { f[5] = 2; }) == elf_error::wrong_format);
  REQUIRE(refused([](bytes& f) { f[6] = 0; }) == elf_error::wrong_format);
  REQUIRE(refused(set32(20, 2)) == elf_error::wrong_format);
  REQUIRE(refused(set16(16, 3)) == elf_error::not_executable);
  REQUIRE(refused(set16(18, 62)) == elf_error::wrong_machine);
  for (const u32 flags : {1u, 2u, 4u, 8u, 16u})
    REQUIRE(refused(set32(36, flags)) == elf_error::wrong_machine);
  REQUIRE(refused(set16(40, 64)) == elf_error::bad_header);
  REQUIRE(refused(set16(42, 56)) == elf_error::bad_header);
  REQUIRE(refused(set16(44, 0xffff)) == elf_error::bad_header);
  REQUIRE(refused(set16(48, 0xffff)) == elf_error::bad_header);
  for (const u32 type : {2u, 3u, 7u})
    REQUIRE(refused(set32(third_segment, type)) == elf_error::not_static);
}

TEST_CASE("hostile segments are refused, each for its reason", "[riscv]") {
  REQUIRE(refused(set32(28, 0xfffffff0)) == elf_error::truncated);
  REQUIRE(refused(set32(first_segment + 4, 0xfffffffc)) == elf_error::truncated);
  REQUIRE(refused(set32(second_segment + 4, 251)) == elf_error::truncated);
  REQUIRE(refused(set32(second_segment + 16, 13)) == elf_error::bad_segment);
  REQUIRE(refused(set32(second_segment + 20, 0xffffffff)) == elf_error::bad_segment);
  REQUIRE(refused(set32(first_segment + 24, 7)) == elf_error::writable_code);
  REQUIRE(refused(set32(first_segment + 24, 4)) == elf_error::data_outside_ram);
  REQUIRE(refused(set32(first_segment + 20, 0)) == elf_error::no_code);
  REQUIRE(refused(set32(first_segment + 20, 16)) == elf_error::misaligned_code);
  REQUIRE(refused(set32(first_segment + 8, 0x80000002)) == elf_error::misaligned_code);
  REQUIRE(refused(set32(first_segment + 8, 0x2000)) == elf_error::code_in_ram);
  REQUIRE(refused(set32(second_segment + 8, ram - 11)) == elf_error::data_outside_ram);
  REQUIRE(refused(set32(second_segment + 8, 0x7ffffff8)) == elf_error::overlap);
  REQUIRE(refused([](bytes& f) {
            std::copy_n(f.begin() + first_segment, 32, f.begin() + third_segment);
            put32(f, third_segment + 8, 0x90000000);
          }) == elf_error::several_codes);
  for (const u32 entry : {0u, 0x80000002u, 0x8000000cu, 0x7ffffffcu})
    REQUIRE(refused(set32(24, entry)) == elf_error::bad_entry);
}

TEST_CASE("a segment of a gigabyte of zeros costs nothing to load", "[riscv]") {
  bytes f = sample();
  put32(f, second_segment + 20, 0x40000000);
  const auto p = riscv::load_elf(f, 1u << 31);
  REQUIRE(p.ok());
  REQUIRE(p->image.size() == 2);
}

TEST_CASE("cut or flipped ELF files never crash the loader", "[riscv]") {
  const bytes good = sample();
  for (std::size_t n = 0; n < 182; ++n)
    REQUIRE_FALSE(riscv::load_elf(bytes_view(good).first(n), ram).ok());
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    bytes f = good;
    for (u64 k = 0, n = 1 + random() % 4; k < n; ++k)
      f[random() % f.size()] = static_cast<u8>(random());
    if (const auto p = riscv::load_elf(f, ram)) static_cast<void>(riscv::run(*p, {}, {1000}));
    static_cast<void>(riscv::function_symbols(f));
  }
}

TEST_CASE("functions come from the symbol table, by address", "[riscv]") {
  bytes f = sample();
  const std::size_t sections = f.size();
  f.resize(sections + 3 * 40 + 2 * 16 + 8);
  const auto table = static_cast<u32>(sections + 120), names = static_cast<u32>(sections + 152);
  put32(f, 32, static_cast<u32>(sections));
  put16(f, 46, 40);
  put16(f, 48, 3);
  put32(f, sections + 40 + 4, 2);
  put32(f, sections + 40 + 16, table);
  put32(f, sections + 40 + 20, 32);
  put32(f, sections + 40 + 24, 2);
  put32(f, sections + 40 + 36, 16);
  put32(f, sections + 80 + 4, 3);
  put32(f, sections + 80 + 16, names);
  put32(f, sections + 80 + 20, 8);
  const char text[8] = {0, 'm', 'a', 'i', 'n', 0, 'f', 0};
  std::memcpy(f.data() + names, text, 8);
  put32(f, table, 1);
  put32(f, table + 4, 0x80000004);
  put32(f, table + 8, 8);
  f[table + 12] = 0x12;
  put32(f, table + 16, 6);
  put32(f, table + 20, 0x80000000);
  put32(f, table + 24, 4);
  f[table + 28] = 2;

  const auto found = riscv::function_symbols(f);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 2);
  REQUIRE((*found)[0].name == "f");
  REQUIRE((*found)[1].name == "main");
  REQUIRE((*found)[1].end == 0x8000000c);

  put32(f, table, 8);
  REQUIRE(riscv::function_symbols(f).error() == elf_error::bad_symbols);
  put32(f, table, 1);
  f[names + 7] = 'x';
  REQUIRE(riscv::function_symbols(f).error() == elf_error::bad_symbols);
}
