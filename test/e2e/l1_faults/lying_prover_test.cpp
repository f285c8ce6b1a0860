#include "actors/publisher/revert_cause.hpp"
#include "runtime/base/hex.hpp"
#include "test/e2e/l1_faults/settlement_rig.hpp"

// A prover role that lies: its proofs are whole and verify, of something else than what L1 has
// committed. It hands them to the publisher, and sends them to L1 itself with the operator's key.

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// What is proved instead of the batches.
enum class lie : u8 { another_state, another_chain, older_program };
/// How the proof is handed over.
enum class guise : u8 {
  none,     ///< as what it is
  claimed,  ///< its transactions as they are, called those of the expected output
  forged,   ///< to the expected verifier, with the batches' public inputs over the proved ones
};

std::string to_text(lie l) {
  const char* const names[] = {"another state", "another chain", "an older program"};
  return names[static_cast<unsigned>(l)];
}
std::string to_text(guise g) {
  const char* const names[] = {"", ", claimed", ", forged"};
  return names[static_cast<unsigned>(g)];
}

std::vector<public_input> told(lie what, std::vector<public_input> batches) {
  if (what == lie::another_state) batches.back().state_after = filled(0x66);
  if (what == lie::another_chain)
    for (public_input& b : batches) b.chain_id = 271;
  return batches;
}

/// Of one verifier's contracts, the one in the place of another's.
address counterpart(const address& one, const node::verifier_contracts& among,
                    const node::verifier_contracts& others) {
  for (std::size_t i = 0; i < among.size(); ++i)
    if (one == among[i].at) return others[i].at;
  FAIL("none of the verifier's contracts");
  return {};
}

bytes replaced(bytes in, const hash256& what, const hash256& by) {
  for (auto at = in.begin();;) {
    at = std::search(at, in.end(), what.begin(), what.end());
    if (at == in.end()) return in;
    at = std::copy(by.begin(), by.end(), at);
  }
}

class lying_prover final : public circuit_proofs {
 public:
  lying_prover(verifiers_on_l1& verifiers, store::batch_store& batches, lie what, guise as)
      : circuit_proofs(verifiers, batches), verifiers_(verifiers), what_(what), as_(as) {}

 protected:
  publisher::run_proof make(const publisher::batch_run& run) override {
    const auto ours = batches_of(run);
    const auto others = told(what_, ours);
    const u32 version = ours.front().protocol_version;
    const u32 proved_under = what_ == lie::older_program ? version - 1 : version;
    publisher::run_proof out = prove(run, others, proved_under);
    if (as_ == guise::none) return out;
    const auto& expected = *verifiers_.by_version.at(version).contracts;
    const auto& proved_by = *verifiers_.by_version.at(proved_under).contracts;
    const hash256 proved = out.output;
    out.verifier = expected.at();
    out.output = chain_public_input(expected.set_root(), run.accumulator);
    if (as_ == guise::claimed) return out;
    for (auto& stage : out.stages) {
      stage.to = counterpart(stage.to, proved_by.contracts(), expected.contracts());
      stage.calldata = forged(std::move(stage.calldata), ours, others);
    }
    out.progress_call =
        replaced(forged(std::move(out.progress_call), ours, others), proved, out.output);
    return out;
  }

 private:
  static bytes forged(bytes call, std::span<const public_input> ours,
                      std::span<const public_input> others) {
    std::vector<hash256> inputs, proved;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      inputs.push_back(public_input_hash(ours[i]));
      proved.push_back(public_input_hash(others[i]));
      call = replaced(std::move(call), proved.back(), inputs.back());
    }
    return replaced(std::move(call), stark::list_digest(proved), stark::list_digest(inputs));
  }

  verifiers_on_l1& verifiers_;
  lie what_;
  guise as_;
};

/// Why L1 refuses a call of the operator's account; empty where it takes it.
std::string refusal(settlement& s, const bytes& call) {
  const auto answer = s.l1.client().call({s.account->account(), s.l1.chain(), call, {}});
  return answer.ok() ? std::string() : publisher::revert_cause(answer.error().revert_data);
}

