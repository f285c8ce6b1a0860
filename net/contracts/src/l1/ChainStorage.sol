// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/AccessControlUpgradeable.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";

/// Parameters that a chain's governor may change. Times are in seconds, TIME_MAX at most.
struct ChainParameters {
    /// A batch that ends later than this after an operation's request takes it, or as many before
    /// it as L1 demands.
    uint40 priorityDeadline;
    /// From this age of an operation that is not executed on, anyone may settle; not before every
    /// batch that L1 takes must take overdue operations.
    uint40 escapePeriod;
    /// How far a batch's first timestamp may lie behind L1's clock.
    uint40 pastWindow;
    /// How far a batch's last timestamp may lie ahead of L1's clock.
    uint40 futureWindow;
}

/// Seconds after which an operation that is not executed opens the escape, and after which a batch
/// is too old to be committed: the escape period, and no less than what L1's clock leaves an
/// operator for an operation.
function escapeAge(uint256 priorityDeadline, uint256 escapePeriod, uint256 pastWindow)
    pure
    returns (uint256 age)
{
    age = priorityDeadline + pastWindow;
    if (escapePeriod > age) age = escapePeriod;
}

/// Pricing of priority operations.
struct FeeParameters {
    /// Least price of L2 gas, in wei: what proving it costs.
    uint128 minimalL2GasPrice;
    /// Largest gas limit that a priority operation may ask for.
    uint64 priorityGasMax;
}

