#include <random>

#include <catch2/catch.hpp>

#include "runtime/evm/precompiles.hpp"
#include "test/unit/evm/evm_world.hpp"

// Gas and halting corner cases. Costs are written as the EIPs add them up. Every call runs in the
// exact loop and translated; evm_world ends the process where they differ.

using namespace ashlar;
using namespace ashlar::evm;
using test::address_of;
using test::evm_world;
using test::word;

TEST_CASE("EIP-2929: storage and accounts are dear once") {
  evm_world w;
  CHECK(w.gas_of("5f545f54") == 2 + 2100 + 2 + 100);
  CHECK(w.gas_of("7300000000000000000000000000000000000000ee31") == 3 + 2600);
  CHECK(w.gas_of("600131") == 3 + 100);  // a precompile is warm
  CHECK(w.gas_of("60be31") == 3 + 100);  // EIP-3651: so is the beneficiary
  CHECK(w.gas_of("303b") == 2 + 100);    // and the callee
}

TEST_CASE("EIP-2200 and 3529: SSTORE's prices and refunds") {
  evm_world w;
  CHECK(w.gas_of("6001600155") == 6 + 2100 + 20000);
  CHECK(w.gas_of("5f5f55") == 4 + 2100 + 100);
  w.reader.storage[w.contract][1] = 5;
  CHECK(w.gas_of("6002600155") == 6 + 2100 + 2900);
  const call_outcome cleared = w.call("5f600155");
  CHECK(cleared.gas_spent_max == 21000 + 5 + 5000);
  CHECK(cleared.gas_used == cleared.gas_spent_max - 4800);
}

TEST_CASE("EIP-2200: SSTORE needs more than the stipend") {
  evm_world w;
  w.gas = 21000 + 4 + 2300;
  CHECK(w.call("5f5f55").reason == halt_reason::out_of_gas);
  w.gas += 1;
  CHECK(w.call("5f5f55").success);
}

TEST_CASE("memory costs 3 words + words^2 / 512, and absurd offsets are out of gas") {
  evm_world w;
  CHECK(w.gas_of("5f61800052") == 2 + 3 + 3 + 3 * 1025 + 1025 * 1025 / 512);
  const std::string far(64, 'f');
  CHECK(w.call("5f7f" + far + "52").reason == halt_reason::out_of_gas);
  CHECK(w.call("7f" + far + "5f" + "f3").reason == halt_reason::out_of_gas);
  CHECK(w.call("5f7f" + far + "f3").success);  // no bytes from anywhere
}

TEST_CASE("gas is exact to the last unit") {
  evm_world w;
  w.gas = 21000 + 8;
  CHECK(w.call("600160010150").reason == halt_reason::out_of_gas);  // 3 + 3 + 3 + 2
  w.gas = 21000 + 11;
  CHECK(w.call("600160010150").success);
  w.gas = 1'000'000;
  const auto left = w.call("5a5f5260205ff3");
  CHECK(word(left.output) == u256{1'000'000 - 21000 - 2});
}

TEST_CASE("the stack ends at 1024 words and at none") {
  evm_world w;
  CHECK(w.call("50").reason == halt_reason::stack_underflow);
  CHECK(w.call("5b5f5f56").reason == halt_reason::stack_overflow);
  std::string full;
  for (int i = 0; i < 1024; ++i) full += "5f";
  CHECK(w.call(full).success);
  CHECK(w.call(full + "5f").reason == halt_reason::stack_overflow);
}

TEST_CASE("jumps land on JUMPDEST only, never in push data") {
  evm_world w;
  CHECK(w.call("600456605b00").reason == halt_reason::bad_jump);
  CHECK(w.call("6003565b00").success);
  CHECK(w.call("7f" + std::string(64, 'f') + "56").reason == halt_reason::bad_jump);
  CHECK(w.call("5f6103e857").success);  // not taken: the target does not matter
  CHECK(w.call("60016103e857").reason == halt_reason::bad_jump);
}

TEST_CASE("undefined, invalid, and instructions of a later revision") {
  evm_world w;
  CHECK(w.call("0c").reason == halt_reason::undefined_instruction);
  CHECK(w.call("fe").reason == halt_reason::invalid_instruction);
  w.env.rev = revision::prague;
  CHECK(w.call("60011e").reason == halt_reason::undefined_instruction);
  w.env.rev = revision::osaka;
  CHECK(word(w.call("60011e5f5260205ff3").output) == u256{255});
  CHECK(w.gas_of("60011e") == 3 + 5);
}

