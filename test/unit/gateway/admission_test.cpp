#include "actors/gateway/admission.hpp"

#include <atomic>
#include <future>

#include <catch2/catch.hpp>

#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;
using rpc::submit_errc;

namespace {

const chain_config chain = memory_chain::sample_config();
const key_pair alice = test_key(0);

txn sample() {
  return signed_txn(chain, alice, 5, test_key(1).account, u256{1});
}

void sign(txn& t) {
  const auto s = crypto::sign(signing_hash(t), alice.secret);
  t.signature = {static_cast<u8>(s->y_parity), s->r, s->s};
}

/// The refusal of a transaction that was changed and signed again.
template <class Change>
submit_errc refusal(Change change) {
  txn t = sample();
  change(t);
  sign(t);
  const auto got = gateway::admit(encode_txn(t), chain, revision::osaka);
  REQUIRE_FALSE(got.ok());
  return got.error().code;
}

submit_errc refusal_of(bytes raw) {
  const auto got = gateway::admit(raw, chain, revision::osaka);
  REQUIRE_FALSE(got.ok());
  return got.error().code;
}

}  // namespace

TEST_CASE("a sound transaction is admitted with its sender, hash and size") {
  const txn t = sample();
  const bytes raw = encode_txn(t);
  const auto got = gateway::admit(raw, chain, revision::osaka);
  REQUIRE(got.ok());
  CHECK(got->sender == alice.account);
  CHECK(got->hash == txn_hash(t));
  CHECK(got->encoded_bytes == raw.size());
  CHECK(*got->body == t);
}

