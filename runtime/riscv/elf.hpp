#pragma once

#include <string>

#include "runtime/base/result.hpp"
#include "runtime/riscv/program.hpp"

namespace ashlar::riscv {

enum class elf_error : u8 {
  truncated,         ///< a header, a segment or a table reaches past the end of the file
  not_elf,           ///< no ELF magic
  wrong_format,      ///< not ELF32, little-endian, version 1
  not_executable,    ///< not ET_EXEC: relocatable, shared or position-independent
  wrong_machine,     ///< not RISC-V, or built for compressed, RVE or floating-point registers
  bad_header,        ///< sizes of headers or tables that no linker writes, or too many of them
  not_static,        ///< asks for an interpreter, dynamic linking or thread-local storage
  bad_segment,       ///< file size above memory size, address past 2^32
  writable_code,     ///< a segment both writable and executable
  no_code,           ///< no executable segment
  several_codes,     ///< more than one
  misaligned_code,   ///< its address or size is no multiple of 4, or it has a part not in the file
  code_in_ram,       ///< code below ram_bytes, where loads would read something else
  data_outside_ram,  ///< a data segment reaches past ram_bytes
  overlap,           ///< two segments share an address
  bad_entry,         ///< the entry is no multiple of 4 or outside the code
  bad_symbols,       ///< the symbol table contradicts itself (function_symbols only)
};
/// A sentence for people.
const char* describe(elf_error e) noexcept;

/// A guest from its ELF32 file. Strict, total, and allocates in proportion to the file: a segment's
/// size in memory costs nothing. `ram_bytes` as in program.
result<program, elf_error> load_elf(bytes_view file, u32 ram_bytes);

/// A function's name and the addresses [begin, end) of its instructions.
struct function_symbol {
  u32 begin, end;
  std::string name;  ///< as in the file: mangled
};
/// The functions of the symbol table, by ascending address; empty where there is no table.
result<std::vector<function_symbol>, elf_error> function_symbols(bytes_view file);

}  // namespace ashlar::riscv
