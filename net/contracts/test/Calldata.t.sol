// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommitHeader} from "../src/common/Types.sol";
import {Settlement} from "../src/l1/Settlement.sol";
import {Base} from "./Base.sol";

/// L1 is read by the calldata of transactions: what commits has one form of it, whoever sends it.
contract CalldataTest is Base {
    /// Two batches that an escape may settle.
    CommitHeader[] private run;
    bytes[] private pubdata;

    function setUp() public override {
        super.setUp();
        setVerifier();
        operationGas = GAS_MAX;
        request(0, "one");
        request(0, "two");
        vm.warp(block.timestamp + ESCAPE + 1);
        pubdata.push("the first batch's, more than a word of it");
        pubdata.push("");
        CommitHeader memory h = header(1, pubdata[0]);
        run.push(h);
        CommitHeader memory next = header(1, pubdata[1]);
        (next.number, next.stateBefore) = (h.number + 1, h.stateAfter);
        (next.firstBlock, next.lastBlock) = (h.lastBlock + 1, h.lastBlock + 1);
        next.priorityHashBefore = h.priorityHashAfter;
        next.priorityHashAfter = chain.priorityHash(2);
        run.push(next);
        verify(run);
    }

    function test_an_escape_of_several_batches_has_the_form_that_compilers_give_it() public {
        (bool ok,) = send(abi.encodeCall(chain.escapeSettle, (run, pubdata)));
        vm.assertTrue(ok);
        vm.assertEq(chain.getTotalBatchesExecuted(), 2);
        vm.assertEq(chain.stateCommitment(), run[1].stateAfter);
    }

    function test_the_padding_of_pubdata_is_anyones() public {
        bytes memory call = abi.encodeCall(chain.escapeSettle, (run, pubdata));
        // the last word but one ends the first blob, the last is the length of the other
        call[call.length - 33] = 0xff;
        (bool ok,) = send(call);
        vm.assertTrue(ok);
    }

    /// Solidity reads an offset within an array as a signed number.
    function test_an_escapes_pubdata_does_not_stand_before_its_list() public {
        bytes memory blob = padded(pubdata[0]);
        uint256 listAt = 64 + 32 + 448 + blob.length;
        bytes memory call = bytes.concat(
            chain.escapeSettle.selector,
            abi.encode(uint256(64), listAt, uint256(1)),
            abi.encode(run[0]),
            blob,
            abi.encode(uint256(1), -int256(32 + blob.length))
        );
        CommitHeader[] memory first = one(run[0]);
        verify(first);
        refused(call);
        bytes[] memory alone = one(pubdata[0]);
        (bool ok,) = send(abi.encodeCall(chain.escapeSettle, (first, alone)));
        vm.assertTrue(ok);
    }

    function test_an_escapes_parts_stand_in_order_without_gaps() public {
        bytes memory headers = abi.encodePacked(uint256(2), abi.encode(run[0]), abi.encode(run[1]));
        bytes memory first = padded(pubdata[0]);
        bytes memory second = padded(pubdata[1]);
        uint256 list_ = 64 + headers.length;
        // the blobs in the other order
        refused(
            laid(64, list_, headers, list(64 + second.length, 64), bytes.concat(second, first))
        );
        // a word between list and blobs, and one between the blobs
        refused(
            laid(64, list_, headers, list(96, 96 + first.length), bytes.concat(new bytes(32), first, second))
        );
        refused(
            laid(64, list_, headers, list(64, 96 + first.length), bytes.concat(first, new bytes(32), second))
        );
        // a byte, and a word, behind the last
        refused(
            laid(64, list_, headers, list(64, 64 + first.length), bytes.concat(first, second, hex"00"))
        );
        refused(
            laid(64, list_, headers, list(64, 64 + first.length), bytes.concat(first, second, new bytes(32)))
        );
        // a word before the headers, and one before the list
        headers = bytes.concat(new bytes(32), headers);
        refused(
            laid(96, list_ + 32, headers, list(64, 64 + first.length), bytes.concat(first, second))
        );
        headers = abi.encodePacked(uint256(2), abi.encode(run[0]), abi.encode(run[1]), uint256(0));
        refused(
            laid(64, list_ + 32, headers, list(64, 64 + first.length), bytes.concat(first, second))
        );
    }

    /// What a word has beyond its field is no part of the public input: a reader could not know it.
    function test_a_header_has_no_dirty_words(uint8 which, uint256 dirt) public {
        uint8[8] memory narrow = [0, 1, 4, 5, 6, 7, 11, 11];
        uint256 field = narrow[which % 8];
        uint256 bits = field == 0 ? 32 : 64;
        dirt = (dirt >> bits) << bits;
        vm.assume(dirt != 0);
        bytes memory commit = abi.encodeCall(chain.commitBatch, (run[0], pubdata[0]));
        bytes memory escape = abi.encodeCall(chain.escapeSettle, (run, pubdata));
        spoil(commit, 4 + field * 32, dirt);
        spoil(escape, 4 + 96 + (which & 64 == 0 ? 0 : 448) + field * 32, dirt);
        vm.prank(COMMITTER, COMMITTER);
        (bool ok,) = address(chain).call(commit);
        vm.assertFalse(ok);
        (ok,) = send(escape);
        vm.assertFalse(ok);
    }

    /// A blob as calldata has it: its length, its bytes, padding.
    function padded(bytes memory blob) private pure returns (bytes memory) {
        return bytes.concat(
            bytes32(blob.length), blob, new bytes((32 - blob.length % 32) % 32)
        );
    }

    function list(uint256 first, uint256 second) private pure returns (bytes memory) {
        return abi.encode(uint256(2), first, second);
    }

    function laid(
        uint256 headersAt,
        uint256 listAt,
        bytes memory headers,
        bytes memory offsets,
        bytes memory blobs
    ) private view returns (bytes memory) {
        return bytes.concat(
            chain.escapeSettle.selector, abi.encode(headersAt, listAt), headers, offsets, blobs
        );
    }

    function spoil(bytes memory whole, uint256 place, uint256 dirt) private pure {
        assembly ("memory-safe") {
            let word := add(add(whole, 32), place)
            mstore(word, or(mload(word), dirt))
        }
    }

    function send(bytes memory call) private returns (bool ok, bytes memory answer) {
        vm.prank(USER, USER);
        return address(chain).call(call);
    }

    function refused(bytes memory call) private {
        (bool ok, bytes memory why) = send(call);
        vm.assertFalse(ok);
        vm.assertEq(why, abi.encodeWithSelector(Settlement.CalldataNotCanonical.selector));
    }
}
