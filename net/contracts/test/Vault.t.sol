// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {DemoToken} from "../src/demo/DemoToken.sol";
import {Hashes} from "../src/common/Hashes.sol";
import {FinalizeParams, L2Log, L2TransactionRequestTwoBridgesOuter} from "../src/common/Types.sol";
import {Chain} from "../src/l1/Chain.sol";
import {ChainStorage} from "../src/l1/ChainStorage.sol";
import {Mailbox} from "../src/l1/Mailbox.sol";
import {IL2Bridge, Vault} from "../src/l1/Vault.sol";
import {Base} from "./Base.sol";

/// Keeps one part in a hundred of every transfer.
contract TaxedToken is ERC20("Taxed", "TAX") {
    constructor() {
        _mint(msg.sender, 1e24);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from != address(0)) {
            super._update(from, address(0xdead), amount / 100);
            amount -= amount / 100;
        }
        super._update(from, to, amount);
    }
}

/// Takes one part in a hundred more from who sends, once its owner turns that on.
contract ChargingToken is ERC20("Charging", "CHG") {
    bool public charges;

    constructor() {
        _mint(msg.sender, 1e24);
    }

    function charge(bool on) external {
        charges = on;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (charges && from != address(0)) super._update(from, address(0xdead), amount / 100);
    }
}

