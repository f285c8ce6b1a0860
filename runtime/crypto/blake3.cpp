#include "runtime/crypto/blake3.hpp"

#include <bit>

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/blake3_lanes.hpp"

namespace ashlar::crypto {

static_assert(std::endian::native == std::endian::little, "words are loaded by memcpy");

namespace {

constexpr u32 only_block = blake3_chunk_start | blake3_chunk_end | blake3_root;

hash256 root_of(const u32* left, const u32* right) {
  u32 block[16], out[8];
  std::memcpy(block, left, 32);
  std::memcpy(block + 8, right, 32);
  blake3_compress(blake3_iv, block, 0, 64, blake3_parent | blake3_root, out);
  return hash256::copy_of(reinterpret_cast<const u8*>(out));
}

using word [[gnu::may_alias]] = u32;  // stands for bytes where they are aligned

bool is_aligned(const u8* p) {
  return reinterpret_cast<std::uintptr_t>(p) % alignof(u32) == 0;
}

// The whole block at `p`, where it lies or in `copy`.
const u32* block_at(const u8* p, u32 copy[16]) {
  if (is_aligned(p)) return reinterpret_cast<const word*>(p);
  std::memcpy(copy, p, blake3_block_bytes);
  return copy;
}

// The chaining value (hash, with the root flag) of up to 1024 bytes at `p`.
void hash_chunk(const u8* p, std::size_t length, u64 counter, u32 flags, u32 flags_start,
                u32 flags_end, u8* out) {
  u32 cv[8], block[16];
  const u32* before = blake3_iv;
  u32 start = flags_start;
  for (; length > blake3_block_bytes; p += blake3_block_bytes, length -= blake3_block_bytes) {
    blake3_compress(before, block_at(p, block), counter, blake3_block_bytes, flags | start, cv);
    before = cv;
    start = 0;
  }
  const u32* last = block;
  if (length == blake3_block_bytes) {
    last = block_at(p, block);
  } else {
    std::memset(block, 0, sizeof block);
    if (length != 0) std::memcpy(block, p, length);
  }
  const u32 last_flags = flags | start | flags_end;
  if (is_aligned(out)) {
    blake3_compress(before, last, counter, static_cast<u32>(length), last_flags,
                    reinterpret_cast<word*>(out));
    return;
  }
  blake3_compress(before, last, counter, static_cast<u32>(length), last_flags, cv);
  std::memcpy(out, cv, 32);
}

// Chaining value of a subtree of two chunks or more, or of one whole chunk. Chunks are hashed
// `span` at a time by the vector kernel, then folded level by level in place.
constexpr std::size_t span_chunks = 64;

void fold_subtree(const u8* p, std::size_t chunks, u64 first_chunk, u32 cv[8]) {
  if (chunks > span_chunks) {
    u32 children[16];
    fold_subtree(p, chunks / 2, first_chunk, children);
    fold_subtree(p + chunks / 2 * blake3_chunk_bytes, chunks / 2, first_chunk + chunks / 2,
                 children + 8);
    blake3_compress(blake3_iv, children, 0, 64, blake3_parent, cv);
    return;
  }
  u8 level[span_chunks * 32];
  blake3_hash_many({p, blake3_chunk_bytes, chunks, first_chunk, 1, 0, blake3_chunk_start,
                    blake3_chunk_end, level});
  for (std::size_t n = chunks / 2; n != 0; n /= 2)
    blake3_hash_many({level, 64, n, 0, 0, blake3_parent, 0, 0, level});
  std::memcpy(cv, level, 32);
}

}  // namespace

void blake3_hash_many_scalar(const blake3_job& job) noexcept {
  for (std::size_t i = 0; i < job.n; ++i)
    hash_chunk(job.input + i * job.length, job.length, job.counter + i * job.counter_step,
               job.flags, job.flags_start, job.flags_end, job.out + 32 * i);
}

hash256 blake3(bytes_view data) noexcept {
  if (data.size() < blake3_block_bytes) {
    u32 block[16] = {};
    if (!data.empty()) std::memcpy(block, data.data(), data.size());
    hash256 out;
    blake3_compress(blake3_iv, block, 0, static_cast<u32>(data.size()), only_block,
                    reinterpret_cast<word*>(out.data()));
    return out;
  }
  if (data.size() <= blake3_chunk_bytes) {
    hash256 out;
    hash_chunk(data.data(), data.size(), 0, 0, blake3_chunk_start, blake3_chunk_end | blake3_root,
               out.data());
    return out;
  }
  blake3_state state;
  state.update(data);
  return state.final();
}

hash256 blake3_node(const hash256& left, const hash256& right) noexcept {
  u32 block[16], out[8];
  std::memcpy(block, left.data(), 32);
  std::memcpy(block + 8, right.data(), 32);
  blake3_compress(blake3_iv, block, 0, 64, only_block, out);
  return hash256::copy_of(reinterpret_cast<const u8*>(out));
}

void blake3_nodes(const hash256* pairs, hash256* out, std::size_t n) noexcept {
  if (n == 0) return;
  blake3_hash_many({pairs->data(), 64, n, 0, 0, only_block, 0, 0, out->data()});
}

void blake3_many(const u8* data, std::size_t length, hash256* out, std::size_t n) noexcept {
  ensure(length <= blake3_chunk_bytes);
  if (n == 0) return;
  blake3_hash_many(
      {data, length, n, 0, 0, 0, blake3_chunk_start, blake3_chunk_end | blake3_root, out->data()});
}

blake3_state::blake3_state() noexcept {
  std::memcpy(cv_, blake3_iv, 32);
}

void blake3_state::compress_buffer(u32 last_flag) noexcept {
  u32 block[16];
  std::memcpy(block, block_, blake3_block_bytes);
  const u32 start = blocks_ == 0 ? blake3_chunk_start : 0;
  blake3_compress(cv_, block, chunks_, static_cast<u32>(buffered_), start | last_flag, cv_);
  ++blocks_;
  buffered_ = 0;
}

// Adds `size` (a power of two) chunks' root `cv`: subtrees of equal size merge, as carries do.
void blake3_state::push_subtree(const u32 cv[8], u64 size) noexcept {
  u32 node[16];
  std::memcpy(node + 8, cv, 32);
  for (u64 bit = size; chunks_ & bit; bit <<= 1) {
    std::memcpy(node, stack_[--stacked_], 32);
    blake3_compress(blake3_iv, node, 0, 64, blake3_parent, node + 8);
  }
  std::memcpy(stack_[stacked_++], node + 8, 32);
  chunks_ += size;
}

void blake3_state::update(bytes_view data) noexcept {
  const u8* p = data.data();
  std::size_t left = data.size();
  while (left != 0) {
    // A block is compressed only when a byte follows it: the last one needs the root's flags.
    if (buffered_ == blake3_block_bytes) {
      const bool ends_chunk = blocks_ == blake3_chunk_bytes / blake3_block_bytes - 1;
      compress_buffer(ends_chunk ? blake3_chunk_end : 0);
      if (ends_chunk) {
        push_subtree(cv_, 1);
        std::memcpy(cv_, blake3_iv, 32);
        blocks_ = 0;
      }
    }
    if (buffered_ == 0 && blocks_ == 0 && left > blake3_chunk_bytes) {
      // The largest aligned subtree that leaves a byte behind it, so that it is surely not the
      // root.
      std::size_t size = std::bit_floor((left - 1) / blake3_chunk_bytes);
      while (chunks_ & (size - 1)) size /= 2;
      u32 cv[8];
      fold_subtree(p, size, chunks_, cv);
      push_subtree(cv, size);
      p += size * blake3_chunk_bytes;
      left -= size * blake3_chunk_bytes;
      continue;
    }
    const std::size_t take = std::min(left, blake3_block_bytes - buffered_);
    std::memcpy(block_ + buffered_, p, take);
    buffered_ += take;
    p += take;
    left -= take;
  }
}

hash256 blake3_state::final() const noexcept {
  u32 block[16] = {}, full[8];
  if (buffered_ != 0) std::memcpy(block, block_, buffered_);
  const u32 flags = (blocks_ == 0 ? blake3_chunk_start : 0) | blake3_chunk_end |
                    (stacked_ == 0 ? blake3_root : 0);
  blake3_compress(cv_, block, chunks_, static_cast<u32>(buffered_), flags, full);
  for (std::size_t i = stacked_; i-- > 1;) {
    u32 node[16];
    std::memcpy(node, stack_[i], 32);
    std::memcpy(node + 8, full, 32);
    blake3_compress(blake3_iv, node, 0, 64, blake3_parent, full);
  }
  if (stacked_ != 0) return root_of(stack_[0], full);
  return hash256::copy_of(reinterpret_cast<const u8*>(full));
}

}  // namespace ashlar::crypto
