// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TWO_BRIDGES_MAGIC} from "../src/common/Constants.sol";
import {Hashes} from "../src/common/Hashes.sol";
import {
    BridgehubL2TransactionRequest,
    CommitHeader,
    L2CanonicalTransaction,
    L2TransactionRequestDirect,
    L2TransactionRequestTwoBridgesInner,
    L2TransactionRequestTwoBridgesOuter
} from "../src/common/Types.sol";
import {FeeParameters} from "../src/l1/ChainStorage.sol";
import {Hub} from "../src/l1/Hub.sol";
import {Mailbox} from "../src/l1/Mailbox.sol";
import {Settlement} from "../src/l1/Settlement.sol";
import {Base} from "./Base.sol";
import {Vm} from "./Vm.sol";

/// A contract on L1 that deposits: on L2 it acts under its alias.
contract Depositor {
    function deposit(Hub hub, L2TransactionRequestDirect memory r) external payable {
        hub.requestL2TransactionDirect{value: msg.value}(r);
    }
}

/// A second bridge that lets anybody have its alias on L2 call an address.
contract AnyBridge {
    function bridgehubDeposit(uint256, address, uint256, bytes calldata)
        external
        payable
        returns (L2TransactionRequestTwoBridgesInner memory r)
    {
        r.magicValue = TWO_BRIDGES_MAGIC;
        r.l2Contract = address(0xbeef);
    }

    function bridgehubConfirmL2Transaction(uint256, bytes32, bytes32) external {}
}