TEST_CASE("what needs no state is refused with its own code") {
  CHECK(refusal_of({}) == submit_errc::malformed);
  CHECK(refusal_of({0x02, 0xc0}) == submit_errc::malformed);
  CHECK(refusal_of(bytes(txn_bytes_max + 1, 0xff)) == submit_errc::oversized);
  CHECK(refusal_of({0x03, 0xc0}) == submit_errc::type_unsupported);
  CHECK(refusal_of({0x7f, 0xc0}) == submit_errc::type_unsupported);
  CHECK(refusal([](txn& t) { t.chain_id = 1; }) == submit_errc::wrong_chain_id);
  CHECK(refusal([](txn& t) {
          t.type = txn_type::legacy;
          t.chain_id.reset();
          t.max_priority_fee_per_gas = t.max_fee_per_gas;
        }) == submit_errc::unprotected);
  CHECK(refusal([](txn& t) { t.nonce = ~u64{0}; }) == submit_errc::nonce_max);
  CHECK(refusal([](txn& t) { t.max_priority_fee_per_gas = t.max_fee_per_gas + u256{1}; }) ==
        submit_errc::tip_above_fee_cap);
  CHECK(refusal([](txn& t) { t.value = u256::max(); }) == submit_errc::insufficient_funds);
  CHECK(refusal([](txn& t) { t.max_fee_per_gas = u256::max(); }) ==
        submit_errc::insufficient_funds);
  CHECK(refusal([](txn& t) { t.gas_limit = 20'999; }) == submit_errc::intrinsic_gas_too_low);
  CHECK(refusal([](txn& t) {
          t.data.assign(1000, 1);
          t.gas_limit = 21'000 + 16 * 1000;
        }) == submit_errc::floor_data_gas);
  CHECK(refusal([](txn& t) { t.gas_limit = (1u << 24) + 1; }) == submit_errc::gas_limit_too_high);
  CHECK(refusal([](txn& t) {
          t.to.reset();
          t.data.assign(49'153, 0);
          t.gas_limit = 1u << 24;
        }) == submit_errc::initcode_too_large);
  CHECK(refusal([](txn& t) { t.type = txn_type::set_code; }) == submit_errc::empty_authorizations);
  txn high = sample();
  high.signature.s = crypto::secp256k1_order - high.signature.s;
  high.signature.y_parity ^= 1;
  CHECK(refusal_of(encode_txn(high)) == submit_errc::invalid_signature);
}

TEST_CASE("a type that is not taken is refused in the decoder's own words") {
  const auto words = [](bytes raw) {
    return gateway::admit(raw, chain, revision::osaka).error().detail;
  };
  CHECK(words({0x03, 0xc0}) == "blob transactions are not supported");
  CHECK(words({0x7f, 0xc0}) == "type 0x7f transactions come from L1 alone");
  CHECK(words({0x05, 0xc0}) == "type 5");
}

TEST_CASE("what needs no state costs no recovery of a signature") {
  // No point of the curve has this x: the signature decodes, and whoever recovers it says invalid.
  const auto unrecoverable = [](auto change) {
    txn t = sample();
    change(t);
    t.signature.r = u256{5};
    return refusal_of(encode_txn(t));
  };
  REQUIRE(unrecoverable([](txn&) {}) == submit_errc::invalid_signature);
  CHECK(unrecoverable([](txn& t) { t.chain_id = 1; }) == submit_errc::wrong_chain_id);
  CHECK(unrecoverable([](txn& t) { t.nonce = ~u64{0}; }) == submit_errc::nonce_max);
  CHECK(unrecoverable([](txn& t) { t.max_priority_fee_per_gas = t.max_fee_per_gas + u256{1}; }) ==
        submit_errc::tip_above_fee_cap);
  CHECK(unrecoverable([](txn& t) { t.value = u256::max(); }) == submit_errc::insufficient_funds);
  CHECK(unrecoverable([](txn& t) { t.gas_limit = 20'999; }) == submit_errc::intrinsic_gas_too_low);
  CHECK(unrecoverable([](txn& t) { t.gas_limit = (1u << 24) + 1; }) ==
        submit_errc::gas_limit_too_high);
  CHECK(unrecoverable([](txn& t) {
          t.to.reset();
          t.data.assign(49'153, 0);
          t.gas_limit = 1u << 24;
        }) == submit_errc::initcode_too_large);
}

TEST_CASE("every drop of the pool has its code and its numbers") {
  using api::drop_code;
  const auto code = [](drop_code c) { return gateway::to_submit_error({c, 3, 7}).code; };
  CHECK(code(drop_code::already_known) == submit_errc::already_known);
  CHECK(code(drop_code::nonce_too_low) == submit_errc::nonce_too_low);
  CHECK(code(drop_code::nonce_gap_too_large) == submit_errc::nonce_too_high);
  CHECK(code(drop_code::insufficient_funds) == submit_errc::insufficient_funds);
  CHECK(code(drop_code::fee_cap_below_base) == submit_errc::fee_cap_below_base_fee);
  CHECK(code(drop_code::tip_above_cap) == submit_errc::tip_above_fee_cap);
  CHECK(code(drop_code::intrinsic_gas) == submit_errc::intrinsic_gas_too_low);
  CHECK(code(drop_code::gas_limit_above_cap) == submit_errc::gas_limit_too_high);
  CHECK(code(drop_code::initcode_too_large) == submit_errc::initcode_too_large);
  CHECK(code(drop_code::sender_not_eoa) == submit_errc::sender_not_eoa);
  CHECK(code(drop_code::nonce_max) == submit_errc::nonce_max);
  CHECK(code(drop_code::type_unsupported) == submit_errc::type_unsupported);
  CHECK(code(drop_code::underpriced) == submit_errc::underpriced);
  CHECK(code(drop_code::replacement_underpriced) == submit_errc::replacement_underpriced);
  CHECK(code(drop_code::replaced) == submit_errc::dropped);
  CHECK(code(drop_code::sender_limit) == submit_errc::sender_limit);
  CHECK(code(drop_code::pool_full) == submit_errc::pool_full);
  CHECK(code(drop_code::too_large) == submit_errc::oversized);
  CHECK(code(drop_code::proving_cycles) == submit_errc::too_much_proving);
  CHECK(code(drop_code::sender_rests) == submit_errc::sender_rests);
  CHECK(gateway::to_submit_error({drop_code::sender_rests, 3, 1'000}).detail ==
        "3 seconds left, until 1000");
  CHECK(code(drop_code::expired) == submit_errc::dropped);
  CHECK(code(drop_code::censored) == submit_errc::dropped);
  CHECK(code(drop_code::shutting_down) == submit_errc::unavailable);
  CHECK(gateway::to_submit_error({drop_code::nonce_too_low, 5, 3}).detail ==
        "next nonce 5, tx nonce 3");
  CHECK(gateway::to_submit_error({drop_code::insufficient_funds, 3, 10}).detail ==
        "balance 3, tx cost 10, overshot 7");
  const auto said = gateway::to_drop_reason({drop_code::replaced, 0, 0});
  CHECK(said.code == "replaced");
  CHECK(said.message == "replaced by another transaction of the same nonce");
}

TEST_CASE("a list is answered in order however many threads help") {
  const u32 threads = GENERATE(0u, 1u, 3u);
  gateway::work_pool pool(threads, 100);
  std::vector<bytes> all;
  for (u64 i = 0; i < 61; ++i) {
    txn t = signed_txn(chain, test_key(i % 5), i, alice.account, u256{i});
    // of no key, or with a signature of another transaction: two kinds that only recovery tells
    if (i % 11 == 5) t.signature.r = u256{5};
    if (i % 11 == 6) t.value += u256{1};
    all.push_back(encode_txn(t));
    if (i % 7 == 3) all.back().pop_back();
  }
  const std::vector<bytes_view> views(all.begin(), all.end());
  std::promise<std::vector<gateway::admitted>> promise;
  auto coming = promise.get_future();
  gateway::admit_all(views, chain, revision::osaka, pool, [&](std::vector<gateway::admitted> got) {
    promise.set_value(std::move(got));
  });
  const auto got = coming.get();
  REQUIRE(got.size() == all.size());
  for (u64 i = 0; i < got.size(); ++i) {
    const bool malformed = i % 7 == 3, of_no_key = i % 11 == 5, changed = i % 11 == 6;
    CAPTURE(threads, i);
    REQUIRE(got[i].ok() == (!malformed && !of_no_key));
    if (got[i].ok()) {
      CHECK(got[i]->body->nonce == i);
      CHECK((got[i]->sender == test_key(i % 5).account) != changed);
      CHECK(got[i]->hash == crypto::keccak256(all[i]));
    } else {
      CHECK(got[i].error().code ==
            (malformed ? submit_errc::malformed : submit_errc::invalid_signature));
    }
  }
}
