// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Accounts} from "../common/Accounts.sol";
import {ETH_TOKEN, L2_TOKEN_VAULT, TWO_BRIDGES_MAGIC} from "../common/Constants.sol";
import {
    BridgehubL2TransactionRequest,
    L2Log,
    L2Message,
    L2TransactionRequestDirect,
    L2TransactionRequestTwoBridgesInner,
    L2TransactionRequestTwoBridgesOuter,
    TxStatus
} from "../common/Types.sol";
import {IChain, IHub, ISecondBridge, IVault} from "./Interfaces.sol";

/// The one door from L1 to every chain of the ecosystem, ABI-compatible with the ZK Stack's
/// Bridgehub where its SDKs look. It holds no money: the vault does.
contract Hub is IHub, Ownable2Step, ReentrancyGuard {
    /// The shared bridge; set once.
    IVault public vault;
    /// Factories that may register chains.
    mapping(address factory => bool) public factories;
    /// The factory that made a chain.
    mapping(uint256 chainId => address) public chainTypeManager;

    mapping(uint256 chainId => address) private chains_;
    uint256[] private chainIds_;

    error VaultAlreadySet();
    error ZeroAddress();
    error OnlyFactory();
    error ChainExists(uint256 chainId);
    error ChainUnknown(uint256 chainId);
    error MsgValueMismatch(uint256 expected, uint256 got);
    error MintValueTooLow(uint256 needed, uint256 got);
    error SecondBridgeRefused();

    event VaultSet(address vault);
    event FactorySet(address indexed factory, bool allowed);
    event NewChain(uint256 indexed chainId, address chainTypeManager, address indexed chain);

    constructor(address owner) Ownable(owner) {}

    function setVault(IVault vault_) external onlyOwner {
        if (address(vault) != address(0)) revert VaultAlreadySet();
        if (address(vault_) == address(0)) revert ZeroAddress();
        vault = vault_;
        emit VaultSet(address(vault_));
    }

    function setFactory(address factory, bool allowed) external onlyOwner {
        factories[factory] = allowed;
        emit FactorySet(factory, allowed);
    }

    /// A chain's place is taken for good: nothing can point its id at another contract.
    function registerChain(uint256 chainId, address chain) external {
        if (!factories[msg.sender]) revert OnlyFactory();
        if (chain == address(0)) revert ZeroAddress();
        if (chains_[chainId] != address(0)) revert ChainExists(chainId);
        chains_[chainId] = chain;
        chainTypeManager[chainId] = msg.sender;
        chainIds_.push(chainId);
        emit NewChain(chainId, msg.sender, chain);
    }

    /// Asks for a call on L2. The value sent is minted on L2: it pays for gas and the call's value,
    /// and the rest goes to the refund recipient. Of a wallet, value that it does not pay for is
    /// taken from its balance on L2; where that is too low, the call fails. Of a contract it must be
    /// minted in full, as on the ZK Stack: there are some that pass on what their callers ask for.
    function requestL2TransactionDirect(L2TransactionRequestDirect calldata r)
        external
        payable
        nonReentrant
        returns (bytes32 canonicalTxHash)
    {
        if (!Accounts.isWallet(msg.sender)) {
            _requireMinted(
                _chain(r.chainId),
                r.mintValue,
                r.l2Value,
                r.l2GasLimit,
                r.l2GasPerPubdataByteLimit
            );
        }
        return _requestDirect(r);
    }

    /// The same for a contract that spends what lies at its alias on L2, and knows who asks it to:
    /// its value may be more than the mint pays for. The ZK Stack has no such call.
    function requestL2TransactionFromBalance(L2TransactionRequestDirect calldata r)
        external
        payable
        nonReentrant
        returns (bytes32 canonicalTxHash)
    {
        return _requestDirect(r);
    }

    /// Deposits through a second bridge, which takes the asset from the caller and says what is to
    /// be called on L2; the bridge is that call's aliased sender. The call's value must be minted
    /// in full: what the bridge has on L2 is not the caller's to send. A wallet is no bridge, since
    /// it would be the sender as itself, of a call that its delegate's answer makes.
    function requestL2TransactionTwoBridges(L2TransactionRequestTwoBridgesOuter calldata r)
        external
        payable
        nonReentrant
        returns (bytes32 canonicalTxHash)
    {
        uint256 expected = r.mintValue + r.secondBridgeValue;
        if (msg.value != expected) revert MsgValueMismatch(expected, msg.value);
        if (Accounts.isWallet(r.secondBridgeAddress)) revert SecondBridgeRefused();
        IChain chain = _chain(r.chainId);
        if (r.l2Value != 0) {
            _requireMinted(
                chain, r.mintValue, r.l2Value, r.l2GasLimit, r.l2GasPerPubdataByteLimit
            );
        }
        _depositBaseToken(r.chainId, r.mintValue);
        ISecondBridge bridge = ISecondBridge(r.secondBridgeAddress);
        L2TransactionRequestTwoBridgesInner memory inner = bridge.bridgehubDeposit{
            value: r.secondBridgeValue
        }(
            r.chainId, msg.sender, r.l2Value, r.secondBridgeCalldata
        );
        if (inner.magicValue != TWO_BRIDGES_MAGIC) revert SecondBridgeRefused();
        canonicalTxHash = chain.bridgehubRequestL2Transaction(
            BridgehubL2TransactionRequest({
                sender: r.secondBridgeAddress,
                contractL2: inner.l2Contract,
                mintValue: r.mintValue,
                l2Value: r.l2Value,
                l2Calldata: inner.l2Calldata,
                l2GasLimit: r.l2GasLimit,
                l2GasPerPubdataByteLimit: r.l2GasPerPubdataByteLimit,
                factoryDeps: inner.factoryDeps,
                refundRecipient: _refundRecipient(r.refundRecipient)
            })
        );
        bridge.bridgehubConfirmL2Transaction(r.chainId, inner.txDataHash, canonicalTxHash);
    }

    /// Least mint value of a priority operation; what is minted beyond it goes towards its value.
    function l2TransactionBaseCost(
        uint256 chainId,
        uint256 gasPrice,
        uint256 l2GasLimit,
        uint256 l2GasPerPubdataByteLimit
    ) external view returns (uint256) {
        return _chain(chainId).l2TransactionBaseCost(gasPrice, l2GasLimit, l2GasPerPubdataByteLimit);
    }

    function proveL2MessageInclusion(
        uint256 chainId,
        uint256 batchNumber,
        uint256 index,
        L2Message calldata message,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _chain(chainId).proveL2MessageInclusion(batchNumber, index, message, proof);
    }

    function proveL2LogInclusion(
        uint256 chainId,
        uint256 batchNumber,
        uint256 index,
        L2Log calldata log,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _chain(chainId).proveL2LogInclusion(batchNumber, index, log, proof);
    }

    function proveL1ToL2TransactionStatus(
        uint256 chainId,
        bytes32 l2TxHash,
        uint256 batchNumber,
        uint256 index,
        uint16 txNumberInBatch,
        bytes32[] calldata proof,
        TxStatus status
    ) external view returns (bool) {
        return _chain(chainId)
            .proveL1ToL2TransactionStatus(
                l2TxHash, batchNumber, index, txNumberInBatch, proof, status
            );
    }

    /// The contract of a chain, or zero.
    function getZKChain(uint256 chainId) external view returns (address) {
        return chains_[chainId];
    }

    /// The older name of getZKChain.
    function getHyperchain(uint256 chainId) external view returns (address) {
        return chains_[chainId];
    }

    function getAllZKChainChainIDs() external view returns (uint256[] memory) {
        return chainIds_;
    }

    function getAllZKChains() external view returns (address[] memory all) {
        all = new address[](chainIds_.length);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = chains_[chainIds_[i]];
        }
    }

    function assetRouter() external view returns (address) {
        return address(vault);
    }

    function sharedBridge() external view returns (address) {
        return address(vault);
    }

    /// ETH for every chain that exists, zero for others.
    function baseToken(uint256 chainId) external view returns (address) {
        return chains_[chainId] == address(0) ? address(0) : ETH_TOKEN;
    }

    function baseTokenAssetId(uint256 chainId) external view returns (bytes32) {
        return chains_[chainId] == address(0) ? bytes32(0) : _ethAssetId();
    }

    function L1_CHAIN_ID() external view returns (uint256) {
        return block.chainid;
    }

    function _chain(uint256 chainId) private view returns (IChain chain) {
        chain = IChain(chains_[chainId]);
        if (address(chain) == address(0)) revert ChainUnknown(chainId);
    }

    function _requestDirect(L2TransactionRequestDirect calldata r) private returns (bytes32) {
        if (msg.value != r.mintValue) revert MsgValueMismatch(r.mintValue, msg.value);
        IChain chain = _chain(r.chainId);
        _depositBaseToken(r.chainId, r.mintValue);
        return chain.bridgehubRequestL2Transaction(
            BridgehubL2TransactionRequest({
                sender: msg.sender,
                contractL2: r.l2Contract,
                mintValue: r.mintValue,
                l2Value: r.l2Value,
                l2Calldata: r.l2Calldata,
                l2GasLimit: r.l2GasLimit,
                l2GasPerPubdataByteLimit: r.l2GasPerPubdataByteLimit,
                factoryDeps: r.factoryDeps,
                refundRecipient: _refundRecipient(r.refundRecipient)
            })
        );
    }

    /// The mint pays for the gas and the whole value.
    function _requireMinted(
        IChain chain,
        uint256 mint,
        uint256 value,
        uint256 gasLimit,
        uint256 gasPerPubdata
    ) private view {
        uint256 needed =
            value + chain.l2TransactionBaseCost(tx.gasprice, gasLimit, gasPerPubdata);
        if (mint < needed) revert MintValueTooLow(needed, mint);
    }

    function _depositBaseToken(uint256 chainId, uint256 amount) private {
        vault.bridgehubDepositBaseToken{value: amount}(chainId, _ethAssetId(), msg.sender, amount);
    }

    function _ethAssetId() private view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, L2_TOKEN_VAULT, ETH_TOKEN));
    }

    /// Refunds go to who can act on L2: of a contract, its alias.
    function _refundRecipient(address wanted) private view returns (address) {
        if (wanted == address(0)) return Accounts.senderOnL2(msg.sender);
        return Accounts.namedOnL2(wanted);
    }
}
