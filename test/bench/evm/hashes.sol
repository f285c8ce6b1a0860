// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Ten thousand short keccaks in a loop, and loops of arithmetic, memory and storage.
contract Loops {
    function benchmarkHashes() external pure returns (bytes32 h) {
        for (uint256 i = 0; i < 10000; i++) h ^= keccak256(abi.encodePacked(i));
    }

    function benchmarkArithmetic() external pure returns (uint256 x) {
        x = 0x123456789abcdef123456789abcdef123456789abcdef;
        unchecked {
            for (uint256 i = 1; i < 20000; i++) {
                x = x * 6364136223846793005 + i;
                x ^= x >> 67;
                x += x / (i | (1 << 90));
                x = addmod(x, i, type(uint256).max - 188) + mulmod(x, x, type(uint256).max - 188);
                if (x > (1 << 255)) x -= i;
            }
        }
    }

    function benchmarkMemory() external pure returns (uint256 sum) {
        uint256[] memory words = new uint256[](1000);
        for (uint256 round = 0; round < 20; round++)
            for (uint256 i = 1; i < 1000; i++) words[i] = words[i - 1] + i;
        sum = words[999];
        assembly {
            for { let i := 0 } lt(i, 5000) { i := add(i, 1) } {
                mcopy(add(words, 1024), words, 8192)
            }
        }
    }

    mapping(uint256 => uint256) slots;

    function benchmarkStorage() external {
        for (uint256 round = 1; round <= 20; round++)
            for (uint256 i = 0; i < 200; i++) slots[i] += round;
    }
}
