#include "runtime/stark/deferred/hash_list.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <exception>
#include <thread>

#include "runtime/base/ensure.hpp"
#include "runtime/base/vector_code.hpp"
#include "runtime/stark/hash/many.hpp"

namespace ashlar::stark {

namespace {

// What the widest kernels take at a time. Fewer are filled up, for the price of the lanes that a
// kernel has anyway.
constexpr std::size_t lanes = 16;
constexpr std::size_t nodes_a_piece = 4 * lanes;
// Blocks of 64 bytes below which a thread costs more than it does.
constexpr std::size_t blocks_for_threads = 1 << 13;
constexpr unsigned slots_log2 = 14;

bool has_lanes(hash_kind hash) {
  return hash != hash_kind::keccak && chosen_vector_code() != vector_code::scalar;
}

}  // namespace

hash_list::number hash_list::add(const hash& h) {
  ensure(hashes_.size() < at_data);
  hashes_.push_back(h);
  return static_cast<number>(hashes_.size() - 1);
}

hash_list::number hash_list::row(bytes_view elements, unsigned each) {
  ensure(!elements.empty() && elements.size() % gl::encoded_bytes == 0);
  return add(
      {elements.data(), static_cast<u32>(elements.size() / gl::encoded_bytes), each, 0, 0, false});
}

hash_list::number hash_list::node(number left, number right) {
  const u32 round = std::max(hashes_[left].round, hashes_[right].round) + 1;
  return add({nullptr, 0, left, right, round, false});
}

hash_list::number hash_list::climb(number from, u32 index, bytes_view siblings) {
  for (; !siblings.empty(); siblings = siblings.subspan(sizeof(hash256)), index >>= 1)
    from = add({siblings.data(), 0, from, at_data, hashes_[from].round + 1, (index & 1) != 0});
  return from;
}

// Rows of one length, as many as there are lanes; the longest first, so that threads end together.
std::vector<std::vector<hash_list::number>> hash_list::row_pieces() const {
  std::vector<number> rows;
  for (number n = 0; n < hashes_.size(); ++n)
    if (hashes_[n].elements != 0) rows.push_back(n);
  const auto shape = [&](number n) {
    return std::pair(hashes_[n].elements, hashes_[n].each_or_child);
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](number a, number b) { return shape(a) > shape(b); });
  std::vector<std::vector<number>> out;
  for (const number n : rows) {
    if (out.empty() || out.back().size() == lanes || shape(out.back().front()) != shape(n))
      out.emplace_back();
    out.back().push_back(n);
  }
  return out;
}

std::vector<std::vector<hash_list::number>> hash_list::node_rounds() const {
  std::vector<std::vector<number>> out;
  for (number n = 0; n < hashes_.size(); ++n) {
    const hash& h = hashes_[n];
    if (h.elements != 0) continue;
    if (out.size() < h.round) out.resize(h.round);
    out[h.round - 1].push_back(n);
  }
  return out;
}

std::size_t hash_list::blocks() const noexcept {
  std::size_t out = 0;
  for (const hash& h : hashes_) out += h.elements / hash_block_max + 1;
  return out;
}

// All rows, then the nodes round by round; between the turns one thread works alone. All memory is
// taken before there are threads.
class hash_list::turns {
 public:
  turns(hash_list& list, unsigned threads)
      : list_(list),
        lanes_(has_lanes(list.hash_)),
        rows_(list.row_pieces()),
        rounds_(list.node_rounds()),
        seen_(std::size_t{1} << slots_log2),
        pieces_(rows_.size()) {
    std::size_t most = 0;
    for (const auto& round : rounds_) most = std::max(most, round.size());
    place_.reserve(most);
    found_.reserve(most + lanes);
    pairs_.reserve(2 * (most + lanes));
    const std::size_t longest = rows_.empty() ? 0 : list.hashes_[rows_[0][0]].elements;
    for (unsigned i = 0; i < threads; ++i)
      scratch_.push_back({std::vector<u64>(lanes * longest), std::vector<const u64*>(longest)});
  }

  bool left() const noexcept { return left_; }
  /// Thread number `who` of those that there are memory for.
  void take_part(unsigned who) noexcept {
    for (std::size_t i; (i = next_.fetch_add(1)) < pieces_;) {
      if (turn_ == 0)
        hash_row_piece(rows_[i], scratch_[who]);
      else
        hash_node_piece(i);
    }
  }
  void advance() noexcept {
    if (turn_ != 0)
      for (std::size_t i = 0; i < place_.size(); ++i)
        list_.digests_[rounds_[turn_ - 1][i]] = found_[place_[i]];
    left_ = turn_ < rounds_.size();
    if (!left_) return;
    gather(rounds_[turn_++]);
    next_ = 0;
    pieces_ = (distinct_ + nodes_a_piece - 1) / nodes_a_piece;
  }

