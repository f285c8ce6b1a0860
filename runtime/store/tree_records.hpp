#pragma once

#include <span>

#include "runtime/base/strong.hpp"
#include "runtime/store/reserved_array.hpp"
#include "runtime/tree/leaf.hpp"

namespace ashlar::store {

/// The three kinds of records of a tree's database. Integers are big-endian; "varint" is LEB128.
///
///   'm'                      the state after the last batch: meta
///   'd' batch u64            what that batch changed: delta
///   'p' page u64 batch u64   the leaves of a page as that batch left them
///
/// A page is `page_leaves` consecutive leaves of 72 bytes, as they are hashed; the last page is
/// shorter. State after batch n is, for each page, its youngest record up to n with the deltas
/// from there to n applied.
inline constexpr u64 page_leaves = 256;

/// One round over all pages: each has a record of batch `start` or later, and of `end` or earlier.
struct tree_round {
  batch_number start, end;

  friend bool operator==(const tree_round&, const tree_round&) = default;
};

struct tree_meta {
  batch_number height;
  tree::summary state;
  u64 cursor = 0;                  // the page that is written next
  batch_number round_start;        // no page written since the cursor was 0 is older than this
  std::optional<tree_round> done;  // the oldest finished round not yet used to drop deltas
  batch_number rollback_first;     // the records reach back to here

  friend bool operator==(const tree_meta&, const tree_meta&) = default;
};

/// What a batch did to the leaves, so that it is redone without looking for keys.
struct tree_delta {
  struct value {
    u64 index;
    hash256 now;
  };
  struct link {
    u64 index;
    u64 next;
  };
  tree::summary after;
  std::vector<value> values;  // existing leaves, ascending by index
  std::vector<link> links;    // existing leaves whose next is a new one, ascending by index
  std::vector<tree::leaf> appended;
};

bytes meta_key();
bytes delta_key(batch_number batch);
bytes page_key(u64 page, batch_number batch);
/// The whole kind: keys from `first` up to, and without, `end`.
struct key_range {
  bytes first, end;
};
key_range delta_keys();
key_range page_keys();
std::optional<batch_number> parse_delta_key(bytes_view key);
struct page_version {
  u64 page = 0;
  batch_number batch;
};
std::optional<page_version> parse_page_key(bytes_view key);

bytes encode(const tree_meta& m);
std::optional<tree_meta> decode_meta(bytes_view from);

/// version u8 ‖ root ‖ leaf count u64 ‖ three counts u64 ‖ values ‖ links ‖ appended.
bytes encode(const tree_delta& d);
std::optional<tree_delta> decode_delta(bytes_view from);

bytes encode_page(std::span<const tree::leaf> leaves);
/// False where `from` is not a whole number of leaves, or more than a page of them.
bool decode_page(bytes_view from, std::vector<tree::leaf>& to);

}  // namespace ashlar::store
