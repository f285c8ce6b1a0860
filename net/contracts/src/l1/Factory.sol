// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {EXIT_MARGIN} from "../common/Constants.sol";
import {Chain, ChainInit} from "./Chain.sol";
import {ChainParameters, escapeAge} from "./ChainStorage.sol";
import {IHub} from "./Interfaces.sol";

/// Who governs a chain, and how slowly.
struct GovernanceInit {
    /// Who may schedule and cancel operations of the timelock.
    address[] proposers;
    /// Who may execute them once they are due; the zero address means anyone.
    address[] executors;
    /// Least time between scheduling and execution, in seconds.
    uint256 delay;
    /// For development alone: the delay may be too short for anyone to leave.
    bool development;
}

/// What all nodes of a chain must have alike, whole. With it, whoever has L1 alone can rebuild the
/// chain and settle on it.
struct ChainDescription {
    /// The configuration, whose hash each batch carries.
    bytes config;
    /// Time and accounts of the genesis. Its state is a tree's root that no contract can afford to
    /// make: readers hold the one to the other.
    bytes genesis;
}

/// Makes chains: timelock, proxy, roles and registration in one transaction.
contract Factory is Ownable2Step {
    IHub public immutable hub;
    /// The implementation that new chains start with.
    address public immutable implementation;

    /// The block with a chain's `ChainDescribed`; zero for a chain that is not of this factory.
    mapping(uint256 chainId => uint256) public describedIn;

    /// The chains whose governor may act before their users can leave. There are none on Ethereum
    /// itself.
    mapping(uint256 chainId => bool) public isDevelopment;

    error DelayTooShort(uint256 least, uint256 got);
    error DevelopmentOnMainnet();
    error ConfigMismatch(bytes32 expected, bytes32 got);
    error GenesisMissing();

    /// All that a chain began from; it precedes `ChainCreated` in the same transaction.
    event ChainDescribed(
        uint256 indexed chainId, bytes32 genesisState, bytes config, bytes genesis
    );
    /// A chain was made. `governor` is its timelock.
    event ChainCreated(uint256 indexed chainId, address indexed chain, address governor);

    constructor(IHub hub_, address implementation_, address owner) Ownable(owner) {
        hub = hub_;
        implementation = implementation_;
    }

    /// There is no chain without its description on L1: an operator that goes takes nothing along.
    /// And none whose governor's calls, an upgrade among them, do not wait for everyone who asks to
    /// leave when they are scheduled, be it against the operator.
    function createChain(
        ChainInit calldata init,
        GovernanceInit calldata governance,
        ChainDescription calldata description
    ) external onlyOwner returns (address chain, address governor) {
        bytes32 configHash = keccak256(description.config);
        if (configHash != init.configHash) revert ConfigMismatch(init.configHash, configHash);
        if (description.genesis.length == 0) revert GenesisMissing();
        if (governance.development) _noteDevelopment(init.chainId);
        else _checkDelay(init.parameters, governance.delay);
        // No admin beside itself: the timelock's own rules change through the timelock alone.
        governor = address(
            new TimelockController(
                governance.delay, governance.proposers, governance.executors, address(0)
            )
        );
        chain = address(
            new ERC1967Proxy(
                implementation,
                abi.encodeCall(Chain.initialize, (init, governor, description.config))
            )
        );
        hub.registerChain(init.chainId, chain);
        describedIn[init.chainId] = block.number;
        emit ChainDescribed(
            init.chainId, init.genesisState, description.config, description.genesis
        );
        emit ChainCreated(init.chainId, chain, governor);
    }

    function _noteDevelopment(uint256 chainId) private {
        if (block.chainid == 1) revert DevelopmentOnMainnet();
        isDevelopment[chainId] = true;
    }

    function _checkDelay(ChainParameters calldata p, uint256 delay) private pure {
        uint256 least =
            escapeAge(p.priorityDeadline, p.escapePeriod, p.pastWindow) + EXIT_MARGIN;
        if (delay < least) revert DelayTooShort(least, delay);
    }
}
