// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DemoToken} from "../src/demo/DemoToken.sol";
import {Hashes} from "../src/common/Hashes.sol";
import {
    CommitHeader,
    L2Log,
    L2TransactionRequestDirect,
    L2TransactionRequestTwoBridgesOuter,
    TxStatus
} from "../src/common/Types.sol";
import {Chain} from "../src/l1/Chain.sol";
import {Vault} from "../src/l1/Vault.sol";
import {Base} from "./Base.sol";

/// Plays two chains and their users in any order, right and wrong steps alike, and keeps a record
/// of its own of what should come of it. Of the first chain only what L2's rules allow can be
/// proved; of the second anything, as if its verifier were broken.
contract Player is Base {
    uint256 private constant SOUND = 0;
    address private constant OUTSIDER = address(0xbad);

    DemoToken public token;
    Chain[2] public chains;
    uint256[2] public ids = [CHAIN_ID, uint256(11)];
    address[2] private governors;

    // Everything below by [chain], and [0 = ETH, 1 = token].

    /// What came in for a chain and was not paid out.
    uint256[2][2] public held;
    /// Of it, by the model: in the queue, not executed; on L2; withdrawn by executed batches, and
    /// deposits that failed in them, neither paid yet.
    uint256[2][2] public queuedValue;
    uint256[2][2] public supply;
    uint256[2][2] public pending;

    /// Rolling hash and length of each chain's queue, from the hashes that requests returned.
    bytes32[2] public rolling;
    uint64[2] public queued;
    uint64[2] public executed;
    uint64[2] public proved;
    /// Operations that executed batches took.
    uint64[2] public processed;
    uint256 public paidTwice;
    uint256 public honestUnpaid;
    uint256 public executedUnproved;
    uint256 public honestRefused;
    uint256 public overdueLeftOut;
    uint256 public enoughRefused;
    uint256 public movedWhileFrozen;
    uint256 public intrusions;
    uint256 public escapes;

    /// An operation of the queue: what it brings to L2.
    struct Operation {
        bytes32 hash;
        uint256[2] value;
        bool fails; // on L2: its token goes back to who claims it
        bool paid;
        uint64 batch; // that took it last, where it fails: its log is leaf `index`
        uint256 index;
        bytes32[] path;
    }

    /// What a committed batch does to L2, and its one withdrawal.
    struct Laid {
        CommitHeader header;
        uint64 firstOperation;
        bool sound; // burns no more than there is
        uint256 asset;
        uint256 amount;
        bytes message;
        bytes32[] path;
        bool paid;
    }

    Operation[][2] private operations;
    uint256[][2] private gas;
    Laid[][2] private laid;

    function setUp() public override {
        super.setUp();
        setVerifier();
        token = new DemoToken("Demo", "DMO", 0);
        chains[0] = chain;
        governors[0] = governor;
        (chains[1], governors[1]) = makeChain(ids[1]);
        vm.prank(governors[1]);
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
        bytes32 hash = requestOn(ids[which], amount, "");
        note(which, hash, [address(vault).balance - before, 0], false);
    }

    /// Asks for a call whose value is to come from what the sender has on L2, but for a part.
    function force(uint256 which, uint96 brought, uint128 value) external {
        which %= 2;
        L2TransactionRequestDirect memory r;
        r.chainId = ids[which];
        r.l2GasLimit = 1_000_000;
        gas[which].push(r.l2GasLimit);
        r.l2GasPerPubdataByteLimit = 800;
        r.mintValue = hub.l2TransactionBaseCost(r.chainId, 1 gwei, r.l2GasLimit, 800) + brought;
        r.l2Value = uint256(brought) + value;
        vm.deal(USER, USER.balance + r.mintValue);
        vm.prank(USER, USER);
        bytes32 hash = hub.requestL2TransactionDirect{value: r.mintValue}(r);
        note(which, hash, [r.mintValue, 0], false);
    }

    /// Two of three fail on L2.
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
        bytes32 hash = hub.requestL2TransactionTwoBridges{value: r.mintValue}(r);
        note(which, hash, [r.mintValue, value], amount % 3 != 0);
    }

    function wait(uint16 time) external {
        vm.warp(block.timestamp + time);
    }

    /// Until nobody has executed the oldest operation for so long that anyone may.
    function outwait(uint256 which) public {
        which %= 2;
        if (processed[which] == queued[which]) return;
        uint256 end = chains[which].priorityRequestTime(processed[which]) + ESCAPE + 1;
        if (end > block.timestamp) vm.warp(end);
    }

    /// Commits a batch that takes some of the queue and withdraws something, maybe too much.
    function commitSome(uint256 which, uint64 count, uint128 amount, bool ether_) external {
        which %= 2;
        chain = chains[which];
        uint64 first = uint64(chain.getFirstUncommittedPriorityTx());
        count = count % (queued[which] - first + 1);
        Laid memory b;
        b.firstOperation = first;
        b.asset = ether_ ? 0 : 1;
        choose(which, b, amount, tipSupply(which, b.asset, first, count));
        bytes memory pubdata = abi.encode(b.amount);
        b.header = headerOf(chain, count, pubdata);
        bytes32[] memory leaves = complete(which, b);
        uint256 least = required(gas[which], first, overdueFrom(which, first));
        vm.prank(COMMITTER, COMMITTER);
        try chain.commitBatch(b.header, pubdata) {
            moved();
            if (count < least) ++overdueLeftOut;
            lay(which, b, leaves);
        } catch {
            if (count >= least && !chain.frozen()) ++enoughRefused;
        }
    }

    /// Settles without the operator: a batch or two in place of all that is not executed, the
    /// second of which takes the rest of the queue. Maybe too early, maybe too much, maybe lying.
    function escape(uint256 which, uint64 count, uint128 amount, bool ether_, uint8 how) external {
        which %= 2;
        if (how > 127) outwait(which);
        chain = chains[which];
        uint64 first = processed[which];
        count = count % (queued[which] - first + 1);
        Laid[] memory run = new Laid[](1 + (how / 4) % 2);
        run[0] = replacement(which, behindExecuted(which), first, count, amount, ether_);
        if (run.length == 2) {
            uint64 rest = queued[which] - first - count;
            run[1] = replacement(which, run[0].header, first + count, rest, amount / 3, !ether_);
        }
        if (settleEscape(which, run, how)) {
            uint256 overdue = overdueFrom(which, first);
            if (count < required(gas[which], first, overdue)) ++overdueLeftOut;
            take(which, run);
        }
    }

    function settleEscape(uint256 which, Laid[] memory run, uint8 how) private returns (bool) {
        CommitHeader[] memory hs = new CommitHeader[](run.length);
        bytes[] memory pubdata = new bytes[](run.length);
        bool sound = true;
        for (uint256 i = 0; i < run.length; ++i) {
            hs[i] = run[i].header;
            pubdata[i] = abi.encode(run[i].amount);
            sound = sound && run[i].sound;
        }
        bool honest = speak(which, hs, sound, how);
        bool open = chain.escapeOpen();
        uint64 first = processed[which];
        bool enough =
            hs[0].priorityCount >= required(gas[which], first, overdueFrom(which, first));
        vm.prank(OUTSIDER, OUTSIDER);
        try chain.escapeSettle(hs, pubdata) {
            moved();
            if (!open) ++intrusions;
            if (!honest) ++executedUnproved;
            return true;
        } catch {
            if (open && honest && enough && !chain.frozen()) ++honestRefused;
            return false;
        }
    }

    /// Proves the next `count` batches. Dishonestly: by a verified output that is as near as can be,
    /// of the same batches with another end state, or of the other chain's batches of these numbers.
    function proveRun(uint256 which, uint64 count, uint8 how) external {
        which %= 2;
        chain = chains[which];
        uint64 n = proved[which];
        if (n >= laid[which].length) return;
        count = 1 + count % uint64(laid[which].length - n);
        CommitHeader[] memory hs = new CommitHeader[](count);
        bool sound = true;
        for (uint64 i = 0; i < count; ++i) {
            hs[i] = laid[which][n + i].header;
            sound = sound && laid[which][n + i].sound;
        }
        // a run that was proved, reverted and committed again is proved still
        bool honest = speak(which, hs, sound, how);
        vm.prank(hand(PROVER));
        try chain.proveBatches(n + 1, n + count) {
            moved();
            if (!honest) ++executedUnproved;
            proved[which] = n + count;
        } catch {
            if (honest && !chain.frozen()) ++honestRefused;
        }
    }

    function executeOne(uint256 which) external {
        which %= 2;
        chain = chains[which];
        uint64 n = executed[which];
        if (n >= laid[which].length) return;
        vm.prank(hand(EXECUTOR));
        try chain.executeBatches(one(laid[which][n].header)) {
            moved();
            if (n >= proved[which]) ++executedUnproved;
            executed[which] = n + 1;
            onExecuted(which, laid[which][n]);
        } catch {}
    }

    function revertAll(uint256 which) external {
        which %= 2;
        chain = chains[which];
        bool kept = proved[which] > executed[which] && chains[which].escapeOpen();
        vm.prank(kept ? governors[which] : COMMITTER);
        chains[which].revertBatches(executed[which]);
        unlay(which);
    }

    function withdraw(uint256 which, uint256 pick) external {
        which %= 2;
        if (laid[which].length == 0) return;
        Laid storage b = laid[which][pick % laid[which].length];
        uint64 number = b.header.number;
        bool due = number <= executed[which] && !b.paid && !chains[which].frozen();
        try vault.finalizeWithdrawal(ids[which], number, 0, 0, b.message, b.path) {
            chain = chains[which];
            moved();
            // the books below would revert, and with them what was found
            if (b.paid) ++paidTwice;
            if (number > executed[which]) ++executedUnproved;
            if (b.paid || number > executed[which]) return;
            b.paid = true;
            held[which][b.asset] -= b.amount;
            if (which == SOUND) pending[which][b.asset] -= b.amount;
        } catch {
            if (due && which == SOUND) ++honestUnpaid;
        }
    }

    /// Asks a token deposit back, failed or not.
    function claim(uint256 which, uint256 pick) external {
        which %= 2;
        if (operations[which].length == 0) return;
        Operation storage o = operations[which][pick % operations[which].length];
        uint256 value = o.value[1];
        bool failed = o.fails && o.batch != 0 && o.batch <= executed[which];
        bool due = failed && !o.paid && !chains[which].frozen();
        try vault.claimFailedDeposit(
            ids[which], USER, address(token), value, o.hash, o.batch, o.index, 0, o.path
        ) {
            chain = chains[which];
            moved();
            if (o.paid || !failed) {
                ++paidTwice;
                return;
            }
            o.paid = true;
            held[which][1] -= value;
            if (which == SOUND) pending[which][1] -= value;
        } catch {
            if (due && which == SOUND) ++honestUnpaid;
        }
    }

    /// Seldom frozen, soon thawed, so that the chains get on.
    function freezeOrThaw(uint256 which, uint8 seldom) external {
        which %= 2;
        if (chains[which].frozen()) {
            vm.prank(governors[which]);
            chains[which].unfreeze();
        } else if (seldom % 4 == 0 && mayFreeze(chains[which])) {
            vm.prank(GUARDIAN);
            chains[which].freeze();
        }
    }

    function mayFreeze(Chain c) private view returns (bool) {
        return c.frozenUntil() == 0 || block.timestamp >= c.frozenUntil() + FREEZE;
    }

    /// Somebody without the role, be it that they have another one, tries what would pass with it.
    function intrude(uint256 which, uint8 who, uint8 what) external {
        which %= 2;
        chain = chains[which];
        // then anyone may prove and execute
        if (chain.escapeOpen() && (what % 9 == 1 || what % 9 == 2)) return;
        address[5] memory everyone = [OUTSIDER, COMMITTER, PROVER, EXECUTOR, GUARDIAN];
        (bytes memory call, address holder) = callOf(which, what % 9);
        if (call.length == 0 || everyone[who % 5] == holder) return;
        vm.prank(everyone[who % 5], everyone[who % 5]);
        (bool ok,) = address(chain).call(call);
        if (ok) ++intrusions;
    }

    function callOf(uint256 which, uint8 what) private returns (bytes memory call, address holder) {
        Laid[] storage all = laid[which];
        if (what == 0) {
            CommitHeader memory h = headerOf(chain, 0, "x");
            return (abi.encodeCall(chain.commitBatch, (h, bytes("x"))), COMMITTER);
        }
        if (what == 1) {
            uint64 n = proved[which];
            if (n >= all.length || !all[n].sound) return ("", address(0));
            verify(one(all[n].header));
            return (abi.encodeCall(chain.proveBatches, (n + 1, n + 1)), PROVER);
        }
        if (what == 2) {
            if (executed[which] >= proved[which]) return ("", address(0));
            CommitHeader memory next = all[executed[which]].header;
            return (abi.encodeCall(chain.executeBatches, (one(next))), EXECUTOR);
        }
        if (what == 3) {
            if (all.length == executed[which]) return ("", address(0));
            return (abi.encodeWithSignature("revertBatches(uint64)", executed[which]), COMMITTER);
        }
        if (what == 4 && chain.frozen()) return (abi.encodeCall(chain.unfreeze, ()), address(0));
        if (what == 4) return (abi.encodeCall(chain.freeze, ()), GUARDIAN);
        if (what == 5) {
            return (abi.encodeCall(chain.setVerifier, (2, address(verifier))), address(0));
        }
        if (what == 6) return (abi.encodeCall(chain.setProtocolVersion, (2)), address(0));
        if (what == 7) {
            return (abi.encodeCall(chain.setConfig, (configuration("another"))), address(0));
        }
        return (abi.encodeCall(chain.grantRole, (chain.PROVER_ROLE(), OUTSIDER)), address(0));
    }

    /// Has something verified: these batches, where they are sound; or what is as near as can be, the
    /// same batches with another end state, or as the other chain's. Whether they themselves are.
    function speak(uint256 which, CommitHeader[] memory hs, bool sound, uint8 how)
        private
        returns (bool)
    {
        bytes32 output = outputOf(hs);
        if (how % 4 == 0) {
            bytes32 end = hs[hs.length - 1].stateAfter;
            hs[hs.length - 1].stateAfter = keccak256("theft");
            verify(hs);
            hs[hs.length - 1].stateAfter = end;
        } else if (how % 4 == 1) {
            chain = chains[1 - which];
            verify(hs);
            chain = chains[which];
        } else if (sound) {
            verify(hs);
        }
        return verifier.isVerified(output);
    }

    /// Whoever has the role, and anyone while the escape is open.
    function hand(address holder) private view returns (address) {
        return chain.escapeOpen() ? OUTSIDER : holder;
    }

    /// What the batch withdraws, of so much as there is.
    function choose(uint256 which, Laid memory b, uint128 amount, uint256 there) private view {
        bool greedy = which != SOUND || amount % 8 == 0;
        b.amount = amount % ((greedy ? held[which][b.asset] * 5 / 4 + 1 : there) + 1);
        b.sound = which != SOUND || b.amount <= there;
    }

    /// The batch's message and log root, and an end state that is of all before it. Its leaves.
    function complete(uint256 which, Laid memory b) private view returns (bytes32[] memory leaves) {
        b.message = b.asset == 0
            ? abi.encodePacked(bytes4(0x6c0960f9), address(0xcafe), b.amount)
            : abi.encodePacked(bytes4(0x11a2ccc1), address(0xcafe), token, b.amount);
        CommitHeader memory h = b.header;
        h.stateAfter = keccak256(abi.encode(h.stateBefore, h.priorityCount, b.message));
        leaves = leavesOf(which, b, h.priorityCount);
        (h.l2ToL1LogRoot, b.path) = logTree(leaves, 0);
    }

    /// The batch is the chain's next.
    function lay(uint256 which, Laid memory b, bytes32[] memory leaves) private {
        laid[which].push(b);
        uint256 leaf = 1;
        for (uint64 i = 0; i < b.header.priorityCount; ++i) {
            Operation storage o = operations[which][b.firstOperation + i];
            if (!o.fails) continue;
            o.batch = b.header.number;
            o.index = leaf;
            (, o.path) = logTree(leaves, leaf++);
        }
    }

    /// What is not executed is gone.
    function unlay(uint256 which) private {
        while (laid[which].length > executed[which]) {
            laid[which].pop();
        }
        proved[which] = executed[which];
        for (uint64 i = processed[which]; i < queued[which]; ++i) {
            operations[which][i].batch = 0;
        }
    }

    /// The run stands in place of what was not executed.
    function take(uint256 which, Laid[] memory run) private {
        ++escapes;
        unlay(which);
        for (uint256 i = 0; i < run.length; ++i) {
            lay(which, run[i], leavesOf(which, run[i], run[i].header.priorityCount));
            onExecuted(which, laid[which][executed[which]]);
            proved[which] = ++executed[which];
        }
    }

    /// The last executed batch's header, as far as the next one follows from it.
    function behindExecuted(uint256 which) private view returns (CommitHeader memory h) {
        if (executed[which] != 0) return laid[which][executed[which] - 1].header;
        h.stateAfter = GENESIS;
    }

    /// A batch behind `last`, which is executed or of the same escape.
    function replacement(
        uint256 which,
        CommitHeader memory last,
        uint64 first,
        uint64 count,
        uint128 amount,
        bool ether_
    ) private view returns (Laid memory b) {
        b.firstOperation = first;
        b.asset = ether_ ? 0 : 1;
        uint256 there = supply[which][b.asset];
        for (uint64 i = processed[which]; i < first + count; ++i) {
            Operation storage o = operations[which][i];
            if (ether_ || !o.fails) there += o.value[b.asset];
        }
        choose(which, b, amount, there);
        CommitHeader memory h = headerOf(chain, 0, abi.encode(b.amount));
        h.number = last.number + 1;
        h.stateBefore = last.stateAfter;
        h.firstBlock = last.lastBlock + 1;
        h.lastBlock = last.lastBlock + 10;
        h.priorityHashBefore = chain.priorityHash(first);
        h.priorityHashAfter = chain.priorityHash(first + count);
        h.priorityCount = count;
        b.header = h;
        complete(which, b);
    }

    /// The withdrawal's log, then those of the operations that failed.
    function leavesOf(uint256 which, Laid memory b, uint64 count)
        private
        view
        returns (bytes32[] memory leaves)
    {
        uint256 failed;
        for (uint64 i = 0; i < count; ++i) {
            if (operations[which][b.firstOperation + i].fails) ++failed;
        }
        leaves = new bytes32[](1 + failed);
        address sender = b.asset == 0 ? address(0x800a) : address(0x10003);
        leaves[0] = Hashes.logLeaf(messageLog(0, sender, b.message));
        uint256 next = 1;
        for (uint64 i = 0; i < count; ++i) {
            Operation storage o = operations[which][b.firstOperation + i];
            if (!o.fails) continue;
            bytes32 status = bytes32(uint256(TxStatus.Failure));
            leaves[next++] = Hashes.logLeaf(L2Log(0, true, 0, address(0x8001), o.hash, status));
        }
    }

    /// How many operations are overdue, from this one on.
    function overdueFrom(uint256 which, uint64 first) private view returns (uint256 count) {
        for (uint64 i = first; i < queued[which]; ++i) {
            if (block.timestamp <= chain.priorityRequestTime(i) + DEADLINE) break;
            ++count;
        }
    }

    /// What L2 has behind the committed batches and these operations.
    function tipSupply(uint256 which, uint256 asset, uint64 first, uint64 count)
        private
        view
        returns (uint256 sum)
    {
        sum = supply[which][asset];
        for (uint64 i = uint64(chain.getFirstUnprocessedPriorityTx()); i < first + count; ++i) {
            Operation storage o = operations[which][i];
            if (asset == 0 || !o.fails) sum += o.value[asset];
        }
        for (uint256 n = executed[which]; n < laid[which].length; ++n) {
            Laid storage b = laid[which][n];
            if (b.asset == asset) sum = b.amount < sum ? sum - b.amount : 0;
        }
    }

    function onExecuted(uint256 which, Laid storage b) private {
        processed[which] += b.header.priorityCount;
        if (which != SOUND) return;
        for (uint64 i = 0; i < b.header.priorityCount; ++i) {
            Operation storage o = operations[which][b.firstOperation + i];
            for (uint256 a = 0; a < 2; ++a) {
                queuedValue[which][a] -= o.value[a];
                if (a == 1 && o.fails) pending[which][a] += o.value[a];
                else supply[which][a] += o.value[a];
            }
        }
        supply[which][b.asset] -= b.amount;
        pending[which][b.asset] += b.amount;
    }

    function note(uint256 which, bytes32 hash, uint256[2] memory value, bool fails) private {
        chain = chains[which];
        moved();
        rolling[which] = keccak256(abi.encode(rolling[which], hash));
        ++queued[which];
        for (uint256 a = 0; a < 2; ++a) {
            held[which][a] += value[a];
            queuedValue[which][a] += value[a];
        }
        Operation storage o = operations[which].push();
        (o.hash, o.value, o.fails) = (hash, value, fails);
    }

    /// Something was done on the present chain that a frozen one does not do.
    function moved() private {
        if (chain.frozen()) ++movedWhileFrozen;
    }
}
