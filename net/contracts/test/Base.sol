// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DemoToken} from "../src/demo/DemoToken.sol";
import {Hashes} from "../src/common/Hashes.sol";
import {CommitHeader, L2Log, L2TransactionRequestDirect} from "../src/common/Types.sol";
import {Chain, ChainInit} from "../src/l1/Chain.sol";
import {ChainParameters, FeeParameters} from "../src/l1/ChainStorage.sol";
import {ChainDescription, Factory, GovernanceInit} from "../src/l1/Factory.sol";
import {Hub} from "../src/l1/Hub.sol";
import {Vault} from "../src/l1/Vault.sol";
import {VerifierDouble} from "./VerifierDouble.sol";
import {Vm} from "./Vm.sol";

/// An ecosystem with one chain, and the hands of everyone around it.
abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address internal constant COMMITTER = address(0xc0111);
    address internal constant PROVER = address(0xc0112);
    address internal constant EXECUTOR = address(0xc0113);
    address internal constant GUARDIAN = address(0xc0114);
    address internal constant USER = address(0xa11ce);
    uint256 internal constant CHAIN_ID = 270_270;
    uint256 internal constant DEADLINE = 1 hours;
    uint256 internal constant ESCAPE = 7 days;
    uint256 internal constant PAST = 1 days;
    uint256 internal constant FUTURE = 10 minutes;
    uint64 internal constant GAS_MAX = 16_777_216;
    /// As the contracts have them.
    uint256 internal constant BATCH_GAS = 500_000;
    uint256 internal constant FREEZE = 14 days;
    /// The least for these parameters.
    uint256 internal constant DELAY = ESCAPE + 2 days;
    bytes32 internal constant GENESIS = keccak256("genesis");
    /// What a byte of pubdata costs on L2, as configurations have it.
    uint64 internal constant PUBDATA_GAS = 16;
    bytes32 internal constant CONFIG =
        keccak256(abi.encodePacked("configuration", PUBDATA_GAS, bytes32(0), bytes8(0)));
    bytes32 internal constant LOG_ROOT = keccak256("log root");
    bytes32 internal constant PROGRAMS = keccak256("program set");

    Hub internal hub;
    Vault internal vault;
    Factory internal factory;
    Chain internal chain;
    address internal governor;
    VerifierDouble internal verifier;
    /// Gas limit of the requests that follow.
    uint256 internal operationGas = 1_000_000;

    function setUp() public virtual {
        hub = new Hub(address(this));
        vault = new Vault(hub);
        hub.setVault(vault);
        factory = new Factory(hub, address(new Chain(address(hub))), address(this));
        hub.setFactory(address(factory), true);
        (chain, governor) = makeChain(CHAIN_ID);
        vm.deal(USER, 1_000_000 ether);
        vm.txGasPrice(1 gwei);
    }

    function chainInit(uint256 id) internal pure returns (ChainInit memory) {
        return ChainInit({
            chainId: id,
            genesisState: GENESIS,
            configHash: CONFIG,
            protocolVersion: 1,
            committer: COMMITTER,
            prover: PROVER,
            executor: EXECUTOR,
            guardian: GUARDIAN,
            parameters: parameters(),
            fees: FeeParameters(0.1 gwei, GAS_MAX)
        });
    }

    function parameters() internal pure returns (ChainParameters memory) {
        return ChainParameters(uint40(DEADLINE), uint40(ESCAPE), uint40(PAST), uint40(FUTURE));
    }

    /// Of CONFIG.
    function description() internal pure returns (ChainDescription memory) {
        return ChainDescription(configuration("configuration"), "genesis");
    }

    /// Another for each name.
    function configuration(string memory name) internal pure returns (bytes memory) {
        return configuration(name, PUBDATA_GAS);
    }

    function configuration(string memory name, uint64 pubdataGas)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(name, pubdataGas, bytes32(0), bytes8(0));
    }

    function governance() internal view returns (GovernanceInit memory g) {
        g.proposers = new address[](1);
        g.proposers[0] = address(this);
        g.executors = new address[](1);
        g.delay = DELAY;
    }

    function makeChain(uint256 id) internal returns (Chain made, address timelock) {
        address place;
        (place, timelock) = factory.createChain(chainInit(id), governance(), description());
        made = Chain(place);
    }

    /// A header that follows the chain's tip and takes the next `count` priority operations.
    function header(uint64 count, bytes memory pubdata)
        internal
        view
        returns (CommitHeader memory h)
    {
        return headerOf(chain, count, pubdata);
    }

    function headerOf(Chain c, uint64 count, bytes memory pubdata)
        internal
        view
        returns (CommitHeader memory h)
    {
        (uint64 committed, bytes32 state, uint64 lastBlock,) = c.getTip();
        uint64 first = uint64(c.getFirstUncommittedPriorityTx());
        h.protocolVersion = uint32(c.getProtocolVersion());
        h.number = committed + 1;
        h.stateBefore = state;
        h.stateAfter = keccak256(abi.encode("state", committed + 1, count, pubdata));
        h.firstBlock = lastBlock + 1;
        h.lastBlock = lastBlock + 10;
        h.firstTimestamp = uint64(block.timestamp);
        h.lastTimestamp = uint64(block.timestamp);
        h.pubdataCommitment = this.pubdataCommitment(pubdata);
        h.priorityHashBefore = c.priorityHash(first);
        h.priorityHashAfter = c.priorityHash(first + count);
        h.priorityCount = count;
        h.l2ToL1LogRoot = LOG_ROOT;
        h.configHash = c.configHash();
    }

    function commit(CommitHeader memory h, bytes memory pubdata) internal {
        vm.prank(COMMITTER, COMMITTER);
        chain.commitBatch(h, pubdata);
    }

    function commitNext(uint64 count) internal returns (CommitHeader memory h) {
        h = header(count, "diff");
        commit(h, "diff");
    }

    function setVerifier() internal {
        verifier = new VerifierDouble(PROGRAMS);
        vm.prank(governor);
        chain.setVerifier(1, address(verifier));
    }

    /// The run accumulator of these batches.
    function accumulatorOf(CommitHeader[] memory hs) internal view returns (bytes32 acc) {
        for (uint256 i = 0; i < hs.length; ++i) {
            acc = Hashes.roll(acc, chain.publicInputOf(hs[i]));
        }
    }

    /// The output that a proof of these batches has under the verifier's program set.
    function outputOf(CommitHeader[] memory hs) internal view returns (bytes32) {
        return Hashes.roll(PROGRAMS, accumulatorOf(hs));
    }

    /// Has the verifier double hold these batches for proved.
    function verify(CommitHeader[] memory hs) internal {
        verifier.accept(accumulatorOf(hs));
    }

    function one(CommitHeader memory h) internal pure returns (CommitHeader[] memory hs) {
        hs = new CommitHeader[](1);
        hs[0] = h;
    }

    function one(bytes memory blob) internal pure returns (bytes[] memory blobs) {
        blobs = new bytes[](1);
        blobs[0] = blob;
    }

    function prove(CommitHeader memory h) internal {
        verify(one(h));
        vm.prank(PROVER);
        chain.proveBatches(h.number, h.number);
    }

    function execute(CommitHeader memory h) internal {
        vm.prank(EXECUTOR);
        chain.executeBatches(one(h));
    }

    /// Commits, proves and executes a batch with this log root; `count` priority operations.
    function settle(uint64 count, bytes32 logRoot) internal returns (uint64 number) {
        CommitHeader memory h = header(count, "diff");
        h.l2ToL1LogRoot = logRoot;
        commit(h, "diff");
        prove(h);
        execute(h);
        return h.number;
    }

    function request(uint256 value, bytes memory data) internal returns (bytes32) {
        return requestOn(CHAIN_ID, value, data);
    }

    function requestOn(uint256 id, uint256 value, bytes memory data) internal returns (bytes32) {
        L2TransactionRequestDirect memory r;
        r.chainId = id;
        r.l2GasLimit = operationGas;
        r.l2GasPerPubdataByteLimit = 800;
        r.l2Contract = address(0xbeef);
        r.l2Value = value;
        r.l2Calldata = data;
        r.mintValue = value + hub.l2TransactionBaseCost(id, 1 gwei, r.l2GasLimit, 800);
        vm.deal(USER, USER.balance + r.mintValue);
        vm.prank(USER, USER);
        return hub.requestL2TransactionDirect{value: r.mintValue}(r);
    }

    /// How many of the operations with these gas limits, from `first` on, a batch must take of which
    /// `overdue` are overdue, as the rule says it.
    function required(uint256[] memory gas, uint256 first, uint256 overdue)
        internal
        pure
        returns (uint256 count)
    {
        uint256 sum;
        while (count < overdue) {
            sum += gas[first + count];
            if (sum > BATCH_GAS && count != 0) break;
            ++count;
            if (sum > BATCH_GAS) break;
        }
    }

    /// Root of a log tree whose first leaves are `leaves`, and the path of leaf `index`.
    function logTree(bytes32[] memory leaves, uint256 index)
        internal
        pure
        returns (bytes32 root, bytes32[] memory path)
    {
        path = new bytes32[](14);
        bytes32 empty = keccak256(new bytes(88));
        uint256 count = leaves.length;
        bytes32[] memory level = leaves;
        for (uint256 d = 0; d < 14; ++d) {
            uint256 sibling = index ^ 1;
            path[d] = sibling < count ? level[sibling] : empty;
            uint256 above = (count + 1) / 2;
            bytes32[] memory next = new bytes32[](above);
            for (uint256 i = 0; i < above; ++i) {
                bytes32 right = 2 * i + 1 < count ? level[2 * i + 1] : empty;
                next[i] = Hashes.roll(level[2 * i], right);
            }
            empty = Hashes.roll(empty, empty);
            level = next;
            count = above;
            index >>= 1;
        }
        root = count == 0 ? empty : level[0];
    }

    function messageLog(uint16 txNumber, address sender, bytes memory message)
        internal
        pure
        returns (L2Log memory)
    {
        return L2Log({
            l2ShardId: 0,
            isService: true,
            txNumberInBatch: txNumber,
            sender: address(0x8008),
            key: bytes32(uint256(uint160(sender))),
            value: keccak256(message)
        });
    }

    // Calldata forms, for functions that read calldata.

    function pubdataCommitment(bytes calldata pubdata) external pure returns (bytes32) {
        return Hashes.pubdataCommitment(pubdata);
    }

    function publicInput(uint256 id, uint256 l1, address place, CommitHeader calldata h)
        external
        pure
        returns (bytes32)
    {
        return Hashes.publicInput(id, l1, place, h);
    }
}
