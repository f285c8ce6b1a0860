#include "actors/node/commands/patient_l1.hpp"
#include "net/l1/abi.hpp"
#include "test/e2e/escape/abandoned_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

result<node::chain_spec, std::string> published(abandoned_chain& chain, u64 chain_id = 270) {
  return node::read_published_chain(*chain.l1, chain.dev->spec.ecosystem.hub, chain_id);
}

std::string refusal(abandoned_chain& chain, u64 chain_id) {
  const auto read = published(chain, chain_id);
  REQUIRE_FALSE(read.ok());
  return read.error();
}

/// Adds a chain as an operator would that writes something else on L1.
void add_chain(abandoned_chain& chain, u64 id,
               const std::function<void(node::chain_spec&)>& change_config,
               const std::function<void(l1::chain_registration&)>& change) {
  const node::chain_spec& own = chain.dev->spec;
  const auto expected = l1::next_chain_contracts(*chain.l1, own.ecosystem.factory);
  REQUIRE(expected.ok());
  node::chain_spec spec = own;
  spec.config.chain_id = id;
  spec.config.chain_contract = expected->chain;
  change_config(spec);
  l1::chain_registration r;
  r.chain_id = id;
  r.genesis_state = node::make_genesis(spec).commitment;
  r.config = encode_chain_config(spec.config);
  r.genesis = node::encode_genesis(spec);
  r.protocol_version = 1;
  r.committer = r.prover = r.executor = r.guardian = chain.rich->account();
  r.proposers = r.executors_of_timelock = {chain.rich->account()};
  change(r);
  const auto made = l1::create_chain(*chain.l1, *chain.rich, own.ecosystem, r, *expected, {});
  if (!made.ok()) FAIL(made.error().text);
}

/// Every other request is lost, one way or another, before or behind L1.
class flaky_transport final : public l1::transport {
 public:
  explicit flaky_transport(std::unique_ptr<l1::transport> inner) : inner_(std::move(inner)) {}
  l1::l1_result<std::string> post(const std::string& body) override {
    using e = l1::l1_error_code;
    const u64 n = count_++;
    if (n % 2 == 1) return inner_->post(body);
    if (n % 8 == 6) (void)inner_->post(body);
    constexpr std::array codes{e::unreachable, e::rate_limited, e::http_status, e::timed_out};
    return fail(l1::l1_error{codes[n / 2 % 4], "planted", 0, {}});
  }

 private:
  std::unique_ptr<l1::transport> inner_;
  u64 count_ = 0;
};

}  // namespace

TEST_CASE("a chain is read from an endpoint that fails in passing") {
  abandoned_chain& chain = the_chain();
  u64 waits = 0;
  l1::client patient(std::make_unique<flaky_transport>(chain.connect()),
                     node::make_patience(
                         {}, [](const std::string&) {}, [&](supervision::duration) { ++waits; }));
  const auto read =
      node::read_published_chain(patient, chain.dev->spec.ecosystem.hub, chain.chain_id());
  if (!read.ok()) FAIL(read.error());
  CHECK(read->config == chain.dev->spec.config);
  const auto done = node::restore_from_l1(patient, *read, batch_number{~0ull}, {});
  if (!done.ok()) FAIL(done.error());
  CHECK(done->last_batch == batch_number{chain.committed});
  CHECK(waits > 10);
}

TEST_CASE("L1 alone has all of a chain") {
  abandoned_chain& chain = the_chain();
  const node::chain_spec& own = chain.dev->spec;
  const auto read = published(chain);
  if (!read.ok()) FAIL(read.error());
  CHECK(read->config == own.config);
  CHECK(read->ecosystem == own.ecosystem);
  CHECK(read->contracts == own.contracts);
  CHECK(read->priority_deadline_s == own.priority_deadline_s);
  CHECK(read->l1_start_block > own.l1_start_block);
  CHECK(node::make_genesis(*read).commitment == node::make_genesis(own).commitment);
  const auto whole = [&](const node::chain_spec& spec) {
    const auto done = node::restore_from_l1(*chain.l1, spec, batch_number{~0ull}, {});
    if (!done.ok()) FAIL(done.error());
    return state_commitment(done->state);
  };
  CHECK(whole(*read) == whole(own));
}

TEST_CASE("a chain that L1 does not have, or has otherwise, is refused") {
  abandoned_chain& chain = the_chain();
  CHECK_THAT(refusal(chain, 271), Catch::Contains("has no chain 271"));
  const auto no_hub =
      node::read_published_chain(*chain.l1, address::copy_of(filled(7).data()), 270);
  REQUIRE_FALSE(no_hub.ok());
  CHECK_THAT(no_hub.error(), Catch::Contains("another contract, or none"));

  const auto as_it_is = [](auto&) {};
  add_chain(chain, 301, as_it_is, as_it_is);
  CHECK(published(chain, 301).ok());
  // Anything may be given for a genesis: no contract makes its state.
  add_chain(chain, 302, as_it_is, [](l1::chain_registration& r) { r.genesis.pop_back(); });
  CHECK_THAT(refusal(chain, 302), Catch::Contains("the genesis: "));
  add_chain(chain, 303, as_it_is, [](l1::chain_registration& r) { r.genesis_state[0] ^= 1; });
  CHECK_THAT(refusal(chain, 303), Catch::Contains("the chain was registered with"));
  add_chain(chain, 304, as_it_is, [](l1::chain_registration& r) { r.config = bytes(60, 3); });
  CHECK_THAT(refusal(chain, 304), Catch::Contains("not a chain configuration"));
  add_chain(
      chain, 305, [](node::chain_spec& s) { s.config.chain_id = 270; }, as_it_is);
  CHECK_THAT(refusal(chain, 305), Catch::Contains("another chain's"));
  add_chain(
      chain, 306, [](node::chain_spec& s) { s.config.base_fee_min = 0; }, as_it_is);
  CHECK_THAT(refusal(chain, 306), Catch::Contains("base_fee_min"));
  // No node would join it, and its users may leave it all the same.
  add_chain(
      chain, 307, [](node::chain_spec& s) { s.config.pubdata_gas_per_byte = 5; }, as_it_is);
  CHECK(published(chain, 307).ok());
}

TEST_CASE("a configuration that the governor gave since is read from L1 as well") {
  abandoned_chain& chain = the_chain();
  chain_config changed = chain.dev->spec.config;
  changed.block_gas_limit += 1;  // which the genesis block has
  const auto give = [&](const chain_config& c) {
    govern_by(chain, l1::abi_encoder().blob(encode_chain_config(c)).call("setConfig(bytes)"));
  };
  give(changed);
  const auto read = published(chain);
  if (!read.ok()) FAIL(read.error());
  CHECK(read->config == changed);
  CHECK(read->genesis_config == chain.dev->spec.config);
  CHECK(node::make_genesis(*read).commitment == node::make_genesis(chain.dev->spec).commitment);
  give(chain.dev->spec.config);
  CHECK(published(chain)->config == chain.dev->spec.config);
}
