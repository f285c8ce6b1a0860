// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// The structs up to FinalizeParams have the ZK Stack's ABI (matter-labs/era-contracts), so that its
// SDKs talk to these contracts unchanged.

/// Outcome of a priority operation, as its L2->L1 log says.
enum TxStatus {
    Failure,
    Success
}

/// One L2->L1 log; its 88-byte packing is the leaf of the log tree.
struct L2Log {
    uint8 l2ShardId;
    bool isService;
    uint16 txNumberInBatch;
    address sender;
    bytes32 key;
    bytes32 value;
}

/// A message of any length from L2: a log of the messenger whose value is the message's hash.
struct L2Message {
    uint16 txNumberInBatch;
    address sender;
    bytes data;
}

/// A priority operation as L2 executes it; keccak256 of its ABI encoding is its hash everywhere.
struct L2CanonicalTransaction {
    uint256 txType;
    uint256 from;
    uint256 to;
    uint256 gasLimit;
    uint256 gasPerPubdataByteLimit;
    uint256 maxFeePerGas;
    uint256 maxPriorityFeePerGas;
    uint256 paymaster;
    uint256 nonce;
    uint256 value;
    uint256[4] reserved;
    bytes data;
    bytes signature;
    uint256[] factoryDeps;
    bytes paymasterInput;
    bytes reservedDynamic;
}

/// What the hub hands to a chain for one priority operation.
struct BridgehubL2TransactionRequest {
    address sender;
    address contractL2;
    uint256 mintValue;
    uint256 l2Value;
    bytes l2Calldata;
    uint256 l2GasLimit;
    uint256 l2GasPerPubdataByteLimit;
    bytes[] factoryDeps;
    address refundRecipient;
}

/// A user's call of an L2 contract from L1.
struct L2TransactionRequestDirect {
    uint256 chainId;
    uint256 mintValue;
    address l2Contract;
    uint256 l2Value;
    bytes l2Calldata;
    uint256 l2GasLimit;
    uint256 l2GasPerPubdataByteLimit;
    bytes[] factoryDeps;
    address refundRecipient;
}

/// A user's deposit through a second bridge: the hub takes the fee, the bridge takes the asset.
struct L2TransactionRequestTwoBridgesOuter {
    uint256 chainId;
    uint256 mintValue;
    uint256 l2Value;
    uint256 l2GasLimit;
    uint256 l2GasPerPubdataByteLimit;
    address refundRecipient;
    address secondBridgeAddress;
    uint256 secondBridgeValue;
    bytes secondBridgeCalldata;
}

/// What the second bridge wants to be called on L2.
struct L2TransactionRequestTwoBridgesInner {
    bytes32 magicValue;
    address l2Contract;
    bytes l2Calldata;
    bytes[] factoryDeps;
    bytes32 txDataHash;
}

/// Everything that finalises one withdrawal.
struct FinalizeParams {
    uint256 chainId;
    uint256 l2BatchNumber;
    uint256 l2MessageIndex;
    address l2Sender;
    uint16 l2TxNumberInBatch;
    bytes message;
    bytes32[] merkleProof;
}

/// The fields of a batch that its public input commits to, in the order of the packing. The
/// contract adds chain id, L1 chain id and its own address.
struct CommitHeader {
    uint32 protocolVersion;
    uint64 number;
    bytes32 stateBefore;
    bytes32 stateAfter;
    uint64 firstBlock;
    uint64 lastBlock;
    uint64 firstTimestamp;
    uint64 lastTimestamp;
    bytes32 pubdataCommitment;
    bytes32 priorityHashBefore;
    bytes32 priorityHashAfter;
    uint64 priorityCount;
    bytes32 l2ToL1LogRoot;
    bytes32 configHash;
}
