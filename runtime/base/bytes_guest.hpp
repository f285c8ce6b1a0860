#pragma once

// Loads and stores of fixed width in the guest, where a word is loaded only from where it is
// aligned and no instruction turns one around. Included by bytes.hpp.
//
// Turning a word around takes as many cycles as putting its bytes together in their order, so it is
// done only where it saves loads of bytes, which take more of a proof. Stores of bytes are cheaper.

namespace ashlar {

inline bool is_aligned(const u8* p) noexcept {
  return reinterpret_cast<std::uintptr_t>(p) % 4 == 0;
}

inline u32 load_be32_aligned(const u8* p) noexcept {
  using word [[gnu::may_alias]] = u32;
  return __builtin_bswap32(*reinterpret_cast<const word*>(p));
}
inline u32 load_be32_bytes(const u8* p) noexcept {
  return u32{p[0]} << 24 | u32{p[1]} << 16 | u32{p[2]} << 8 | p[3];
}
inline u32 load_be32(const u8* p) noexcept {
  const bool aligned = is_aligned(p);
  return __builtin_constant_p(aligned) && aligned ? load_be32_aligned(p) : load_be32_bytes(p);
}
inline u64 load_be64(const u8* p) noexcept {
  if (is_aligned(p)) return u64{load_be32_aligned(p)} << 32 | load_be32_aligned(p + 4);
  return u64{load_be32_bytes(p)} << 32 | load_be32_bytes(p + 4);
}
inline void store_be32(u8* p, u32 v) noexcept {
  p[0] = static_cast<u8>(v >> 24);
  p[1] = static_cast<u8>(v >> 16);
  p[2] = static_cast<u8>(v >> 8);
  p[3] = static_cast<u8>(v);
}
inline void store_be64(u8* p, u64 v) noexcept {
  store_be32(p, static_cast<u32>(v >> 32));
  store_be32(p + 4, static_cast<u32>(v));
}
inline u64 load_le64(const u8* p) noexcept {
  u64 v;
  std::memcpy(&v, p, 8);
  return v;
}
inline void store_le64(u8* p, u64 v) noexcept {
  std::memcpy(p, &v, 8);
}
inline u32 load_le32(const u8* p) noexcept {
  u32 v;
  std::memcpy(&v, p, 4);
  return v;
}
inline void store_le32(u8* p, u32 v) noexcept {
  std::memcpy(p, &v, 4);
}

}  // namespace ashlar
