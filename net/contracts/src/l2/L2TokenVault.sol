// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ETH_TOKEN, L2_BRIDGE} from "../common/Constants.sol";
import {L2Bridge} from "./L2Bridge.sol";

/// Answers what SDKs ask the ZK Stack's native token vault at 0x10004 before a withdrawal. It holds
/// nothing and changes nothing: the bridge at 0x10003 does the work.
contract L2TokenVault {
    /// Asset id of a bridged token, or zero.
    function assetId(address l2Token) external view returns (bytes32) {
        address l1Token = L2Bridge(L2_BRIDGE).l1TokenAddress(l2Token);
        return l1Token == address(0) ? bytes32(0) : _id(l1Token);
    }

    /// Every bridged token is native to L1, and no other asset has an id here.
    function originChainId(bytes32 id) external view returns (uint256) {
        return id == 0 ? 0 : L2Bridge(L2_BRIDGE).L1_CHAIN_ID();
    }

    function L1_CHAIN_ID() external view returns (uint256) {
        return L2Bridge(L2_BRIDGE).L1_CHAIN_ID();
    }

    /// Asset id of ether, which zksync-ethers compares with what it withdraws.
    function BASE_TOKEN_ASSET_ID() external view returns (bytes32) {
        return _id(ETH_TOKEN);
    }

    function l2TokenAddress(address l1Token) external view returns (address) {
        return L2Bridge(L2_BRIDGE).l2TokenAddress(l1Token);
    }

    function _id(address l1Token) private view returns (bytes32) {
        return keccak256(abi.encode(L2Bridge(L2_BRIDGE).L1_CHAIN_ID(), address(this), l1Token));
    }
}
