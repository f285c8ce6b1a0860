// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "../src/common/Hashes.sol";
import {IVerifier} from "../src/l1/IVerifier.sol";

/// Stands for a verifier in tests: an output is verified when a test says so. It checks nothing, so
/// it lives here, outside the sources that the product's artifacts are made of.
///
/// `stage` and `finish` imitate a verification over several transactions: the output is recorded
/// when all stages of a session came in order.
contract VerifierDouble is IVerifier {
    bytes32 public immutable programSetRoot;
    mapping(bytes32 output => bool) public isVerified;
    mapping(bytes32 output => uint256) public staged;

    error StageOutOfOrder(uint256 expected, uint256 got);

    constructor(bytes32 root) {
        programSetRoot = root;
    }

    /// Records the output of a run by its accumulator.
    function accept(bytes32 accumulator) external {
        isVerified[Hashes.roll(programSetRoot, accumulator)] = true;
    }

    /// One stage of the verification of `output`; the last of `count` records it.
    function stage(bytes32 output, uint256 index, uint256 count, bytes calldata) external {
        uint256 expected = staged[output];
        if (index != expected) revert StageOutOfOrder(expected, index);
        staged[output] = index + 1;
        if (index + 1 == count) isVerified[output] = true;
    }
}
