// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {Chain, ChainInit} from "./Chain.sol";
import {IHub} from "./Interfaces.sol";

/// Who governs a chain, and how slowly.
struct GovernanceInit {
    /// Who may schedule and cancel operations of the timelock.
    address[] proposers;
    /// Who may execute them once they are due; the zero address means anyone.
    address[] executors;
    /// Least time between scheduling and execution, in seconds.
    uint256 delay;
}

/// Makes chains: timelock, proxy, roles and registration in one transaction.
contract Factory is Ownable2Step {
    IHub public immutable hub;
    /// The implementation that new chains start with.
    address public immutable implementation;

    /// A chain was made. `governor` is its timelock.
    event ChainCreated(uint256 indexed chainId, address indexed chain, address governor);

    constructor(IHub hub_, address implementation_, address owner) Ownable(owner) {
        hub = hub_;
        implementation = implementation_;
    }

    function createChain(ChainInit calldata init, GovernanceInit calldata governance)
        external
        onlyOwner
        returns (address chain, address governor)
    {
        // No admin beside itself: the timelock's own rules change through the timelock alone.
        governor = address(
            new TimelockController(
                governance.delay, governance.proposers, governance.executors, address(0)
            )
        );
        chain = address(
            new ERC1967Proxy(implementation, abi.encodeCall(Chain.initialize, (init, governor)))
        );
        hub.registerChain(init.chainId, chain);
        emit ChainCreated(init.chainId, chain, governor);
    }
}
