// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {ChainStorage} from "../src/l1/ChainStorage.sol";
import {Settlement} from "../src/l1/Settlement.sol";
import {CommitHeader} from "../src/common/Types.sol";
import {Base} from "./Base.sol";
import {Vm} from "./Vm.sol";

contract CommitTest is Base {
    function test_a_batch_that_follows_on_is_committed() public {
        CommitHeader memory h = header(0, "diff");
        vm.recordLogs();

        commit(h, "diff");

        (uint64 committed, bytes32 state, uint64 lastBlock, uint64 lastTimestamp) = chain.getTip();
        vm.assertEq(committed, 1);
        vm.assertEq(state, h.stateAfter);
        vm.assertEq(lastBlock, h.lastBlock);
        vm.assertEq(lastTimestamp, h.lastTimestamp);
        bytes32 input = this.publicInput(CHAIN_ID, block.chainid, address(chain), h);
        vm.assertEq(chain.storedBatchHash(1), input);
        vm.assertEq(chain.storedBatchHash(2), bytes32(0));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1);
        vm.assertEq(logs[0].topics[0], keccak256("BatchCommitted(uint64,bytes32,bytes32)"));
        vm.assertEq(uint256(logs[0].topics[1]), 1);
        vm.assertEq(logs[0].data, abi.encode(input, h.stateAfter));
    }

    function test_committing_does_not_move_the_executed_state() public {
        commitNext(0);
        vm.assertEq(chain.stateCommitment(), GENESIS);
        vm.assertEq(chain.getTotalBatchesExecuted(), 0);
    }

    function test_a_batch_must_have_the_next_number() public {
        CommitHeader memory h = header(0, "diff");
        h.number = 2;
        expectCommitRevert(h, abi.encodeWithSelector(Settlement.NumberMismatch.selector, 1, 2));
        h.number = 0;
        expectCommitRevert(h, abi.encodeWithSelector(Settlement.NumberMismatch.selector, 1, 0));
    }

    function test_a_batch_is_not_committed_twice() public {
        CommitHeader memory h = commitNext(0);
        expectCommitRevert(h, abi.encodeWithSelector(Settlement.NumberMismatch.selector, 2, 1));
    }

    function test_a_batch_must_start_from_the_tip_state() public {
        CommitHeader memory h = header(0, "diff");
        h.stateBefore = keccak256("another");
        expectCommitRevert(
            h, abi.encodeWithSelector(Settlement.StateMismatch.selector, GENESIS, h.stateBefore)
        );
    }

    function test_blocks_must_follow_on(uint64 first, uint64 last) public {
        commitNext(0);
        CommitHeader memory h = header(0, "diff");
        vm.assume(first != 11 || last < first);
        (h.firstBlock, h.lastBlock) = (first, last);
        expectCommitRevert(
            h, abi.encodeWithSelector(Settlement.BlockRangeInvalid.selector, 11, first, last)
        );
    }

    function test_timestamps_must_not_go_back() public {
        commitNext(0);
        CommitHeader memory h = header(0, "diff");
        h.firstTimestamp -= 1;
        expectCommitRevert(h, Settlement.TimestampNotMonotone.selector);
        h = header(0, "diff");
        h.lastTimestamp -= 1;
        expectCommitRevert(h, Settlement.TimestampNotMonotone.selector);
    }

    function test_timestamps_stay_within_the_window(uint64 firstTime, uint64 lastTime) public {
        // given a batch with any timestamps around now
        firstTime = uint64(bound(firstTime, block.timestamp - 2 * ESCAPE, block.timestamp + PAST));
        lastTime = uint64(bound(lastTime, firstTime, block.timestamp + 2 * PAST));
        CommitHeader memory h = header(0, "diff");
        (h.firstTimestamp, h.lastTimestamp) = (firstTime, lastTime);
        // then it is taken exactly when all of it lies within the window, both ends included
        if (lastTime > block.timestamp + FUTURE) {
            expectCommitRevert(h, Settlement.TimestampTooNew.selector);
        } else if (firstTime < block.timestamp - ESCAPE) {
            expectCommitRevert(h, Settlement.TimestampTooOld.selector);
        } else {
            commit(h, "diff");
        }
    }

    function test_the_edges_of_the_window_are_inside() public {
        CommitHeader memory h = header(0, "diff");
        h.firstTimestamp = uint64(block.timestamp - ESCAPE);
        h.lastTimestamp = uint64(block.timestamp + FUTURE);
        commit(h, "diff");
    }

    function test_pubdata_must_match_its_commitment(bytes calldata pubdata) public {
        vm.assume(keccak256(pubdata) != keccak256("diff"));
        CommitHeader memory h = header(0, "diff");
        vm.prank(COMMITTER, COMMITTER);
        vm.expectPartialRevert(Settlement.PubdataMismatch.selector);
        chain.commitBatch(h, pubdata);
    }

    function test_the_pubdata_commitment_is_mode_and_hash(bytes calldata pubdata) public view {
        vm.assertEq(
            this.pubdataCommitment(pubdata),
            keccak256(abi.encodePacked(uint8(0), keccak256(pubdata)))
        );
    }

    function test_the_configuration_must_be_the_chains() public {
        CommitHeader memory h = header(0, "diff");
        h.configHash = keccak256("other");
        expectCommitRevert(
            h, abi.encodeWithSelector(Settlement.ConfigMismatch.selector, CONFIG, h.configHash)
        );
    }

    function test_the_protocol_version_must_be_the_chains() public {
        CommitHeader memory h = header(0, "diff");
        h.protocolVersion = 2;
        expectCommitRevert(h, abi.encodeWithSelector(Settlement.VersionMismatch.selector, 1, 2));
    }

    function test_the_log_root_is_never_zero() public {
        CommitHeader memory h = header(0, "diff");
        h.l2ToL1LogRoot = 0;
        expectCommitRevert(h, Settlement.LogRootZero.selector);
    }

    function test_only_the_committer_commits(address anyone) public {
        vm.assume(anyone != COMMITTER && anyone != address(0));
        CommitHeader memory h = header(0, "diff");
        bytes32 role = chain.COMMITTER_ROLE();
        vm.prank(anyone, anyone);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, anyone, role
            )
        );
        chain.commitBatch(h, "diff");
    }

    function test_the_public_input_is_the_packed_hash(
        CommitHeader calldata h,
        address place,
        uint256 id,
        uint256 l1
    ) public view {
        bytes memory packed = abi.encodePacked(h.protocolVersion, id, l1, place);
        packed = bytes.concat(packed, abi.encodePacked(h.number, h.stateBefore, h.stateAfter));
        packed = bytes.concat(packed, abi.encodePacked(h.firstBlock, h.lastBlock));
        packed = bytes.concat(packed, abi.encodePacked(h.firstTimestamp, h.lastTimestamp));
        packed = bytes.concat(packed, abi.encodePacked(h.pubdataCommitment));
        packed = bytes.concat(packed, abi.encodePacked(h.priorityHashBefore, h.priorityHashAfter));
        packed = bytes.concat(packed, abi.encodePacked(h.priorityCount, h.l2ToL1LogRoot));
        packed = bytes.concat(packed, abi.encodePacked(h.configHash));
        vm.assertEq(packed.length, 4 + 32 + 32 + 20 + 8 + 64 + 8 * 4 + 32 * 3 + 8 + 32 * 2);
        vm.assertEq(this.publicInput(id, l1, place, h), keccak256(packed));
    }

    function expectCommitRevert(CommitHeader memory h, bytes4 selector) private {
        vm.prank(COMMITTER, COMMITTER);
        vm.expectPartialRevert(selector);
        chain.commitBatch(h, "diff");
    }

    function expectCommitRevert(CommitHeader memory h, bytes memory data) private {
        vm.prank(COMMITTER, COMMITTER);
        vm.expectRevert(data);
        chain.commitBatch(h, "diff");
    }

    function bound(uint256 x, uint256 least, uint256 most) private pure returns (uint256) {
        return least + x % (most - least + 1);
    }

    function test_only_a_transaction_of_its_own_commits() public {
        // given a relay that may commit, and an operator whose account delegates to code
        Relay relay = new Relay();
        bytes32 role = chain.COMMITTER_ROLE();
        vm.prank(governor);
        chain.grantRole(role, address(relay));
        CommitHeader memory h = header(0, "diff");
        bytes memory call = abi.encodeCall(chain.commitBatch, (h, "diff"));

        // then neither a call from within another, nor one of an account with code
        vm.prank(COMMITTER, COMMITTER);
        vm.expectRevert(Settlement.CallNotDirect.selector);
        relay.forward(address(chain), call);
        vm.etch(COMMITTER, abi.encodePacked(hex"ef0100", address(relay)));
        vm.prank(COMMITTER, COMMITTER);
        vm.expectRevert(Settlement.CallNotDirect.selector);
        chain.commitBatch(h, "diff");
        vm.etch(COMMITTER, "");
        commit(h, "diff");
    }

    function test_calldata_has_one_form() public {
        CommitHeader memory h = header(0, "diff");
        bytes memory call = abi.encodeCall(chain.commitBatch, (h, "diff"));
        // a byte more; the pubdata one word further, where the offset says so
        refusedAsNotCanonical(bytes.concat(call, hex"00"));
        bytes memory moved = bytes.concat(call, bytes32(0));
        uint256 offsetAt = 4 + 14 * 32;
        uint256 tail = 4 + 15 * 32;
        for (uint256 i = moved.length - 1; i >= tail + 32; --i) {
            moved[i] = moved[i - 32];
        }
        for (uint256 i = 0; i < 32; ++i) {
            moved[tail + i] = 0;
        }
        moved[offsetAt + 30] = 0x02;
        moved[offsetAt + 31] = 0x00;
        refusedAsNotCanonical(moved);
        commit(h, "diff");
    }

    function refusedAsNotCanonical(bytes memory call) private {
        vm.prank(COMMITTER, COMMITTER);
        (bool ok, bytes memory why) = address(chain).call(call);
        vm.assertEq(ok ? 1 : 0, 0);
        vm.assertEq(why, abi.encodeWithSelector(Settlement.CalldataNotCanonical.selector));
    }
}

/// Calls on behalf of whoever asks.
contract Relay {
    function forward(address to, bytes calldata data) external {
        (bool ok, bytes memory answer) = to.call(data);
        if (ok) return;
        assembly {
            revert(add(answer, 32), mload(answer))
        }
    }
}
