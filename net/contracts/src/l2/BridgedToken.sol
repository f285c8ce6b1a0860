// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// An L1 token on L2. Made by the bridge with CREATE2, salted with the L1 token's address, and
/// without constructor arguments, so that its address follows from the L1 token's alone.
contract BridgedToken is ERC20 {
    /// The bridge, which alone mints and burns.
    address public immutable bridge;
    /// The token on L1; the ZK Stack also calls it originToken.
    address public l1Address;

    string private name_;
    string private symbol_;
    uint8 private decimals_;

    error OnlyBridge();
    error AlreadyInitialized();

    modifier onlyBridge() {
        if (msg.sender != bridge) revert OnlyBridge();
        _;
    }

    constructor() ERC20("", "") {
        bridge = msg.sender;
    }

    function initialize(
        address l1Token,
        string calldata tokenName,
        string calldata tokenSymbol,
        uint8 tokenDecimals
    ) external onlyBridge {
        if (l1Address != address(0)) revert AlreadyInitialized();
        l1Address = l1Token;
        name_ = tokenName;
        symbol_ = tokenSymbol;
        decimals_ = tokenDecimals;
    }

    function bridgeMint(address to, uint256 amount) external onlyBridge {
        _mint(to, amount);
    }

    function bridgeBurn(address from, uint256 amount) external onlyBridge {
        _burn(from, amount);
    }

    function originToken() external view returns (address) {
        return l1Address;
    }

    function name() public view override returns (string memory) {
        return name_;
    }

    function symbol() public view override returns (string memory) {
        return symbol_;
    }

    function decimals() public view override returns (uint8) {
        return decimals_;
    }
}
