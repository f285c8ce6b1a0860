// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {
    CONFIG_PUBDATA_GAS_FROM_END,
    FREEZE_PAUSE,
    FREEZE_TIME,
    PRIORITY_GAS_HIGHEST,
    TIME_MAX
} from "../common/Constants.sol";
import {ChainParameters, FeeParameters} from "./ChainStorage.sol";
import {IVerifier} from "./IVerifier.sol";
import {Mailbox} from "./Mailbox.sol";
import {Settlement} from "./Settlement.sol";

/// Everything that a chain starts with.
struct ChainInit {
    uint256 chainId;
    /// State commitment of batch 0.
    bytes32 genesisState;
    bytes32 configHash;
    uint32 protocolVersion;
    address committer;
    address prover;
    address executor;
    address guardian;
    ChainParameters parameters;
    FeeParameters fees;
}

/// One rollup on L1, behind an ERC-1967 proxy that only its governor upgrades.
contract Chain is Mailbox, Settlement, UUPSUpgradeable {
    /// Priority operations may not be allowed more gas than a proof can bear.
    error PriorityGasMaxTooHigh(uint64 most, uint64 got);

    constructor(address hub_) Mailbox(hub_) {
        _disableInitializers();
    }

    /// Called once, by the factory, with the proxy's creation. `governor` is the chain's timelock;
    /// `config` has the hash that `init` names.
    function initialize(ChainInit calldata init, address governor, bytes calldata config)
        external
        initializer
    {
        if (governor == address(0)) revert ZeroAddress();
        if (init.chainId == 0 || init.chainId > type(uint64).max || init.genesisState == 0) {
            revert InvalidParameters();
        }
        progress_.chainId = uint64(init.chainId);
        tipState_ = init.genesisState;
        stateCommitment = init.genesisState;
        executed_.lastExecutedAt = uint64(block.timestamp);
        settings_.protocolVersion = init.protocolVersion;
        eras_.push(Era(1, init.protocolVersion));
        _setParameters(init.parameters, init.fees);
        _setConfig(config);
        emit ProtocolVersionSet(init.protocolVersion, 1);

        bytes32[5] memory roles =
            [GOVERNOR_ROLE, COMMITTER_ROLE, PROVER_ROLE, EXECUTOR_ROLE, GUARDIAN_ROLE];
        for (uint256 i = 0; i < roles.length; ++i) {
            _setRoleAdmin(roles[i], GOVERNOR_ROLE);
        }
        _grantRole(GOVERNOR_ROLE, governor);
        _grantRole(COMMITTER_ROLE, init.committer);
        // A prover of zero opens proving to everyone: the proof speaks for itself.
        _grantRole(PROVER_ROLE, init.prover);
        _grantRole(EXECUTOR_ROLE, init.executor);
        if (init.committer == address(0) || init.executor == address(0)) revert ZeroAddress();
        if (init.guardian != address(0)) _grantRole(GUARDIAN_ROLE, init.guardian);
    }

    /// Stops deposits, commits, proofs, executions and withdrawals, for FREEZE_TIME at most: nobody
    /// has to act for the chain to go on. The next freeze waits for FREEZE_PAUSE from the end of
    /// this one, whoever ended it.
    function freeze() external onlyRole(GUARDIAN_ROLE) {
        if (frozen()) revert Frozen();
        uint256 last = settings_.frozenUntil;
        if (last != 0 && block.timestamp < last + FREEZE_PAUSE) {
            revert FreezeTooSoon(last + FREEZE_PAUSE);
        }
        settings_.frozenUntil = uint40(block.timestamp) + FREEZE_TIME;
        emit FrozenBy(msg.sender, settings_.frozenUntil);
    }

    /// Ends a freeze before its time.
    function unfreeze() external onlyRole(GOVERNOR_ROLE) {
        if (!frozen()) revert NotFrozen();
        settings_.frozenUntil = uint40(block.timestamp);
        emit UnfrozenBy(msg.sender);
    }

    function setParameters(ChainParameters calldata parameters, FeeParameters calldata fees_)
        external
        onlyRole(GOVERNOR_ROLE)
    {
        _setParameters(parameters, fees_);
    }

    /// Batches committed from now on carry the new configuration's hash. It is given whole, so that
    /// L1 has it as it has the first one (Factory).
    function setConfig(bytes calldata config) external onlyRole(GOVERNOR_ROLE) {
        _setConfig(config);
        emit ConfigDescribed(configHash, config);
    }

    /// Opens proving and execution of the batches of one protocol version; zero closes them. What
    /// was proved by the verifier before stays proved: whoever distrusts that verifier reverts the
    /// batches, which works while the chain is frozen.
    function setVerifier(uint32 protocolVersion, address verifier)
        external
        onlyRole(GOVERNOR_ROLE)
    {
        if (verifier != address(0)) {
            if (verifier.code.length == 0) revert InvalidParameters();
            if (IVerifier(verifier).programSetRoot() == 0) revert InvalidParameters();
        }
        verifiers[protocolVersion] = verifier;
        emit VerifierSet(protocolVersion, verifier);
    }

    /// Batches committed from now on belong to the new version; those committed before are still
    /// proved under theirs. An upgrade of the contract makes this call in the same transaction.
    function setProtocolVersion(uint32 version) external onlyRole(GOVERNOR_ROLE) {
        if (version <= settings_.protocolVersion) revert InvalidParameters();
        settings_.protocolVersion = version;
        uint64 first = tip_.committed + 1;
        Era storage last = eras_[eras_.length - 1];
        if (last.firstBatch == first) last.version = version;
        else eras_.push(Era(first, version));
        emit ProtocolVersionSet(version, first);
    }

    /// What L1 uses of the configuration it reads from it, so that deposits are priced by what L2
    /// charges. Another encoding comes with an upgrade of this contract.
    function _setConfig(bytes calldata config) private {
        if (config.length < CONFIG_PUBDATA_GAS_FROM_END) revert InvalidParameters();
        pubdataGasPerByte = uint64(bytes8(config[config.length - CONFIG_PUBDATA_GAS_FROM_END:]));
        if (pubdataGasPerByte == 0) revert InvalidParameters();
        configHash = keccak256(config);
        emit ConfigHashSet(configHash);
    }

    function _setParameters(ChainParameters calldata p, FeeParameters calldata f) private {
        uint40[3] memory times = [p.priorityDeadline, p.escapePeriod, p.pastWindow];
        for (uint256 i = 0; i < times.length; ++i) {
            if (times[i] == 0 || times[i] > TIME_MAX) revert InvalidParameters();
        }
        if (p.futureWindow > TIME_MAX) revert InvalidParameters();
        if (f.minimalL2GasPrice == 0 || f.priorityGasMax < 1_000_000) revert InvalidParameters();
        if (f.priorityGasMax > PRIORITY_GAS_HIGHEST) {
            revert PriorityGasMaxTooHigh(PRIORITY_GAS_HIGHEST, f.priorityGasMax);
        }
        settings_.priorityDeadline = p.priorityDeadline;
        settings_.escapePeriod = p.escapePeriod;
        settings_.pastWindow = p.pastWindow;
        settings_.futureWindow = p.futureWindow;
        fees = f;
        emit ParametersSet(p, f);
    }

    function _authorizeUpgrade(address) internal override onlyRole(GOVERNOR_ROLE) {}
}
