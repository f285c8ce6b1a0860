// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Accounts} from "../common/Accounts.sol";
import {
    ETH_TOKEN,
    GAS_PER_PUBDATA,
    L1_GAS_PER_PUBDATA_BYTE,
    L2_BOOTLOADER,
    L2_MESSENGER,
    PRIORITY_DATA_BYTES_MAX,
    PRIORITY_TX_TYPE
} from "../common/Constants.sol";
import {Hashes} from "../common/Hashes.sol";
import {
    BridgehubL2TransactionRequest,
    L2CanonicalTransaction,
    L2Log,
    L2Message,
    TxStatus
} from "../common/Types.sol";
import {ChainStorage} from "./ChainStorage.sol";
import {IChain} from "./Interfaces.sol";

/// L1 -> L2: the priority queue. L2 -> L1: proofs against the log roots of executed batches.
abstract contract Mailbox is ChainStorage, IChain {
    /// The hub; the same for all chains of one implementation.
    address public immutable hub;

    error OnlyHub();
    error GasPerPubdataMismatch(uint256 expected, uint256 got);
    error GasLimitOutOfRange(uint256 least, uint256 most, uint256 got);
    error DataTooLong(uint256 most, uint256 got);
    error FactoryDepsNotSupported();
    error MintValueTooLow(uint256 needed, uint256 got);
    error BatchNotExecuted(uint256 number);

    /// A priority operation entered the queue. `expirationTimestamp` is its deadline: no batch
    /// that ends later can be committed without it, or without as many operations before it as L1
    /// demands of a batch.
    event NewPriorityRequest(
        uint256 txId,
        bytes32 txHash,
        uint64 expirationTimestamp,
        L2CanonicalTransaction transaction,
        bytes[] factoryDeps
    );

    constructor(address hub_) {
        if (hub_ == address(0)) revert ZeroAddress();
        hub = hub_;
    }

    /// Price of L2 gas for a priority operation, in wei: enough to pay, at this L1 gas price, for
    /// the pubdata that the gas buys on this chain, and never under the chain's least price.
    function l2GasPrice(uint256 l1GasPrice) public view returns (uint256) {
        uint256 perByte = pubdataGasPerByte;
        uint256 pubdata = (l1GasPrice * L1_GAS_PER_PUBDATA_BYTE + perByte - 1) / perByte;
        uint256 least = fees.minimalL2GasPrice;
        return pubdata > least ? pubdata : least;
    }

    /// Least mint value of a priority operation. What is minted beyond it pays for the value of the
    /// call, and the sender's balance on L2 for the rest of that; where it is not there, the
    /// operation fails on L2. The ABI is the ZK Stack's, whose gas per pubdata a request names and
    /// no price follows.
    function l2TransactionBaseCost(uint256 gasPrice, uint256 gasLimit, uint256)
        external
        view
        returns (uint256)
    {
        return l2GasPrice(gasPrice) * gasLimit;
    }

    /// Least gas limit of a priority operation: intrinsic gas and the calldata floor of EIP-7623
    /// at its highest, so that every queued operation can pay for its own inclusion.
    function priorityGasMin(uint256 dataBytes) public pure returns (uint256) {
        return 21_000 + 40 * dataBytes;
    }

    function bridgehubRequestL2Transaction(BridgehubL2TransactionRequest calldata r)
        external
        whenNotFrozen
        returns (bytes32 canonicalTxHash)
    {
        if (msg.sender != hub) revert OnlyHub();
        uint256 price = _checkRequest(r);

        Progress storage p = progress_;
        uint64 index = p.priorityTotal;
        L2CanonicalTransaction memory t;
        t.txType = PRIORITY_TX_TYPE;
        t.from = uint160(Accounts.senderOnL2(r.sender));
        t.to = uint160(r.contractL2);
        t.gasLimit = r.l2GasLimit;
        t.gasPerPubdataByteLimit = r.l2GasPerPubdataByteLimit;
        t.maxFeePerGas = price;
        t.nonce = index;
        t.value = r.l2Value;
        t.reserved[0] = r.mintValue;
        t.reserved[1] = uint160(r.refundRecipient);
        t.data = r.l2Calldata;
        canonicalTxHash = Hashes.canonicalTransaction(t);

        priorityHash[index + 1] = Hashes.roll(priorityHash[index], canonicalTxHash);
        _setPriorityMark(
            index, uint64(block.timestamp), priorityGasOf(index) + uint64(r.l2GasLimit)
        );
        p.priorityTotal = index + 1;
        uint64 deadline = uint64(block.timestamp) + settings_.priorityDeadline;
        emit NewPriorityRequest(index, canonicalTxHash, deadline, t, r.factoryDeps);
    }

    function proveL2MessageInclusion(
        uint256 batchNumber,
        uint256 index,
        L2Message calldata m,
        bytes32[] calldata proof
    ) external view returns (bool) {
        L2Log memory log = L2Log({
            l2ShardId: 0,
            isService: true,
            txNumberInBatch: m.txNumberInBatch,
            sender: L2_MESSENGER,
            key: bytes32(uint256(uint160(m.sender))),
            value: keccak256(m.data)
        });
        return _included(batchNumber, index, log, proof);
    }

    function proveL2LogInclusion(
        uint256 batchNumber,
        uint256 index,
        L2Log calldata log,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _included(batchNumber, index, log, proof);
    }

    function proveL1ToL2TransactionStatus(
        bytes32 txHash,
        uint256 batchNumber,
        uint256 index,
        uint16 txNumberInBatch,
        bytes32[] calldata proof,
        TxStatus status
    ) external view returns (bool) {
        L2Log memory log = L2Log({
            l2ShardId: 0,
            isService: true,
            txNumberInBatch: txNumberInBatch,
            sender: L2_BOOTLOADER,
            key: txHash,
            value: bytes32(uint256(status))
        });
        return _included(batchNumber, index, log, proof);
    }

    /// The base token of every chain is ETH.
    function getBaseToken() external pure returns (address) {
        return ETH_TOKEN;
    }

    function getBridgehub() external view returns (address) {
        return hub;
    }

    /// Limits of a request; returns the price of its gas.
    function _checkRequest(BridgehubL2TransactionRequest calldata r)
        private
        view
        returns (uint256 price)
    {
        if (r.l2GasPerPubdataByteLimit != GAS_PER_PUBDATA) {
            revert GasPerPubdataMismatch(GAS_PER_PUBDATA, r.l2GasPerPubdataByteLimit);
        }
        if (r.factoryDeps.length != 0) revert FactoryDepsNotSupported();
        if (r.l2Calldata.length > PRIORITY_DATA_BYTES_MAX) {
            revert DataTooLong(PRIORITY_DATA_BYTES_MAX, r.l2Calldata.length);
        }
        uint256 least = priorityGasMin(r.l2Calldata.length);
        uint256 most = fees.priorityGasMax;
        if (r.l2GasLimit < least || r.l2GasLimit > most) {
            revert GasLimitOutOfRange(least, most, r.l2GasLimit);
        }
        price = l2GasPrice(tx.gasprice);
        uint256 needed = price * r.l2GasLimit;
        if (r.mintValue < needed) revert MintValueTooLow(needed, r.mintValue);
    }

    /// While a chain is frozen its log roots are not to be trusted, so nothing is proved by them.
    function _included(
        uint256 batchNumber,
        uint256 index,
        L2Log memory log,
        bytes32[] calldata proof
    ) private view whenNotFrozen returns (bool) {
        bytes32 root = logRoots_[batchNumber];
        if (root == 0) revert BatchNotExecuted(batchNumber);
        return Hashes.logRoot(Hashes.logLeaf(log), index, proof) == root;
    }
}
