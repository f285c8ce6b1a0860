// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVerifier} from "./IVerifier.sol";

interface Forge {
    function readFileBinary(string calldata path) external view returns (bytes memory);
    function getCode(string calldata artifact) external view returns (bytes memory);
    function exists(string calldata path) external view returns (bool);
    function snapshotState() external returns (uint256);
    function revertToState(uint256 id) external returns (bool);
    function lastCallGas() external view returns (Gas memory);
    function prank(address sender) external;
    function chainId(uint256 id) external;
    function skip(bool skipped, string calldata why) external;
    function toString(uint256 value) external pure returns (string memory);
    function assertEq(uint256 a, uint256 b, string calldata why) external pure;
    function assertTrue(bool condition, string calldata why) external pure;
    function assertFalse(bool condition, string calldata why) external pure;

    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }
}

/// The verifier's own functions.
interface IVerifying {
    function isProved(bytes32 list) external view returns (bool);
    function conclude(bytes32[] calldata inputs) external;
    function listOf(bytes32[] calldata inputs) external pure returns (bytes32, bytes32);
    function progress(bytes32 rowsHash, bytes32 leavesHash, bytes32 list, bytes32 output)
        external
        view
        returns (uint256);
}

/// A machine's contracts and fixture (test/solidity/fixture.hpp), and the steps of a verification.
abstract contract Harness {
    Forge internal constant vm = Forge(address(uint160(uint256(keccak256("hevm cheat code")))));
    bytes4 internal constant BEGIN = bytes4(keccak256("begin()"));
    bytes4 internal constant OPEN_ROWS = bytes4(keccak256("openRows()"));
    bytes4 internal constant OPEN_LEAVES = bytes4(keccak256("openLeaves()"));

    struct Plan {
        uint256 parts;
        uint256 head;
        uint256 treeCaps;
        uint256 layerCaps;
        uint256 row;
        uint256 leaf;
        uint256 rowsContext;
        uint256 leavesContext;
        uint256 queries;
        uint256 batch;
        uint256 batches;
        uint256 callBatches;
        uint256 calls;
    }

    struct Subject {
        bytes32[] inputs;
        bytes32 list;
        bytes32 output;
        bytes proof;
    }

    /// What begin() answers, and the hash that rows are told.
    struct Contexts {
        bytes rows;
        bytes leaves;
        bytes32 leavesHash;
    }

    Plan internal plan;
    bytes32 internal setRoot;
    address internal head;
    address internal rows;
    address internal verifier;
    address[] internal parts;

    function machine() internal pure virtual returns (string memory);

    function setUp() public virtual {
        bytes memory f = fixture();
        plan = Plan(
            wordAt(f, 0),
            wordAt(f, 1),
            wordAt(f, 2),
            wordAt(f, 3),
            wordAt(f, 4),
            wordAt(f, 5),
            wordAt(f, 6),
            wordAt(f, 7),
            wordAt(f, 8),
            wordAt(f, 9),
            wordAt(f, 10),
            wordAt(f, 11),
            wordAt(f, 12)
        );
        setRoot = bytes32(wordAt(f, 13));
        build(setRoot);
    }

    /// All contracts of the machine, linked (link.hpp) for a set of programs.
    function build(bytes32 root) internal {
        string[] memory symbols = new string[](plan.parts);
        address[] memory places = new address[](plan.parts);
        for (uint256 i = 0; i < plan.parts; ++i) {
            symbols[i] = string.concat("Constraints", vm.toString(i));
            places[i] = make(symbols[i], new string[](0), new address[](0), 0);
        }
        head = make("Head", symbols, places, root);
        symbols = new string[](1);
        places = new address[](1);
        (symbols[0], places[0]) = ("Head", head);
        rows = make("Rows", symbols, places, 0);
        symbols = new string[](2);
        places = new address[](2);
        (symbols[0], places[0], symbols[1], places[1]) = ("Head", head, "Rows", rows);
        verifier = make("Verifier", symbols, places, root);
    }

    function fixture() internal view returns (bytes memory) {
        return vm.readFileBinary(string.concat("fixtures/", machine(), ".bin"));
    }

    function make(
        string memory what,
        string[] memory symbols,
        address[] memory places,
        bytes32 root
    ) internal returns (address) {
        bytes memory code = vm.getCode(string.concat(machine(), ".sol:", machine(), what));
        for (uint256 i = 0; i < symbols.length; ++i) {
            uint160 mark = uint160(uint256(linkMark(symbols[i])));
            vm.assertTrue(put(code, mark, uint160(places[i]), 20) > 0, "an address is asked for");
        }
        if (root != 0) {
            vm.assertTrue(put(code, uint256(linkMark("SetRoot")), uint256(root), 32) > 0, "a root");
        }
        return create(code);
    }

    function linkMark(string memory symbol) internal pure returns (bytes32) {
        bytes32 mark = keccak256(bytes(string.concat("ashlar link: ", symbol)));
        return mark | bytes32(uint256(0x80) << 248 | uint256(0x80) << 152);
    }

    /// Puts `value` in the places of `mark`, both of so many bytes; how many there were.
    function put(bytes memory code, uint256 mark, uint256 value, uint256 size)
        internal
        pure
        returns (uint256 count)
    {
        uint256 shift = 256 - 8 * size;
        assembly {
            let at := add(code, 32)
            for { let end := sub(add(at, mload(code)), size) } iszero(gt(at, end)) { at := add(at, 1) } {
                let w := mload(at)
                if eq(shr(shift, w), mark) {
                    // What follows stays.
                    let rest := sub(shl(shift, 1), 1)
                    mstore(at, or(shl(shift, value), and(w, rest)))
                    count := add(count, 1)
                }
            }
        }
    }

    function makeNamed(string memory artifact, bytes memory arguments)
        internal
        returns (address)
    {
        return create(bytes.concat(vm.getCode(artifact), arguments));
    }

    function create(bytes memory code) internal returns (address made) {
        vm.assertTrue(code.length <= 49_152, "initcode fits EIP-3860");
        assembly {
            made := create(0, add(code, 32), mload(code))
        }
        vm.assertTrue(made != address(0) && made.code.length <= 24_576, "code fits EIP-170");
    }

    // The fixture's file.

    function wordAt(bytes memory f, uint256 word) internal pure returns (uint256) {
        return readWord(f, 32 * word);
    }

    function readWord(bytes memory f, uint256 pos) internal pure returns (uint256 w) {
        assembly {
            w := mload(add(add(f, 32), pos))
        }
    }

    function slice(bytes memory from, uint256 pos, uint256 size)
        internal
        pure
        returns (bytes memory to)
    {
        require(pos + size <= from.length, "slice");
        to = new bytes(size);
        assembly {
            mcopy(add(to, 32), add(add(from, 32), pos), size)
        }
    }

    function writeWord(bytes memory to, uint256 pos, uint256 value) internal pure {
        assembly {
            mstore(add(add(to, 32), pos), value)
        }
    }

    function readText(bytes memory f, uint256 pos) internal pure returns (bytes memory, uint256) {
        uint256 size = readWord(f, pos);
        return (slice(f, pos + 32, size), pos + 32 + size);
    }

    function subjects(bytes memory f)
        internal
        pure
        returns (Subject memory a, Subject memory b, uint256 end)
    {
        (a, end) = subjectAt(f, 32 * 14);
        (b, end) = subjectAt(f, end);
    }

    function subjectAt(bytes memory f, uint256 pos)
        internal
        pure
        returns (Subject memory s, uint256)
    {
        (s.inputs, pos) = readWords(f, pos);
        s.list = bytes32(readWord(f, pos));
        s.output = bytes32(readWord(f, pos + 32));
        (s.proof, pos) = readText(f, pos + 64);
        return (s, pos);
    }

    function readWords(bytes memory f, uint256 pos)
        internal
        pure
        returns (bytes32[] memory words, uint256)
    {
        words = new bytes32[](readWord(f, pos));
        for (uint256 i = 0; i < words.length; ++i) {
            words[i] = bytes32(readWord(f, pos + 32 + 32 * i));
        }
        return (words, pos + 32 + 32 * words.length);
    }

    // Pieces of a proof: as many of the bytes as are there; what is too much goes last.

    function piece(bytes memory proof, uint256 pos, uint256 size)
        internal
        pure
        returns (bytes memory)
    {
        if (pos >= proof.length) return "";
        return slice(proof, pos, pos + size > proof.length ? proof.length - pos : size);
    }

    /// Of query `q`, in a proof.
    function queryAt(uint256 q) internal view returns (uint256) {
        return plan.head + plan.treeCaps + plan.layerCaps + q * (plan.row + plan.leaf);
    }

    function rowsOf(bytes memory proof, uint256 batch) internal view returns (bytes memory out) {
        uint256 end = (batch + 1) * plan.batch > plan.queries
            ? plan.queries
            : (batch + 1) * plan.batch;
        for (uint256 q = batch * plan.batch; q < end; ++q) {
            out = bytes.concat(
                out,
                piece(proof, queryAt(q), plan.row)
            );
        }
    }

    function leavesOf(bytes memory proof, uint256 call) internal view returns (bytes memory out) {
        uint256 size = plan.batch * plan.callBatches;
        uint256 end = (call + 1) * size > plan.queries ? plan.queries : (call + 1) * size;
        for (uint256 q = call * size; q < end; ++q) {
            uint256 pos = queryAt(q) + plan.row;
            out = bytes.concat(out, piece(proof, pos, plan.leaf));
        }
        if (call + 1 == plan.calls) {
            uint256 all = queryAt(plan.queries);
            if (proof.length > all) out = bytes.concat(out, piece(proof, all, proof.length - all));
        }
    }

    // The calls' data.

    function beginCall(Subject memory s) internal view returns (bytes memory) {
        return bytes.concat(BEGIN, s.list, piece(s.proof, 0, plan.head));
    }

    function rowsCall(Contexts memory c, uint256 batch, bytes memory proof)
        internal
        view
        returns (bytes memory)
    {
        bytes memory caps = piece(proof, plan.head, plan.treeCaps);
        return
            bytes.concat(OPEN_ROWS, bytes32(batch), c.leavesHash, c.rows, caps, rowsOf(proof, batch));
    }

    function leavesCall(Contexts memory c, uint256 call, bytes memory proof)
        internal
        view
        returns (bytes memory)
    {
        bytes memory caps = piece(proof, plan.head + plan.treeCaps, plan.layerCaps);
        return bytes.concat(OPEN_LEAVES, bytes32(call), c.leaves, caps, leavesOf(proof, call));
    }

    function send(address to, bytes memory data) internal returns (bool ok) {
        (ok,) = to.call(data);
    }

    function begin(Subject memory s) internal returns (bool ok, Contexts memory c) {
        bytes memory answer;
        (ok, answer) = head.call(beginCall(s));
        if (!ok) return (false, c);
        (c.rows, c.leaves) = abi.decode(answer, (bytes, bytes));
        c.leavesHash = keccak256(c.leaves);
    }

    function finish(Contexts memory c, Subject memory s) internal returns (bool) {
        for (uint256 b = 0; b < plan.batches; ++b) {
            if (!send(rows, rowsCall(c, b, s.proof))) return false;
        }
        for (uint256 i = 0; i < plan.calls; ++i) {
            if (!send(verifier, leavesCall(c, i, s.proof))) return false;
        }
        return IVerifying(verifier).isProved(s.list);
    }

    /// All steps in order; whether the list is proved in the end.
    function attempt(Subject memory s) public returns (bool) {
        (bool ok, Contexts memory c) = begin(s);
        return ok && finish(c, s);
    }
}
