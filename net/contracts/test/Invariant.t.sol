// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DemoToken} from "../src/demo/DemoToken.sol";
import {Hashes} from "../src/common/Hashes.sol";
import {
    CommitHeader,
    L2TransactionRequestDirect,
    L2TransactionRequestTwoBridgesOuter
} from "../src/common/Types.sol";
import {Chain} from "../src/l1/Chain.sol";
import {Vault} from "../src/l1/Vault.sol";
import {Base} from "./Base.sol";

/// Plays two chains and their users in any order, right and wrong steps alike, and keeps a record
/// of its own of what should come of it.
contract Player is Base {
    DemoToken public token;
    Chain[2] public chains;
    uint256[2] public ids = [CHAIN_ID, uint256(11)];
    /// What came in for a chain and was not paid out: [chain][0 = ETH, 1 = token].
    uint256[2][2] public held;
    /// Rolling hash and length of each chain's queue, from the hashes that requests returned.
    bytes32[2] public rolling;
    uint64[2] public queued;
    uint256[][2] private gas;
    uint64[2] public executed;
    uint64[2] public proved;
    uint256 public paidTwice;
    uint256 public executedUnproved;
    uint256 public honestRefused;
    uint256 public overdueLeftOut;
    uint256 public enoughRefused;

    struct Paid {
        uint256 chain;
        uint64 batch;
        bytes message;
        bytes32[] path;
    }

    Paid[] private withdrawals;
    CommitHeader[][2] private committed;

    function setUp() public override {
        super.setUp();
        setVerifier();
        token = new DemoToken("Demo", "DMO", 0);
        chains[0] = chain;
        address timelock;
        (chains[1], timelock) = makeChain(ids[1]);
        vm.prank(timelock);
        chains[1].setVerifier(1, address(verifier));
    }

    function theVault() external view returns (Vault) {
        return vault;
    }

    function deposit(uint256 which, uint96 amount) external {
        which %= 2;
        uint256 before = address(vault).balance;
        operationGas = 21_000 + amount % 400_000;
        gas[which].push(operationGas);
        note(which, requestOn(ids[which], amount, ""));
        held[which][0] += address(vault).balance - before;
    }

    /// Asks for a call whose value is to come from what the sender has on L2, but for a part.
    function force(uint256 which, uint96 brought, uint128 value) external {
        which %= 2;
        L2TransactionRequestDirect memory r;
        r.chainId = ids[which];
        r.l2GasLimit = 1_000_000;
        r.l2GasPerPubdataByteLimit = 800;
        r.mintValue = hub.l2TransactionBaseCost(r.chainId, 1 gwei, r.l2GasLimit, 800) + brought;
        r.l2Value = uint256(brought) + value;
        vm.deal(USER, USER.balance + r.mintValue);
        vm.prank(USER, USER);
        note(which, hub.requestL2TransactionDirect{value: r.mintValue}(r));
        held[which][0] += r.mintValue;
    }

    function depositToken(uint256 which, uint96 amount) external {
        which %= 2;
        uint256 value = 1 + uint256(amount);
        token.mint(USER, value);
        vm.prank(USER);
        token.approve(address(vault), value);
        L2TransactionRequestTwoBridgesOuter memory r;
        r.chainId = ids[which];
        r.l2GasLimit = 2_000_000;
        gas[which].push(r.l2GasLimit);
        r.l2GasPerPubdataByteLimit = 800;
        r.mintValue = hub.l2TransactionBaseCost(r.chainId, 1 gwei, r.l2GasLimit, 800);
        r.secondBridgeAddress = address(vault);
        r.secondBridgeCalldata = abi.encode(address(token), value, USER);
        vm.prank(USER, USER);
        note(which, hub.requestL2TransactionTwoBridges{value: r.mintValue}(r));
        held[which][0] += r.mintValue;
        held[which][1] += value;
    }

    function wait(uint16 time) external {
        vm.warp(block.timestamp + time);
    }

    /// Commits a batch that takes some of the queue and withdraws something, maybe too much.
    function commitSome(uint256 which, uint64 count, uint128 amount, bool ether_) external {
        which %= 2;
        chain = chains[which];
        uint64 first = uint64(chain.getFirstUncommittedPriorityTx());
        count = count % (queued[which] - first + 1);
        amount = uint128(amount % (held[which][ether_ ? 0 : 1] * 5 / 4 + 2));
        CommitHeader memory h = headerOf(chain, count, abi.encode(amount));
        bytes memory message = ether_
            ? abi.encodePacked(bytes4(0x6c0960f9), address(0xcafe), uint256(amount))
            : abi.encodePacked(bytes4(0x11a2ccc1), address(0xcafe), token, uint256(amount));
        bytes32[] memory leaves = new bytes32[](1);
        address sender = ether_ ? address(0x800a) : address(0x10003);
        leaves[0] = Hashes.logLeaf(messageLog(0, sender, message));
        bytes32[] memory path;
        (h.l2ToL1LogRoot, path) = logTree(leaves, 0);
        uint256 least = required(gas[which], first, overdueFrom(which, first));
        vm.prank(COMMITTER, COMMITTER);
        try chain.commitBatch(h, abi.encode(amount)) {
            if (count < least) ++overdueLeftOut;
            committed[which].push(h);
            withdrawals.push(Paid(which, h.number, message, path));
        } catch {
            if (count >= least) ++enoughRefused;
        }
    }

    /// Proves the next `count` batches. Dishonestly: by a verified output that is as near as can be,
    /// of the same batches with another end state, or of the other chain's batches of these numbers.
    function proveRun(uint256 which, uint64 count, uint8 how) external {
        which %= 2;
        chain = chains[which];
        uint64 n = proved[which];
        if (n >= committed[which].length) return;
        count = 1 + count % uint64(committed[which].length - n);
        CommitHeader[] memory hs = new CommitHeader[](count);
        for (uint64 i = 0; i < count; ++i) {
            hs[i] = committed[which][n + i];
        }
        bytes32 output = outputOf(hs);
        if (how % 4 == 0) {
            bytes32 end = hs[count - 1].stateAfter;
            hs[count - 1].stateAfter = keccak256("theft");
            verify(hs);
            hs[count - 1].stateAfter = end;
        } else if (how % 4 == 1) {
            chain = chains[1 - which];
            verify(hs);
            chain = chains[which];
        } else {
            verify(hs);
        }
        // a run that was proved, reverted and committed again is proved still
        bool honest = verifier.isVerified(output);
        vm.prank(PROVER);
        try chain.proveBatches(n + 1, n + count) {
            if (!honest) ++executedUnproved;
            proved[which] = n + count;
        } catch {
            if (honest) ++honestRefused;
        }
    }

    function executeOne(uint256 which) external {
        which %= 2;
        chain = chains[which];
        uint64 n = executed[which];
        if (n >= committed[which].length) return;
        vm.prank(EXECUTOR);
        try chain.executeBatches(one(committed[which][n])) {
            if (n >= proved[which]) ++executedUnproved;
            executed[which] = n + 1;
        } catch {}
    }

    function revertAll(uint256 which) external {
        which %= 2;
        vm.prank(COMMITTER);
        chains[which].revertBatches(executed[which]);
        while (committed[which].length > executed[which]) {
            committed[which].pop();
        }
        proved[which] = executed[which];
    }

    function withdraw(uint256 pick) external {
        if (withdrawals.length == 0) return;
        Paid memory w = withdrawals[pick % withdrawals.length];
        bool before = vault.isWithdrawalFinalized(ids[w.chain], w.batch, 0);
        (,, address asset, uint256 amount) = vault.parseMessage(w.message);
        try vault.finalizeWithdrawal(ids[w.chain], w.batch, 0, 0, w.message, w.path) {
            if (before) ++paidTwice;
            held[w.chain][asset == address(1) ? 0 : 1] -= amount;
        } catch {}
    }

    /// How many operations are overdue, from this one on.
    function overdueFrom(uint256 which, uint64 first) private view returns (uint256 count) {
        for (uint64 i = first; i < queued[which]; ++i) {
            if (block.timestamp <= chain.priorityRequestTime(i) + DEADLINE) break;
            ++count;
        }
    }

    function note(uint256 which, bytes32 hash) private {
        rolling[which] = keccak256(abi.encode(rolling[which], hash));
        ++queued[which];
    }
}

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
        player.commitSome(0, 2, 600, false);
        player.commitSome(0, 0, 0.25 ether, true);
        for (uint256 i = 0; i < 2; ++i) {
            player.proveRun(0, 0, 0);
            player.proveRun(0, 0, 1);
            player.executeOne(0);
            vm.assertEq(player.executed(0), i);
            player.proveRun(0, 0, 2);
            player.executeOne(0);
            vm.assertEq(player.executed(0), i + 1);
        }
        uint256 ether_ = player.held(0, 0);
        player.withdraw(0);
        player.withdraw(1);
        player.withdraw(1);
        vm.assertEq(player.held(0, 1), 400);
        vm.assertEq(player.held(0, 0), ether_ - 0.25 ether);
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
        player.revertAll(1);
        vm.assertEq(player.chains(1).getFirstUncommittedPriorityTx(), 0);
        vm.assertEq(player.paidTwice(), 0);
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
        bytes4[] memory s = new bytes4[](9);
        s[0] = Player.deposit.selector;
        s[1] = Player.depositToken.selector;
        s[2] = Player.wait.selector;
        s[3] = Player.commitSome.selector;
        s[4] = Player.proveRun.selector;
        s[5] = Player.executeOne.selector;
        s[6] = Player.revertAll.selector;
        s[7] = Player.withdraw.selector;
        s[8] = Player.force.selector;
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

    function invariant_the_queue_is_what_was_requested() public view {
        for (uint256 i = 0; i < 2; ++i) {
            Chain c = player.chains(i);
            vm.assertEq(c.getTotalPriorityTxs(), player.queued(i));
            vm.assertEq(c.priorityHash(player.queued(i)), player.rolling(i));
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
        for (uint256 i = 0; i < 2; ++i) {
            Chain c = player.chains(i);
            vm.assertEq(c.getTotalBatchesExecuted(), player.executed(i));
            vm.assertEq(c.getTotalBatchesVerified(), player.proved(i));
            vm.assertLe(c.getTotalBatchesExecuted(), c.getTotalBatchesVerified());
            vm.assertLe(c.getTotalBatchesVerified(), c.getTotalBatchesCommitted());
        }
    }
}
