// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// A plain token: what a transfer and a mint of 5,000 steps cost the interpreter.
contract Token {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    uint256 public totalSupply;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) public returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][msg.sender] -= value;
        move(from, to, value);
        return true;
    }

    function move(address from, address to, uint256 value) internal {
        require(from != address(0) && to != address(0), "zero address");
        uint256 held = balanceOf[from];
        require(held >= value, "balance");
        unchecked {
            balanceOf[from] = held - value;
            balanceOf[to] += value;
        }
        emit Transfer(from, to, value);
    }

    function mint(address to, uint256 value) public {
        require(to != address(0), "zero address");
        totalSupply += value;
        unchecked {
            balanceOf[to] += value;
        }
        emit Transfer(address(0), to, value);
    }

    function benchmarkTransfer() external {
        mint(msg.sender, type(uint128).max);
        for (uint256 i = 0; i < 5000; i++) transfer(address(uint160(i % 100 + 1)), i);
    }

    function benchmarkMint() external {
        for (uint256 i = 0; i < 5000; i++) mint(msg.sender, i);
    }
}