namespace {

/// Random instructions on a stack of random words, with forward jumps, then the stack's top 16
/// words returned. Whether it succeeds is left to chance.
bytes random_program(std::mt19937_64& random) {
  static const bytes pool = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0b,
                             0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x15, 0x16, 0x17, 0x18,
                             0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x30, 0x33, 0x36, 0x50,
                             0x58, 0x59, 0x5a, 0x5f, 0x0a, 0x35, 0x5c};
  bytes code;
  std::vector<std::size_t> open;
  const auto push = [&](unsigned n) {
    code.push_back(static_cast<u8>(0x5f + n));
    for (unsigned i = 0; i < n; ++i) code.push_back(static_cast<u8>(random()));
  };
  const auto land = [&] {
    for (const std::size_t at : open) {
      code[at] = static_cast<u8>(code.size() >> 8);
      code[at + 1] = static_cast<u8>(code.size());
    }
    open.clear();
    code.push_back(0x5b);
  };
  for (int i = 0; i < 24; ++i) push(1 + static_cast<unsigned>(random() % 32));
  for (int i = 0; i < 120; ++i) {
    switch (random() % 12) {
      case 0:
      case 1:
        push(1 + static_cast<unsigned>(random() % 2));
        break;
      case 2:
      case 3:
        code.push_back(static_cast<u8>(0x80 + random() % 16));
        break;
      case 4:
      case 5:
        code.push_back(static_cast<u8>(0x90 + random() % 16));
        break;
      case 6:
        code.insert(code.end(), {0x61, 0, 0, 0x57});
        open.push_back(code.size() - 3);
        break;
      case 7:
        if (random() % 2 == 0) land();
        break;
      case 8:
        code.insert(code.end(), {0x60, static_cast<u8>(random()), 0x52});
        break;
      case 9:
        code.insert(code.end(), {0x60, static_cast<u8>(random()), 0x51});
        break;
      default:
        code.push_back(pool[random() % pool.size()]);
    }
  }
  land();
  for (u8 i = 0; i < 16; ++i)
    code.insert(code.end(), {0x61, 2, static_cast<u8>(i * 32 & 0xff), 0x52});
  code.insert(code.end(), {0x61, 4, 0, 0x5f, 0xf3});
  return code;
}

}  // namespace

TEST_CASE("random programs end alike in both loops, at any gas") {
  std::mt19937_64 random{20261122};
  INFO("seed 20261122");
  evm_world w;
  std::size_t succeeded = 0;
  for (int i = 0; i < 1500; ++i) {
    w.reader.set_code(w.contract, random_program(random));
    call_request r;
    r.from = w.sender;
    r.to = w.contract;
    r.gas_limit = 1'000'000;
    const auto whole = w.call(r);  // ends the process where the loops differ
    succeeded += whole.success;
    r.gas_limit = 21'000 + random() % (whole.gas_spent_max - 21'000 + 1);
    w.call(r);
  }
  CHECK(succeeded > 300);
}

TEST_CASE("RETURNDATACOPY past the end halts, even for no bytes") {
  evm_world w;
  CHECK(w.call("5f60015f3e").reason == halt_reason::return_data_bounds);
  CHECK(w.call("5f5f5f3e").success);
}

TEST_CASE("MCOPY moves overlapping bytes") {
  evm_world w;
  // mstore(0, 0x0102..), mcopy(1, 0, 32), return mload(1)
  const std::string bytes32 = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
  const auto r = w.call("7f" + bytes32 + "5f5260205f60015e60015160005260205ff3");
  CHECK(to_hex(r.output) == "0x" + bytes32);
}

TEST_CASE("a static call cannot write") {
  evm_world w;
  for (const char* write :
       {"5f5f55", "5f5f5d", "5f5fa0", "5f5f5ff0", "5fff", "5f5f5f5f60013061fffff1"}) {
    w.deploy(address_of(0xdd), write);
    const auto r = w.call("5f5f5f5f60dd61fffffa5f5260205ff3");
    CHECK(r.success);
    CHECK(word(r.output) == u256{0});
  }
}

