#include "net/l1/governance.hpp"

#include "net/l1/abi.hpp"

namespace ashlar::l1 {

namespace {

// OpenZeppelin's TimelockController, one operation.
struct operation {
  address target;
  bytes call;
  hash256 salt;

  abi_encoder encoded() const {
    abi_encoder out;
    out.account(target).number(u256{}).blob(call).word(hash256{}).word(salt);
    return out;
  }
};

class timelock {
 public:
  timelock(client& c, const address& at) : client_(c), at_(at) {}

  l1_result<hash256> id_of(const operation& o) {
    ASHLAR_TRY(const bytes answer,
               view(o.encoded().call("hashOperation(address,uint256,bytes,bytes32,bytes32)")));
    abi_reader r(answer);
    const hash256 id = r.word();
    if (!r.ok()) return fail(malformed("hashOperation"));
    return id;
  }
  /// 0: not scheduled; 1: done; else when it may be executed.
  l1_result<u64> timestamp_of(const hash256& id) {
    return number(abi_encoder().word(id).call("getTimestamp(bytes32)"), "getTimestamp");
  }
  l1_result<u64> delay() { return number(abi_encoder().call("getMinDelay()"), "getMinDelay"); }

 private:
  static l1_error malformed(std::string_view what) {
    return {
        l1_error_code::malformed, "the governor's " + std::string(what) + ": not a word", 0, {}};
  }
  l1_result<bytes> view(const bytes& call) { return client_.call({{}, at_, call, {}}); }
  l1_result<u64> number(const bytes& call, std::string_view what) {
    ASHLAR_TRY(const bytes answer, view(call));
    abi_reader r(answer);
    const u64 value = r.number64();
    if (!r.ok()) return fail(malformed(what));
    return value;
  }

  client& client_;
  address at_;
};

l1_result<address> verifier_of(client& c, const address& chain, u32 protocol_version) {
  ASHLAR_TRY(
      const bytes answer,
      c.call({{}, chain, abi_encoder().number(protocol_version).call("verifiers(uint32)"), {}}));
  abi_reader r(answer);
  const address out = r.account();
  if (!r.ok())
    return fail(l1_error{l1_error_code::malformed, "verifiers(uint32): not an address", 0, {}});
  return out;
}

}  // namespace

l1_result<governed_change> set_verifier(client& c, const signer& from, const chain_contracts& chain,
                                        u32 protocol_version, const address& verifier,
                                        const fee_policy_config& fees) {
  ASHLAR_TRY(const address present, verifier_of(c, chain.chain, protocol_version));
  if (present == verifier) return governed_change{governed_change::stage::in_force, 0};
  operation o{
      chain.chain,
      abi_encoder().number(protocol_version).account(verifier).call("setVerifier(uint32,address)"),
      {}};
  // An operation is done once. To come back to a verifier that was left takes another salt.
  timelock governor(c, chain.governor);
  ASHLAR_TRY(hash256 id, governor.id_of(o));
  ASHLAR_TRY(u64 time, governor.timestamp_of(id));
  while (time == 1) {
    for (std::size_t i = 32; i-- > 0 && ++o.salt[i] == 0;) {
    }
    ASHLAR_TRY(id, governor.id_of(o));
    ASHLAR_TRY(time, governor.timestamp_of(id));
  }
  if (time == 0) {
    ASHLAR_TRY(const u64 delay, governor.delay());
    const bytes call = o.encoded()
                           .number(u256{delay})
                           .call("schedule(address,uint256,bytes,bytes32,bytes32,uint256)");
    ASHLAR_CHECK(send_and_wait(c, from, {from.account(), chain.governor, call, {}}, fees));
    ASHLAR_TRY(time, governor.timestamp_of(id));
  }
  ASHLAR_TRY(const l1_block head, c.latest());
  if (head.timestamp.value < time) return governed_change{governed_change::stage::waiting, time};
  const bytes call = o.encoded().call("execute(address,uint256,bytes,bytes32,bytes32)");
  ASHLAR_CHECK(send_and_wait(c, from, {from.account(), chain.governor, call, {}}, fees));
  return governed_change{governed_change::stage::in_force, 0};
}

}  // namespace ashlar::l1
