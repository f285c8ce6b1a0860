// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Chain} from "../src/l1/Chain.sol";
import {Vault} from "../src/l1/Vault.sol";
import {Base} from "./Base.sol";
import {Player} from "./Player.sol";

contract InvariantTest is Base {
    Player private player;

    function setUp() public override {
        player = new Player();
        player.setUp();
        vm.deal(address(0xa11ce), 1e36);
    }

    function test_the_player_can_reach_every_step() public {
        player.deposit(0, 1 ether);
        player.depositToken(0, 999);
        player.depositToken(0, 10); // fails on L2
        player.commitSome(0, 3, 601, false);
        player.commitSome(0, 0, 0.25 ether + 1, true);
        for (uint256 i = 0; i < 2; ++i) {
            player.proveRun(0, 0, 0);
            player.proveRun(0, 0, 1);
            player.executeOne(0);
            vm.assertEq(player.executed(0), i);
            player.withdraw(0, i);
            player.proveRun(0, 0, 2);
            for (uint8 who = 0; who < 5; ++who) {
                player.intrude(0, who, 2);
            }
            player.executeOne(0);
            vm.assertEq(player.executed(0), i + 1);
        }
        vm.assertEq(player.supply(0, 1), 1000 - 601);
        vm.assertEq(player.pending(0, 1), 601 + 11);
        uint256 ether_ = player.held(0, 0);
        player.freezeOrThaw(0, 0);
        player.withdraw(0, 0);
        player.claim(0, 2);
        vm.assertEq(player.held(0, 1), 1011);
        player.freezeOrThaw(0, 0);
        for (uint256 i = 0; i < 2; ++i) {
            player.withdraw(0, 0);
            player.withdraw(0, 1);
            player.claim(0, 1); // succeeded on L2
            player.claim(0, 2);
        }
        vm.assertEq(player.held(0, 1), 1000 - 601);
        vm.assertEq(player.held(0, 0), ether_ - 0.25 ether - 1);
        vm.assertEq(player.pending(0, 0) + player.pending(0, 1), 0);
        player.deposit(1, 7);
        player.wait(uint16(DEADLINE + 1));
        player.commitSome(1, 0, 1, true);
        vm.assertEq(player.chains(1).getTotalBatchesCommitted(), 0);
        player.commitSome(1, 1, 1, true);
        vm.assertEq(player.chains(1).getTotalBatchesCommitted(), 1);
        player.depositToken(1, 7);
        player.depositToken(1, 7);
        player.wait(uint16(DEADLINE + 1));
        player.commitSome(1, 1, 1, true);
        vm.assertEq(player.chains(1).getTotalBatchesCommitted(), 2);
        intrudeEverywhere(1);
        vm.assertEq(player.intrusions(), 0);
        player.revertAll(1);
        vm.assertEq(player.chains(1).getFirstUncommittedPriorityTx(), 0);
        vm.assertEq(player.paidTwice(), 0);
        vm.assertEq(player.honestUnpaid(), 0);
    }

    function intrudeEverywhere(uint256 which) private {
        for (uint8 what = 0; what < 9; ++what) {
            for (uint8 who = 0; who < 5; ++who) {
                player.intrude(which, who, what);
            }
        }
    }

    function test_the_player_moves_no_frozen_chain() public {
        player.depositToken(0, 1); // fails on L2
        for (uint256 i = 0; i < 3; ++i) {
            player.commitSome(0, i == 0 ? 1 : 0, 9, true);
        }
        player.proveRun(0, 1, 2);
        player.executeOne(0);
        player.freezeOrThaw(0, 0);
        player.commitSome(0, 0, 9, true);
        player.proveRun(0, 0, 2);
        player.executeOne(0);
        player.withdraw(0, 0);
        player.claim(0, 0);
        vm.assertEq(player.movedWhileFrozen(), 0);
        vm.assertEq(player.executed(0), 1);
        player.freezeOrThaw(0, 0);
        player.executeOne(0);
        player.claim(0, 0);
        player.withdraw(0, 0);
        vm.assertEq(player.executed(0), 2);
        vm.assertEq(player.pending(0, 1), 0);
    }

    /// More than there is on L2 can be committed, and not proved.
    function test_the_player_proves_no_theft_of_the_sound_chain() public {
        player.deposit(0, 1 ether);
        uint256 ether_ = player.held(0, 0);
        player.commitSome(0, 1, uint128((ether_ + 8) & ~uint256(7)), true);
        vm.assertEq(player.chains(0).getTotalBatchesCommitted(), 1);
        player.proveRun(0, 0, 2);
        vm.assertEq(player.proved(0), 0);
        player.revertAll(0);
        player.commitSome(0, 1, uint128((ether_ & ~uint256(7)) + 1), true);
        player.proveRun(0, 0, 2);
        vm.assertEq(player.proved(0), 1);
    }

    /// Proved batches give way to an escape; a lie, or one that is too early, does not pass.
    function test_the_player_can_escape_with_the_truth_alone() public {
        player.deposit(0, 1 ether);
        player.commitSome(0, 1, 0.5 ether + 1, true);
        player.proveRun(0, 0, 2);
        player.depositToken(0, 999);
        player.depositToken(0, 10); // fails on L2
        vm.assertEq(player.proved(0), 1);
        player.escape(0, 3, 401, false, 3);
        vm.assertEq(player.executed(0), 0); // too early
        player.outwait(0);
        player.escape(0, 3, 401, false, 0);
        player.escape(0, 3, 401, false, 1);
        uint128 more = uint128((player.held(0, 1) + 8) & ~uint256(7));
        player.escape(0, 3, more, false, 3); // more than there is
        player.freezeOrThaw(0, 0);
        player.escape(0, 3, 401, false, 3);
        vm.assertEq(player.executed(0), 0);
        vm.assertEq(player.proved(0), 1);
        player.freezeOrThaw(0, 0);
        player.escape(0, 1, 401, true, 7);
        vm.assertEq(player.escapes(), 1);
        vm.assertEq(player.executed(0), 2);
        vm.assertEq(player.processed(0), 3);
        vm.assertEq(player.supply(0, 1), 1000 - 133);
        vm.assertEq(player.pending(0, 0), 401);
        player.withdraw(0, 0);
        player.withdraw(0, 1);
        player.withdraw(0, 1);
        player.claim(0, 2);
        vm.assertEq(player.pending(0, 0) + player.pending(0, 1), 0);
        vm.assertEq(player.honestRefused() + player.honestUnpaid(), 0);
        invariant_the_queue_is_what_was_requested();
        invariant_nothing_runs_ahead_of_its_step();
        invariant_holdings_cover_supply_and_what_is_pending();
        invariant_the_vault_covers_what_every_chain_is_credited();
    }

    /// While the escape is open anyone proves and executes, too; nobody else commits.
    function test_the_player_executes_without_roles_once_the_escape_is_open() public {
        player.deposit(0, 1 ether);
        player.outwait(0);
        vm.assertTrue(player.chains(0).escapeOpen());
        intrudeEverywhere(0);
        vm.assertEq(player.intrusions(), 0);
        player.commitSome(0, 1, 1, true);
        player.proveRun(0, 0, 2);
        player.executeOne(0);
        vm.assertEq(player.executed(0), 1);
        vm.assertFalse(player.chains(0).escapeOpen());
    }

    /// forge asks these which contracts and functions to play.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(player);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(player);
        bytes4[] memory s = new bytes4[](14);
        s[0] = Player.deposit.selector;
        s[1] = Player.depositToken.selector;
        s[2] = Player.wait.selector;
        s[3] = Player.commitSome.selector;
        s[4] = Player.proveRun.selector;
        s[5] = Player.executeOne.selector;
        s[6] = Player.revertAll.selector;
        s[7] = Player.withdraw.selector;
        s[8] = Player.claim.selector;
        s[9] = Player.freezeOrThaw.selector;
        s[10] = Player.intrude.selector;
        s[11] = Player.force.selector;
        s[12] = Player.outwait.selector;
        s[13] = Player.escape.selector;
        targets[0].selectors = s;
    }

    function invariant_the_vault_covers_what_every_chain_is_credited() public view {
        Vault vault_ = player.theVault();
        uint256[2] memory sums;
        address token = address(player.token());
        for (uint256 i = 0; i < 2; ++i) {
            uint256 id = player.ids(i);
            vm.assertEq(vault_.chainBalance(id, address(1)), player.held(i, 0));
            vm.assertEq(vault_.chainBalance(id, token), player.held(i, 1));
            sums[0] += vault_.chainBalance(id, address(1));
            sums[1] += vault_.chainBalance(id, token);
        }
        // Anyone can force ETH upon a contract, so its balance may only be more.
        vm.assertGe(address(vault_).balance, sums[0]);
        vm.assertEq(player.token().balanceOf(address(vault_)), sums[1]);
    }

    /// Of the chain whose proofs are sound: what the vault has for it is what L2 has, what is on its
    /// way there, and what waits to be paid out.
    function invariant_holdings_cover_supply_and_what_is_pending() public view {
        address token = address(player.token());
        for (uint256 a = 0; a < 2; ++a) {
            uint256 there =
                player.theVault().chainBalance(player.ids(0), a == 0 ? address(1) : token);
            vm.assertEq(
                there, player.supply(0, a) + player.pending(0, a) + player.queuedValue(0, a)
            );
        }
        vm.assertEq(player.honestUnpaid(), 0);
    }

    function invariant_the_queue_is_what_was_requested() public view {
        for (uint256 i = 0; i < 2; ++i) {
            Chain c = player.chains(i);
            vm.assertEq(c.getTotalPriorityTxs(), player.queued(i));
            vm.assertEq(c.priorityHash(player.queued(i)), player.rolling(i));
            vm.assertEq(c.getFirstUnprocessedPriorityTx(), player.processed(i));
            vm.assertLe(c.getFirstUnprocessedPriorityTx(), c.getFirstUncommittedPriorityTx());
            vm.assertLe(c.getFirstUncommittedPriorityTx(), c.getTotalPriorityTxs());
        }
    }

    function invariant_nothing_runs_ahead_of_its_step() public view {
        vm.assertEq(player.executedUnproved(), 0);
        vm.assertEq(player.honestRefused(), 0);
        vm.assertEq(player.paidTwice(), 0);
        vm.assertEq(player.overdueLeftOut(), 0);
        vm.assertEq(player.enoughRefused(), 0);
        vm.assertEq(player.movedWhileFrozen(), 0);
        vm.assertEq(player.intrusions(), 0);
        for (uint256 i = 0; i < 2; ++i) {
            Chain c = player.chains(i);
            vm.assertEq(c.getTotalBatchesExecuted(), player.executed(i));
            vm.assertEq(c.getTotalBatchesVerified(), player.proved(i));
            vm.assertLe(c.getTotalBatchesExecuted(), c.getTotalBatchesVerified());
            vm.assertLe(c.getTotalBatchesVerified(), c.getTotalBatchesCommitted());
        }
    }
}