TEST_CASE("calls nest 1024 deep within the native stack") {
  evm_world w;
  w.gas = u64{1} << 40;
  w.env.gas_limit = w.gas;
  // tstore(0, tload(0) + 1); call(gas, self); return tload(0)
  const auto r = w.call("5f5c6001015f5d5f5f5f5f5f305af15f5c5f5260205ff3");
  CHECK(r.success);
  CHECK(word(r.output) == u256{1025});
}

TEST_CASE("EIP-7702: a designator runs the target's code on its own storage") {
  evm_world w;
  w.deploy(address_of(0xdd), "602a60015500");
  w.deploy(w.contract,
           "ef0100"
           "00000000000000000000000000000000000000dd");
  txn t = w.make_txn();
  REQUIRE(w.execute(t).ok());
  REQUIRE(w.last_diff.slots.size() == 1);
  CHECK(w.last_diff.slots[0].who == w.contract);
  CHECK(w.last_diff.slots[0].after == u256{42});

  const auto seen = w.call("60ee3b5f5260205ff3");
  CHECK(word(seen.output) == u256{0});
  w.deploy(address_of(0xee),
           "ef0100"
           "00000000000000000000000000000000000000dd");
  CHECK(word(w.call("60ee3b5f5260205ff3").output) == u256{23});
}

TEST_CASE("EIP-7702: calling a delegating account pays for the target too") {
  evm_world w;
  w.deploy(address_of(0xdd), "00");
  w.deploy(address_of(0xee),
           "ef0100"
           "00000000000000000000000000000000000000dd");
  CHECK(w.gas_of("5f5f5f5f5f60ee5af1") == 5 * 2 + 3 + 2 + 2600 + 2600);
  CHECK(w.gas_of("5f5f5f5f5f60dd5af1") == 5 * 2 + 3 + 2 + 2600);
}

TEST_CASE("CREATE2 onto an occupied address takes its gas and yields zero") {
  evm_world w;
  const address at = create2_address(w.contract, 0, {});
  w.reader.accounts[at].nonce = 1;
  const auto r = w.call("5f5f5f5ff55f5260205ff3");
  CHECK(r.success);
  CHECK(word(r.output) == u256{0});
  CHECK(r.gas_spent_max > 900'000);
}

TEST_CASE("creation refuses 0xef and oversize code") {
  evm_world w;
  const auto create = [&](std::string_view initcode) {
    call_request r;
    r.from = w.sender;
    r.gas_limit = 20'000'000;
    r.input = test::code_of(initcode);
    return w.call(r);
  };
  CHECK(create("60ef5f5360015ff3").reason == halt_reason::code_prefix);
  CHECK(create("6160005ff3").success);  // 24,576 bytes
  CHECK(create("6160015ff3").reason == halt_reason::code_too_large);
  CHECK(create("5f5ffd").reason == halt_reason::revert);
}

TEST_CASE("MODEXP's price: EIP-2565, then EIP-7883 with EIP-7823's bounds") {
  bytes in(96, 0);
  in[31] = in[63] = in[95] = 32;
  in.resize(96 + 96, 0xff);
  CHECK(modexp_gas(in, revision::prague) == u256{16 * 255 / 3});
  CHECK(modexp_gas(in, revision::osaka) == u256{16 * 255});
  CHECK(modexp_gas({}, revision::prague) == u256{200});
  CHECK(modexp_gas({}, revision::osaka) == u256{500});
  in[30] = 4;
  in[31] = 1;
  CHECK(modexp_gas(in, revision::osaka) == u256::max());
}

TEST_CASE("precompiles exist by revision") {
  const auto at = [](u8 high, u8 low) {
    address a;
    a[18] = high;
    a[19] = low;
    return a;
  };
  CHECK(is_precompile(at(0, 0x0a), revision::cancun));
  CHECK_FALSE(is_precompile(at(0, 0x0b), revision::cancun));
  CHECK(is_precompile(at(0, 0x11), revision::prague));
  CHECK_FALSE(is_precompile(at(0, 0x12), revision::osaka));
  CHECK_FALSE(is_precompile(at(1, 0), revision::prague));
  CHECK(is_precompile(at(1, 0), revision::osaka));
  CHECK_FALSE(is_precompile(at(0, 0), revision::osaka));
  CHECK(bls_msm_gas(false, 1) == 12000);
  CHECK(bls_msm_gas(true, 200) == u64{200} * 22500 * 524 / 1000);
}
