// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PRIORITY_BATCH_GAS} from "../src/common/Constants.sol";
import {Hashes} from "../src/common/Hashes.sol";
import {CommitHeader, L2CanonicalTransaction, L2Log} from "../src/common/Types.sol";
import {Base} from "./Base.sol";

/// The bytes that L1 and the node agree on, as vectors that the node's tests read. The committed
/// file must be what these contracts compute; ASHLAR_WRITE_VECTORS=true writes it anew.
contract VectorsTest is Base {
    string private constant FILE = "../../test/contracts/public_input.json";

    function setUp() public override {}

    function test_the_vectors_are_what_the_contracts_compute() public {
        string memory made = string.concat(
            "{\n\"batches\": [\n",
            batches(),
            "\n],\n\"priority\": [\n",
            priority(),
            "\n],\n",
            number("priority_batch_gas", PRIORITY_BATCH_GAS),
            "\"logs\": ",
            logs(),
            "\n}\n"
        );
        if (vm.envOr("ASHLAR_WRITE_VECTORS", false)) vm.writeFile(FILE, made);
        vm.assertEq(vm.readFile(FILE), made);
    }

    function batches() private view returns (string memory out) {
        bytes32 acc;
        for (uint64 i = 0; i < 3; ++i) {
            (string memory text, bytes32 input) = batch(i);
            acc = Hashes.roll(acc, input);
            out = string.concat(out, i == 0 ? "{" : ",\n{", text, last("accumulator", acc));
        }
    }

    function batch(uint64 i) private view returns (string memory out, bytes32 input) {
        bytes memory pubdata = bytesOf(1000 * i, i);
        CommitHeader memory h = vectorHeader(i, pubdata);
        uint256 id = i == 2 ? type(uint256).max : 270 + i;
        address place = address(uint160(uint256(keccak256(abi.encode("chain", i)))));
        input = this.publicInput(id, 31_337, place, h);
        out = string.concat(
            word("chain_id", bytes32(id)),
            number("l1_chain_id", 31_337),
            field("chain_contract", vm.toString(place)),
            headerFields(h),
            field("pubdata", vm.toString(pubdata)),
            word("public_input", input)
        );
    }

    function bytesOf(uint256 length, uint256 seed) private pure returns (bytes memory made) {
        made = new bytes(length);
        for (uint256 k = 0; k < length; ++k) {
            made[k] = bytes1(uint8(k * 7 + seed));
        }
    }

    function vectorHeader(uint64 i, bytes memory pubdata)
        private
        view
        returns (CommitHeader memory h)
    {
        h.protocolVersion = uint32(i + 1);
        h.number = i == 2 ? type(uint64).max : i + 1;
        h.stateBefore = keccak256(abi.encode("before", i));
        h.stateAfter = keccak256(abi.encode("after", i));
        h.firstBlock = i * 100 + 1;
        h.lastBlock = i * 100 + 100;
        h.firstTimestamp = 1_800_000_000 + i;
        h.lastTimestamp = 1_800_000_060 + i;
        h.pubdataCommitment = this.pubdataCommitment(pubdata);
        h.priorityHashBefore = i == 0 ? bytes32(0) : keccak256(abi.encode("queue", i));
        h.priorityHashAfter = i == 0 ? bytes32(0) : keccak256(abi.encode("queue", i + 1));
        h.priorityCount = i * 3;
        h.l2ToL1LogRoot = keccak256(abi.encode("logs", i));
        h.configHash = keccak256(abi.encode("config", i));
    }

    function headerFields(CommitHeader memory h) private pure returns (string memory) {
        string memory chain_ = string.concat(
            number("protocol_version", h.protocolVersion),
            number("number", h.number),
            word("state_before", h.stateBefore),
            word("state_after", h.stateAfter)
        );
        string memory blocks = string.concat(
            number("first_block", h.firstBlock),
            number("last_block", h.lastBlock),
            number("first_timestamp", h.firstTimestamp),
            number("last_timestamp", h.lastTimestamp)
        );
        string memory queue = string.concat(
            word("pubdata_commitment", h.pubdataCommitment),
            word("priority_hash_before", h.priorityHashBefore),
            word("priority_hash_after", h.priorityHashAfter),
            number("priority_count", h.priorityCount)
        );
        return string.concat(
            chain_,
            blocks,
            queue,
            word("l2_to_l1_log_root", h.l2ToL1LogRoot),
            word("config_hash", h.configHash)
        );
    }

    function priority() private pure returns (string memory out) {
        bytes32 rolling;
        for (uint256 i = 0; i < 3; ++i) {
            L2CanonicalTransaction memory t;
            t.txType = 0x7f;
            t.from = uint160(uint256(keccak256(abi.encode("from", i))));
            t.to = uint160(uint256(keccak256(abi.encode("to", i))));
            t.gasLimit = 1_000_000 + i;
            t.gasPerPubdataByteLimit = 800;
            t.maxFeePerGas = 0.1 gwei + i;
            t.nonce = i;
            t.value = i * 1 ether;
            t.reserved[0] = i * 2 ether;
            t.reserved[1] = uint160(uint256(keccak256(abi.encode("refund", i))));
            t.data = bytesOf(i * 33, i);
            bytes32 hash = Hashes.canonicalTransaction(t);
            out = string.concat(out, i == 0 ? "{" : ",\n{", word("rolling_before", rolling));
            rolling = Hashes.roll(rolling, hash);
            out = string.concat(
                out,
                transactionFields(t),
                field("encoding", vm.toString(abi.encode(t))),
                word("canonical_hash", hash),
                last("rolling_after", rolling)
            );
        }
    }

    function transactionFields(L2CanonicalTransaction memory t)
        private
        pure
        returns (string memory)
    {
        string memory gas = string.concat(
            number("gas_limit", t.gasLimit),
            number("gas_per_pubdata", t.gasPerPubdataByteLimit),
            word("max_fee_per_gas", bytes32(t.maxFeePerGas))
        );
        string memory ends = string.concat(
            number("type", t.txType),
            field("from", vm.toString(address(uint160(t.from)))),
            field("to", vm.toString(address(uint160(t.to))))
        );
        string memory money = string.concat(
            number("priority_id", t.nonce),
            word("value", bytes32(t.value)),
            word("mint_value", bytes32(t.reserved[0])),
            field("refund_recipient", vm.toString(address(uint160(t.reserved[1]))))
        );
        return string.concat(ends, gas, money, field("data", vm.toString(t.data)));
    }

    function logs() private pure returns (string memory out) {
        L2Log[] memory all = new L2Log[](3);
        all[0] = messageLog(0, address(0x800a), "first message");
        all[1] = messageLog(2, address(0xbeef), "");
        all[2] = L2Log(0, true, 2, address(0x8001), keccak256("operation"), bytes32(uint256(1)));
        bytes32[] memory leaves = new bytes32[](3);
        string memory items;
        for (uint256 i = 0; i < all.length; ++i) {
            leaves[i] = Hashes.logLeaf(all[i]);
        }
        bytes32 root;
        for (uint256 i = 0; i < all.length; ++i) {
            bytes32[] memory path;
            (root, path) = logTree(leaves, i);
            items = string.concat(items, i == 0 ? "{" : ",\n{", logFields(all[i], leaves[i], path));
        }
        (bytes32 empty,) = logTree(new bytes32[](0), 0);
        out = string.concat("{", word("empty_root", empty), word("root", root));
        return string.concat(out, "\"items\": [\n", items, "\n]}");
    }

    function logFields(L2Log memory l, bytes32 leaf, bytes32[] memory path)
        private
        pure
        returns (string memory out)
    {
        for (uint256 d = 0; d < path.length; ++d) {
            out = string.concat(out, d == 0 ? "\"" : "\", \"", vm.toString(path[d]));
        }
        bytes memory packed =
            abi.encodePacked(l.l2ShardId, l.isService, l.txNumberInBatch, l.sender, l.key, l.value);
        string memory fields = string.concat(
            number("tx_number", l.txNumberInBatch),
            field("sender", vm.toString(l.sender)),
            word("key", l.key),
            word("value", l.value)
        );
        fields = string.concat(fields, field("bytes", vm.toString(packed)), word("leaf", leaf));
        return string.concat(fields, "\"path\": [", out, "\"]}");
    }

    function field(string memory name, string memory value) private pure returns (string memory) {
        return string.concat("\"", name, "\": \"", value, "\", ");
    }

    function word(string memory name, bytes32 value) private pure returns (string memory) {
        return field(name, vm.toString(value));
    }

    function number(string memory name, uint256 value) private pure returns (string memory) {
        return string.concat("\"", name, "\": ", vm.toString(value), ", ");
    }

    function last(string memory name, bytes32 value) private pure returns (string memory) {
        return string.concat("\"", name, "\": \"", vm.toString(value), "\"}");
    }
}