/// The account holds every role of the chain. What it asks for is refused, and changes nothing
/// when it is sent all the same.
void refused_by_l1(settlement& s, const public_input& ours, const public_input& theirs) {
  const batch_number n = ours.number;
  const bytes prove = l1::encode_prove_batches(n, n);
  const bytes execute = l1::encode_execute_batches(std::span(&ours, 1));
  const bytes execute_theirs = l1::encode_execute_batches(std::span(&theirs, 1));
  CHECK_THAT(refusal(s, prove), Catch::StartsWith("NotVerified("));
  CHECK_THAT(refusal(s, execute), Catch::StartsWith("BatchNotProved("));
  CHECK_THAT(refusal(s, execute_theirs), Catch::StartsWith("BatchNotProved("));
  for (const bytes& call : {prove, execute, execute_theirs}) {
    s.l1.send({s.account->account(), s.l1.chain(), call, {}});
    s.l1.mine();
  }
  CHECK(s.progress().proved.value + 1 == n.value);
  CHECK(s.progress().executed.value + 1 == n.value);
}

}  // namespace

TEST_CASE("a prover role that proves another transition gets none executed") {
  settlement s;
  // given: programs were changed since, and a batch of the present ones is committed
  s.verifiers.put_in_force(2);
  s.l1.govern(l1::abi_encoder().number(2).call("setProtocolVersion(uint32)"));
  s.version = 2;
  s.seal();
  s.start(nullptr);
  for (int i = 0; i < 6; ++i) s.step();
  REQUIRE(s.progress().committed.value == 1);
  const public_input ours = s.batches->get(batch_number{1})->input;

  const std::map<std::pair<lie, guise>, std::string> refusals = {
      {{lie::another_state, guise::none}, "its output is 0x"},
      {{lie::another_chain, guise::none}, "its output is 0x"},
      {{lie::older_program, guise::none}, "it is for verifier 0x"},
      // L1 takes all of it, for what it is.
      {{lie::another_state, guise::claimed}, "the verifier does not hold its output"},
      {{lie::another_chain, guise::claimed}, "the verifier does not hold its output"},
      {{lie::older_program, guise::claimed}, "its last stage goes to 0x"},
  };
  for (const lie what : {lie::another_state, lie::another_chain, lie::older_program})
    for (const guise as : {guise::none, guise::claimed, guise::forged}) {
      INFO(to_text(what) << to_text(as));
      // when
      lying_prover liar(s.verifiers, *s.batches, what, as);
      s.start(&liar);
      std::string why;
      for (int i = 0; i < 16; ++i) {
        s.step();
        why = s.engine->progress_of(batch_number{1})->waits_for;
      }
      // then
      const auto expected = refusals.find({what, as});
      CHECK_THAT(why, Catch::Contains(expected != refusals.end() ? expected->second
                                                                 : "verify would revert"));
      CHECK_FALSE(s.is_verified(batch_number{1}, batch_number{1}, 2));
      refused_by_l1(s, ours, told(what, {ours}).front());
    }
  // The older program's proof of this very batch is one, to the verifier of those programs alone.
  lying_prover older(s.verifiers, *s.batches, lie::older_program, guise::none);
  const hash256 input = public_input_hash(ours);
  const auto proof =
      older.finished({batch_number{1}, batch_number{1}, stark::list_digest(std::span(&input, 1))});
  for (const auto& stage : proof->stages) {
    s.l1.send({s.account->account(), stage.to, stage.calldata, {}}, stage.gas_limit);
    s.l1.mine();
  }
  CHECK(s.is_verified(batch_number{1}, batch_number{1}, 1));
  refused_by_l1(s, ours, ours);

  // when: honest at last
  s.start(&s.proofs);
  s.settle();
  // then
  CHECK(s.is_verified(batch_number{1}, batch_number{1}, 2));
  CHECK(*l1::read_executed_state(s.l1.client(), s.l1.chain()) == ours.state_after);
}
