// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {L2_MESSENGER, L2_TOKEN_VAULT, TOKEN_WITHDRAWAL} from "../common/Constants.sol";
import {Hashes} from "../common/Hashes.sol";
import {BridgedToken} from "./BridgedToken.sol";
import {L1Messenger} from "./L1Messenger.sol";

/// The token bridge's end on L2. Genesis puts it at 0x10003 and writes its first two storage slots;
/// no constructor runs.
contract L2Bridge {
    /// Slot 0, from genesis: the vault on L1.
    address public l1Vault;
    /// Slot 1, from genesis: L1's chain id.
    uint256 public L1_CHAIN_ID;
    /// Slot 2: the L1 token of each bridged token; zero for addresses that the bridge did not make.
    mapping(address l2Token => address l1Token) public l1TokenAddress;

    error OnlyVault(address sender);
    error TokenUnknown(address l2Token);
    error AmountZero();
    error ValueNotAccepted();

    event FinalizeDeposit(
        address indexed l1Sender,
        address indexed l2Receiver,
        address indexed l2Token,
        uint256 amount
    );
    event WithdrawalInitiated(
        address indexed l2Sender,
        address indexed l1Receiver,
        address indexed l2Token,
        uint256 amount
    );
    event TokenDeployed(address indexed l1Token, address indexed l2Token);

    /// Mints a deposit; only for the vault on L1, which arrives under its alias. The first deposit
    /// of a token makes its contract. `data` holds the token's name, symbol and decimals, each ABI
    /// encoded in its own bytes.
    function finalizeDeposit(
        address l1Sender,
        address l2Receiver,
        address l1Token,
        uint256 amount,
        bytes calldata data
    ) external payable {
        if (msg.sender != Hashes.aliased(l1Vault)) revert OnlyVault(msg.sender);
        if (msg.value != 0) revert ValueNotAccepted();
        address l2Token = l2TokenAddress(l1Token);
        if (l1TokenAddress[l2Token] == address(0)) _deploy(l1Token, l2Token, data);
        BridgedToken(l2Token).bridgeMint(l2Receiver, amount);
        emit FinalizeDeposit(l1Sender, l2Receiver, l2Token, amount);
    }

    /// Burns tokens of the caller, to be paid to `l1Receiver` by the vault on L1.
    function withdraw(address l1Receiver, address l2Token, uint256 amount) external {
        if (amount == 0) revert AmountZero();
        address l1Token = l1TokenAddress[l2Token];
        if (l1Token == address(0)) revert TokenUnknown(l2Token);
        BridgedToken(l2Token).bridgeBurn(msg.sender, amount);
        L1Messenger(L2_MESSENGER)
            .sendToL1(abi.encodePacked(TOKEN_WITHDRAWAL, l1Receiver, l1Token, amount));
        emit WithdrawalInitiated(msg.sender, l1Receiver, l2Token, amount);
    }

    /// Where an L1 token is, or will be, on L2.
    function l2TokenAddress(address l1Token) public view returns (address) {
        bytes32 hash = keccak256(
            abi.encodePacked(
                bytes1(0xff),
                address(this),
                bytes32(uint256(uint160(l1Token))),
                keccak256(type(BridgedToken).creationCode)
            )
        );
        return address(uint160(uint256(hash)));
    }

    /// Names under which SDKs ask for the vault on L1.
    function l1Bridge() external view returns (address) {
        return l1Vault;
    }

    function l1SharedBridge() external view returns (address) {
        return l1Vault;
    }

    function L1_ASSET_ROUTER() external view returns (address) {
        return l1Vault;
    }

    // These two are external so that a failed decoding of what a token says of itself can be caught.

    function decodeString(bytes calldata data) external pure returns (string memory) {
        return abi.decode(data, (string));
    }

    function decodeDecimals(bytes calldata data) external pure returns (uint8) {
        return abi.decode(data, (uint8));
    }

    function _deploy(address l1Token, address expected, bytes calldata data) private {
        BridgedToken token = new BridgedToken{salt: bytes32(uint256(uint160(l1Token)))}();
        assert(address(token) == expected);
        (bytes memory name, bytes memory symbol, bytes memory decimals) =
            abi.decode(data, (bytes, bytes, bytes));
        token.initialize(l1Token, _string(name), _string(symbol), _decimals(decimals));
        l1TokenAddress[address(token)] = l1Token;
        emit TokenDeployed(l1Token, address(token));
    }

    /// A token that answers with bytes32, with junk or with nothing is still bridged.
    function _string(bytes memory data) private view returns (string memory) {
        try this.decodeString(data) returns (string memory text) {
            return text;
        } catch {
            return "";
        }
    }

    function _decimals(bytes memory data) private view returns (uint8) {
        try this.decodeDecimals(data) returns (uint8 decimals) {
            return decimals;
        } catch {
            return 18;
        }
    }
}
