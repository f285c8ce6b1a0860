// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Sends messages to L1. Genesis puts it at 0x8008. The batch makes one L2->L1 log of every event
/// of this contract in a successful transaction: key the sender, value the message's hash.
contract L1Messenger {
    event L1MessageSent(address indexed sender, bytes32 indexed hash, bytes message);

    /// Sends a message of any length; returns its keccak256 hash.
    function sendToL1(bytes calldata message) external returns (bytes32 hash) {
        hash = keccak256(message);
        emit L1MessageSent(msg.sender, hash, message);
    }
}
