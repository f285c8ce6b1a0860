#include "runtime/stark/solidity/link.hpp"

#include <algorithm>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/stark/solidity/l1_machine.hpp"

namespace ashlar::stark {

std::string part_symbol(std::size_t number) {
  return "Constraints" + std::to_string(number);
}

hash256 link_mark(std::string_view symbol) noexcept {
  const std::string text = "ashlar link: " + std::string(symbol);
  hash256 mark = crypto::keccak256({reinterpret_cast<const u8*>(text.data()), text.size()});
  // The compiler writes numbers without leading zeros.
  mark[0] |= 0x80;
  mark[12] |= 0x80;
  return mark;
}

address address_mark(std::string_view symbol) noexcept {
  return address::copy_of(link_mark(symbol).data() + 12);
}

std::string link_word(std::string_view symbol) {
  const hash256 mark = link_mark(symbol);
  return to_hex({mark.data(), mark.size()});
}

std::string link_address(std::string_view symbol) {
  const address mark = address_mark(symbol);
  return to_hex({mark.data(), mark.size()});
}

// Forty digits would be an address with a checksum to the compiler.
std::string link_address_expression(std::string_view symbol) {
  return "address(uint160(uint256(0x00" + link_address(symbol).substr(2) + ")))";
}

address create2_address(const hash256& salt, bytes_view init_code) noexcept {
  bytes text{0xff};
  append(text, *from_hex(create2_deployer));
  append(text, salt);
  append(text, crypto::keccak256(init_code));
  return address::copy_of(crypto::keccak256(text).data() + 12);
}

std::size_t put_in_place(bytes& code, bytes_view mark, bytes_view value) {
  ensure(mark.size() == value.size());
  std::size_t count = 0;
  for (auto at = code.begin();; at += static_cast<std::ptrdiff_t>(mark.size()), ++count) {
    at = std::search(at, code.end(), mark.begin(), mark.end());
    if (at == code.end()) return count;
    std::copy(value.begin(), value.end(), at);
  }
}

bytes verifier_contract::deployment() const {
  bytes out(32, 0);
  append(out, init_code);
  return out;
}

namespace {

// Which symbols the code of a contract names.
bool names(const std::string& contract, const std::string& symbol) {
  const bool is_part = symbol.starts_with("Constraints");
  if (contract == "Head") return is_part;
  if (contract == "Rows") return symbol == "Head";
  return contract == "Verifier" && !is_part;
}

bool contains(const bytes& code, bytes_view what) {
  return std::search(code.begin(), code.end(), what.begin(), what.end()) != code.end();
}

// Whether a piece of a mark is left: a compiler that had computed with it would have used a number
// that is not the one to come.
bool has_remains(const bytes& code, bytes_view mark) {
  for (std::size_t at = 0; at + 6 <= mark.size(); ++at)
    if (contains(code, mark.subspan(at, 6))) return true;
  return false;
}

}  // namespace

result<std::vector<verifier_contract>, link_error> linked(std::vector<verifier_contract> compiled,
                                                          const hash256& set_root) {
  if (set_root.is_zero() || !is_canonical(set_root)) return fail(link_error::not_canonical);
  std::vector<verifier_contract> out;
  const auto take = [&](const std::string& symbol) {
    const auto at = std::find_if(compiled.begin(), compiled.end(),
                                 [&](const auto& c) { return c.symbol == symbol; });
    if (at == compiled.end() || at->init_code.empty()) return false;
    const bool has_root = symbol == "Head" || symbol == "Verifier";
    verifier_contract& made = out.emplace_back(std::move(*at));
    compiled.erase(at);
    if ((put_in_place(made.init_code, link_mark(set_root_symbol), set_root) != 0) != has_root)
      return false;
    for (std::size_t i = 0; i + 1 < out.size(); ++i)
      if ((put_in_place(made.init_code, address_mark(out[i].symbol), out[i].at) != 0) !=
          names(symbol, out[i].symbol))
        return false;
    if (has_remains(made.init_code, link_mark(set_root_symbol))) return false;
    for (const verifier_contract& other : out)
      if (has_remains(made.init_code, address_mark(other.symbol))) return false;
    made.at = create2_address({}, made.init_code);
    return true;
  };
  const std::size_t parts = compiled.size() < 3 ? 0 : compiled.size() - 3;
  // A head that asks one more has lost a contract.
  for (const verifier_contract& c : compiled)
    if (contains(c.init_code, address_mark(part_symbol(parts))))
      return fail(link_error::not_compiled);
  for (std::size_t i = 0; i < parts; ++i)
    if (!take(part_symbol(i))) return fail(link_error::not_compiled);
  for (const char* symbol : {"Head", "Rows", "Verifier"})
    if (!take(symbol)) return fail(link_error::not_compiled);
  return out;
}

}  // namespace ashlar::stark
