#include "runtime/base/ensure.hpp"
#include "runtime/stf/apply_batch.hpp"
#include "runtime/stf/batch_witness.hpp"
#include "test/fuzz/target.hpp"
#include "test/support/batch_workload.hpp"

namespace ashlar::fuzz {

namespace {

struct honest_batch {
  stf::batch_witness witness;
  bytes encoded;
  hash256 input_hash;
};

/// Sealed one after another, so that later ones meet the state that earlier ones left.
const std::vector<honest_batch>& honest_batches() {
  static const std::vector<honest_batch> all = [] {
    std::vector<honest_batch> out;
    test::batch_workload work(9);
    for (int i = 0; i < 6; ++i) {
      auto sealed = work.next(1 + static_cast<std::size_t>(i) % 2, 3);
      out.push_back({sealed.witness, stf::encode_batch_witness(sealed.witness),
                     public_input_hash(sealed.native.input)});
    }
    return out;
  }();
  return all;
}

/// A witness that is honest but for a few bytes and entries: the input says which. Most mutations
/// of an encoding break its lengths; these reach the checks behind the decoder.
stf::batch_witness tampered(bytes_view script) {
  const auto& all = honest_batches();
  stf::batch_witness w = all[script.empty() ? 0 : script[0] % all.size()].witness;
  for (std::size_t i = 1; i + 3 < script.size() && i < 17; i += 4) {
    const std::size_t at = script[i + 1] | std::size_t{script[i + 2]} << 8;
    const u8 what = script[i + 3];
    const auto place = [&](const auto& list) { return at % list.size(); };
    const auto flip = [&](auto& fixed) { fixed[(at >> 8) % fixed.size()] ^= what; };
    switch (script[i] % 12) {
      case 0:
        if (!w.accounts.empty()) w.accounts[place(w.accounts)].second.balance += u256{what};
        break;
      case 1:
        if (!w.accounts.empty()) w.accounts[place(w.accounts)].second.nonce += what;
        break;
      case 2:
        if (!w.accounts.empty()) flip(w.accounts[place(w.accounts)].second.code_hash);
        break;
      case 3:
        if (!w.accounts.empty())
          w.accounts.erase(w.accounts.begin() + static_cast<std::ptrdiff_t>(place(w.accounts)));
        break;
      case 4:
        if (!w.proof.leaves.empty()) flip(w.proof.leaves[place(w.proof.leaves)].content.value);
        break;
      case 5:
        if (!w.proof.leaves.empty()) flip(w.proof.leaves[place(w.proof.leaves)].content.key);
        break;
      case 6:
        if (!w.proof.leaves.empty()) w.proof.leaves[place(w.proof.leaves)].content.next = what;
        break;
      case 7:
        if (!w.proof.leaves.empty())
          w.proof.leaves.erase(w.proof.leaves.begin() +
                               static_cast<std::ptrdiff_t>(place(w.proof.leaves)));
        break;
      case 8:
        if (!w.proof.siblings.empty()) flip(w.proof.siblings[place(w.proof.siblings)]);
        break;
      case 9:
        w.proof.appends = !w.proof.appends;
        break;
      case 10:
        if (!w.codes.empty() && !w.codes[0].empty()) {
          bytes& code = w.codes[place(w.codes)];
          if (!code.empty()) code[(at >> 8) % code.size()] ^= what;
        }
        break;
      default: {
        auto& block = w.blocks[place(w.blocks)];
        if (block.txns.empty()) break;
        bytes& raw = block.txns[what % block.txns.size()];
        if (!raw.empty()) raw[at % raw.size()] ^= static_cast<u8>(at >> 8);
      }
    }
  }
  return w;
}

/// Nothing that the witness says of the state can change what its blocks come to: over the same
/// start and blocks there is one public input, or an error.
void check_applied(const stf::batch_witness& w) {
  const auto done = stf::apply_batch(w);
  if (!done) return;
  const hash256 got = public_input_hash(done->input);
  for (const honest_batch& honest : honest_batches()) {
    stf::batch_witness mixed = w;
    mixed.proof = honest.witness.proof;
    mixed.accounts = honest.witness.accounts;
    mixed.codes = honest.witness.codes;
    if (stf::encode_batch_witness(mixed) == honest.encoded) ensure(got == honest.input_hash);
  }
}

/// Heads an input that is a script for `tampered`; no witness begins so.
constexpr u8 script_mark = 0xff;

}  // namespace

std::vector<bytes> seeds() {
  std::vector<bytes> out;
  for (const honest_batch& b : honest_batches()) out.push_back(b.encoded);
  for (u8 what = 0; what < 12; ++what)
    for (u8 batch = 0; batch < honest_batches().size(); ++batch)
      out.push_back({script_mark, batch, what, batch, 1, 1});
  return out;
}

void check(bytes_view input) {
  if (!input.empty() && input[0] == script_mark) {
    const stf::batch_witness w = tampered(input.subspan(1));
    check_applied(w);
    return;
  }
  const auto w = stf::decode_batch_witness(input);
  if (!w) return;
  ensure(equal(stf::encode_batch_witness(*w), input));
  check_applied(*w);
}

}  // namespace ashlar::fuzz