 private:
  struct side_by_side {
    std::vector<u64> cells;
    std::vector<const u64*> columns;
  };

  // The rows side by side, a column after the other, the last row filling up the lanes.
  void hash_row_piece(const std::vector<number>& piece, side_by_side& to) noexcept {
    const hash& shape = list_.hashes_[piece[0]];
    if (!lanes_ || piece.size() == 1) {
      for (const number n : piece)
        list_.digests_[n] =
            hash_encoded(list_.hash_, {list_.hashes_[n].data, 8 * std::size_t{shape.elements}},
                         shape.each_or_child);
      return;
    }
    for (std::size_t i = 0; i < lanes; ++i) {
      const u8* from = list_.hashes_[piece[std::min(i, piece.size() - 1)]].data;
      for (std::size_t j = 0; j < shape.elements; ++j)
        to.cells[lanes * j + i] = load_le64(from + 8 * j);
    }
    for (std::size_t j = 0; j < shape.elements; ++j) to.columns[j] = to.cells.data() + lanes * j;
    hash256 out[lanes];
    hash_rows(list_.hash_,
              {std::span(to.columns).first(shape.elements), 0, lanes, shape.each_or_child, out});
    for (std::size_t i = 0; i < piece.size(); ++i) list_.digests_[piece[i]] = out[i];
  }

  void hash_node_piece(std::size_t i) noexcept {
    const std::size_t first = i * nodes_a_piece, filled = found_.size();
    const std::size_t end = std::min(first + nodes_a_piece, filled);
    hash_nodes(list_.hash_, pairs_.data() + 2 * first, found_.data() + first, end - first);
  }

  // The round's pairs of children, those that are alike once. They are looked for where one that
  // began and ended alike was seen last, so one may be missed, which costs its hash alone.
  void gather(const std::vector<number>& round) noexcept {
    pairs_.clear();
    place_.clear();
    for (const number n : round) {
      const hash& h = list_.hashes_[n];
      const hash256& child = list_.digests_[h.each_or_child];
      const hash256 other = h.other == at_data ? hash256::copy_of(h.data) : list_.digests_[h.other];
      const hash256& left = h.is_right ? other : child;
      const hash256& right = h.is_right ? child : other;
      const u64 key = (load_le64(left.data()) ^ load_le64(right.data() + 24)) * 0x9e3779b97f4a7c15;
      u32& last = seen_[key >> (64 - slots_log2)];
      if (2 * std::size_t{last} >= pairs_.size() || pairs_[2 * last] != left ||
          pairs_[2 * last + 1] != right) {
        last = static_cast<u32>(pairs_.size() / 2);
        pairs_.push_back(left);
        pairs_.push_back(right);
      }
      place_.push_back(last);
    }
    distinct_ = pairs_.size() / 2;
    found_.resize(lanes_ ? (distinct_ + lanes - 1) / lanes * lanes : distinct_);
    pairs_.resize(2 * found_.size());
  }

  hash_list& list_;
  const bool lanes_;
  const std::vector<std::vector<number>> rows_, rounds_;
  std::vector<hash256> pairs_, found_;
  std::vector<u32> place_;  // by hash of the round: where its pair is
  std::vector<u32> seen_;   // by the pair's key: where one was seen, in this round or before
  std::vector<side_by_side> scratch_;
  std::size_t distinct_ = 0;
  std::size_t turn_ = 0;  // 0: rows; n: round n
  std::size_t pieces_;
  std::atomic<std::size_t> next_ = 0;
  bool left_ = true;
};

void hash_list::run(unsigned threads) {
  digests_.resize(hashes_.size());
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  if (blocks() < blocks_for_threads) threads = 1;
  turns all(*this, threads);
  std::barrier after_each(threads, [&]() noexcept { all.advance(); });
  const auto work = [&](unsigned who) {
    while (all.left()) {
      all.take_part(who);
      after_each.arrive_and_wait();
    }
  };
  std::vector<std::jthread> others;
  others.reserve(threads);
  for (unsigned i = 1; i < threads; ++i) {
    try {
      others.emplace_back(work, i);
    } catch (const std::exception&) {
      after_each.arrive_and_drop();  // the others do its share
    }
  }
  work(0);
}

}  // namespace ashlar::stark
