// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Hashes} from "../src/common/Hashes.sol";
import {CommitHeader} from "../src/common/Types.sol";
import {Chain} from "../src/l1/Chain.sol";
import {ChainParameters, ChainStorage, FeeParameters} from "../src/l1/ChainStorage.sol";
import {Settlement} from "../src/l1/Settlement.sol";
import {Base} from "./Base.sol";
import {VerifierDouble} from "./VerifierDouble.sol";

contract SettleTest is Base {
    function test_without_a_verifier_nothing_is_proved_or_executed() public {
        CommitHeader memory h = commitNext(0);
        vm.prank(PROVER);
        vm.expectRevert(Settlement.VerifierNotSet.selector);
        chain.proveBatches(1, 1);
        vm.prank(EXECUTOR);
        vm.expectRevert(Settlement.VerifierNotSet.selector);
        chain.executeBatches(one(h));
        vm.assertEq(chain.stateCommitment(), GENESIS);
    }

    function test_commit_prove_execute_moves_the_state() public {
        setVerifier();
        request(0, "op");
        CommitHeader memory h = commitNext(1);
        prove(h);
        vm.assertEq(chain.getTotalBatchesVerified(), 1);
        vm.assertEq(chain.stateCommitment(), GENESIS);

        execute(h);

        vm.assertEq(chain.stateCommitment(), h.stateAfter);
        vm.assertEq(chain.l2LogsRootHash(1), LOG_ROOT);
        vm.assertEq(chain.getTotalBatchesExecuted(), 1);
        vm.assertEq(chain.getPriorityQueueSize(), 0);
        vm.assertEq(chain.getFirstUnprocessedPriorityTx(), 1);
    }

    function test_an_unproved_batch_is_not_executed() public {
        setVerifier();
        CommitHeader memory h = commitNext(0);
        vm.prank(EXECUTOR);
        vm.expectRevert(abi.encodeWithSelector(Settlement.BatchNotProved.selector, 1));
        chain.executeBatches(one(h));
    }

    function test_an_output_that_was_not_verified_proves_nothing(bytes32 other) public {
        setVerifier();
        CommitHeader memory h = commitNext(0);
        vm.assume(other != accumulatorOf(one(h)));
        verifier.accept(other);
        bytes32 output = outputOf(one(h));
        vm.prank(PROVER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.NotVerified.selector, output));
        chain.proveBatches(1, 1);
        vm.assertEq(chain.getTotalBatchesVerified(), 0);
    }

    function test_half_a_verification_proves_nothing_and_a_whole_one_does(uint8 stages) public {
        setVerifier();
        uint256 count = 2 + stages % 16;
        CommitHeader memory h = commitNext(0);
        bytes32 output = outputOf(one(h));
        for (uint256 i = 0; i < count; ++i) {
            vm.prank(PROVER);
            vm.expectRevert(abi.encodeWithSelector(Settlement.NotVerified.selector, output));
            chain.proveBatches(1, 1);
            verifier.stage(output, i, count, "");
        }
        vm.prank(PROVER);
        chain.proveBatches(1, 1);
        vm.assertEq(chain.getTotalBatchesVerified(), 1);
    }

    function test_a_proof_of_another_program_set_proves_nothing(bytes32 programs) public {
        vm.assume(programs != PROGRAMS && programs != 0);
        setVerifier();
        CommitHeader memory h = commitNext(0);
        VerifierDouble other = new VerifierDouble(programs);
        other.accept(accumulatorOf(one(h)));
        vm.prank(PROVER);
        vm.expectPartialRevert(Settlement.NotVerified.selector);
        chain.proveBatches(1, 1);
    }

    function test_a_proof_for_another_chain_proves_nothing_here() public {
        setVerifier();
        (Chain other, address timelock) = makeChain(11);
        vm.prank(timelock);
        other.setVerifier(1, address(verifier));
        CommitHeader memory h = commitNext(0);
        verify(one(h));
        vm.prank(COMMITTER, COMMITTER);
        other.commitBatch(h, "diff");
        vm.prank(PROVER);
        vm.expectPartialRevert(Settlement.NotVerified.selector);
        other.proveBatches(1, 1);
    }

    function test_proofs_of_single_batches_do_not_prove_their_run() public {
        setVerifier();
        CommitHeader memory first = commitNext(0);
        CommitHeader memory second = commitNext(0);
        verify(one(first));
        verify(one(second));
        vm.prank(PROVER);
        vm.expectPartialRevert(Settlement.NotVerified.selector);
        chain.proveBatches(1, 2);
        CommitHeader[] memory swapped = new CommitHeader[](2);
        (swapped[0], swapped[1]) = (second, first);
        verify(swapped);
        vm.prank(PROVER);
        vm.expectPartialRevert(Settlement.NotVerified.selector);
        chain.proveBatches(1, 2);
    }

    function test_a_verified_output_is_no_use_after_execution() public {
        setVerifier();
        CommitHeader memory h = commitNext(0);
        prove(h);
        execute(h);
        vm.prank(PROVER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.NumberMismatch.selector, 2, 1));
        chain.proveBatches(1, 1);
        commitNext(0);
        vm.prank(PROVER);
        vm.expectPartialRevert(Settlement.NotVerified.selector);
        chain.proveBatches(2, 2);
    }

    function test_a_run_of_batches_is_proved_and_executed_at_once(uint8 count) public {
        setVerifier();
        uint64 n = 1 + count % 8;
        CommitHeader[] memory hs = new CommitHeader[](n);
        bytes32 acc;
        for (uint64 i = 0; i < n; ++i) {
            hs[i] = commitNext(0);
            bytes32 input = this.publicInput(CHAIN_ID, block.chainid, address(chain), hs[i]);
            acc = keccak256(abi.encode(acc, input));
        }
        verifier.accept(acc);
        vm.assertTrue(verifier.isVerified(keccak256(abi.encode(PROGRAMS, acc))));
        vm.prank(PROVER);
        chain.proveBatches(1, n);
        vm.prank(EXECUTOR);
        chain.executeBatches(hs);
        vm.assertEq(chain.getTotalBatchesExecuted(), n);
        vm.assertEq(chain.stateCommitment(), hs[n - 1].stateAfter);
    }

    function test_runs_must_follow_on_and_be_committed() public {
        setVerifier();
        commitNext(0);
        commitNext(0);
        vm.prank(PROVER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.NumberMismatch.selector, 1, 2));
        chain.proveBatches(2, 2);
        vm.prank(PROVER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.AboveCommitted.selector, 2));
        chain.proveBatches(1, 3);
        vm.prank(PROVER);
        vm.expectRevert(Settlement.RunInvalid.selector);
        chain.proveBatches(1, 0);
        vm.prank(EXECUTOR);
        vm.expectRevert(Settlement.RunInvalid.selector);
        chain.executeBatches(new CommitHeader[](0));
    }

    function test_execution_needs_the_header_as_committed() public {
        setVerifier();
        CommitHeader memory h = commitNext(0);
        prove(h);
        h.stateAfter = keccak256("theft");
        vm.prank(EXECUTOR);
        vm.expectPartialRevert(Settlement.PublicInputMismatch.selector);
        chain.executeBatches(one(h));
    }

    function test_execution_goes_in_order() public {
        setVerifier();
        CommitHeader memory first = commitNext(0);
        CommitHeader memory second = commitNext(0);
        prove(first);
        prove(second);
        vm.prank(EXECUTOR);
        vm.expectRevert(abi.encodeWithSelector(Settlement.NumberMismatch.selector, 1, 2));
        chain.executeBatches(one(second));
        execute(first);
        vm.prank(EXECUTOR);
        vm.expectRevert(abi.encodeWithSelector(Settlement.NumberMismatch.selector, 2, 1));
        chain.executeBatches(one(first));
    }

    function test_roles_hold_for_prove_execute_and_revert(address anyone) public {
        vm.assume(anyone != PROVER && anyone != EXECUTOR && anyone != COMMITTER);
        vm.assume(anyone != governor && anyone != address(0));
        setVerifier();
        CommitHeader memory h = commitNext(0);
        vm.prank(anyone);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        chain.proveBatches(1, 1);
        vm.prank(anyone);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        chain.executeBatches(one(h));
        vm.prank(anyone);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        chain.revertBatches(0);
        vm.prank(anyone);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        chain.revertBatches(h, 0);
    }

    function test_revert_goes_to_the_last_executed_and_not_below() public {
        setVerifier();
        settle(0, LOG_ROOT);
        bytes32 state = chain.stateCommitment();
        request(0, "");
        CommitHeader memory h = commitNext(1);
        prove(h);
        commitNext(0);

        vm.prank(COMMITTER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.BelowExecuted.selector, 1));
        chain.revertBatches(0);
        vm.prank(COMMITTER);
        chain.revertBatches(1);

        (uint64 committed, bytes32 tip, uint64 lastBlock,) = chain.getTip();
        vm.assertEq(committed, 1);
        vm.assertEq(tip, state);
        vm.assertEq(lastBlock, 10);
        vm.assertEq(chain.getTotalBatchesVerified(), 1);
        vm.assertEq(chain.getFirstUncommittedPriorityTx(), 0);
        vm.assertEq(chain.storedBatchHash(2), bytes32(0));
        commitNext(1);
    }

    function test_a_reverted_batch_is_not_executed() public {
        setVerifier();
        CommitHeader memory h = commitNext(0);
        prove(h);
        vm.prank(COMMITTER);
        chain.revertBatches(0);
        vm.prank(EXECUTOR);
        vm.expectRevert(abi.encodeWithSelector(Settlement.AboveCommitted.selector, 0));
        chain.executeBatches(one(h));
        // and its proof does not carry over to what comes in its place
        CommitHeader memory other = header(0, "other");
        commit(other, "other");
        vm.prank(EXECUTOR);
        vm.expectRevert(abi.encodeWithSelector(Settlement.BatchNotProved.selector, 1));
        chain.executeBatches(one(other));
    }

    function test_revert_to_a_batch_in_between_needs_its_header() public {
        request(0, "a");
        request(0, "b");
        CommitHeader memory kept = commitNext(1);
        commitNext(1);
        vm.prank(COMMITTER);
        vm.expectRevert(Settlement.HeaderNeeded.selector);
        chain.revertBatches(1);
        vm.prank(COMMITTER);
        vm.expectPartialRevert(Settlement.PriorityHashMismatch.selector);
        chain.revertBatches(kept, 2);

        vm.prank(COMMITTER);
        chain.revertBatches(kept, 1);

        (uint64 committed, bytes32 tip,, uint64 time) = chain.getTip();
        vm.assertEq(committed, 1);
        vm.assertEq(tip, kept.stateAfter);
        vm.assertEq(time, kept.lastTimestamp);
        vm.assertEq(chain.getFirstUncommittedPriorityTx(), 1);
        commitNext(1);
    }

    function test_a_kept_header_cannot_lie(bytes32 state) public {
        CommitHeader memory kept = commitNext(0);
        commitNext(0);
        vm.assume(state != kept.stateAfter);
        kept.stateAfter = state;
        vm.prank(COMMITTER);
        vm.expectPartialRevert(Settlement.PublicInputMismatch.selector);
        chain.revertBatches(kept, 0);
    }

    function test_the_queue_position_past_the_end_is_no_position_zero() public {
        CommitHeader memory kept = commitNext(0);
        commitNext(0);
        vm.prank(COMMITTER);
        vm.expectPartialRevert(Settlement.PriorityHashMismatch.selector);
        chain.revertBatches(kept, 7);
    }

    function test_reverting_to_the_tip_does_nothing() public {
        commitNext(0);
        vm.prank(COMMITTER);
        chain.revertBatches(1);
        vm.assertEq(chain.getTotalBatchesCommitted(), 1);
        vm.prank(COMMITTER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.AboveCommitted.selector, 1));
        chain.revertBatches(2);
    }

    function test_batches_are_proved_under_the_version_they_were_committed_with() public {
        setVerifier();
        commitNext(0);
        vm.prank(governor);
        chain.setProtocolVersion(2);
        CommitHeader memory second = commitNext(0);
        vm.assertEq(chain.protocolVersionOf(1), 1);
        vm.assertEq(chain.protocolVersionOf(2), 2);
        vm.assertEq(second.protocolVersion, 2);

        vm.prank(PROVER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.RunCrossesVersions.selector, 1, 2));
        chain.proveBatches(1, 2);
        verifier.accept(Hashes.roll(0, chain.storedBatchHash(1)));
        verifier.accept(Hashes.roll(0, chain.storedBatchHash(2)));
        vm.prank(PROVER);
        chain.proveBatches(1, 1);
        vm.prank(PROVER);
        vm.expectRevert(Settlement.VerifierNotSet.selector);
        chain.proveBatches(2, 2);
    }

    function test_after_an_upgrade_each_version_has_its_own_verifier() public {
        setVerifier();
        CommitHeader memory first = commitNext(0);
        VerifierDouble newer = new VerifierDouble(keccak256("programs of version 2"));
        vm.prank(governor);
        chain.setVerifier(2, address(newer));
        vm.prank(governor);
        chain.setProtocolVersion(2);
        CommitHeader memory second = commitNext(0);

        // what the other version's verifier says does not count, either way
        newer.accept(accumulatorOf(one(first)));
        vm.prank(PROVER);
        vm.expectPartialRevert(Settlement.NotVerified.selector);
        chain.proveBatches(1, 1);
        prove(first);
        verify(one(second));
        vm.prank(PROVER);
        vm.expectPartialRevert(Settlement.NotVerified.selector);
        chain.proveBatches(2, 2);

        newer.accept(accumulatorOf(one(second)));
        vm.prank(PROVER);
        chain.proveBatches(2, 2);
        execute(first);
        execute(second);
        vm.assertEq(chain.stateCommitment(), second.stateAfter);
        vm.assertEq(chain.getVerifier(), address(newer));
    }

    function test_what_a_distrusted_verifier_proved_can_be_taken_back() public {
        setVerifier();
        CommitHeader memory h = commitNext(0);
        prove(h);
        vm.prank(GUARDIAN);
        chain.freeze();
        vm.prank(EXECUTOR);
        vm.expectRevert(ChainStorage.Frozen.selector);
        chain.executeBatches(one(h));
        VerifierDouble sound = new VerifierDouble(keccak256("sound programs"));
        vm.startPrank(governor, governor);
        chain.setVerifier(1, address(sound));
        chain.revertBatches(0);
        chain.unfreeze();
        vm.stopPrank();
        commit(h, "diff");
        vm.prank(PROVER);
        vm.expectPartialRevert(Settlement.NotVerified.selector);
        chain.proveBatches(1, 1);
        vm.prank(EXECUTOR);
        vm.expectRevert(abi.encodeWithSelector(Settlement.BatchNotProved.selector, 1));
        chain.executeBatches(one(h));
    }

    function test_batches_that_come_again_belong_to_the_present_version() public {
        commitNext(0);
        commitNext(0);
        vm.prank(governor);
        chain.setProtocolVersion(2);
        commitNext(0);
        vm.prank(governor);
        chain.setProtocolVersion(3);
        vm.prank(COMMITTER);
        chain.revertBatches(0);
        commitNext(0);
        vm.assertEq(chain.protocolVersionOf(1), 3);
        vm.assertEq(chain.protocolVersionOf(9), 3);
    }

    function test_the_escape_opens_after_deadline_and_period(uint32 wait) public {
        vm.assertFalse(chain.escapeOpen());
        vm.warp(block.timestamp + 10 * ESCAPE);
        vm.assertFalse(chain.escapeOpen());
        uint256 requested = block.timestamp;
        request(0, "forced");
        vm.warp(requested + wait % (3 * ESCAPE));
        vm.assertTrue(chain.escapeOpen() == (block.timestamp > requested + ESCAPE));
    }

    function test_executing_a_part_does_not_put_the_escape_off(uint32 later) public {
        // given an operator that executes one operation a period, and leaves another waiting
        setVerifier();
        uint256 requested = block.timestamp;
        request(0, "one");
        request(0, "two");
        CommitHeader memory first = commitNext(1);
        prove(first);
        vm.warp(requested + ESCAPE - later % ESCAPE);
        execute(first);
        // then the period counts from the request
        vm.warp(requested + ESCAPE);
        vm.assertFalse(chain.escapeOpen());
        vm.warp(requested + ESCAPE + 1);
        vm.assertTrue(chain.escapeOpen());
    }

    function test_executing_what_waits_closes_the_escape() public {
        setVerifier();
        request(0, "one");
        vm.warp(block.timestamp + ESCAPE + 1);
        request(0, "two");
        vm.assertTrue(chain.escapeOpen());
        settle(1, LOG_ROOT);
        vm.assertFalse(chain.escapeOpen());
    }

    /// A censor that wants an escape's proof to be of another state, again and again, has to take
    /// from the queue each time, whatever time its batches carry.
    function test_while_the_escape_is_open_every_batch_moves_the_queue(
        uint32 period,
        uint32 first,
        uint32 last,
        uint8 count
    ) public {
        // given any escape period, two operations of the largest size and an open escape
        setVerifier();
        ChainParameters memory p = parameters();
        p.escapePeriod = 1 + period % uint40(3 * PAST);
        vm.prank(governor);
        chain.setParameters(p, FeeParameters(0.1 gwei, GAS_MAX));
        operationGas = GAS_MAX;
        request(0, "one");
        request(0, "two");
        while (!chain.escapeOpen()) {
            vm.warp(block.timestamp + 1 hours);
        }
        // when the operator commits a batch of any time that L1 takes
        CommitHeader memory h = header(count % 3, "diff");
        uint256 age = DEADLINE + PAST > p.escapePeriod ? DEADLINE + PAST : p.escapePeriod;
        h.firstTimestamp = uint64(block.timestamp - first % (age + 1));
        h.lastTimestamp =
            h.firstTimestamp + uint64(last % (block.timestamp + FUTURE - h.firstTimestamp + 1));
        vm.prank(COMMITTER, COMMITTER);
        if (h.priorityCount == 0) vm.expectPartialRevert(Settlement.PriorityOverdue.selector);
        chain.commitBatch(h, "diff");
        // then one without an operation is refused, and the escape stays open to the rest
        if (h.priorityCount != 0) {
            prove(h);
            execute(h);
        }
        vm.assertTrue(chain.escapeOpen() == (h.priorityCount < 2));
    }

    function test_the_escape_settles_more_than_one_batch_holds() public {
        // given: operations that no batch holds together, and junk of the operator's
        setVerifier();
        operationGas = GAS_MAX;
        for (uint256 i = 0; i < 3; ++i) {
            request(0, abi.encode(i));
        }
        vm.warp(block.timestamp + ESCAPE + 1);
        commit(header(1, "junk"), "junk");
        bytes[] memory pubdata = one("good");
        for (uint64 i = 0; i < 3; ++i) {
            // when: anyone settles one, then the next
            vm.assertTrue(chain.escapeOpen());
            CommitHeader memory h = header(1, "good");
            if (i == 0) {
                h.stateBefore = GENESIS;
                h.number = 1;
                (h.firstBlock, h.lastBlock) = (1, 10);
                h.priorityHashBefore = 0;
                h.priorityHashAfter = chain.priorityHash(1);
            }
            verify(one(h));
            vm.prank(USER, USER);
            chain.escapeSettle(one(h), pubdata);
            vm.warp(block.timestamp + 1 days);
        }
        // then
        vm.assertEq(chain.getPriorityQueueSize(), 0);
        vm.assertFalse(chain.escapeOpen());
    }

    function test_in_the_escape_anyone_proves_and_executes_what_is_committed(address anyone) public {
        vm.assume(anyone != address(0));
        setVerifier();
        request(0, "forced");
        vm.warp(block.timestamp + ESCAPE + 1);
        CommitHeader memory h = commitNext(1);
        verify(one(h));
        vm.prank(anyone);
        chain.proveBatches(1, 1);
        vm.prank(anyone);
        chain.executeBatches(one(h));
        vm.assertEq(chain.stateCommitment(), h.stateAfter);
        vm.assertFalse(chain.escapeOpen());
    }

    /// Or for the price of a commit anyone would stop an operator that is late and no more.
    function test_in_the_escape_nobody_else_commits_what_is_not_proved(address anyone) public {
        vm.assume(anyone != COMMITTER && anyone != address(0) && anyone.code.length == 0);
        setVerifier();
        request(0, "forced");
        vm.warp(block.timestamp + ESCAPE + 1);
        vm.assertTrue(chain.escapeOpen());
        CommitHeader memory h = header(1, "diff");
        vm.prank(anyone, anyone);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector,
                anyone,
                keccak256("COMMITTER_ROLE")
            )
        );
        chain.commitBatch(h, "diff");
        verify(one(h));
        bytes[] memory pubdata = one("diff");
        vm.prank(anyone, anyone);
        chain.escapeSettle(one(h), pubdata);
        vm.assertEq(chain.stateCommitment(), h.stateAfter);
    }

    function test_junk_commits_do_not_stop_the_escape() public {
        setVerifier();
        request(0, "forced");
        CommitHeader memory good = header(1, "good");
        CommitHeader memory junk = header(0, "junk");
        commit(junk, "junk");
        bytes[] memory pubdata = one("good");
        verify(one(good));
        vm.prank(USER, USER);
        vm.expectRevert(Settlement.EscapeNotOpen.selector);
        chain.escapeSettle(one(good), pubdata);

        vm.warp(block.timestamp + ESCAPE + 1);
        (good.firstTimestamp, good.lastTimestamp) =
        (uint64(block.timestamp), uint64(block.timestamp));
        vm.prank(USER, USER);
        vm.expectPartialRevert(Settlement.NotVerified.selector);
        chain.escapeSettle(one(good), pubdata);
        // a revert takes everything back: the junk is still what is committed
        vm.assertEq(chain.storedBatchHash(1), chain.publicInputOf(junk));
        verify(one(good));
        vm.prank(USER, USER);
        chain.escapeSettle(one(good), pubdata);
        vm.assertEq(chain.stateCommitment(), good.stateAfter);
        vm.assertEq(chain.getPriorityQueueSize(), 0);
    }

    function test_a_freeze_puts_the_escape_off_and_does_not_end_it() public {
        setVerifier();
        request(0, "forced");
        vm.prank(GUARDIAN);
        chain.freeze();
        vm.warp(block.timestamp + FREEZE - 1);
        CommitHeader memory h = header(1, "diff");
        verify(one(h));
        bytes[] memory pubdata = one("diff");
        vm.prank(USER, USER);
        vm.expectRevert(ChainStorage.Frozen.selector);
        chain.escapeSettle(one(h), pubdata);
        // nobody acts
        vm.warp(block.timestamp + 1);
        vm.prank(USER, USER);
        chain.escapeSettle(one(h), pubdata);
        vm.assertEq(chain.stateCommitment(), h.stateAfter);
    }

    /// Two batches without operations, the first proved or both, and the escape open.
    function provedInTheEscape(bool both) private returns (CommitHeader memory first) {
        setVerifier();
        request(0, "forced");
        first = commitNext(0);
        prove(first);
        CommitHeader memory second = commitNext(0);
        if (both) prove(second);
        vm.warp(block.timestamp + ESCAPE + 1);
        vm.assertTrue(chain.escapeOpen());
    }

    function test_in_the_escape_a_committer_takes_back_no_proof() public {
        CommitHeader memory first = provedInTheEscape(true);
        vm.startPrank(COMMITTER, COMMITTER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.BelowProved.selector, 2));
        chain.revertBatches(0);
        vm.expectRevert(abi.encodeWithSelector(Settlement.BelowProved.selector, 2));
        chain.revertBatches(first, 0);
        vm.stopPrank();
        vm.assertEq(chain.getTotalBatchesVerified(), 2);
    }

    function test_in_the_escape_a_committer_takes_back_what_is_not_proved() public {
        CommitHeader memory first = provedInTheEscape(false);
        vm.prank(COMMITTER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.BelowProved.selector, 1));
        chain.revertBatches(0);
        vm.prank(COMMITTER);
        chain.revertBatches(first, 0);
        vm.assertEq(chain.getTotalBatchesCommitted(), 1);
        vm.assertEq(chain.getTotalBatchesVerified(), 1);
        execute(first);
        vm.assertEq(chain.stateCommitment(), first.stateAfter);
    }

    function test_in_the_escape_the_governor_takes_back_proofs() public {
        CommitHeader memory first = provedInTheEscape(true);
        vm.startPrank(governor, governor);
        chain.revertBatches(first, 0);
        vm.assertEq(chain.getTotalBatchesVerified(), 1);
        chain.revertBatches(0);
        vm.stopPrank();
        vm.assertEq(chain.getTotalBatchesCommitted(), 0);
    }

    function test_while_the_escape_is_closed_a_committer_takes_back_proofs() public {
        setVerifier();
        request(0, "forced");
        prove(commitNext(0));
        vm.warp(block.timestamp + ESCAPE - 1);
        vm.assertFalse(chain.escapeOpen());
        vm.prank(COMMITTER);
        chain.revertBatches(0);
        vm.assertEq(chain.getTotalBatchesVerified(), 0);
    }

    function test_the_escape_replaces_what_is_proved_too() public {
        setVerifier();
        request(0, "forced");
        vm.warp(block.timestamp + ESCAPE + 1);
        CommitHeader memory ours = header(1, "ours");
        verify(one(ours));
        CommitHeader memory theirs = header(1, "theirs");
        commit(theirs, "theirs");
        prove(theirs);
        bytes[] memory pubdata = one("ours");
        vm.prank(USER, USER);
        chain.escapeSettle(one(ours), pubdata);
        vm.assertEq(chain.stateCommitment(), ours.stateAfter);
        vm.assertEq(chain.getTotalBatchesExecuted(), 1);
        vm.assertFalse(chain.escapeOpen());
    }

    function test_the_escape_must_take_what_is_overdue() public {
        setVerifier();
        request(0, "forced");
        vm.warp(block.timestamp + ESCAPE + 1);
        CommitHeader memory h = header(0, "diff");
        verify(one(h));
        bytes[] memory pubdata = one("diff");
        vm.prank(USER, USER);
        vm.expectPartialRevert(Settlement.PriorityOverdue.selector);
        chain.escapeSettle(one(h), pubdata);
    }

    function test_proving_is_open_where_the_role_is_the_zero_address(address anyone) public {
        vm.assume(anyone != address(0));
        setVerifier();
        bytes32 role = chain.PROVER_ROLE();
        vm.prank(governor);
        chain.grantRole(role, address(0));
        CommitHeader memory h = commitNext(0);
        verify(one(h));
        vm.prank(anyone);
        chain.proveBatches(1, 1);
        vm.assertEq(chain.getTotalBatchesVerified(), 1);
    }
}
