#include "runtime/riscv/elf.hpp"

#include <algorithm>
#include <optional>

// System V ABI, chapters 4 and 5; RISC-V ELF psABI, chapter 8.

namespace ashlar::riscv {

namespace {

constexpr std::size_t header_bytes = 52, segment_bytes = 32, section_bytes = 40, symbol_bytes = 16;
constexpr u32 segments_max = 64, sections_max = 4096;

u16 load_le16(const u8* p) {
  return static_cast<u16>(p[0] | p[1] << 8);
}

/// Whether `count` entries of `size` bytes at `offset` lie in a file of `total` bytes.
bool fits(std::size_t total, u32 offset, u64 count, u64 size) {
  return offset <= total && count * size <= total - offset;
}

struct header {
  u32 entry, segments_at, sections_at;
  u16 segments, sections;
};

struct segment_header {
  u32 type, offset, address, file_size, memory_size, flags;
  bool executable() const { return flags & 1; }
  bool writable() const { return flags & 2; }
};

result<header, elf_error> read_header(bytes_view file) {
  if (file.size() < 4) return fail(elf_error::truncated);
  const u8* p = file.data();
  if (load_be32(p) != 0x7f454c46) return fail(elf_error::not_elf);
  if (file.size() < header_bytes) return fail(elf_error::truncated);
  if (p[4] != 1 || p[5] != 1 || p[6] != 1 || load_le32(p + 20) != 1)
    return fail(elf_error::wrong_format);
  if (load_le16(p + 16) != 2) return fail(elf_error::not_executable);
  // e_flags: compressed 1, floating-point ABI 6, RVE 8, TSO 16.
  if (load_le16(p + 18) != 243 || load_le32(p + 36) != 0) return fail(elf_error::wrong_machine);
  header h{load_le32(p + 24), load_le32(p + 28), load_le32(p + 32), load_le16(p + 44),
           load_le16(p + 48)};
  if (load_le16(p + 40) != header_bytes || load_le16(p + 42) != segment_bytes ||
      h.segments > segments_max || h.sections > sections_max ||
      (h.sections != 0 && load_le16(p + 46) != section_bytes))
    return fail(elf_error::bad_header);
  if (!fits(file.size(), h.segments_at, h.segments, segment_bytes))
    return fail(elf_error::truncated);
  return h;
}

/// The PT_LOAD segments that occupy memory, by ascending address.
result<std::vector<segment_header>, elf_error> read_segments(bytes_view file, const header& h) {
  constexpr u32 load = 1, dynamic = 2, interpreter = 3, thread_local_storage = 7;
  std::vector<segment_header> out;
  for (u32 i = 0; i < h.segments; ++i) {
    const u8* p = file.data() + h.segments_at + i * segment_bytes;
    const segment_header s{load_le32(p),      load_le32(p + 4),  load_le32(p + 8),
                           load_le32(p + 16), load_le32(p + 20), load_le32(p + 24)};
    if (s.type == dynamic || s.type == interpreter || s.type == thread_local_storage)
      return fail(elf_error::not_static);
    if (s.type != load || s.memory_size == 0) continue;
    if (s.file_size > s.memory_size || u64{s.address} + s.memory_size > u64{1} << 32)
      return fail(elf_error::bad_segment);
    if (!fits(file.size(), s.offset, 1, s.file_size)) return fail(elf_error::truncated);
    if (s.executable() && s.writable()) return fail(elf_error::writable_code);
    out.push_back(s);
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.address < b.address; });
  for (std::size_t i = 1; i < out.size(); ++i)
    if (u64{out[i - 1].address} + out[i - 1].memory_size > out[i].address)
      return fail(elf_error::overlap);
  return out;
}

status<elf_error> take_code(bytes_view file, const segment_header& s, program& to) {
  if (!to.code.empty()) return fail(elf_error::several_codes);
  if (s.address % 4 != 0 || s.file_size % 4 != 0 || s.file_size != s.memory_size)
    return fail(elf_error::misaligned_code);
  if (s.address < to.ram_bytes) return fail(elf_error::code_in_ram);
  to.base = s.address;
  to.code.reserve(s.file_size / 4);
  for (u32 at = 0; at < s.file_size; at += 4)
    to.code.push_back(decode(load_le32(file.data() + s.offset + at), s.address + at));
  return nothing{};
}

status<elf_error> take_data(bytes_view file, const segment_header& s, program& to) {
  if (u64{s.address} + s.memory_size > to.ram_bytes) return fail(elf_error::data_outside_ram);
  for (u32 i = 0; i < s.file_size; ++i) {
    const u32 at = s.address + i, word = at & ~u32{3};
    // Two segments may meet within a word.
    if (to.image.empty() || to.image.back().address != word) to.image.push_back({word, 0});
    to.image.back().value |= u32{file[s.offset + i]} << (8 * (at & 3));
  }
  return nothing{};
}

struct section_header {
  u32 type, offset, size, link, entry_size;
};

std::optional<section_header> read_section(bytes_view file, const header& h, u32 index) {
  if (index >= h.sections) return std::nullopt;
  const u8* p = file.data() + h.sections_at + index * section_bytes;
  const section_header s{load_le32(p + 4), load_le32(p + 16), load_le32(p + 20), load_le32(p + 24),
                         load_le32(p + 36)};
  constexpr u32 no_bits = 8;
  if (s.type != no_bits && !fits(file.size(), s.offset, 1, s.size)) return std::nullopt;
  return s;
}

}  // namespace

