#pragma once

#include <string>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

// What the generated contracts do not know before they are compiled: each other's addresses, and
// the root of the set of programs. The source has marks in their places, which linking replaces.
//
// An address follows from the code behind it (CREATE2 by the deployer that is the same on every
// chain), so the verifier's code commits to the code of all that it asks, there is no constructor
// to be told something else, and whoever deploys, and how often, changes nothing.
namespace ashlar::stark {

inline constexpr std::string_view set_root_symbol = "SetRoot";
std::string part_symbol(
    std::size_t number);  ///< of NameConstraints.. : "Constraints" and the number

/// The mark of a word: no other code or data has it but by chance of 2^-256.
hash256 link_mark(std::string_view symbol) noexcept;
/// The mark of an address: the last 20 bytes of that of a word, no leading zero.
address address_mark(std::string_view symbol) noexcept;
/// The marks as literals of Yul, and for the address as an expression of Solidity.
std::string link_word(std::string_view symbol);
std::string link_address(std::string_view symbol);
std::string link_address_expression(std::string_view symbol);

/// The deployer of CREATE2 that is at this address on every chain: it takes salt ‖ init code.
inline constexpr std::string_view create2_deployer = "0x4e59b44847b379578588920ca78fbf26c0b4956c";
address create2_address(const hash256& salt, bytes_view init_code) noexcept;

/// Puts a value in the places of a symbol's mark. Returns how many there were.
std::size_t put_in_place(bytes& code, bytes_view mark, bytes_view value);

/// A contract's init code, as it was compiled, or linked and ready to be deployed.
struct verifier_contract {
  std::string symbol;  ///< the contract's name without the machine's: "Head"
  bytes init_code;
  address at;  ///< once it is linked

  /// Transaction to the deployer: salt zero, and the init code.
  bytes deployment() const;
};

enum class link_error : u8 {
  not_canonical,  ///< the set's root is zero or no four elements
  not_compiled,   ///< a contract is missing, or its code has not the marks it should have
};

/// Links the contracts of one verifier, compiled from one source: "Constraints0" .., "Head",
/// "Rows", "Verifier". They come back in the order in which they are to be deployed.
result<std::vector<verifier_contract>, link_error> linked(std::vector<verifier_contract> compiled,
                                                          const hash256& set_root);

}  // namespace ashlar::stark
