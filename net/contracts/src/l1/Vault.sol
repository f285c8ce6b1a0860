// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {
    ETH_TOKEN,
    ETH_WITHDRAWAL,
    L2_BASE_TOKEN,
    L2_BRIDGE,
    L2_TOKEN_VAULT,
    TOKEN_WITHDRAWAL,
    TWO_BRIDGES_MAGIC
} from "../common/Constants.sol";
import {
    FinalizeParams,
    L2Message,
    L2TransactionRequestTwoBridgesInner,
    TxStatus
} from "../common/Types.sol";
import {Hub} from "./Hub.sol";
import {IVault} from "./Interfaces.sol";

/// The bridge's end on L2.
interface IL2Bridge {
    function finalizeDeposit(
        address l1Sender,
        address l2Receiver,
        address l1Token,
        uint256 amount,
        bytes calldata data
    ) external payable;
}

/// Holds what is bridged, for all chains, and answers to the names that the ZK Stack gives to its
/// asset router, nullifier and native token vault. What each chain holds of each token is counted,
/// and no chain pays out more than came in for it. A transfer of a token moves what it says, in and
/// out, or is refused; a balance that changes otherwise (a rebase, a slash) nobody can see here: such
/// a token is to be wrapped first, or its first withdrawals are the last ones' loss.
contract Vault is IVault, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// The hub; the only caller of the deposit functions.
    Hub public immutable hub;

    /// What a chain's users hold of a token, in the token's units; ETH stands under address 1.
    mapping(uint256 chainId => mapping(address token => uint256)) public chainBalance;
    /// keccak256(abi.encode(sender, token, amount)) of a deposit that was not claimed back.
    mapping(uint256 chainId => mapping(bytes32 txHash => bytes32)) public depositHappened;
    /// A withdrawal is paid once: its place in its batch's log tree is its name.
    mapping(uint256 chainId => mapping(uint256 batch => mapping(uint256 index => bool))) public
        isWithdrawalFinalized;
    /// Tokens that were deposited at least once, by asset id.
    mapping(bytes32 id => address token) public tokenAddress;

    error OnlyHub();
    error MsgValueMismatch(uint256 expected, uint256 got);
    error AssetNotSupported(bytes32 assetId);
    error EncodingNotSupported();
    error AmountZero();
    error ReceiverZero();
    error TransferAmountMismatch(uint256 expected, uint256 got);
    error DepositExists();
    error DepositUnknown();
    error AlreadyFinalized();
    error ProofInvalid();
    error MessageInvalid();
    error SenderInvalid(address sender);
    error ChainBalanceTooLow(uint256 balance, uint256 amount);
    error EthTransferFailed();

    event BridgehubDepositBaseTokenInitiated(
        uint256 indexed chainId, address indexed from, bytes32 assetId, uint256 amount
    );
    event BridgehubDepositInitiated(
        uint256 indexed chainId,
        bytes32 indexed txDataHash,
        address indexed from,
        bytes32 assetId,
        bytes bridgeMintCalldata
    );
    event BridgehubDepositFinalized(
        uint256 indexed chainId, bytes32 indexed txDataHash, bytes32 indexed l2DepositTxHash
    );
    event WithdrawalFinalized(
        uint256 indexed chainId, address indexed to, address indexed token, uint256 amount
    );
    event ClaimedFailedDeposit(
        uint256 indexed chainId, address indexed to, address indexed token, uint256 amount
    );

    modifier onlyHub() {
        if (msg.sender != address(hub)) revert OnlyHub();
        _;
    }

    constructor(Hub hub_) {
        hub = hub_;
    }

    /// Takes the ETH of a priority operation.
    function bridgehubDepositBaseToken(uint256 chainId, bytes32 id, address sender, uint256 amount)
        external
        payable
        onlyHub
    {
        if (id != assetId(ETH_TOKEN)) revert AssetNotSupported(id);
        if (msg.value != amount) revert MsgValueMismatch(amount, msg.value);
        chainBalance[chainId][ETH_TOKEN] += amount;
        emit BridgehubDepositBaseTokenInitiated(chainId, sender, id, amount);
    }

    /// Takes the ERC-20 of a two-bridges deposit. `data` is 0x01 and abi.encode(assetId,
    /// abi.encode(amount, receiver, token)), or the older abi.encode(token, amount, receiver).
    function bridgehubDeposit(uint256 chainId, address caller, uint256 l2Value, bytes calldata data)
        external
        payable
        onlyHub
        nonReentrant
        returns (L2TransactionRequestTwoBridgesInner memory r)
    {
        if (msg.value != 0 || l2Value != 0) {
            revert MsgValueMismatch(0, msg.value + l2Value);
        }
        (address token, uint256 amount, address receiver) = _decodeDeposit(data);
        if (amount == 0) revert AmountZero();
        if (receiver == address(0)) revert ReceiverZero();

        ensureTokenIsRegistered(token);
        chainBalance[chainId][token] += amount;
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(caller, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert TransferAmountMismatch(amount, received);

        r.magicValue = TWO_BRIDGES_MAGIC;
        r.l2Contract = L2_BRIDGE;
        r.l2Calldata = abi.encodeCall(
            IL2Bridge.finalizeDeposit, (caller, receiver, token, amount, tokenData(token))
        );
        r.txDataHash = keccak256(abi.encode(caller, token, amount));
        emit BridgehubDepositInitiated(chainId, r.txDataHash, caller, assetId(token), r.l2Calldata);
    }

    /// Remembers which priority operation carries a deposit, in case it fails on L2.
    function bridgehubConfirmL2Transaction(uint256 chainId, bytes32 txDataHash, bytes32 txHash)
        external
        onlyHub
    {
        if (depositHappened[chainId][txHash] != 0) revert DepositExists();
        depositHappened[chainId][txHash] = txDataHash;
        emit BridgehubDepositFinalized(chainId, txDataHash, txHash);
    }

    /// Pays out a withdrawal whose message is proved against an executed batch. Anyone may call;
    /// the money goes to the receiver that the message names.
    function finalizeWithdrawal(
        uint256 chainId,
        uint256 l2BatchNumber,
        uint256 l2MessageIndex,
        uint16 l2TxNumberInBatch,
        bytes calldata message,
        bytes32[] calldata merkleProof
    ) external nonReentrant {
        _finalize(chainId, l2BatchNumber, l2MessageIndex, l2TxNumberInBatch, message, merkleProof);
    }

    /// The same by the nullifier's name.
    function finalizeDeposit(FinalizeParams calldata p) external nonReentrant {
        address sender = _finalize(
            p.chainId,
            p.l2BatchNumber,
            p.l2MessageIndex,
            p.l2TxNumberInBatch,
            p.message,
            p.merkleProof
        );
        if (sender != p.l2Sender) revert SenderInvalid(p.l2Sender);
    }

    /// Gives a token deposit back whose operation failed on L2, as its 0x8001 log proves.
    function claimFailedDeposit(
        uint256 chainId,
        address depositSender,
        address l1Token,
        uint256 amount,
        bytes32 l2TxHash,
        uint256 l2BatchNumber,
        uint256 l2MessageIndex,
        uint16 l2TxNumberInBatch,
        bytes32[] calldata merkleProof
    ) external nonReentrant {
        _claim(
            Claim(chainId, depositSender, l1Token, amount, l2TxHash),
            l2BatchNumber,
            l2MessageIndex,
            l2TxNumberInBatch,
            merkleProof
        );
    }

    /// The same by the asset router's name; `assetData` is abi.encode(amount, receiver, token).
    function bridgeRecoverFailedTransfer(
        uint256 chainId,
        address depositSender,
        bytes32 id,
        bytes calldata assetData,
        bytes32 l2TxHash,
        uint256 l2BatchNumber,
        uint256 l2MessageIndex,
        uint16 l2TxNumberInBatch,
        bytes32[] calldata merkleProof
    ) external nonReentrant {
        (uint256 amount,,) = abi.decode(assetData, (uint256, address, address));
        _claim(
            Claim(chainId, depositSender, tokenAddress[id], amount, l2TxHash),
            l2BatchNumber,
            l2MessageIndex,
            l2TxNumberInBatch,
            merkleProof
        );
    }

    /// The id of a token of this L1, as the ZK Stack's native token vault makes it.
    function assetId(address token) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, L2_TOKEN_VAULT, token));
    }

    /// Makes a token's asset id known here; done by its first deposit too.
    function ensureTokenIsRegistered(address token) public returns (bytes32 id) {
        id = assetId(token);
        if (tokenAddress[id] == address(0)) tokenAddress[id] = token;
    }

    /// Name, symbol and decimals of a token for L2: three ABI-encoded values, each empty where the
    /// token does not say.
    function tokenData(address token) public view returns (bytes memory) {
        return abi.encode(
            _query(token, IERC20Metadata.name.selector),
            _query(token, IERC20Metadata.symbol.selector),
            _query(token, IERC20Metadata.decimals.selector)
        );
    }

    function originChainId(bytes32 id) external view returns (uint256) {
        return tokenAddress[id] == address(0) ? 0 : block.chainid;
    }

    function l2BridgeAddress(uint256) external pure returns (address) {
        return L2_BRIDGE;
    }

    function BRIDGE_HUB() external view returns (address) {
        return address(hub);
    }

    function L1_CHAIN_ID() external view returns (uint256) {
        return block.chainid;
    }

    function L1_NULLIFIER() external view returns (address) {
        return address(this);
    }

    function nativeTokenVault() external view returns (address) {
        return address(this);
    }

    function l1NativeTokenVault() external view returns (address) {
        return address(this);
    }

    function l1AssetRouter() external view returns (address) {
        return address(this);
    }

    struct Claim {
        uint256 chainId;
        address sender;
        address token;
        uint256 amount;
        bytes32 txHash;
    }

    function _decodeDeposit(bytes calldata data)
        private
        view
        returns (address token, uint256 amount, address receiver)
    {
        if (data.length == 0) revert EncodingNotSupported();
        if (data[0] == 0x01) {
            (bytes32 id, bytes memory transfer) = abi.decode(data[1:], (bytes32, bytes));
            if (transfer.length != 96) revert EncodingNotSupported();
            (amount, receiver, token) = abi.decode(transfer, (uint256, address, address));
            if (token == address(0)) token = tokenAddress[id];
            if (id != assetId(token)) revert AssetNotSupported(id);
        } else if (data[0] == 0x00 && data.length == 96) {
            (token, amount, receiver) = abi.decode(data, (address, uint256, address));
        } else {
            revert EncodingNotSupported();
        }
        // ETH is the base token: it is deposited as mint value.
        if (uint160(token) <= uint160(ETH_TOKEN)) revert AssetNotSupported(assetId(token));
    }

    function _finalize(
        uint256 chainId,
        uint256 batch,
        uint256 index,
        uint16 txNumberInBatch,
        bytes calldata message,
        bytes32[] calldata proof
    ) private returns (address sender) {
        if (isWithdrawalFinalized[chainId][batch][index]) {
            revert AlreadyFinalized();
        }
        isWithdrawalFinalized[chainId][batch][index] = true;
        address to;
        address token;
        uint256 amount;
        (sender, to, token, amount) = parseMessage(message);
        L2Message memory m = L2Message(txNumberInBatch, sender, message);
        if (!hub.proveL2MessageInclusion(chainId, batch, index, m, proof)) revert ProofInvalid();
        _pay(chainId, to, token, amount);
        emit WithdrawalFinalized(chainId, to, token, amount);
    }

    /// Reads a withdrawal message: which system contract must have sent it, who gets how much of
    /// what. Base token: selector | receiver 20 | amount 32 | anything. Token: selector |
    /// receiver 20 | L1 token 20 | amount 32.
    function parseMessage(bytes calldata m)
        public
        pure
        returns (address sender, address to, address token, uint256 amount)
    {
        if (m.length >= 56 && bytes4(m[:4]) == ETH_WITHDRAWAL) {
            sender = L2_BASE_TOKEN;
            token = ETH_TOKEN;
            amount = uint256(bytes32(m[24:56]));
        } else if (m.length == 76 && bytes4(m[:4]) == TOKEN_WITHDRAWAL) {
            sender = L2_BRIDGE;
            token = address(bytes20(m[24:44]));
            amount = uint256(bytes32(m[44:76]));
        } else {
            revert MessageInvalid();
        }
        to = address(bytes20(m[4:24]));
    }

    function _claim(
        Claim memory c,
        uint256 batch,
        uint256 index,
        uint16 txNumberInBatch,
        bytes32[] calldata proof
    ) private {
        bytes32 expected = depositHappened[c.chainId][c.txHash];
        if (expected == 0 || keccak256(abi.encode(c.sender, c.token, c.amount)) != expected) {
            revert DepositUnknown();
        }
        delete depositHappened[c.chainId][c.txHash];
        if (!hub.proveL1ToL2TransactionStatus(
                c.chainId, c.txHash, batch, index, txNumberInBatch, proof, TxStatus.Failure
            )) revert ProofInvalid();
        _pay(c.chainId, c.sender, c.token, c.amount);
        emit ClaimedFailedDeposit(c.chainId, c.sender, c.token, c.amount);
    }

    function _pay(uint256 chainId, address to, address token, uint256 amount) private {
        uint256 balance = chainBalance[chainId][token];
        if (balance < amount) revert ChainBalanceTooLow(balance, amount);
        chainBalance[chainId][token] = balance - amount;
        if (token == ETH_TOKEN) {
            (bool ok,) = to.call{value: amount}("");
            if (!ok) revert EthTransferFailed();
        } else {
            uint256 before = IERC20(token).balanceOf(address(this));
            IERC20(token).safeTransfer(to, amount);
            // More would be the other depositors' loss.
            uint256 taken = before - IERC20(token).balanceOf(address(this));
            if (taken != amount) revert TransferAmountMismatch(amount, taken);
        }
    }

    function _query(address token, bytes4 selector) private view returns (bytes memory) {
        (bool ok, bytes memory answer) = token.staticcall(abi.encodePacked(selector));
        return ok ? answer : bytes("");
    }
}
