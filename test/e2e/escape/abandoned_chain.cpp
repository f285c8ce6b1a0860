#include "test/e2e/escape/abandoned_chain.hpp"

#include "net/l1/abi.hpp"

namespace ashlar::test {
namespace {

template <class T, class E>
T good(result<T, E> r) {
  if constexpr (std::is_same_v<E, l1::l1_error>) {
    if (!r.ok()) FAIL(r.error().text);
  } else {
    if (!r.ok()) FAIL(r.error());
  }
  return std::move(r).value();
}

}  // namespace

abandoned_chain::abandoned_chain() {
  begin();
  install_verifier();
  do_business();
  // The operator's process is gone, with all that it had; L1 goes on when it is told to.
  good(node::demo::step_leave_behind(*run));
  dev->node.reset();
  raw("evm_setIntervalMining", "[0]");
  raw("evm_setAutomine", "[true]");
  committed = progress().committed.value;
  REQUIRE(progress().executed.value == 1);
  REQUIRE(committed > 1);
}

void abandoned_chain::begin() {
  node::dev_options options;
  options.folder = folder.path();
  options.batch_age_ms = 500;
  options.l1_block_ms = 100;
  dev = good(node::start_dev_stack(options, [](const std::string&) {}));
  l1 = std::make_unique<l1::client>(connect());
  rich = l1::make_signer(dev->rich_l1_key);
  around = std::make_unique<node::demo_surroundings>(
      node::demo_surroundings{dev->l1_endpoint,
                              dev->l2_endpoint(),
                              dev->spec,
                              dev->artifacts,
                              dev->rich_l1_key,
                              {},
                              {},
                              {},
                              [] { return std::vector<node::batch_row>{}; }});
  run = std::make_unique<node::demo::demo_run>(*around, limits);
  run->layer1 = good(node::demo::endpoint::open("L1", around->l1_endpoint));
  run->layer2 = good(node::demo::endpoint::open("L2", around->l2_endpoint));
  run->rich = l1::make_signer(dev->rich_l1_key);
  for (const char* name : {"ada", "bob"}) run->wallets.push_back(node::demo::make_wallet(name));
}

void abandoned_chain::install_verifier() {
  const address at = good(node::deploy_verifier(*l1, *rich, verifier.contracts->contracts(), {}));
  for (;;) {
    const auto change = good(l1::set_verifier(*l1, *rich, dev->spec.contracts,
                                              dev->spec.config.protocol_version, at, {}));
    if (change.at == l1::governed_change::stage::in_force) return;
  }
}

void abandoned_chain::prove_batch(u64 number) {
  const hash256 input = stored(number);
  const batch_number n{number};
  const publisher::batch_run alone{n, n, chain_public_input({}, input)};
  const auto proof = verifier.prove(alone, std::span(&input, 1));
  for (const auto& stage : proof.stages) good(run->on_l1(stage.to, stage.calldata));
  good(run->on_l1(contract(), l1::encode_prove_batches(n, n)));
}

void abandoned_chain::do_business() {
  for (const auto step :
       {node::demo::step_endpoints, node::demo::step_deposit_ether, node::demo::step_deposit_token})
    good(step(*run));
  REQUIRE(run->report.reason.empty());
  const auto wait_until = [&](const std::string& what, const auto& holds) {
    good(node::demo::wait_for(what, 60, [&] {
      return node::demo::outcome<std::optional<bool>>(holds() ? std::optional(true) : std::nullopt);
    }));
  };
  wait_until("the first batch on L1", [&] { return progress().committed.value >= 1; });
  prove_batch(1);  // the operator executes it
  wait_until("its execution", [&] { return progress().executed.value == 1; });
  // What is in the batch behind it is the operator's word alone.
  good(run->execute(run->wallets[1], node::demo::make_wallet("stranger").account, {}, u256{5}));
  wait_until("a batch that stays unproved", [&] { return progress().committed.value >= 2; });
}

}  // namespace ashlar::test
