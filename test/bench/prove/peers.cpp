#include "test/bench/prove/peers.hpp"

#include <sstream>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/blake3.hpp"
#include "test/bench/rows/peer.hpp"
#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {
namespace {

std::optional<std::string> ask(const std::string& variable, const std::string& argument) {
  auto text = ask_peer(variable, argument);
  if (!text) say(variable + " is not set: no figures of that peer");
  return text;
}

}  // namespace

std::optional<transform_figures> ask_goldilocks(unsigned runs) {
  const auto text = ask("ASHLAR_GOLDILOCKS_PEER", std::to_string(runs));
  if (!text) return std::nullopt;
  transform_figures f;
  std::istringstream fields(*text);
  require(bool(fields >> f.to_coefficients >> f.to_values), "goldilocks printed " + *text);
  return f;
}

std::optional<hash_figures> ask_blake3(unsigned runs) {
  const auto text = ask("ASHLAR_BLAKE3_PEER", std::to_string(runs));
  if (!text) return std::nullopt;
  hash_figures f;
  std::string node, message;
  std::istringstream fields(*text);
  require(bool(fields >> f.nodes_m_s >> f.long_message_gb_s >> node >> message),
          "BLAKE3's C code printed " + *text);
  // Node 77 of the children that both fill alike, and the first MiB of the message.
  hash256 left{}, right{};
  left[154 % 32] = static_cast<u8>(154 * 7 + 1);
  right[155 % 32] = static_cast<u8>(155 * 7 + 1);
  bytes first(1 << 20);
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = static_cast<u8>(i % 251);
  require("0x" + node == to_hex(crypto::blake3_node(left, right)), "the C code's nodes differ");
  require("0x" + message == to_hex(crypto::blake3(first)), "the C code's hash differs");
  return f;
}

std::optional<prover_figures> ask_risc0(u32 output) {
  const auto text = ask("ASHLAR_RISC0_PEER", std::to_string(risc0_turns));
  if (!text) return std::nullopt;
  prover_figures f;
  double verify_ms = 0, seal_bytes = 0;
  u32 got = 0;
  std::istringstream fields(*text);
  require(bool(fields >> f.cycles >> f.prove_s >> f.cpu_s >> verify_ms >> seal_bytes >> got),
          "RISC Zero's prover printed " + *text);
  require(got == output,
          "RISC Zero's program put out " + std::to_string(got) + ", not " + std::to_string(output));
  say("RISC Zero: " + *text);
  return f;
}

}  // namespace ashlar::bench
