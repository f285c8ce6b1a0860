// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TWO_BRIDGES_MAGIC} from "../src/common/Constants.sol";
import {
    L2CanonicalTransaction,
    L2TransactionRequestDirect,
    L2TransactionRequestTwoBridgesInner,
    L2TransactionRequestTwoBridgesOuter
} from "../src/common/Types.sol";
import {Hub} from "../src/l1/Hub.sol";
import {Base} from "./Base.sol";
import {Vm} from "./Vm.sol";

/// A second bridge that asks for the call that it is given.
contract EchoBridge {
    function bridgehubDeposit(uint256, address, uint256, bytes calldata data)
        external
        payable
        returns (L2TransactionRequestTwoBridgesInner memory r)
    {
        r.magicValue = TWO_BRIDGES_MAGIC;
        (r.l2Contract, r.l2Calldata) = abi.decode(data, (address, bytes));
    }

    function bridgehubConfirmL2Transaction(uint256, bytes32, bytes32) external {}
}

/// Who asks, on L1, as whom on L2: wallets as themselves, contracts under their aliases.
contract WalletTest is Base {
    address private constant RELAYER = address(0x4e1a);
    uint160 private constant OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// `account` delegates to the vault's code, for want of a wallet's.
    function delegate(address account) private {
        vm.etch(account, abi.encodePacked(hex"ef0100", address(vault)));
    }

    function alias_(address account) private pure returns (address) {
        unchecked {
            return address(uint160(account) + OFFSET);
        }
    }

    function test_a_wallet_that_delegates_is_refunded_as_itself() public {
        delegate(USER);
        (address from, address refund) = ask(USER, USER, address(0));
        vm.assertEq(from, USER);
        vm.assertEq(refund, USER);
        (from, refund) = ask(USER, USER, USER);
        vm.assertEq(refund, USER);
        // and where another names it
        (from, refund) = ask(RELAYER, RELAYER, USER);
        vm.assertEq(from, RELAYER);
        vm.assertEq(refund, USER);
    }

    function test_a_wallet_that_delegates_sends_as_itself_whoever_pays() public {
        delegate(USER);
        (address from, address refund) = ask(USER, RELAYER, address(0));
        vm.assertEq(from, USER);
        vm.assertEq(refund, USER);
    }

    function test_a_contract_acts_under_its_alias_however_short_its_code(bytes calldata code) public {
        address contract_ = address(0xc0de);
        vm.assume(code.length != 0 && code[0] != 0xef);
        vm.etch(contract_, code);
        (address from, address refund) = ask(contract_, RELAYER, address(0));
        vm.assertEq(from, alias_(contract_));
        vm.assertEq(refund, alias_(contract_));
        (from, refund) = ask(USER, USER, contract_);
        vm.assertEq(refund, alias_(contract_));
    }

    function test_a_contract_that_is_being_made_acts_under_its_alias() public {
        // it has no code yet, and is not the origin
        (address from, address refund) = ask(address(0xc0de), RELAYER, address(0));
        vm.assertEq(from, alias_(address(0xc0de)));
        vm.assertEq(refund, alias_(address(0xc0de)));
    }

    function test_a_wallet_that_delegates_is_no_second_bridge() public {
        // given a wallet whose delegate answers as a bridge does, with a call of the asker's
        address bridge = address(new EchoBridge());
        vm.etch(USER, abi.encodePacked(hex"ef0100", bridge));
        L2TransactionRequestTwoBridgesOuter memory r;
        r.chainId = CHAIN_ID;
        r.l2GasLimit = 1_000_000;
        r.l2GasPerPubdataByteLimit = 800;
        r.mintValue = hub.l2TransactionBaseCost(CHAIN_ID, 1 gwei, r.l2GasLimit, 800);
        r.secondBridgeAddress = USER;
        r.secondBridgeCalldata = abi.encode(address(0xbeef), bytes("theft"));
        vm.deal(RELAYER, 2 * r.mintValue);
        for (uint256 i = 0; i < 2; ++i) {
            // then nobody has it ask on L2, be the transaction its own
            vm.prank(RELAYER, i == 0 ? USER : RELAYER);
            vm.expectRevert(Hub.SecondBridgeRefused.selector);
            hub.requestL2TransactionTwoBridges{value: r.mintValue}(r);
        }
        // and a contract with the same answer asks under its alias
        r.secondBridgeAddress = bridge;
        vm.recordLogs();
        vm.prank(RELAYER, RELAYER);
        hub.requestL2TransactionTwoBridges{value: r.mintValue}(r);
        vm.assertEq(address(uint160(lastQueued().from)), alias_(bridge));
    }

    /// Bridgehub's rule; contracts that were written for it hand on what anyone asks.
    function test_a_contract_spends_its_balance_on_l2_by_its_own_call_alone() public {
        L2TransactionRequestDirect memory r;
        r.chainId = CHAIN_ID;
        r.l2GasLimit = 1_000_000;
        r.l2GasPerPubdataByteLimit = 800;
        uint256 gas = hub.l2TransactionBaseCost(CHAIN_ID, 1 gwei, r.l2GasLimit, 800);
        r.l2Value = 5 ether;
        r.mintValue = gas + 5 ether - 1;
        vm.deal(address(0xc0de), 20 ether);
        vm.startPrank(address(0xc0de), RELAYER);
        // given a router: a value that its caller does not bring is refused, one that is brought not
        vm.expectRevert(
            abi.encodeWithSelector(Hub.MintValueTooLow.selector, gas + 5 ether, r.mintValue)
        );
        hub.requestL2TransactionDirect{value: r.mintValue}(r);
        r.mintValue += 1;
        hub.requestL2TransactionDirect{value: r.mintValue}(r);
        // and a contract that means it gets out what lies at its alias
        r.mintValue = gas;
        vm.recordLogs();
        hub.requestL2TransactionFromBalance{value: gas}(r);
        vm.stopPrank();
        L2CanonicalTransaction memory t = lastQueued();
        vm.assertEq(address(uint160(t.from)), alias_(address(0xc0de)));
        vm.assertEq(t.value, 5 ether);
        vm.assertEq(t.reserved[0], gas);
    }

    /// Sender and refund recipient on L2 of what `sender` asks in a transaction of `origin`.
    function ask(address sender, address origin, address refund)
        private
        returns (address, address)
    {
        L2TransactionRequestDirect memory r;
        r.chainId = CHAIN_ID;
        r.l2GasLimit = 1_000_000;
        r.l2GasPerPubdataByteLimit = 800;
        r.mintValue = hub.l2TransactionBaseCost(CHAIN_ID, 1 gwei, r.l2GasLimit, 800);
        r.refundRecipient = refund;
        vm.deal(sender, r.mintValue);
        vm.recordLogs();
        vm.prank(sender, origin);
        hub.requestL2TransactionDirect{value: r.mintValue}(r);
        L2CanonicalTransaction memory t = lastQueued();
        return (address(uint160(t.from)), address(uint160(t.reserved[1])));
    }

    function lastQueued() private returns (L2CanonicalTransaction memory t) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (,,, t,) = abi.decode(
            logs[logs.length - 1].data, (uint256, bytes32, uint64, L2CanonicalTransaction, bytes[])
        );
    }
}
