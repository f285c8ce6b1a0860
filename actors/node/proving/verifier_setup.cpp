#include "actors/node/proving/verifier_setup.hpp"

#include <fmt/format.h>

#include "actors/node/process/child_process.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {

result<std::string, std::string> find_verifier() {
  std::string path = find_program("ASHLAR_VERIFIER", "contracts/verifier.json", "");
  if (path.empty())
    return fail(
        std::string("contracts/verifier.json is nowhere above this program; build the target "
                    "ashlar_verifier_contracts, name it, or set ASHLAR_VERIFIER"));
  return path;
}

result<std::string, std::string> verifier_name(const l1::contract_artifacts& compiled) {
  constexpr std::string_view end = "Verifier";
  std::string found;
  for (const std::string& name : compiled.names()) {
    if (!name.ends_with(end) || name.starts_with("I")) continue;
    if (!found.empty()) return fail("there are two verifiers: " + found + " and " + name);
    found = name;
  }
  if (found.empty()) return fail(std::string("there is no verifier among the contracts"));
  return found.substr(0, found.size() - end.size());
}

result<verifier_contracts, std::string> link_verifier(const l1::contract_artifacts& compiled,
                                                      std::string_view name,
                                                      const hash256& set_root) {
  verifier_contracts all;
  const auto add = [&](const std::string& symbol) {
    const auto* artifact = compiled.find(std::string(name) + symbol);
    if (artifact) all.push_back({symbol, artifact->creation, {}});
    return artifact != nullptr;
  };
  for (std::size_t i = 0; add(stark::part_symbol(i)); ++i) {
  }
  for (const char* symbol : {"Head", "Rows", "Verifier"})
    if (!add(symbol)) return fail(fmt::format("contract {}{} is missing", name, symbol));
  auto linked = stark::linked(std::move(all), set_root);
  if (linked) return std::move(linked.value());
  switch (linked.error()) {
    case stark::link_error::not_canonical:
      return fail("the root of the set of programs is not four elements: " + to_hex(set_root));
    case stark::link_error::not_compiled:
      break;
  }
  return fail(
      fmt::format("the contracts of {} are not those of a generated verifier; compile it "
                  "again",
                  name));
}

result<address, std::string> deploy_verifier(l1::client& c, const l1::signer& from,
                                             const verifier_contracts& contracts,
                                             const l1::fee_policy_config& fees) {
  const auto text = [](const l1::l1_error& e) {
    return fmt::format("L1: {}: {}", to_text(e.code), e.text);
  };
  const address deployer = *fixed_from_hex<20>(stark::create2_deployer);
  const auto there = c.code(deployer);
  if (!there) return fail(text(there.error()));
  if (there->empty())
    return fail(
        fmt::format("L1 has no CREATE2 deployer at {}; it is put there by a transaction "
                    "that was signed once for all chains",
                    stark::create2_deployer));
  for (const stark::verifier_contract& one : contracts) {
    const auto code = c.code(one.at);
    if (!code) return fail(text(code.error()));
    if (!code->empty()) continue;
    const auto made =
        l1::send_and_wait(c, from, {from.account(), deployer, one.deployment(), {}}, fees);
    if (!made) return fail(one.symbol + ": " + text(made.error()));
    const auto after = c.code(one.at);
    if (!after) return fail(text(after.error()));
    if (after->empty())
      return fail(fmt::format("{}: the deployment left nothing at {}", one.symbol, to_hex(one.at)));
  }
  return contracts.back().at;
}

}  // namespace ashlar::node
