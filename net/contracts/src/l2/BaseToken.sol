// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ETH_WITHDRAWAL, L2_MESSENGER} from "../common/Constants.sol";
import {L1Messenger} from "./L1Messenger.sol";

/// The chain's own ETH. Genesis puts it at 0x800a. What is withdrawn stays here for good: nothing
/// moves this contract's balance, so what it holds is burnt.
contract BaseToken {
    event Withdrawal(address indexed l2Sender, address indexed l1Receiver, uint256 amount);
    event WithdrawalWithMessage(
        address indexed l2Sender, address indexed l1Receiver, uint256 amount, bytes additionalData
    );

    /// Burns the value sent, to be paid to `l1Receiver` by the vault on L1.
    function withdraw(address l1Receiver) external payable {
        L1Messenger(L2_MESSENGER).sendToL1(abi.encodePacked(ETH_WITHDRAWAL, l1Receiver, msg.value));
        emit Withdrawal(msg.sender, l1Receiver, msg.value);
    }

    /// The same with data for whoever reads the message on L1.
    function withdrawWithMessage(address l1Receiver, bytes calldata additionalData)
        external
        payable
    {
        L1Messenger(L2_MESSENGER)
            .sendToL1(
                abi.encodePacked(ETH_WITHDRAWAL, l1Receiver, msg.value, msg.sender, additionalData)
            );
        emit WithdrawalWithMessage(msg.sender, l1Receiver, msg.value, additionalData);
    }

    /// Balance of an account, as the ZK Stack's base token answers it.
    function balanceOf(uint256 account) external view returns (uint256) {
        return address(uint160(account)).balance;
    }

    function name() external pure returns (string memory) {
        return "Ether";
    }

    function symbol() external pure returns (string memory) {
        return "ETH";
    }

    function decimals() external pure returns (uint8) {
        return 18;
    }
}