/// State, roles, errors and events that the parts of a chain share. A commit touches as few slots
/// as possible: the four counters at the tip share one slot, the four that move slowly another.
abstract contract ChainStorage is Initializable, AccessControlUpgradeable {
    bytes32 public constant COMMITTER_ROLE = keccak256("COMMITTER_ROLE");
    bytes32 public constant PROVER_ROLE = keccak256("PROVER_ROLE");
    bytes32 public constant EXECUTOR_ROLE = keccak256("EXECUTOR_ROLE");
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");
    bytes32 public constant GOVERNOR_ROLE = keccak256("GOVERNOR_ROLE");

    /// The last committed batch: what the next one must follow on from.
    struct Tip {
        uint64 committed;
        uint64 lastBlock;
        uint64 lastTimestamp;
        uint64 priorityCommitted;
    }

    struct Progress {
        uint64 chainId;
        uint64 priorityTotal;
        uint64 proved;
        uint64 executed;
    }

    struct Settings {
        uint40 priorityDeadline;
        uint40 escapePeriod;
        uint40 pastWindow;
        uint40 futureWindow;
        uint32 protocolVersion;
        uint40 frozenUntil;
    }

    /// The last executed batch: where a revert of everything goes back to.
    struct ExecutedTip {
        uint64 lastBlock;
        uint64 lastTimestamp;
        uint64 priorityExecuted;
        uint64 lastExecutedAt;
    }

    /// Batches from `firstBatch` on were committed under `version`.
    struct Era {
        uint64 firstBatch;
        uint32 version;
    }

    /// Slot 0.
    Tip internal tip_;
    /// Slot 1: state commitment after the last committed batch.
    bytes32 internal tipState_;
    /// Slot 2.
    Progress internal progress_;
    /// Slot 3.
    Settings internal settings_;
    /// Slot 4: hash of the chain's configuration.
    bytes32 public configHash;
    /// Slot 5: state commitment after the last executed batch.
    bytes32 public stateCommitment;
    /// Slot 6.
    ExecutedTip internal executed_;
    /// Slot 7.
    FeeParameters public fees;
    /// Slot 8: the one hash that is stored per committed batch, its public input.
    mapping(uint64 number => bytes32) internal inputs_;
    /// Slot 9: roots of the L2->L1 log trees of executed batches.
    mapping(uint256 number => bytes32) internal logRoots_;
    /// Slot 10: h(i), the rolling hash of the first i priority operations; h(0) is zero.
    mapping(uint64 index => bytes32) public priorityHash;
    /// Slot 11: the marks of the priority operations, by half of their index: 128 bits each, the
    /// even one's lower. Its lower half is the time of the request, in seconds of L1's clock; its
    /// upper the gas limits of all operations up to this one.
    mapping(uint64 pair => uint256) private priorityMarks_;
    /// Slot 12: the verifier of each protocol version.
    mapping(uint32 version => address) public verifiers;
    /// Slot 13: which batches belong to which protocol version.
    Era[] internal eras_;
    /// Slot 14: L2 gas for which an operation has a byte published, as the configuration says.
    uint64 public pubdataGasPerByte;
    /// Room for later versions to add state.
    uint256[35] private gap_;

    error Frozen();
    error NotFrozen();
    error FreezeTooSoon(uint256 notBefore);
    error ZeroAddress();
    error InvalidParameters();

    event FrozenBy(address indexed guardian, uint256 until);
    event UnfrozenBy(address indexed governor);
    event ParametersSet(ChainParameters parameters, FeeParameters fees);
    event ConfigHashSet(bytes32 configHash);
    event ConfigDescribed(bytes32 indexed configHash, bytes config);
    event VerifierSet(uint32 indexed protocolVersion, address verifier);
    event ProtocolVersionSet(uint32 indexed protocolVersion, uint64 firstBatch);

    modifier whenNotFrozen() {
        if (frozen()) revert Frozen();
        _;
    }

    /// Last committed batch.
    function getTotalBatchesCommitted() external view returns (uint256) {
        return tip_.committed;
    }

    /// Last proved batch.
    function getTotalBatchesVerified() external view returns (uint256) {
        return progress_.proved;
    }

    /// Last executed batch.
    function getTotalBatchesExecuted() external view returns (uint256) {
        return progress_.executed;
    }

    /// Priority operations requested so far.
    function getTotalPriorityTxs() external view returns (uint256) {
        return progress_.priorityTotal;
    }

    /// Index of the first priority operation that is not executed.
    function getFirstUnprocessedPriorityTx() external view returns (uint256) {
        return executed_.priorityExecuted;
    }

    /// Priority operations that are not executed.
    function getPriorityQueueSize() external view returns (uint256) {
        return progress_.priorityTotal - executed_.priorityExecuted;
    }

    /// Index of the first priority operation that no committed batch includes.
    function getFirstUncommittedPriorityTx() external view returns (uint256) {
        return tip_.priorityCommitted;
    }

    /// When a priority operation was requested, in seconds of L1's clock.
    function priorityRequestTime(uint64 index) public view returns (uint64) {
        return uint64(_priorityMark(index));
    }

    /// Sum of the gas limits of the first `count` priority operations.
    function priorityGasOf(uint64 count) public view returns (uint64) {
        return count == 0 ? 0 : uint64(_priorityMark(count - 1) >> 64);
    }

    function _priorityMark(uint64 index) private view returns (uint256) {
        return priorityMarks_[index >> 1] >> ((index & 1) << 7);
    }

    /// Of an operation that has no mark yet.
    function _setPriorityMark(uint64 index, uint64 requestedAt, uint64 gasTotal) internal {
        uint256 mark = uint256(gasTotal) << 64 | requestedAt;
        priorityMarks_[index >> 1] |= mark << ((index & 1) << 7);
    }

    /// What the next batch must follow on from.
    function getTip()
        external
        view
        returns (uint64 committed, bytes32 state, uint64 lastBlock, uint64 lastTimestamp)
    {
        return (tip_.committed, tipState_, tip_.lastBlock, tip_.lastTimestamp);
    }

    /// The hash stored for a committed batch, its public input; zero for any other number.
    function storedBatchHash(uint256 number) external view returns (bytes32) {
        return number > tip_.committed ? bytes32(0) : inputs_[uint64(number)];
    }

    /// Root of an executed batch's L2->L1 logs, or zero.
    function l2LogsRootHash(uint256 number) external view returns (bytes32) {
        return logRoots_[number];
    }

    function getChainId() external view returns (uint256) {
        return progress_.chainId;
    }

    function getProtocolVersion() external view returns (uint256) {
        return settings_.protocolVersion;
    }

    /// The verifier of the present protocol version; zero while there is none.
    function getVerifier() external view returns (address) {
        return verifiers[settings_.protocolVersion];
    }

    function getParameters() external view returns (ChainParameters memory) {
        Settings storage s = settings_;
        return ChainParameters(s.priorityDeadline, s.escapePeriod, s.pastWindow, s.futureWindow);
    }

    function frozen() public view returns (bool) {
        return block.timestamp < settings_.frozenUntil;
    }

    /// When the last freeze ends or ended; zero where there was none.
    function frozenUntil() external view returns (uint256) {
        return settings_.frozenUntil;
    }

    /// The protocol version that a committed batch was committed under.
    function protocolVersionOf(uint64 number) public view returns (uint32) {
        uint256 i = eras_.length;
        while (--i > 0 && eras_[i].firstBatch > number) {}
        return eras_[i].version;
    }
}
