#include "runtime/stark/solidity/link.hpp"

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/evm/frame.hpp"
#include "runtime/stark/solidity/l1_machine.hpp"

namespace ashlar::stark {
namespace {

const hash256 set_root = digest_of({gl(1u), gl(2u), gl(3u), gl(4u)});

bytes code_with(std::initializer_list<bytes_view> marks) {
  bytes out{0x60, 0x80};
  for (const bytes_view mark : marks) {
    append(out, mark);
    out.push_back(0x73);
  }
  return out;
}

/// Contracts of two parts as a compiler leaves them.
std::vector<verifier_contract> compiled() {
  const address first = address_mark("Constraints0"), second = address_mark("Constraints1"),
                head = address_mark("Head"), rows = address_mark("Rows");
  const hash256 root = link_mark(set_root_symbol);
  return {{"Verifier", code_with({head, rows, root}), {}},
          {"Constraints1", code_with({}), {}},
          {"Head", code_with({second, first, root, root, first}), {}},
          {"Constraints0", {0x60, 0x81}, {}},
          {"Rows", code_with({head}), {}}};
}

TEST_CASE("linked contracts name each other by the addresses of their code", "[solidity]") {
  const auto made = linked(compiled(), set_root);

  REQUIRE(made.ok());
  const std::vector<verifier_contract>& c = *made;
  REQUIRE(c.size() == 5);
  const char* const order[] = {"Constraints0", "Constraints1", "Head", "Rows", "Verifier"};
  for (std::size_t i = 0; i < c.size(); ++i) {
    CHECK(c[i].symbol == order[i]);
    CHECK(c[i].at == create2_address({}, c[i].init_code));
    const bytes sent = c[i].deployment();
    CHECK(equal(bytes_view(sent).subspan(32), c[i].init_code));
    CHECK(equal(bytes_view(sent).first(32), hash256{}));
  }
  CHECK(equal(c[2].init_code, code_with({c[1].at, c[0].at, set_root, set_root, c[0].at})));
  CHECK(equal(c[3].init_code, code_with({c[2].at})));
  CHECK(equal(c[4].init_code, code_with({c[2].at, c[3].at, set_root})));
}

TEST_CASE("a byte of any contract, or of the root, gives another verifier", "[solidity]") {
  const address honest = linked(compiled(), set_root)->back().at;
  for (std::size_t i = 0; i < 5; ++i) {
    auto changed = compiled();
    changed[i].init_code.back() ^= 1;
    changed[i].init_code.push_back(0);
    const auto made = linked(std::move(changed), set_root);
    REQUIRE(made.ok());
    CHECK(made->back().at != honest);
  }
  const auto other = linked(compiled(), digest_of({gl(1u), gl(2u), gl(3u), gl(5u)}));
  REQUIRE(other.ok());
  CHECK(other->back().at != honest);
}

TEST_CASE("contracts that are missing or of another make are not linked", "[solidity]") {
  for (std::size_t i = 0; i < 5; ++i) {
    auto without = compiled();
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK_FALSE(linked(std::move(without), set_root).ok());
    auto empty = compiled();
    empty[i].init_code.clear();
    CHECK_FALSE(linked(std::move(empty), set_root).ok());
  }
  // Without a mark that should be there, or with one that should not.
  for (const char* symbol : {"Verifier", "Head", "Rows"}) {
    auto bare = compiled();
    for (auto& c : bare)
      if (c.symbol == symbol) c.init_code = code_with({});
    const auto made = linked(std::move(bare), set_root);
    REQUIRE_FALSE(made.ok());
    CHECK(made.error() == link_error::not_compiled);
  }
  auto bold = compiled();
  const address part = address_mark("Constraints0");
  bold[4].init_code = code_with({part, address_mark("Head")});
  CHECK_FALSE(linked(std::move(bold), set_root).ok());
}

TEST_CASE("code that was computed from a mark is not linked", "[solidity]") {
  const hash256 root = link_mark(set_root_symbol);
  const address part = address_mark("Constraints1");
  for (const bytes_view piece : {bytes_view(root).first(8), bytes_view(root).subspan(8, 8),
                                 bytes_view(root).subspan(25, 7), bytes_view(part).subspan(3, 6)}) {
    auto folded = compiled();
    append(folded[2].init_code, piece);
    const auto made = linked(std::move(folded), set_root);
    REQUIRE_FALSE(made.ok());
    CHECK(made.error() == link_error::not_compiled);
  }
}

TEST_CASE("a root that is zero or no four elements is not linked", "[solidity]") {
  hash256 wrong;
  CHECK(linked(compiled(), wrong).error() == link_error::not_canonical);
  for (std::size_t i = 0; i < 4; ++i) {
    wrong = set_root;
    store_be64(wrong.data() + 8 * i, gl::modulus);
    CHECK(linked(compiled(), wrong).error() == link_error::not_canonical);
  }
}

TEST_CASE("addresses are those that CREATE2 gives", "[solidity]") {
  const address deployer = *fixed_from_hex<20>(create2_deployer);
  for (u8 n = 0; n < 4; ++n) {
    hash256 salt;
    salt[31] = n;
    const bytes code(n, u8{0x60});
    CHECK(create2_address(salt, code) == evm::create2_address(deployer, u256{n}, code));
  }
}

}  // namespace
}  // namespace ashlar::stark