const char* describe(elf_error e) noexcept {
  switch (e) {
    case elf_error::truncated:
      return "the ELF file is cut short";
    case elf_error::not_elf:
      return "not an ELF file";
    case elf_error::wrong_format:
      return "not a little-endian ELF32 file of version 1";
    case elf_error::not_executable:
      return "the ELF file is not a static executable (ET_EXEC)";
    case elf_error::wrong_machine:
      return "the ELF file is not for RV32IM with the ilp32 ABI";
    case elf_error::bad_header:
      return "the ELF header's table sizes are out of bounds";
    case elf_error::not_static:
      return "the ELF file asks for dynamic linking or TLS";
    case elf_error::bad_segment:
      return "an ELF segment's sizes are impossible";
    case elf_error::writable_code:
      return "an ELF segment is both writable and executable";
    case elf_error::no_code:
      return "the ELF file has no executable segment";
    case elf_error::several_codes:
      return "the ELF file has more than one executable segment";
    case elf_error::misaligned_code:
      return "the executable segment is not whole instructions";
    case elf_error::code_in_ram:
      return "the executable segment lies in the address range of RAM";
    case elf_error::data_outside_ram:
      return "an ELF segment reaches outside RAM";
    case elf_error::overlap:
      return "two ELF segments overlap";
    case elf_error::bad_entry:
      return "the ELF entry point is not an instruction";
    case elf_error::bad_symbols:
      return "the ELF symbol table contradicts itself";
  }
  return "unknown ELF error";
}

result<program, elf_error> load_elf(bytes_view file, u32 ram_bytes) {
  ensure(ram_bytes % 4 == 0 && ram_bytes <= u32{1} << 31);
  ASHLAR_TRY(const header h, read_header(file));
  ASHLAR_TRY(const auto segments, read_segments(file, h));
  program out;
  out.ram_bytes = ram_bytes;
  for (const segment_header& s : segments) {
    const auto taken = s.executable() ? take_code(file, s, out) : take_data(file, s, out);
    if (!taken) return fail(taken.error());
  }
  std::erase_if(out.image, [](const image_word& w) { return w.value == 0; });
  if (out.code.empty()) return fail(elf_error::no_code);
  out.entry = h.entry;
  if (h.entry % 4 != 0 || h.entry < out.base || (h.entry - out.base) / 4 >= out.code.size())
    return fail(elf_error::bad_entry);
  return out;
}

result<std::vector<function_symbol>, elf_error> function_symbols(bytes_view file) {
  constexpr u32 symbol_table = 2, string_table = 3;
  constexpr u8 function = 2;
  ASHLAR_TRY(const header h, read_header(file));
  if (!fits(file.size(), h.sections_at, h.sections, section_bytes))
    return fail(elf_error::truncated);
  std::vector<function_symbol> out;
  for (u32 i = 0; i < h.sections; ++i) {
    const auto table = read_section(file, h, i);
    if (!table) return fail(elf_error::truncated);
    if (table->type != symbol_table) continue;
    const auto names = read_section(file, h, table->link);
    if (!names || names->type != string_table || names->size == 0 ||
        file[names->offset + names->size - 1] != 0 || table->entry_size != symbol_bytes ||
        table->size % symbol_bytes != 0)
      return fail(elf_error::bad_symbols);
    for (u32 at = 0; at < table->size; at += symbol_bytes) {
      const u8* p = file.data() + table->offset + at;
      if ((p[12] & 15) != function) continue;
      const u32 name = load_le32(p), begin = load_le32(p + 4), size = load_le32(p + 8);
      if (name >= names->size || u64{begin} + size > u64{1} << 32)
        return fail(elf_error::bad_symbols);
      out.push_back(
          {begin, begin + size, reinterpret_cast<const char*>(file.data() + names->offset + name)});
    }
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::pair{a.begin, a.end} < std::pair{b.begin, b.end};
  });
  return out;
}

}  // namespace ashlar::riscv