contract QueueTest is Base {
    function test_the_rolling_hash_is_the_hash_of_hashes(uint8 count) public {
        uint64 n = 1 + count % 20;
        bytes32 rolling;
        for (uint64 i = 0; i < n; ++i) {
            bytes32 hash = request(i, abi.encode(i));
            rolling = keccak256(abi.encode(rolling, hash));
            vm.assertEq(chain.priorityHash(i + 1), rolling);
        }
        vm.assertEq(chain.getTotalPriorityTxs(), n);
        vm.assertEq(chain.priorityHash(0), bytes32(0));
    }

    function test_request_times_are_kept_per_operation() public {
        uint256 start = block.timestamp;
        for (uint64 i = 0; i < 9; ++i) {
            vm.warp(start + i * 17);
            request(0, "");
        }
        for (uint64 i = 0; i < 9; ++i) {
            vm.assertEq(chain.priorityRequestTime(i), start + i * 17);
        }
        vm.assertEq(chain.priorityRequestTime(9), 0);
    }

    function test_the_event_carries_what_is_hashed() public {
        vm.recordLogs();
        bytes32 hash = request(3 ether, hex"c0ffee");

        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory log = logs[logs.length - 1];
        vm.assertEq(log.emitter, address(chain));
        vm.assertEq(
            log.topics[0],
            keccak256(
                "NewPriorityRequest(uint256,bytes32,uint64,(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256[4],bytes,bytes,uint256[],bytes,bytes),bytes[])"
            )
        );
        (uint256 id, bytes32 said, uint64 deadline, L2CanonicalTransaction memory t,) =
            abi.decode(log.data, (uint256, bytes32, uint64, L2CanonicalTransaction, bytes[]));
        vm.assertEq(id, 0);
        vm.assertEq(said, hash);
        vm.assertEq(deadline, block.timestamp + DEADLINE);
        vm.assertEq(keccak256(abi.encode(t)), hash);
        vm.assertEq(t.txType, 0x7f);
        vm.assertEq(t.from, uint160(USER));
        vm.assertEq(t.to, 0xbeef);
        vm.assertEq(t.nonce, 0);
        vm.assertEq(t.value, 3 ether);
        vm.assertEq(t.reserved[0], 3 ether + t.maxFeePerGas * t.gasLimit);
        vm.assertEq(t.reserved[1], uint160(USER));
        vm.assertEq(t.data, hex"c0ffee");
    }

    function test_a_contract_sends_and_is_refunded_under_its_alias() public {
        Depositor depositor = new Depositor();
        L2TransactionRequestDirect memory r = direct();
        vm.deal(USER, r.mintValue);
        vm.recordLogs();
        vm.prank(USER, USER);
        depositor.deposit{value: r.mintValue}(hub, r);

        Vm.Log[] memory logs = vm.getRecordedLogs();
        (,,, L2CanonicalTransaction memory t,) = abi.decode(
            logs[logs.length - 1].data, (uint256, bytes32, uint64, L2CanonicalTransaction, bytes[])
        );
        uint160 expected;
        unchecked {
            expected =
                uint160(address(depositor)) + uint160(0x1111000000000000000000000000000000001111);
        }
        vm.assertEq(t.from, expected);
        vm.assertEq(t.reserved[1], expected);
    }

    function test_a_batch_takes_exactly_the_next_operations(uint8 queued, uint8 taken) public {
        uint64 n = queued % 10;
        uint64 k = taken % (n + 1);
        for (uint64 i = 0; i < n; ++i) {
            request(0, abi.encode(i));
        }
        commitNext(k);
        vm.assertEq(chain.getFirstUncommittedPriorityTx(), k);
        commitNext(n - k);
        vm.assertEq(chain.getFirstUncommittedPriorityTx(), n);
        vm.assertEq(chain.getFirstUnprocessedPriorityTx(), 0);
    }

    function test_more_operations_than_queued_are_refused() public {
        request(0, "");
        CommitHeader memory h = header(1, "diff");
        h.priorityCount = 2;
        vm.prank(COMMITTER, COMMITTER);
        vm.expectRevert(abi.encodeWithSelector(Settlement.PriorityCountTooHigh.selector, 1, 2));
        chain.commitBatch(h, "diff");
        h.priorityCount = type(uint64).max;
        vm.prank(COMMITTER, COMMITTER);
        vm.expectPartialRevert(Settlement.PriorityCountTooHigh.selector);
        chain.commitBatch(h, "diff");
    }

    function test_another_order_or_content_is_refused(bytes32 wrong) public {
        request(0, "a");
        request(0, "b");
        CommitHeader memory h = header(2, "diff");
        vm.assume(wrong != h.priorityHashAfter);
        h.priorityHashAfter = wrong;
        vm.prank(COMMITTER, COMMITTER);
        vm.expectPartialRevert(Settlement.PriorityHashMismatch.selector);
        chain.commitBatch(h, "diff");

        h = header(2, "diff");
        h.priorityHashBefore = keccak256("elsewhere");
        vm.prank(COMMITTER, COMMITTER);
        vm.expectPartialRevert(Settlement.PriorityHashMismatch.selector);
        chain.commitBatch(h, "diff");
    }

    function test_an_overdue_operation_cannot_be_left_out(uint32 later) public {
        // given two operations, the second half the deadline after the first
        request(0, "a");
        vm.warp(block.timestamp + DEADLINE / 2);
        request(0, "b");
        uint256 firstDeadline = block.timestamp - DEADLINE / 2 + DEADLINE;

        // when a batch leaves both out, until the first is due
        vm.warp(firstDeadline);
        commitNext(0);
        vm.warp(firstDeadline + 1 + later % (DEADLINE / 2 - 1));

        // then it must take the first, and may leave the second
        CommitHeader memory h = header(0, "diff");
        vm.prank(COMMITTER, COMMITTER);
        vm.expectRevert(
            abi.encodeWithSelector(Settlement.PriorityOverdue.selector, 0, firstDeadline)
        );
        chain.commitBatch(h, "diff");
        commitNext(1);

        // and then the second, once that is due
        vm.warp(firstDeadline + DEADLINE / 2 + 1);
        h = header(0, "diff");
        vm.prank(COMMITTER, COMMITTER);
        vm.expectPartialRevert(Settlement.PriorityOverdue.selector);
        chain.commitBatch(h, "diff");
        commitNext(1);
    }

    function test_a_batch_takes_overdue_operations_up_to_a_sum_of_gas(
        uint24[12] memory limits,
        uint8 due,
        uint8 committed,
        uint8 taken
    ) public {
        // given operations of any gas, some of them taken, and some of the others overdue
        uint256[] memory gas = new uint256[](12);
        uint256 overdue = due % 13;
        for (uint256 i = 0; i < 12; ++i) {
            if (i == overdue) vm.warp(block.timestamp + DEADLINE);
            // mostly small, so that a batch has to take several
            operationGas = gas[i] = 30_000 + limits[i] % (i % 4 == 0 ? 900_000 : 150_000);
            request(0, abi.encode(i));
        }
        if (overdue == 12) vm.warp(block.timestamp + DEADLINE);
        uint64 first = uint64(committed % 13);
        CommitHeader memory h = header(first, "before");
        h.firstTimestamp = h.lastTimestamp = uint64(block.timestamp - DEADLINE);
        commit(h, "before");
        vm.warp(block.timestamp + 1);

        // when a batch takes so many of the rest
        uint64 count = uint64(taken % (13 - first));
        h = header(count, "diff");
        uint256 least = required(gas, first, overdue > first ? overdue - first : 0);
        vm.prank(COMMITTER, COMMITTER);
        if (count < least) vm.expectPartialRevert(Settlement.PriorityOverdue.selector);
        chain.commitBatch(h, "diff");

        // then it is committed if these are enough
        vm.assertEq(chain.getFirstUncommittedPriorityTx(), count < least ? first : first + count);
    }

    function test_one_large_operation_is_enough_and_none_is_not() public {
        operationGas = GAS_MAX;
        for (uint256 i = 0; i < 3; ++i) {
            request(0, abi.encode(i));
        }
        vm.warp(block.timestamp + DEADLINE + 1);
        for (uint256 i = 0; i < 3; ++i) {
            expectOverdue(0, i);
            commitNext(1);
        }
        commitNext(0);
    }

    function test_the_sum_of_gas_is_met_exactly_or_overstepped() public {
        operationGas = BATCH_GAS / 2;
        for (uint256 i = 0; i < 4; ++i) {
            request(0, abi.encode(i));
        }
        operationGas = BATCH_GAS / 2 + 1;
        request(0, "more");
        vm.warp(block.timestamp + DEADLINE + 1);
        expectOverdue(1, 1);
        commitNext(3);
        // the fourth and the fifth are more together
        commitNext(1);
        commitNext(1);
    }

    function test_many_small_operations_are_taken_by_the_dozen() public {
        operationGas = 21_000;
        uint64 most = uint64(BATCH_GAS / operationGas);
        for (uint256 i = 0; i < 2 * most + 1; ++i) {
            request(0, "");
        }
        vm.warp(block.timestamp + DEADLINE + 1);
        expectOverdue(most - 1, most - 1);
        commitNext(most);
        commitNext(most);
        expectOverdue(0, 2 * most);
        commitNext(1);
    }

    function commitOverdue(CommitHeader memory h, uint256 requested) private {
        vm.prank(COMMITTER, COMMITTER);
        vm.expectRevert(
            abi.encodeWithSelector(Settlement.PriorityOverdue.selector, 0, requested + DEADLINE)
        );
        chain.commitBatch(h, "diff");
    }

    function test_a_batch_that_ended_in_time_is_committed_when_l1_is_reached_again(uint32 later)
        public
    {
        // given a batch that ends when an operation is due that it leaves out
        uint256 requested = block.timestamp;
        request(0, "forced");
        CommitHeader memory h = header(0, "diff");
        h.firstTimestamp = h.lastTimestamp = uint64(requested + DEADLINE);
        // when it comes late, then it is taken as long as the operation has not waited too long
        vm.warp(requested + DEADLINE + later % (PAST + 1));
        commit(h, "diff");
        // and one that ends later must take the operation
        h = header(0, "diff");
        h.firstTimestamp = uint64(requested + DEADLINE);
        h.lastTimestamp = uint64(requested + DEADLINE + 1);
        commitOverdue(h, requested);
        // nor can the operation be left out for ever by what is dated before its deadline
        vm.warp(requested + DEADLINE + PAST + 1);
        h.firstTimestamp = h.lastTimestamp = uint64(requested + DEADLINE);
        commitOverdue(h, requested);
        // and what takes it may be of any age that L1 takes
        h = header(1, "diff");
        h.firstTimestamp = h.lastTimestamp = uint64(requested + DEADLINE);
        commit(h, "diff");
    }

    function test_a_batch_waits_out_an_outage_of_its_operator(uint32 outage) public {
        // given confirmed blocks, and an operation that came while nobody could commit
        uint256 made = block.timestamp;
        CommitHeader memory h = header(0, "diff");
        h.firstTimestamp = h.lastTimestamp = uint64(made);
        vm.warp(made + outage % (ESCAPE - DEADLINE - PAST + 1));
        request(0, "while away");
        // when L1 is reached again before that operation has waited too long, then they are taken
        vm.warp(block.timestamp + DEADLINE + PAST);
        commit(h, "diff");
        commitNext(1);
    }

    function test_raising_or_lowering_the_limit_of_gas_leaves_the_queue_passable() public {
        // given an operation of more gas than operations may have later
        operationGas = GAS_MAX;
        request(0, "");
        request(0, "");
        vm.prank(governor);
        chain.setParameters(parameters(), FeeParameters(0.1 gwei, 1_000_000));
        vm.warp(block.timestamp + DEADLINE + 1);
        commitNext(1);
        commitNext(1);
    }

    function test_gas_totals_are_kept_per_operation(uint24[9] memory limits) public {
        uint256 sum;
        vm.assertEq(chain.priorityGasOf(0), 0);
        for (uint64 i = 0; i < 9; ++i) {
            operationGas = 21_000 + uint256(limits[i]) % (GAS_MAX - 21_000 + 1);
            sum += operationGas;
            request(0, "");
            vm.assertEq(chain.priorityGasOf(i + 1), sum);
        }
    }

    function test_only_the_hub_queues() public {
        BridgehubL2TransactionRequest memory r;
        vm.expectRevert(Mailbox.OnlyHub.selector);
        chain.bridgehubRequestL2Transaction(r);
    }

    function test_the_mint_value_must_pay_for_the_gas() public {
        L2TransactionRequestDirect memory r = direct();
        uint256 needed = r.mintValue;
        r.mintValue = needed - 1;
        expectRequestRevert(
            r, abi.encodeWithSelector(Mailbox.MintValueTooLow.selector, needed, needed - 1)
        );
    }

    function test_value_beyond_the_mint_is_left_to_the_sender_on_l2(uint256 value, uint64 brought)
        public
    {
        L2TransactionRequestDirect memory r = direct();
        r.l2Value = value;
        r.mintValue += brought;
        uint256 held = vault.chainBalance(CHAIN_ID, address(1));
        vm.deal(USER, r.mintValue);
        vm.recordLogs();
        vm.prank(USER, USER);
        hub.requestL2TransactionDirect{value: r.mintValue}(r);

        Vm.Log[] memory logs = vm.getRecordedLogs();
        (,,, L2CanonicalTransaction memory t,) = abi.decode(
            logs[logs.length - 1].data, (uint256, bytes32, uint64, L2CanonicalTransaction, bytes[])
        );
        vm.assertEq(t.value, value);
        vm.assertEq(t.reserved[0], r.mintValue);
        // The vault takes in what L2 mints, whatever is sent there.
        vm.assertEq(vault.chainBalance(CHAIN_ID, address(1)), held + r.mintValue);
    }

    function test_value_of_a_second_bridge_must_be_minted() public {
        AnyBridge bridge = new AnyBridge();
        L2TransactionRequestTwoBridgesOuter memory r;
        r.chainId = CHAIN_ID;
        r.l2GasLimit = 1_000_000;
        r.l2GasPerPubdataByteLimit = 800;
        r.l2Value = 5;
        r.mintValue = hub.l2TransactionBaseCost(CHAIN_ID, 1 gwei, r.l2GasLimit, 800) + 4;
        r.secondBridgeAddress = address(bridge);
        vm.deal(USER, 1 ether);
        vm.prank(USER, USER);
        vm.expectRevert(
            abi.encodeWithSelector(Hub.MintValueTooLow.selector, r.mintValue + 1, r.mintValue)
        );
        hub.requestL2TransactionTwoBridges{value: r.mintValue}(r);
        r.mintValue += 1;
        vm.prank(USER, USER);
        hub.requestL2TransactionTwoBridges{value: r.mintValue}(r);
        vm.assertEq(chain.getTotalPriorityTxs(), 1);
    }

    function test_the_value_sent_must_be_the_mint_value() public {
        L2TransactionRequestDirect memory r = direct();
        vm.deal(USER, r.mintValue);
        vm.prank(USER, USER);
        vm.expectRevert(
            abi.encodeWithSelector(Hub.MsgValueMismatch.selector, r.mintValue, r.mintValue - 1)
        );
        hub.requestL2TransactionDirect{value: r.mintValue - 1}(r);
    }

    function test_limits_of_a_request() public {
        L2TransactionRequestDirect memory r = direct();
        r.l2GasPerPubdataByteLimit = 799;
        expectRequestRevert(
            r, abi.encodeWithSelector(Mailbox.GasPerPubdataMismatch.selector, 800, 799)
        );
        r = direct();
        r.l2GasLimit = 20_999;
        expectRequestRevert(
            r, abi.encodeWithSelector(Mailbox.GasLimitOutOfRange.selector, 21_000, GAS_MAX, 20_999)
        );
        r.l2GasLimit = uint256(GAS_MAX) + 1;
        expectRequestRevert(
            r,
            abi.encodeWithSelector(
                Mailbox.GasLimitOutOfRange.selector, 21_000, GAS_MAX, uint256(GAS_MAX) + 1
            )
        );
        r = direct();
        r.l2Calldata = new bytes(65_537);
        expectRequestRevert(r, abi.encodeWithSelector(Mailbox.DataTooLong.selector, 65_536, 65_537));
        r = direct();
        r.factoryDeps = new bytes[](1);
        expectRequestRevert(r, abi.encodeWithSelector(Mailbox.FactoryDepsNotSupported.selector));
        r = direct();
        r.chainId = 99;
        expectRequestRevert(r, abi.encodeWithSelector(Hub.ChainUnknown.selector, 99));
    }

    function test_base_cost_covers_what_the_gas_can_publish_and_has_a_floor(
        uint64 gasPrice,
        uint24 gasLimit,
        uint16 pubdataGas
    ) public {
        vm.assume(pubdataGas != 0);
        vm.prank(governor);
        chain.setConfig(configuration("another", pubdataGas));
        // The whole gas limit buys bytes, and each costs the operator EIP-7623's 40 gas.
        uint256 published = uint256(gasLimit) / pubdataGas;
        uint256 cost = hub.l2TransactionBaseCost(CHAIN_ID, gasPrice, gasLimit, 800);
        vm.assertGe(cost, published * 40 * gasPrice);
        vm.assertGe(cost, uint256(gasLimit) * 0.1 gwei);
        // and not more than that
        uint256 price = (uint256(gasPrice) * 40 + pubdataGas - 1) / pubdataGas;
        vm.assertEq(cost, (price > 0.1 gwei ? price : 0.1 gwei) * gasLimit);
        // The ZK Stack's argument, which a request has to name, changes nothing.
        vm.assertEq(hub.l2TransactionBaseCost(CHAIN_ID, gasPrice, gasLimit, 0), cost);
    }

    function test_the_deposit_is_held_for_its_chain() public {
        request(5 ether, "");
        vm.assertEq(address(vault).balance, vault.chainBalance(CHAIN_ID, address(1)));
        vm.assertGe(address(vault).balance, 5 ether);
        vm.assertEq(address(hub).balance, 0);
    }

    function direct() private view returns (L2TransactionRequestDirect memory r) {
        r.chainId = CHAIN_ID;
        r.l2GasLimit = 1_000_000;
        r.l2GasPerPubdataByteLimit = 800;
        r.mintValue = hub.l2TransactionBaseCost(CHAIN_ID, 1 gwei, r.l2GasLimit, 800);
    }

    /// A batch that takes `count` now is refused for operation `index`.
    function expectOverdue(uint64 count, uint256 index) private {
        CommitHeader memory h = header(count, "diff");
        uint256 deadline = chain.priorityRequestTime(uint64(index)) + DEADLINE;
        vm.prank(COMMITTER, COMMITTER);
        vm.expectRevert(
            abi.encodeWithSelector(Settlement.PriorityOverdue.selector, index, deadline)
        );
        chain.commitBatch(h, "diff");
    }

    function expectRequestRevert(L2TransactionRequestDirect memory r, bytes memory data) private {
        vm.deal(USER, r.mintValue);
        vm.prank(USER, USER);
        vm.expectRevert(data);
        hub.requestL2TransactionDirect{value: r.mintValue}(r);
    }
}