/// Calls the vault again when it is paid.
contract Reenterer {
    Vault private immutable vault;
    bytes private again;

    constructor(Vault vault_) {
        vault = vault_;
    }

    function arm(bytes calldata call) external {
        again = call;
    }

    receive() external payable {
        (bool ok, bytes memory answer) = address(vault).call(again);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}

contract VaultTest is Base {
    address private constant RECEIVER = address(0xcafe);
    address private constant ETH = address(1);
    DemoToken private token;

    function setUp() public override {
        super.setUp();
        setVerifier();
        token = new DemoToken("Demo", "DMO", 0);
    }

    function test_a_token_deposit_calls_the_bridge_on_l2() public {
        vm.expectRevert(Vault.OnlyHub.selector);
        vault.bridgehubDeposit(CHAIN_ID, USER, 0, "");

        bytes32 hash = deposit(CHAIN_ID, 500, "");

        vm.assertEq(token.balanceOf(address(vault)), 500);
        vm.assertEq(vault.chainBalance(CHAIN_ID, address(token)), 500);
        vm.assertEq(vault.depositHappened(CHAIN_ID, hash), keccak256(abi.encode(USER, token, 500)));
        vm.assertEq(vault.tokenAddress(vault.assetId(address(token))), address(token));
    }

    function test_the_older_encoding_deposits_too() public {
        deposit(CHAIN_ID, 500, abi.encode(address(token), 500, RECEIVER));
        vm.assertEq(vault.chainBalance(CHAIN_ID, address(token)), 500);
    }

    function test_deposits_that_cannot_be_credited_are_refused() public {
        expectDepositRevert(abi.encode(address(token), 0, RECEIVER), Vault.AmountZero.selector);
        expectDepositRevert(abi.encode(address(token), 5, address(0)), Vault.ReceiverZero.selector);
        expectDepositRevert(abi.encode(ETH, 5, RECEIVER), Vault.AssetNotSupported.selector);
        expectDepositRevert("", Vault.EncodingNotSupported.selector);
        expectDepositRevert(hex"02", Vault.EncodingNotSupported.selector);
        bytes memory transfer = abi.encode(uint256(5), RECEIVER, address(token));
        expectDepositRevert(
            bytes.concat(hex"01", abi.encode(keccak256("other asset"), transfer)),
            Vault.AssetNotSupported.selector
        );
    }

    function test_a_token_that_takes_a_fee_is_refused() public {
        TaxedToken taxed = new TaxedToken();
        taxed.transfer(USER, 1000);
        vm.prank(USER);
        taxed.approve(address(vault), 1000);
        expectDepositRevert(
            abi.encode(address(taxed), 500, RECEIVER), Vault.TransferAmountMismatch.selector
        );
    }

    function test_a_token_that_takes_more_from_the_vault_is_not_paid_out() public {
        // given deposits for two chains of a token that begins to charge its senders
        ChargingToken charging = new ChargingToken();
        (Chain other,) = makeChain(9);
        uint256[2] memory ids = [CHAIN_ID, uint256(9)];
        charging.transfer(USER, 10_000);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(USER);
            charging.approve(address(vault), 5_000);
            L2TransactionRequestTwoBridgesOuter memory r =
                outer(ids[i], abi.encode(address(charging), 5_000, RECEIVER));
            vm.prank(USER, USER);
            hub.requestL2TransactionTwoBridges{value: r.mintValue}(r);
        }
        vm.assertEq(other.getTotalPriorityTxs(), 1);
        bytes memory message =
            abi.encodePacked(bytes4(0x11a2ccc1), RECEIVER, address(charging), uint256(5_000));
        (uint64 batch, bytes32[] memory path) = settleMessage(chain, 1, address(0x10003), message);
        charging.charge(true);
        // then what is the others' pays for no withdrawal
        vm.expectRevert(abi.encodeWithSelector(Vault.TransferAmountMismatch.selector, 5_000, 5_050));
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);
        vm.assertEq(charging.balanceOf(address(vault)), 10_000);
        vm.assertFalse(vault.isWithdrawalFinalized(CHAIN_ID, batch, 1));
        // and it is paid when the token moves what it says
        charging.charge(false);
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);
        vm.assertEq(charging.balanceOf(RECEIVER), 5_000);
        vm.assertEq(charging.balanceOf(address(vault)), vault.chainBalance(9, address(charging)));
    }

    function test_an_eth_withdrawal_pays_once(uint96 amount) public {
        request(amount, "");
        bytes memory message = abi.encodePacked(bytes4(0x6c0960f9), RECEIVER, uint256(amount));
        (uint64 batch, bytes32[] memory path) = settleMessage(chain, 1, address(0x800a), message);

        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);

        vm.assertEq(RECEIVER.balance, amount);
        vm.assertTrue(vault.isWithdrawalFinalized(CHAIN_ID, batch, 1));
        vm.expectRevert(Vault.AlreadyFinalized.selector);
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);
        FinalizeParams memory p =
            FinalizeParams(CHAIN_ID, batch, 1, address(0x800a), 3, message, path);
        vm.expectRevert(Vault.AlreadyFinalized.selector);
        vault.finalizeDeposit(p);
    }

    function test_a_withdrawal_with_a_message_pays_too() public {
        request(7, "");
        bytes memory message =
            abi.encodePacked(bytes4(0x6c0960f9), RECEIVER, uint256(7), USER, "for the rent");
        (uint64 batch, bytes32[] memory path) = settleMessage(chain, 1, address(0x800a), message);
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);
        vm.assertEq(RECEIVER.balance, 7);
    }

    function test_a_token_withdrawal_pays_by_either_name() public {
        deposit(CHAIN_ID, 500, "");
        bytes memory message =
            abi.encodePacked(bytes4(0x11a2ccc1), RECEIVER, address(token), uint256(200));
        (uint64 batch, bytes32[] memory path) = settleMessage(chain, 1, address(0x10003), message);
        FinalizeParams memory p =
            FinalizeParams(CHAIN_ID, batch, 1, address(0x800a), 3, message, path);
        vm.expectRevert(abi.encodeWithSelector(Vault.SenderInvalid.selector, address(0x800a)));
        vault.finalizeDeposit(p);
        p.l2Sender = address(0x10003);
        vault.finalizeDeposit(p);
        vm.assertEq(token.balanceOf(RECEIVER), 200);
        vm.assertEq(vault.chainBalance(CHAIN_ID, address(token)), 300);
    }

    function test_the_metadata_word_of_the_newer_proof_format_is_understood() public {
        request(7, "");
        bytes memory message = abi.encodePacked(bytes4(0x6c0960f9), RECEIVER, uint256(7));
        (uint64 batch, bytes32[] memory path) = settleMessage(chain, 1, address(0x800a), message);
        bytes32[] memory longer = new bytes32[](15);
        longer[0] = bytes32(uint256(0x010e0001) << 224);
        for (uint256 i = 0; i < 14; ++i) {
            longer[i + 1] = path[i];
        }
        bytes32[] memory wrong = new bytes32[](15);
        for (uint256 i = 0; i < 15; ++i) {
            wrong[i] = longer[i];
        }
        wrong[0] = bytes32(uint256(0x010e0101) << 224);
        vm.expectRevert(Vault.ProofInvalid.selector);
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, wrong);
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, longer);
        vm.assertEq(RECEIVER.balance, 7);
    }

    function test_any_change_to_a_withdrawal_is_refused(uint8 what, uint8 bit) public {
        request(1 ether, "");
        bytes memory message = abi.encodePacked(bytes4(0x6c0960f9), RECEIVER, uint256(1 ether));
        (uint64 batch, bytes32[] memory path) = settleMessage(chain, 1, address(0x800a), message);
        uint256 index = 1;
        uint16 txNumber = 3;
        what = what % 5;
        if (what == 0) message[4 + bit % 52] ^= 0x01;
        if (what == 1) path[bit % 14] ^= bytes32(uint256(1) << bit);
        if (what == 2) index ^= 1 << (bit % 20);
        if (what == 3) txNumber ^= uint16(1) << (bit % 16);
        if (what == 4) path = new bytes32[](bit % 14);
        vm.expectRevert(Vault.ProofInvalid.selector);
        vault.finalizeWithdrawal(CHAIN_ID, batch, index, txNumber, message, path);
    }

    function test_a_message_of_another_sender_pays_nothing(address sender) public {
        vm.assume(sender != address(0x800a));
        request(1 ether, "");
        bytes memory message = abi.encodePacked(bytes4(0x6c0960f9), RECEIVER, uint256(1 ether));
        (uint64 batch, bytes32[] memory path) = settleMessage(chain, 1, sender, message);
        vm.expectRevert(Vault.ProofInvalid.selector);
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);
    }

    function test_messages_of_another_form_are_refused(bytes calldata message) public {
        vm.expectRevert(Vault.MessageInvalid.selector);
        vault.finalizeWithdrawal(CHAIN_ID, 1, 0, 0, message, new bytes32[](14));
    }

    function test_nothing_is_paid_before_execution() public {
        request(1 ether, "");
        bytes memory message = abi.encodePacked(bytes4(0x6c0960f9), RECEIVER, uint256(1 ether));
        vm.expectRevert(abi.encodeWithSelector(Mailbox.BatchNotExecuted.selector, 1));
        vault.finalizeWithdrawal(CHAIN_ID, 1, 0, 0, message, new bytes32[](14));
    }

    function test_an_empty_leaf_proves_nothing() public {
        (bytes32 root, bytes32[] memory path) = logTree(new bytes32[](0), 0);
        vm.assertEq(root, 0x375a5bf909cb02143e3695ca658e0641e739aa590f0004dba93572c44cdb9d2d);
        uint64 batch = settle(0, root);
        vm.assertFalse(
            chain.proveL2LogInclusion(
                batch, 0, L2Log(0, false, 0, address(0), bytes32(0), bytes32(0)), path
            )
        );
    }

    function test_one_chain_cannot_pay_with_anothers_money() public {
        // given ten ether of the first chain and one of the second
        request(10 ether, "");
        (Chain other, address timelock) = makeChain(9);
        vm.prank(timelock);
        other.setVerifier(1, address(verifier));
        requestOn(9, 1 ether, "");
        // when the second chain's (proved!) batch withdraws five
        bytes memory message = abi.encodePacked(bytes4(0x6c0960f9), RECEIVER, uint256(5 ether));
        chain = other;
        (uint64 batch, bytes32[] memory path) = settleMessage(other, 1, address(0x800a), message);
        // then it is not paid
        vm.expectPartialRevert(Vault.ChainBalanceTooLow.selector);
        vault.finalizeWithdrawal(9, batch, 1, 3, message, path);
        // nor does the message count on the first chain
        vm.expectRevert(abi.encodeWithSelector(Mailbox.BatchNotExecuted.selector, batch));
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);
    }

    function test_a_failed_deposit_comes_back_once() public {
        bytes32 hash = deposit(CHAIN_ID, 500, "");
        (uint64 batch, bytes32[] memory path) = settleStatus(hash, 0);
        vm.expectRevert(Vault.DepositUnknown.selector);
        vault.claimFailedDeposit(CHAIN_ID, RECEIVER, address(token), 500, hash, batch, 0, 3, path);
        vm.expectRevert(Vault.DepositUnknown.selector);
        vault.claimFailedDeposit(CHAIN_ID, USER, address(token), 501, hash, batch, 0, 3, path);

        vault.claimFailedDeposit(CHAIN_ID, USER, address(token), 500, hash, batch, 0, 3, path);

        vm.assertEq(token.balanceOf(USER), 500);
        vm.assertEq(vault.chainBalance(CHAIN_ID, address(token)), 0);
        vm.expectRevert(Vault.DepositUnknown.selector);
        vault.claimFailedDeposit(CHAIN_ID, USER, address(token), 500, hash, batch, 0, 3, path);
    }

    function test_a_failed_deposit_comes_back_by_the_other_name() public {
        bytes32 hash = deposit(CHAIN_ID, 500, "");
        (uint64 batch, bytes32[] memory path) = settleStatus(hash, 0);
        bytes32 id = vault.assetId(address(token));
        bytes memory data = abi.encode(uint256(500), RECEIVER, address(token));
        vault.bridgeRecoverFailedTransfer(CHAIN_ID, USER, id, data, hash, batch, 0, 3, path);
        vm.assertEq(token.balanceOf(USER), 500);
    }

    function test_a_deposit_that_succeeded_does_not_come_back() public {
        bytes32 hash = deposit(CHAIN_ID, 500, "");
        (uint64 batch, bytes32[] memory path) = settleStatus(hash, 1);
        vm.expectRevert(Vault.ProofInvalid.selector);
        vault.claimFailedDeposit(CHAIN_ID, USER, address(token), 500, hash, batch, 0, 3, path);
    }

    function test_a_frozen_chain_pays_nothing() public {
        request(1 ether, "");
        bytes memory message = abi.encodePacked(bytes4(0x6c0960f9), RECEIVER, uint256(1 ether));
        (uint64 batch, bytes32[] memory path) = settleMessage(chain, 1, address(0x800a), message);
        vm.prank(GUARDIAN);
        chain.freeze();
        vm.expectRevert(ChainStorage.Frozen.selector);
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);
        // until the freeze is over, of itself
        vm.warp(block.timestamp + FREEZE);
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);
        vm.assertEq(RECEIVER.balance, 1 ether);
    }

    function test_a_receiver_cannot_reenter() public {
        request(2 ether, "");
        Reenterer thief = new Reenterer(vault);
        bytes memory message = abi.encodePacked(bytes4(0x6c0960f9), thief, uint256(1 ether));
        (uint64 batch, bytes32[] memory path) = settleMessage(chain, 1, address(0x800a), message);
        bytes memory call =
            abi.encodeCall(Vault.finalizeWithdrawal, (CHAIN_ID, batch, 1, 3, message, path));
        thief.arm(call);
        vm.expectRevert(Vault.EthTransferFailed.selector);
        vault.finalizeWithdrawal(CHAIN_ID, batch, 1, 3, message, path);
    }

    /// The message is leaf 1 of three, in transaction 3 of the batch.
    function settleMessage(Chain c, uint64 count, address sender, bytes memory message)
        private
        returns (uint64 batch, bytes32[] memory path)
    {
        chain = c;
        bytes32[] memory leaves = new bytes32[](3);
        leaves[0] = keccak256("another leaf");
        leaves[1] = Hashes.logLeaf(messageLog(3, sender, message));
        leaves[2] = keccak256("one more");
        bytes32 root;
        (root, path) = logTree(leaves, 1);
        batch = settle(count, root);
    }

    function settleStatus(bytes32 hash, uint256 status)
        private
        returns (uint64 batch, bytes32[] memory path)
    {
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = Hashes.logLeaf(L2Log(0, true, 3, address(0x8001), hash, bytes32(status)));
        bytes32 root;
        (root, path) = logTree(leaves, 0);
        batch = settle(1, root);
    }

    function deposit(uint256 id, uint256 amount, bytes memory data) private returns (bytes32) {
        token.mint(USER, amount);
        vm.prank(USER);
        token.approve(address(vault), amount);
        if (data.length == 0) {
            bytes memory transfer = abi.encode(amount, RECEIVER, address(token));
            data = bytes.concat(hex"01", abi.encode(vault.assetId(address(token)), transfer));
        }
        L2TransactionRequestTwoBridgesOuter memory r = outer(id, data);
        vm.prank(USER, USER);
        return hub.requestL2TransactionTwoBridges{value: r.mintValue}(r);
    }

    function expectDepositRevert(bytes memory data, bytes4 selector) private {
        L2TransactionRequestTwoBridgesOuter memory r = outer(CHAIN_ID, data);
        vm.prank(USER, USER);
        vm.expectPartialRevert(selector);
        hub.requestL2TransactionTwoBridges{value: r.mintValue}(r);
    }

    function outer(uint256 id, bytes memory data)
        private
        view
        returns (L2TransactionRequestTwoBridgesOuter memory r)
    {
        r.chainId = id;
        r.l2GasLimit = 2_000_000;
        r.l2GasPerPubdataByteLimit = 800;
        r.mintValue = hub.l2TransactionBaseCost(id, 1 gwei, r.l2GasLimit, 800);
        r.secondBridgeAddress = address(vault);
        r.secondBridgeCalldata = data;
    }
}
