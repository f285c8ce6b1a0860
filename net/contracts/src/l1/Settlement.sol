// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {COMMIT_HEADER_WORDS, PRIORITY_BATCH_GAS, RUN_MAX} from "../common/Constants.sol";
import {Hashes} from "../common/Hashes.sol";
import {CommitHeader} from "../common/Types.sol";
import {ChainStorage, escapeAge} from "./ChainStorage.sol";
import {IVerifier} from "./IVerifier.sol";

/// A batch's way through L1: commit, prove, execute; and back: revert.
abstract contract Settlement is ChainStorage {
    error VersionMismatch(uint32 expected, uint32 got);
    error NumberMismatch(uint64 expected, uint64 got);
    error StateMismatch(bytes32 expected, bytes32 got);
    error BlockRangeInvalid(uint64 expectedFirst, uint64 first, uint64 last);
    error TimestampNotMonotone(uint64 previous, uint64 first, uint64 last);
    error TimestampTooOld(uint64 least, uint64 got);
    error TimestampTooNew(uint64 most, uint64 got);
    error PubdataMismatch(bytes32 expected, bytes32 got);
    error PriorityCountTooHigh(uint64 most, uint64 got);
    error PriorityHashMismatch(bytes32 expected, bytes32 got);
    error PriorityOverdue(uint64 index, uint64 deadline);
    error ConfigMismatch(bytes32 expected, bytes32 got);
    error LogRootZero();
    error CallNotDirect();
    error CalldataNotCanonical();

    error VerifierNotSet();
    error NotVerified(bytes32 output);
    error RunInvalid();
    error RunCrossesVersions(uint32 first, uint32 last);
    error BatchNotProved(uint64 number);
    error PublicInputMismatch(bytes32 expected, bytes32 got);

    error BelowExecuted(uint64 executed);
    error BelowProved(uint64 proved);
    error AboveCommitted(uint64 committed);
    error HeaderNeeded();
    error EscapeNotOpen();

    /// A batch was committed. Its pubdata is in the calldata of the transaction.
    event BatchCommitted(uint64 indexed number, bytes32 publicInput, bytes32 stateAfter);
    /// A run of batches was proved.
    event BatchesProved(uint64 indexed first, uint64 indexed last, bytes32 accumulator);
    /// A batch was executed: its state is final and its log root usable.
    event BatchExecuted(uint64 indexed number, bytes32 stateAfter, bytes32 l2ToL1LogRoot);
    /// Batches after `lastKept` are gone; `committed` was the last.
    event BatchesReverted(uint64 indexed lastKept, uint64 committed);

    /// Proving and executing: holders of the role may call; so may anyone where the role was granted
    /// to the zero address, or while the escape is open.
    modifier onlyOperator(bytes32 role) {
        if (!hasRole(role, msg.sender) && !hasRole(role, address(0)) && !escapeOpen()) {
            revert AccessControlUnauthorizedAccount(msg.sender, role);
        }
        _;
    }

    /// The transaction's own call. An account with code, be it only a delegation (EIP-7702), could
    /// call from within, and hide its calldata from those who read transactions.
    modifier onlyDirect() {
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert CallNotDirect();
        _;
    }

    /// Commits the next batch. `pubdata` is the whole state diff, so that L1 alone rebuilds the
    /// state. Reverts where it takes fewer of the overdue priority operations than it must.
    ///
    /// Whoever rebuilds the state reads the pubdata from the transaction that emitted the event, so
    /// the call must be that transaction's own, from an account without code, and encoded in the
    /// one canonical way.
    ///
    /// The committer's alone, be the escape open: what is only committed is not proved, and anyone's
    /// junk would stop an operator that is late. Others commit by `escapeSettle`, what they prove.
    function commitBatch(CommitHeader calldata h, bytes calldata pubdata)
        external
        whenNotFrozen
        onlyDirect
        onlyRole(COMMITTER_ROLE)
    {
        // Selector, the header's static words, one offset, the pubdata.
        _checkEnd(_endOf(pubdata, 4 + COMMIT_HEADER_WORDS * 32 + 32));
        _commit(h, pubdata);
    }

    /// Marks the batches `first` to `last` as proved: they must follow the last proved one, belong
    /// to one protocol version, and their output must have been verified by that version's
    /// verifier, in as many transactions as it took, sent by whomever.
    function proveBatches(uint64 first, uint64 last)
        external
        whenNotFrozen
        onlyOperator(PROVER_ROLE)
    {
        _prove(first, last);
    }

    /// Executes proved batches in order, by their headers as committed.
    function executeBatches(CommitHeader[] calldata headers)
        external
        whenNotFrozen
        onlyOperator(EXECUTOR_ROLE)
    {
        if (headers.length == 0 || headers.length > RUN_MAX) revert RunInvalid();
        for (uint256 i = 0; i < headers.length; ++i) {
            _execute(headers[i]);
        }
    }

    /// Takes back committed batches down to the last executed one (or does nothing where
    /// `lastKept` is the last committed). For a batch in between the contract needs its header:
    /// see the other form.
    ///
    /// While the escape is open a committer keeps what is proved: whoever settles without the
    /// operator may rely on executing it, and cannot be made to by a proof that is taken back. The
    /// governor, whose calls wait in the timelock, still reverts what a wrong verifier let through.
    function revertBatches(uint64 lastKept) external {
        _checkReverter();
        if (lastKept == tip_.committed) return;
        _checkRevertRange(lastKept);
        if (lastKept != progress_.executed) revert HeaderNeeded();
        _revertToExecuted();
    }

    /// Takes back committed batches after `kept`, which is committed and not executed.
    /// `priorityCommitted` is how many priority operations the batches up to it took; the header
    /// proves it by its rolling hash.
    function revertBatches(CommitHeader calldata kept, uint64 priorityCommitted) external {
        _checkReverter();
        _checkRevertRange(kept.number);
        if (kept.number == progress_.executed) {
            _revertToExecuted();
            return;
        }
        _checkStored(kept);
        // Past the end of the queue the mapping holds zero, which is also h(0).
        bytes32 hash = priorityHash[priorityCommitted];
        if (priorityCommitted > progress_.priorityTotal || hash != kept.priorityHashAfter) {
            revert PriorityHashMismatch(hash, kept.priorityHashAfter);
        }
        _setTip(
            Tip(kept.number, kept.lastBlock, kept.lastTimestamp, priorityCommitted), kept.stateAfter
        );
    }

    /// Settles without the operator: while the escape is open, anyone may replace everything that
    /// is not executed by batches of their own, committed, proved and executed in the same
    /// transaction. Their output must be verified before; that does not depend on what is committed.
    /// Junk of a committer cannot stand in the way, because nothing that is not proved survives. As
    /// many batches as one transaction holds, and again while the escape is open. The call is a
    /// transaction's own, in the one canonical encoding, as `commitBatch` and for the same reason.
    function escapeSettle(CommitHeader[] calldata headers, bytes[] calldata pubdata)
        external
        whenNotFrozen
        onlyDirect
    {
        if (!escapeOpen()) revert EscapeNotOpen();
        if (headers.length == 0 || headers.length != pubdata.length) revert RunInvalid();
        _checkSettleCalldata(headers, pubdata);
        if (tip_.committed != progress_.executed) _revertToExecuted();
        for (uint256 i = 0; i < headers.length; ++i) {
            _commit(headers[i], pubdata[i]);
        }
        _prove(headers[0].number, headers[headers.length - 1].number);
        for (uint256 i = 0; i < headers.length; ++i) {
            _execute(headers[i]);
        }
    }

    /// True while anyone may settle, and prove and execute: the oldest priority operation that is
    /// not executed is older than `_ageMost`, whatever else was executed meanwhile. So while the
    /// escape is open, every batch that replaces what is not executed takes from the queue.
    function escapeOpen() public view returns (bool) {
        uint64 first = executed_.priorityExecuted;
        if (first >= progress_.priorityTotal) return false;
        return block.timestamp > priorityRequestTime(first) + _ageMost(settings_);
    }

    function _ageMost(Settings memory s) private pure returns (uint256) {
        return escapeAge(s.priorityDeadline, s.escapePeriod, s.pastWindow);
    }

    /// The public input of a header on this chain.
    function publicInputOf(CommitHeader calldata h) public view returns (bytes32) {
        return Hashes.publicInput(progress_.chainId, block.chainid, address(this), h);
    }

    /// Selector, two offsets, the headers, and the pubdata's offsets before the pubdata, in order.
    function _checkSettleCalldata(CommitHeader[] calldata headers, bytes[] calldata pubdata)
        private
        pure
    {
        uint256 first;
        uint256 end;
        assembly {
            first := headers.offset
            end := pubdata.offset
        }
        if (first != 4 + 96 || end != first + headers.length * COMMIT_HEADER_WORDS * 32 + 32) {
            revert CalldataNotCanonical();
        }
        end += pubdata.length * 32;
        for (uint256 i = 0; i < pubdata.length; ++i) {
            end = _endOf(pubdata[i], end);
        }
        _checkEnd(end);
    }

    /// Calldata that is the data availability has one form, so that whoever reads transactions finds
    /// in it what the contract found: a blob's length stands where what is before it ends, at
    /// `place`, and its bytes behind that, padded to words of any content. Returns where it ends.
    function _endOf(bytes calldata blob, uint256 place) private pure returns (uint256) {
        uint256 start;
        assembly {
            start := blob.offset
        }
        if (start != place + 32) revert CalldataNotCanonical();
        return start + ((blob.length + 31) & ~uint256(31));
    }

    /// And nothing comes behind the last one.
    function _checkEnd(uint256 end) private pure {
        if (end != msg.data.length) revert CalldataNotCanonical();
    }

    function _commit(CommitHeader calldata h, bytes calldata pubdata) private {
        Tip memory t = tip_;
        Settings memory s = settings_;
        if (h.protocolVersion != s.protocolVersion) {
            revert VersionMismatch(s.protocolVersion, h.protocolVersion);
        }
        if (h.number != t.committed + 1) revert NumberMismatch(t.committed + 1, h.number);
        if (h.stateBefore != tipState_) revert StateMismatch(tipState_, h.stateBefore);
        if (h.firstBlock != t.lastBlock + 1 || h.lastBlock < h.firstBlock) {
            revert BlockRangeInvalid(t.lastBlock + 1, h.firstBlock, h.lastBlock);
        }
        _checkTimestamps(h, t, s);
        bytes32 commitment = Hashes.pubdataCommitment(pubdata);
        if (h.pubdataCommitment != commitment) {
            revert PubdataMismatch(commitment, h.pubdataCommitment);
        }
        if (h.configHash != configHash) revert ConfigMismatch(configHash, h.configHash);
        if (h.l2ToL1LogRoot == 0) revert LogRootZero();
        uint64 next = _checkPriority(h, t, s);

        bytes32 input = publicInputOf(h);
        inputs_[h.number] = input;
        _setTip(Tip(h.number, h.lastBlock, h.lastTimestamp, next), h.stateAfter);
        emit BatchCommitted(h.number, input, h.stateAfter);
    }

    function _checkTimestamps(CommitHeader calldata h, Tip memory t, Settings memory s)
        private
        view
    {
        if (h.firstTimestamp < t.lastTimestamp || h.lastTimestamp < h.firstTimestamp) {
            revert TimestampNotMonotone(t.lastTimestamp, h.firstTimestamp, h.lastTimestamp);
        }
        uint256 most = block.timestamp + s.futureWindow;
        if (h.lastTimestamp > most) revert TimestampTooNew(uint64(most), h.lastTimestamp);
        uint256 age = _ageMost(s);
        uint256 least = block.timestamp < age ? 0 : block.timestamp - age;
        if (h.firstTimestamp < least) revert TimestampTooOld(uint64(least), h.firstTimestamp);
    }

    /// The batch takes the next operations of the queue, exactly, and as many as it must. Returns
    /// the queue position after it.
    ///
    /// It may leave an operation to the next batch that is overdue when it ends only where it takes
    /// one at least and its operations have, together with that one, more gas than one batch must
    /// hold. So no number or kind of operations can be queued that no batch could satisfy, and none
    /// that keeps a batch from moving the queue. Dated by the batch, so that what was made in time
    /// can be committed when L1 is reached again, and by L1's clock where the operation has waited
    /// for `pastWindow` beyond its deadline: a batch of an older date may be late, and leave out
    /// nothing that has waited so long.
    function _checkPriority(CommitHeader calldata h, Tip memory t, Settings memory s)
        private
        view
        returns (uint64 next)
    {
        uint64 total = progress_.priorityTotal;
        if (h.priorityCount > total - t.priorityCommitted) {
            revert PriorityCountTooHigh(total - t.priorityCommitted, h.priorityCount);
        }
        next = t.priorityCommitted + h.priorityCount;
        bytes32 before = priorityHash[t.priorityCommitted];
        if (h.priorityHashBefore != before) {
            revert PriorityHashMismatch(before, h.priorityHashBefore);
        }
        bytes32 end = h.priorityCount == 0 ? before : priorityHash[next];
        if (h.priorityHashAfter != end) revert PriorityHashMismatch(end, h.priorityHashAfter);
        if (next < total) {
            uint64 deadline = priorityRequestTime(next) + s.priorityDeadline;
            bool due =
                h.lastTimestamp > deadline || block.timestamp > uint256(deadline) + s.pastWindow;
            if (due && !_isFull(t.priorityCommitted, next)) {
                revert PriorityOverdue(next, deadline);
            }
        }
    }

    /// Whether the operations from `first` to before `next` are as much as a batch must take.
    function _isFull(uint64 first, uint64 next) private view returns (bool) {
        return next > first && priorityGasOf(next + 1) - priorityGasOf(first) > PRIORITY_BATCH_GAS;
    }

    function _prove(uint64 first, uint64 last) private {
        uint64 proved = progress_.proved;
        if (first != proved + 1) revert NumberMismatch(proved + 1, first);
        if (last < first || last - first >= RUN_MAX) revert RunInvalid();
        if (last > tip_.committed) revert AboveCommitted(tip_.committed);
        uint32 version = protocolVersionOf(first);
        uint32 lastVersion = protocolVersionOf(last);
        if (version != lastVersion) revert RunCrossesVersions(version, lastVersion);
        IVerifier verifier = IVerifier(verifiers[version]);
        if (address(verifier) == address(0)) revert VerifierNotSet();
        bytes32 accumulator;
        for (uint64 n = first; n <= last; ++n) {
            accumulator = Hashes.roll(accumulator, inputs_[n]);
        }
        bytes32 output = Hashes.roll(verifier.programSetRoot(), accumulator);
        if (!verifier.isVerified(output)) revert NotVerified(output);
        progress_.proved = last;
        emit BatchesProved(first, last, accumulator);
    }

    function _execute(CommitHeader calldata h) private {
        Progress storage p = progress_;
        if (h.number != p.executed + 1) revert NumberMismatch(p.executed + 1, h.number);
        if (h.number > tip_.committed) revert AboveCommitted(tip_.committed);
        if (verifiers[protocolVersionOf(h.number)] == address(0)) revert VerifierNotSet();
        if (h.number > p.proved) revert BatchNotProved(h.number);
        _checkStored(h);
        p.executed = h.number;
        stateCommitment = h.stateAfter;
        logRoots_[h.number] = h.l2ToL1LogRoot;
        executed_ = ExecutedTip(
            h.lastBlock,
            h.lastTimestamp,
            executed_.priorityExecuted + h.priorityCount,
            uint64(block.timestamp)
        );
        emit BatchExecuted(h.number, h.stateAfter, h.l2ToL1LogRoot);
    }

    function _checkStored(CommitHeader calldata h) private view {
        bytes32 input = publicInputOf(h);
        if (input != inputs_[h.number]) {
            revert PublicInputMismatch(inputs_[h.number], input);
        }
    }

    function _checkReverter() private view {
        if (!hasRole(COMMITTER_ROLE, msg.sender) && !hasRole(GOVERNOR_ROLE, msg.sender)) {
            revert AccessControlUnauthorizedAccount(msg.sender, COMMITTER_ROLE);
        }
    }

    function _checkRevertRange(uint64 lastKept) private view {
        if (lastKept < progress_.executed) revert BelowExecuted(progress_.executed);
        if (lastKept >= tip_.committed) revert AboveCommitted(tip_.committed);
        uint64 proved = progress_.proved;
        if (lastKept < proved && escapeOpen() && !hasRole(GOVERNOR_ROLE, msg.sender)) {
            revert BelowProved(proved);
        }
    }

    function _revertToExecuted() private {
        ExecutedTip memory e = executed_;
        _setTip(
            Tip(progress_.executed, e.lastBlock, e.lastTimestamp, e.priorityExecuted),
            stateCommitment
        );
    }

    /// Moves the tip, forward by a commit or back by a revert.
    function _setTip(Tip memory t, bytes32 state) private {
        uint64 committed = tip_.committed;
        tip_ = t;
        tipState_ = state;
        if (t.committed > committed) return;
        if (progress_.proved > t.committed) progress_.proved = t.committed;
        // Batches that come again are committed under the present version.
        uint256 last = eras_.length - 1;
        Era memory present = eras_[last];
        if (present.firstBatch > t.committed + 1) {
            while (last > 0 && eras_[last - 1].firstBatch > t.committed) {
                eras_.pop();
                --last;
            }
            eras_[last] = Era(t.committed + 1, present.version);
        }
        emit BatchesReverted(t.committed, committed);
    }
}
