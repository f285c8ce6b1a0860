#include "runtime/riscv/commitment.hpp"

#include "runtime/crypto/blake3.hpp"

namespace ashlar::riscv {

hash256 commitment(const program& p) {
  bytes digest;
  const auto word = [&](std::size_t v) {
    u8 b[4];
    store_le32(b, static_cast<u32>(v));
    append(digest, b);
  };
  append(digest, bytes_view(reinterpret_cast<const u8*>("ASHP"), 4));
  word(1);
  word(p.base);
  word(p.entry);
  word(p.ram_bytes);
  word(p.code.size());
  for (const instruction& i : p.code) {
    const u8 row[4] = {static_cast<u8>(i.op), i.rd, i.rs1, i.rs2};
    append(digest, row);
    word(i.imm);
  }
  word(p.image.size());
  for (const image_word& w : p.image) {
    word(w.address);
    word(w.value);
  }
  return crypto::blake3(digest);
}

}  // namespace ashlar::riscv
