// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    BridgehubL2TransactionRequest,
    CommitHeader,
    L2Log,
    L2Message,
    L2TransactionRequestTwoBridgesInner,
    TxStatus
} from "../common/Types.sol";

/// What the hub and the vault need of a chain.
interface IChain {
    /// Queues a priority operation; only the hub calls it, after it has taken the money.
    function bridgehubRequestL2Transaction(BridgehubL2TransactionRequest calldata request)
        external
        returns (bytes32 canonicalTxHash);

    function l2TransactionBaseCost(uint256 gasPrice, uint256 gasLimit, uint256 gasPerPubdata)
        external
        view
        returns (uint256);

    function proveL2MessageInclusion(
        uint256 batchNumber,
        uint256 index,
        L2Message calldata message,
        bytes32[] calldata proof
    ) external view returns (bool);

    function proveL2LogInclusion(
        uint256 batchNumber,
        uint256 index,
        L2Log calldata log,
        bytes32[] calldata proof
    ) external view returns (bool);

    function proveL1ToL2TransactionStatus(
        bytes32 txHash,
        uint256 batchNumber,
        uint256 index,
        uint16 txNumberInBatch,
        bytes32[] calldata proof,
        TxStatus status
    ) external view returns (bool);
}

/// What the vault and the factory need of the hub.
interface IHub {
    function registerChain(uint256 chainId, address chain) external;

    function getZKChain(uint256 chainId) external view returns (address);
}

/// A bridge that takes the asset of a two-bridges deposit. The vault is one; anyone may write
/// another.
interface ISecondBridge {
    function bridgehubDeposit(uint256 chainId, address caller, uint256 l2Value, bytes calldata data)
        external
        payable
        returns (L2TransactionRequestTwoBridgesInner memory);

    function bridgehubConfirmL2Transaction(uint256 chainId, bytes32 txDataHash, bytes32 txHash)
        external;
}

/// What the hub needs of the vault, beside its being a second bridge.
interface IVault is ISecondBridge {
    function bridgehubDepositBaseToken(
        uint256 chainId,
        bytes32 assetId,
        address sender,
        uint256 amount
    ) external payable;
}
