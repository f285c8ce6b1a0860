// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// What the clients deploy and drive: storage, an event, and both kinds of revert.
contract Counter {
    uint256 public value;

    event Raised(address indexed by, uint256 value);

    error TooFar(uint256 limit);

    constructor(uint256 start) {
        value = start;
    }

    function raise(uint256 by) external {
        require(by != 0, "nothing to add");
        if (by > 1000) revert TooFar(1000);
        value += by;
        emit Raised(msg.sender, value);
    }
}
