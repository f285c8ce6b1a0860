// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {Hashes} from "../src/common/Hashes.sol";
import {CommitHeader, L2Log, L2TransactionRequestDirect, TxStatus} from "../src/common/Types.sol";
import {Chain, ChainInit} from "../src/l1/Chain.sol";
import {ChainParameters, ChainStorage, FeeParameters} from "../src/l1/ChainStorage.sol";
import {ChainDescription, Factory, GovernanceInit} from "../src/l1/Factory.sol";
import {Hub} from "../src/l1/Hub.sol";
import {IVault} from "../src/l1/Interfaces.sol";
import {Base} from "./Base.sol";
import {VerifierDouble} from "./VerifierDouble.sol";

/// A later implementation that knows one thing more.
contract ChainTwo is Chain {
    constructor(address hub_) Chain(hub_) {}

    function generation() external pure returns (uint256) {
        return 2;
    }
}

contract GovernTest is Base {
    function test_the_factory_wires_a_chain_in_one_transaction() public {
        (Chain made, address timelock) = makeChain(5);
        vm.assertEq(hub.getZKChain(5), address(made));
        vm.assertEq(hub.getHyperchain(5), address(made));
        vm.assertEq(hub.chainTypeManager(5), address(factory));
        vm.assertEq(hub.baseToken(5), address(1));
        vm.assertEq(hub.baseToken(6), address(0));
        vm.assertEq(hub.sharedBridge(), address(vault));
        vm.assertEq(hub.getAllZKChainChainIDs().length, 2);
        vm.assertEq(made.stateCommitment(), GENESIS);
        vm.assertEq(made.configHash(), CONFIG);
        vm.assertEq(made.getChainId(), 5);
        vm.assertEq(made.getBridgehub(), address(hub));
        vm.assertTrue(made.hasRole(made.COMMITTER_ROLE(), COMMITTER));
        vm.assertTrue(made.hasRole(made.PROVER_ROLE(), PROVER));
        vm.assertTrue(made.hasRole(made.EXECUTOR_ROLE(), EXECUTOR));
        vm.assertTrue(made.hasRole(made.GUARDIAN_ROLE(), GUARDIAN));
        vm.assertTrue(made.hasRole(made.GOVERNOR_ROLE(), timelock));
        vm.assertFalse(made.hasRole(bytes32(0), timelock));
        vm.assertFalse(made.hasRole(made.GOVERNOR_ROLE(), address(this)));
        vm.assertEq(TimelockController(payable(timelock)).getMinDelay(), DELAY);
    }

    function test_a_chain_id_is_taken_once() public {
        vm.expectRevert(abi.encodeWithSelector(Hub.ChainExists.selector, CHAIN_ID));
        factory.createChain(chainInit(CHAIN_ID), governance(), description());
    }

    function test_only_a_factory_registers_and_only_the_owner_creates() public {
        vm.expectRevert(Hub.OnlyFactory.selector);
        hub.registerChain(7, address(chain));
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, USER));
        factory.createChain(chainInit(7), governance(), description());
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, USER));
        hub.setFactory(USER, true);
        vm.expectRevert(Hub.VaultAlreadySet.selector);
        hub.setVault(IVault(USER));
    }

    function test_bad_genesis_is_refused() public {
        ChainInit memory init = chainInit(9);
        init.genesisState = 0;
        vm.expectRevert(ChainStorage.InvalidParameters.selector);
        factory.createChain(init, governance(), description());
        init = chainInit(uint256(type(uint64).max) + 1);
        vm.expectRevert(ChainStorage.InvalidParameters.selector);
        factory.createChain(init, governance(), description());
        init = chainInit(9);
        init.committer = address(0);
        vm.expectRevert(ChainStorage.ZeroAddress.selector);
        factory.createChain(init, governance(), description());
        init = chainInit(9);
        init.parameters.priorityDeadline = 0;
        vm.expectRevert(ChainStorage.InvalidParameters.selector);
        factory.createChain(init, governance(), description());
        init = chainInit(9);
        init.fees.minimalL2GasPrice = 0;
        vm.expectRevert(ChainStorage.InvalidParameters.selector);
        factory.createChain(init, governance(), description());
    }

    function test_no_chain_is_made_without_its_description_on_L1() public {
        ChainDescription memory other = description();
        other.config = configuration("another");
        vm.expectRevert(
            abi.encodeWithSelector(
                Factory.ConfigMismatch.selector, CONFIG, keccak256(other.config)
            )
        );
        factory.createChain(chainInit(9), governance(), other);
        other = description();
        other.genesis = "";
        vm.expectRevert(Factory.GenesisMissing.selector);
        factory.createChain(chainInit(9), governance(), other);
        vm.assertEq(factory.describedIn(9), 0);
        // What is given, an event has, and the factory says in which block.
        vm.roll(77);
        vm.expectEmit(address(factory));
        emit Factory.ChainDescribed(9, GENESIS, description().config, "genesis");
        makeChain(9);
        vm.assertEq(factory.describedIn(9), 77);
    }

    function test_operations_are_not_allowed_more_gas_than_a_proof_bears() public {
        uint64 most = 1 << 24;
        bytes memory refusal =
            abi.encodeWithSelector(Chain.PriorityGasMaxTooHigh.selector, most, most + 1);
        ChainInit memory init = chainInit(9);
        init.fees.priorityGasMax = most + 1;
        vm.expectRevert(refusal);
        factory.createChain(init, governance(), description());
        vm.prank(governor);
        vm.expectRevert(refusal);
        chain.setParameters(parameters(), FeeParameters(1, most + 1));
        vm.prank(governor);
        chain.setParameters(parameters(), FeeParameters(1, most));
    }

    function test_a_chain_is_initialised_once() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        chain.initialize(chainInit(CHAIN_ID), address(this), description().config);
        Chain implementation = Chain(factory.implementation());
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        implementation.initialize(chainInit(CHAIN_ID), address(this), description().config);
    }

    function test_freeze_stops_everything_and_only_the_governor_ends_it_early() public {
        setVerifier();
        CommitHeader memory h = commitNext(0);
        CommitHeader memory next = header(0, "diff");
        vm.prank(GUARDIAN);
        chain.freeze();
        vm.assertTrue(chain.frozen());

        vm.prank(COMMITTER, COMMITTER);
        vm.expectRevert(ChainStorage.Frozen.selector);
        chain.commitBatch(next, "diff");
        vm.prank(PROVER);
        vm.expectRevert(ChainStorage.Frozen.selector);
        chain.proveBatches(1, 1);
        vm.prank(EXECUTOR, EXECUTOR);
        vm.expectRevert(ChainStorage.Frozen.selector);
        chain.executeBatches(one(h));
        vm.expectRevert(ChainStorage.Frozen.selector);
        chain.escapeSettle(one(h), new bytes[](1));
        vm.expectRevert(ChainStorage.Frozen.selector);
        chain.proveL1ToL2TransactionStatus(0, 1, 0, 0, new bytes32[](14), TxStatus.Failure);
        L2TransactionRequestDirect memory r;
        r.chainId = CHAIN_ID;
        vm.prank(USER, USER);
        vm.expectRevert(ChainStorage.Frozen.selector);
        hub.requestL2TransactionDirect(r);

        vm.prank(GUARDIAN);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        chain.unfreeze();
        vm.prank(GUARDIAN);
        vm.expectRevert(ChainStorage.Frozen.selector);
        chain.freeze();
        vm.prank(governor);
        chain.unfreeze();
        commit(next, "diff");
        vm.prank(governor);
        vm.expectRevert(ChainStorage.NotFrozen.selector);
        chain.unfreeze();
    }

    function test_a_freeze_ends_by_itself(uint32 early) public {
        uint256 end = block.timestamp + FREEZE;
        vm.prank(GUARDIAN);
        vm.expectEmit(address(chain));
        emit ChainStorage.FrozenBy(GUARDIAN, end);
        chain.freeze();
        vm.assertEq(chain.frozenUntil(), end);
        vm.warp(end - 1 - early % FREEZE);
        vm.assertTrue(chain.frozen());
        vm.warp(end);
        vm.assertFalse(chain.frozen());
        request(1 ether, "");
        commitNext(1);
        vm.prank(governor);
        vm.expectRevert(ChainStorage.NotFrozen.selector);
        chain.unfreeze();
    }

    function test_a_freeze_waits_for_as_long_as_the_last_one_could_last(bool ended, uint32 early)
        public
    {
        vm.prank(GUARDIAN);
        chain.freeze();
        if (ended) {
            vm.warp(block.timestamp + 1 days);
            vm.prank(governor);
            chain.unfreeze();
        }
        uint256 next = chain.frozenUntil() + FREEZE;
        vm.warp(next - 1 - early % FREEZE);
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(ChainStorage.FreezeTooSoon.selector, next));
        chain.freeze();
        vm.warp(next);
        vm.prank(GUARDIAN);
        chain.freeze();
        vm.assertTrue(chain.frozen());
    }

    function test_a_frozen_chain_leaves_others_alone() public {
        makeChain(8);
        vm.prank(GUARDIAN);
        chain.freeze();
        requestOn(8, 1, "");
    }

    function test_only_the_guardian_freezes(address anyone) public {
        vm.assume(anyone != GUARDIAN);
        vm.prank(anyone);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        chain.freeze();
    }

    function test_only_the_governor_governs(address anyone) public {
        vm.assume(anyone != governor);
        bytes32 role = chain.COMMITTER_ROLE();
        bytes[] memory calls = new bytes[](7);
        calls[0] = abi.encodeCall(Chain.unfreeze, ());
        calls[1] = abi.encodeCall(Chain.setConfig, (description().config));
        calls[2] = abi.encodeCall(Chain.setVerifier, (1, address(chain)));
        calls[3] = abi.encodeCall(Chain.setProtocolVersion, (2));
        calls[4] = abi.encodeCall(Chain.setParameters, (parameters(), FeeParameters(1, GAS_MAX)));
        calls[5] = abi.encodeCall(IAccessControl.grantRole, (role, anyone));
        calls[6] = abi.encodeWithSignature(
            "upgradeToAndCall(address,bytes)", factory.implementation(), ""
        );
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(anyone);
            (bool ok, bytes memory answer) = address(chain).call(calls[i]);
            vm.assertFalse(ok);
            vm.assertEq(
                bytes32(bytes4(answer)),
                bytes32(IAccessControl.AccessControlUnauthorizedAccount.selector)
            );
        }
    }

    function test_the_timelock_delays_the_governor() public {
        TimelockController timelock = TimelockController(payable(governor));
        address newVerifier = address(new VerifierDouble(PROGRAMS));
        bytes memory call = abi.encodeCall(Chain.setVerifier, (1, newVerifier));
        timelock.schedule(address(chain), 0, call, 0, 0, DELAY);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        timelock.execute(address(chain), 0, call, 0, 0);
        vm.warp(block.timestamp + DELAY - 1);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        timelock.execute(address(chain), 0, call, 0, 0);
        vm.warp(block.timestamp + 1);
        timelock.execute(address(chain), 0, call, 0, 0);
        vm.assertEq(chain.getVerifier(), newVerifier);
    }

    function test_whoever_asks_when_an_upgrade_is_scheduled_is_out_before_it() public {
        // given an upgrade that is scheduled, and an operator that takes no operation
        setVerifier();
        request(1 ether, "");
        settle(1, LOG_ROOT);
        TimelockController timelock = TimelockController(payable(governor));
        bytes memory call = abi.encodeWithSignature(
            "upgradeToAndCall(address,bytes)", address(new ChainTwo(address(hub))), ""
        );
        timelock.schedule(address(chain), 0, call, 0, 0, timelock.getMinDelay());
        uint256 due = block.timestamp + timelock.getMinDelay();
        request(0, "let me out");
        // when the escape opens, then two days are left to prove, to settle and to be paid
        vm.warp(due - 2 days + 1);
        vm.assertTrue(chain.escapeOpen());
        bytes memory message = abi.encodePacked(bytes4(0x6c0960f9), USER, uint256(1 ether));
        CommitHeader memory h = header(1, "diff");
        L2Log memory log = L2Log(
            0,
            true,
            0,
            address(0x8008),
            bytes32(uint256(uint160(address(0x800a)))),
            keccak256(message)
        );
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = Hashes.logLeaf(log);
        bytes32[] memory path;
        (h.l2ToL1LogRoot, path) = logTree(leaves, 0);
        verify(one(h));
        bytes[] memory pubdata = one("diff");
        vm.warp(due - 1);
        vm.prank(USER, USER);
        chain.escapeSettle(one(h), pubdata);
        uint256 before = USER.balance;
        vault.finalizeWithdrawal(CHAIN_ID, h.number, 0, 0, message, path);
        vm.assertEq(USER.balance, before + 1 ether);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        timelock.execute(address(chain), 0, call, 0, 0);
    }

    function test_no_chain_is_made_whose_governor_is_quicker_than_its_users(
        uint24 deadline,
        uint24 period,
        uint24 past
    ) public {
        uint24 most = 30 days;
        ChainInit memory init = chainInit(9);
        init.parameters = ChainParameters(
            1 + deadline % most, 1 + period % most, 1 + past % most, uint40(FUTURE)
        );
        uint256 age = uint256(init.parameters.priorityDeadline) + init.parameters.pastWindow;
        if (age < init.parameters.escapePeriod) age = init.parameters.escapePeriod;
        GovernanceInit memory g = governance();
        g.delay = age + 2 days - 1;
        vm.expectRevert(
            abi.encodeWithSelector(Factory.DelayTooShort.selector, g.delay + 1, g.delay)
        );
        factory.createChain(init, g, description());
        g.delay += 1;
        factory.createChain(init, g, description());
        vm.assertFalse(factory.isDevelopment(9));
    }

    function test_a_development_chain_says_so_and_is_none_of_ethereum() public {
        GovernanceInit memory g = governance();
        g.delay = 0;
        vm.expectPartialRevert(Factory.DelayTooShort.selector);
        factory.createChain(chainInit(9), g, description());
        g.development = true;
        factory.createChain(chainInit(9), g, description());
        vm.assertTrue(factory.isDevelopment(9));
        vm.chainId(1);
        vm.expectRevert(Factory.DevelopmentOnMainnet.selector);
        factory.createChain(chainInit(10), g, description());
    }

    function test_times_of_a_chain_are_bounded() public {
        uint40 most = 30 days;
        vm.prank(governor);
        chain.setParameters(ChainParameters(most, most, most, most), FeeParameters(1, GAS_MAX));
        for (uint256 i = 0; i < 7; ++i) {
            ChainParameters memory p = parameters();
            uint40 wrong = i < 4 ? most + 1 : 0;
            if (i % 4 == 0) p.priorityDeadline = wrong;
            if (i % 4 == 1) p.escapePeriod = wrong;
            if (i % 4 == 2) p.pastWindow = wrong;
            if (i % 4 == 3) p.futureWindow = wrong;
            vm.prank(governor);
            vm.expectRevert(ChainStorage.InvalidParameters.selector);
            chain.setParameters(p, FeeParameters(1, GAS_MAX));
        }
    }

    function test_an_upgrade_names_its_version_and_keeps_the_state() public {
        setVerifier();
        request(0, "op");
        settle(1, LOG_ROOT);
        ChainTwo two = new ChainTwo(address(hub));
        vm.prank(governor);
        chain.upgradeToAndCall(address(two), abi.encodeCall(Chain.setProtocolVersion, (2)));
        vm.assertEq(ChainTwo(address(chain)).generation(), 2);
        vm.assertEq(chain.getProtocolVersion(), 2);
        vm.assertEq(chain.getTotalBatchesExecuted(), 1);
        vm.assertEq(chain.getTotalPriorityTxs(), 1);
        commitNext(0);
    }

    function test_versions_only_go_up() public {
        vm.prank(governor);
        vm.expectRevert(ChainStorage.InvalidParameters.selector);
        chain.setProtocolVersion(1);
    }

    function test_a_verifier_is_a_contract_that_names_its_programs() public {
        vm.prank(governor);
        vm.expectRevert(ChainStorage.InvalidParameters.selector);
        chain.setVerifier(1, USER);
        VerifierDouble rootless = new VerifierDouble(0);
        vm.prank(governor);
        vm.expectRevert(ChainStorage.InvalidParameters.selector);
        chain.setVerifier(1, address(rootless));
        vm.prank(governor);
        vm.expectRevert();
        chain.setVerifier(1, address(hub));
    }

    function test_parameters_and_configuration_change_by_the_governor() public {
        ChainParameters memory p = parameters();
        p.priorityDeadline = 5;
        vm.prank(governor);
        chain.setParameters(p, FeeParameters(3 gwei, 2_000_000));
        vm.assertEq(chain.getParameters().priorityDeadline, 5);
        vm.assertEq(hub.l2TransactionBaseCost(CHAIN_ID, 0, 10, 800), 30 gwei);
        bytes memory config = configuration("new", 2 * PUBDATA_GAS);
        vm.prank(governor);
        vm.expectEmit(address(chain));
        emit ChainStorage.ConfigDescribed(keccak256(config), config);
        chain.setConfig(config);
        CommitHeader memory h = commitNext(0);
        vm.assertEq(h.configHash, keccak256(config));
        vm.assertEq(chain.pubdataGasPerByte(), 2 * PUBDATA_GAS);
    }

    function test_a_configuration_says_what_a_byte_costs() public {
        bytes[2] memory none = [configuration("free", 0), bytes(new bytes(47))];
        for (uint256 i = 0; i < none.length; ++i) {
            vm.prank(governor);
            vm.expectRevert(ChainStorage.InvalidParameters.selector);
            chain.setConfig(none[i]);
            ChainInit memory init = chainInit(9);
            init.configHash = keccak256(none[i]);
            vm.expectRevert(ChainStorage.InvalidParameters.selector);
            factory.createChain(init, governance(), ChainDescription(none[i], "genesis"));
        }
    }
}
