#include "runtime/stark/recursion_prover/circuit_pin.hpp"

#include "runtime/base/hex.hpp"
#include "runtime/stark/hash/hash.hpp"

namespace ashlar::stark {
namespace {

constexpr std::size_t members_max = 1u << 10;
/// Over what any parameters allow.
constexpr u32 height_log2_max = 32;

/// Circuits have an element's bytes from the lowest, contracts from the highest.
hash256 in_other_order(const hash256& digest) {
  hash256 out;
  for (std::size_t i = 0; i < 32; i += 8) store_be64(out.data() + i, load_le64(digest.data() + i));
  return out;
}

std::string line_of(const hash256& circuits) {
  return "circuits " + to_hex(circuits) + "\n";
}

std::string line_of(std::string_view what, const circuit_key& key) {
  return std::string(what) + " " + to_hex(key.fixed_root) + " " + std::to_string(key.heights.alu) +
         " " + std::to_string(key.heights.sponge) + "\n";
}

/// Holds a line of the pin to what the circuit `of` gives.
status<std::string> held(const std::string& pinned, const std::string& got, const std::string& of) {
  if (pinned == got) return nothing{};
  return fail("the pin's line of " + of + " is another\n  expected " + got + "  got      " +
              pinned);
}

/// Takes the text up to `end` off its front.
std::string_view take(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return out;
}

std::optional<hash256> take_digest(std::string_view& text, std::string_view what) {
  std::string_view line = take(text, '\n');
  if (take(line, ' ') != what) return std::nullopt;
  return fixed_from_hex<32>(line);
}

std::optional<u8> take_height(std::string_view& text) {
  u32 out = 0;
  const std::string_view digits = take(text, ' ');
  if (digits.empty() || digits.size() > 2) return std::nullopt;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + static_cast<u32>(c - '0');
  }
  if (out > height_log2_max) return std::nullopt;
  return static_cast<u8>(out);
}

std::optional<circuit_key> take_key(std::string_view& text, std::string_view what) {
  std::string_view line = take(text, '\n');
  if (take(line, ' ') != what) return std::nullopt;
  const auto root = fixed_from_hex<32>(take(line, ' '));
  const auto alu = take_height(line), sponge = take_height(line);
  if (!root || !alu || !sponge || !line.empty()) return std::nullopt;
  // The digest follows, with what this build has for tables.
  verifying_key key;
  for (const verifier_air& air : circuit_airs()) key.airs.push_back(&air);
  key.fixed_height_log2 = {*alu, *sponge};
  key.fixed_root = *root;
  return circuit_key::of(key);
}

}  // namespace

std::string encode_pin(const circuit_pin& pin) {
  std::string out = line_of(pin.circuits);
  out += "set_root " + to_hex(in_other_order(pin.keys.set.root())) + "\n";
  out += line_of("outer", pin.keys.outer);
  for (std::size_t i = 0; i < pin.keys.set.size(); ++i)
    out += line_of("member", pin.keys.set.member(i));
  return out;
}

result<circuit_pin, std::string> decode_pin(std::string_view text) {
  constexpr std::string_view anew = "; pin the circuits anew with ./dev pin";
  const auto bad = [&](std::string_view line) {
    return fail("the pin of the circuits has no line \"" + std::string(line) +
                "\" where it should be" + std::string(anew));
  };
  const auto circuits = take_digest(text, "circuits");
  if (!circuits) return bad("circuits DIGEST");
  const auto root = take_digest(text, "set_root");
  if (!root) return bad("set_root ROOT");
  const auto outer = take_key(text, "outer");
  if (!outer) return bad("outer ROOT A S");
  std::vector<circuit_key> members;
  while (!text.empty() || members.empty()) {
    const auto member = take_key(text, "member");
    if (!member || members.size() == members_max ||
        !is_digest(hash_kind::poseidon2, member->fixed_root))
      return bad("member ROOT A S");
    members.push_back(*member);
  }
  circuit_pin out{*circuits, {circuit_set(std::move(members)), *outer}};
  const hash256 got = in_other_order(out.keys.set.root());
  if (got != *root)
    return fail("the pinned keys of circuits make a set with the root " + to_hex(got) +
                ", pinned is " + to_hex(*root) + std::string(anew));
  return out;
}

status<std::string> check_pin(const circuit_pin& pin, const circuit_catalog& catalog,
                              prover_pool& pool) {
  ASHLAR_TRY(const hash256 circuits, digest_of_circuits(catalog, pool));
  ASHLAR_CHECK(held(line_of(pin.circuits), line_of(circuits), "all circuits"));
  if (pin.keys.set.size() != catalog.size())
    return fail("the pin has " + std::to_string(pin.keys.set.size()) + " members, there are " +
                std::to_string(catalog.size()));
  const auto check = [&](std::size_t number, std::string_view what,
                         const circuit_key& pinned) -> status<std::string> {
    ASHLAR_TRY(circuit_prover * prover, pool.prover(number));
    const circuit_key got = circuit_key::of(prover->key());
    prover->let_go();
    return held(line_of(what, pinned), line_of(what, got), "circuit " + catalog.name(number));
  };
  ASHLAR_CHECK(check(catalog.outer(), "outer", pin.keys.outer));
  for (std::size_t i = 0; i < catalog.size(); ++i)
    ASHLAR_CHECK(check(i, "member", pin.keys.set.member(i)));
  return nothing{};
}

}  // namespace ashlar::stark
