// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Harness} from "./Harness.sol";

/// The contracts that evaluate constraints, on values that satisfy them and on values that do not,
/// against the native verifier. No proof stands behind these values.
contract ConstraintsTest is Harness {
    function machine() internal pure override returns (string memory) {
        return "";
    }

    function setUp() public override {}

    function test_the_toy_machine() public {
        agree("Toy", 0);
    }

    function test_the_memory_machine() public {
        agree("Memory", 0);
    }

    function test_the_outermost_layers_table_of_operations() public {
        agree("Circuit", 0);
    }

    function test_the_outermost_layers_table_of_hashes_slice_after_slice() public {
        uint256 parts_ = agree("Circuit", 1);
        vm.assertTrue(parts_ > 1, "it takes more than one contract");
    }

    function test_chips_of_the_machine_of_executions() public {
        uint256 parts_ = agreeAll("Chips");
        vm.assertTrue(parts_ > 1, "they take more than one contract");
    }

    function agreeAll(string memory name) private returns (uint256 i) {
        while (vm.exists(path(name, i))) agree(name, i++);
    }

    function path(string memory name, uint256 part) private pure returns (string memory) {
        return string.concat("fixtures/", name, "Constraints", vm.toString(part), ".bin");
    }

    /// Which contracts the file is about, made.
    function makeChain(string memory name, bytes memory f)
        private
        returns (address[] memory chain, uint256 pos)
    {
        chain = new address[](readWord(f, 0));
        pos = 32;
        for (uint256 i = 0; i < chain.length; ++i) {
            bytes memory contract_;
            (contract_, pos) = readText(f, pos);
            chain[i] = makeNamed(string.concat(name, ".sol:", string(contract_)), "");
        }
    }

    /// The contracts in order, each going on from the sum of the one before.
    function ask(address[] memory chain, bytes memory input)
        private
        view
        returns (bool ok, bytes memory answer)
    {
        for (uint256 i = 0; i < chain.length; ++i) {
            writeWord(input, 32 * 6, i == 0 ? 0 : readWord(answer, 0));
            (ok, answer) = chain[i].staticcall(input);
            if (!ok) return (false, answer);
        }
    }

    function agree(string memory name, uint256 part) private returns (uint256) {
        bytes memory f = vm.readFileBinary(path(name, part));
        (address[] memory chain, uint256 pos) = makeChain(name, f);
        return check(chain, f, pos);
    }

    function check(address[] memory chain, bytes memory f, uint256 pos) private returns (uint256) {
        bytes memory input;
        (input, pos) = readText(f, pos);
        uint256 count = readWord(f, pos);
        pos += 32;
        uint256 refused;
        for (uint256 i = 0; i < count; ++i) {
            uint256 place = 32 * readWord(f, pos);
            uint256 honest = readWord(input, place);
            writeWord(input, place, readWord(f, pos + 32));
            bool expected = readWord(f, pos + 64) == 1;
            uint256 before = gasleft();
            (bool ok, bytes memory answer) = ask(chain, input);
            uint256 used = before - gasleft();
            vm.assertTrue(ok == expected, string.concat("case ", vm.toString(i)));
            if (!ok) ++refused;
            else vm.assertTrue(readWord(answer, 0) == 1 && answer.length == 32, "the answer");
            if (i == 0) emit Evaluated(chain.length, used);
            writeWord(input, place, honest);
            pos += 96;
        }
        vm.assertTrue(pos == f.length && refused * 10 > count * 5, "most changes matter");
        for (uint256 i = 0; i < chain.length; ++i) {
            (bool short_,) = chain[i].staticcall(slice(input, 0, input.length - 32));
            (bool long_,) = chain[i].staticcall(bytes.concat(input, bytes32(0)));
            vm.assertFalse(short_ || long_, "another length");
        }
        return chain.length;
    }

    event Evaluated(uint256 contracts, uint256 gas);
}
