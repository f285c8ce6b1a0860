// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Harness} from "./Harness.sol";
import {IVerifier} from "./IVerifier.sol";

/// Real proofs of a small machine, honest and tampered with.
abstract contract VerifierTest is Harness {
    function test_an_honest_proof_is_accepted() public {
        (Subject memory a, Subject memory b,) = subjects(fixture());
        vm.assertFalse(IVerifier(verifier).isVerified(a.output), "before");
        vm.assertTrue(attempt(a), "the first proof");
        vm.assertFalse(IVerifier(verifier).isVerified(b.output), "the other");
        vm.assertTrue(attempt(b), "the other proof");
    }

    function test_verdicts_are_those_of_the_native_verifier() public {
        bytes memory f = fixture();
        (,, uint256 pos) = subjects(f);
        uint256 count = readWord(f, pos);
        pos += 32;
        uint256 accepted;
        uint256 clean = vm.snapshotState();
        for (uint256 i = 0; i < count; ++i) {
            (bool expected, bool got, string memory name, uint256 next) = this.judge(pos);
            vm.assertTrue(expected == got, string.concat(name, ", case ", vm.toString(i)));
            if (got) ++accepted;
            pos = next;
            vm.revertToState(clean);
        }
        vm.assertTrue(pos == f.length && count >= 500 && accepted >= 1, "the set is complete");
    }

    /// The case that stands at `pos`.
    function judge(uint256 pos)
        external
        returns (bool expected, bool got, string memory name, uint256 end)
    {
        bytes memory f = fixture();
        (Subject memory s,,) = subjects(f);
        bytes memory text;
        (text, pos) = readText(f, pos);
        name = string(text);
        expected = readWord(f, pos) == 1;
        s.output = bytes32(readWord(f, pos + 32));
        uint256 size = readWord(f, pos + 64);
        uint256 patches = readWord(f, pos + 96);
        pos += 128;
        for (uint256 i = 0; i < patches; ++i) {
            uint256 place = readWord(f, pos);
            (text, pos) = readText(f, pos + 32);
            for (uint256 k = 0; k < text.length; ++k) s.proof[place + k] = text[k];
        }
        if (size <= s.proof.length) s.proof = slice(s.proof, 0, size);
        else s.proof = bytes.concat(s.proof, new bytes(size - s.proof.length));
        return (expected, attempt(s), name, pos);
    }

    function test_stages_out_of_order_are_refused() public {
        (Subject memory a,,) = subjects(fixture());
        uint256 clean = vm.snapshotState();
        (, Contexts memory c) = begin(a);
        vm.revertToState(clean);
        vm.assertFalse(send(rows, rowsCall(c, 0, a.proof)), "rows before the head");
        vm.assertFalse(send(verifier, leavesCall(c, 0, a.proof)), "leaves before the head");
        begin(a);
        vm.assertFalse(send(verifier, leavesCall(c, 0, a.proof)), "leaves before the rows");
        for (uint256 b = 1; b < plan.batches; ++b) {
            vm.assertTrue(send(rows, rowsCall(c, b, a.proof)), "rows in any order");
        }
        vm.assertFalse(send(verifier, leavesCall(c, 0, a.proof)), "leaves before all their rows");
        vm.assertTrue(send(rows, rowsCall(c, 0, a.proof)), "the last rows");
        for (uint256 i = plan.calls; i > 0; --i) {
            vm.assertFalse(IVerifier(verifier).isVerified(a.output), "verified early");
            vm.assertTrue(send(verifier, leavesCall(c, i - 1, a.proof)), "leaves in any order");
        }
        vm.assertTrue(IVerifier(verifier).isVerified(a.output), "verified");
    }

    function test_two_proofs_in_turn_by_two_senders_do_not_disturb_each_other() public {
        (Subject memory a, Subject memory b,) = subjects(fixture());
        (, Contexts memory ca) = begin(a);
        (, Contexts memory cb) = begin(b);
        for (uint256 i = 0; i < plan.batches; ++i) {
            vm.prank(address(0xb0b));
            vm.assertTrue(send(rows, rowsCall(cb, i, b.proof)), "rows of the other");
            vm.assertTrue(send(rows, rowsCall(ca, i, a.proof)), "rows of the first");
        }
        for (uint256 i = 0; i < plan.calls; ++i) {
            vm.assertTrue(send(verifier, leavesCall(ca, i, a.proof)), "leaves of the first");
            vm.prank(address(0xb0b));
            vm.assertTrue(send(verifier, leavesCall(cb, i, b.proof)), "leaves of the other");
        }
        vm.assertTrue(IVerifier(verifier).isVerified(a.output), "the first");
        vm.assertTrue(IVerifier(verifier).isVerified(b.output), "the other");
    }

    function test_stages_of_two_proofs_do_not_mix() public {
        (Subject memory a, Subject memory b,) = subjects(fixture());
        (, Contexts memory ca) = begin(a);
        (, Contexts memory cb) = begin(b);
        vm.assertFalse(send(rows, rowsCall(ca, 0, b.proof)), "rows of another proof");
        Contexts memory mixed = Contexts(ca.rows, cb.leaves, cb.leavesHash);
        vm.assertFalse(send(rows, rowsCall(mixed, 0, a.proof)), "contexts of two proofs");
        for (uint256 i = 0; i < plan.batches; ++i) send(rows, rowsCall(ca, i, a.proof));
        vm.assertFalse(send(verifier, leavesCall(cb, 0, a.proof)), "leaves of another proof");
        vm.assertFalse(send(verifier, leavesCall(cb, 0, b.proof)), "another proof's rows");
        for (uint256 i = 0; i < plan.batches; ++i) send(rows, rowsCall(cb, i, b.proof));
        vm.assertFalse(send(verifier, leavesCall(ca, 0, b.proof)), "leaves for another context");
        for (uint256 i = 0; i < plan.calls; ++i) send(verifier, leavesCall(cb, i, b.proof));
        vm.assertFalse(IVerifier(verifier).isVerified(a.output), "the first is not done");
        vm.assertTrue(finish(ca, a), "and can go on");
    }

    function test_every_step_can_be_repeated() public {
        (Subject memory a,,) = subjects(fixture());
        vm.assertTrue(attempt(a), "first");
        vm.assertTrue(attempt(a), "again");
        (, Contexts memory c) = begin(a);
        vm.assertTrue(send(verifier, leavesCall(c, 0, a.proof)), "leaves again");
        vm.assertTrue(IVerifier(verifier).isVerified(a.output), "still verified");
    }

    function test_what_fails_leaves_nothing_behind() public {
        (Subject memory a,,) = subjects(fixture());
        bytes memory whole = a.proof;
        (, Contexts memory c) = begin(a);
        for (uint256 q = 0; q < plan.queries; ++q) {
            uint256 pos = plan.head + q * (plan.row + plan.leaf);
            a.proof = bytes.concat(whole);
            a.proof[pos] ^= 0x01;
            a.proof[pos + plan.row] ^= 0x01;
            vm.assertFalse(send(rows, rowsCall(c, q / plan.batch, a.proof)), "a wrong row");
        }
        a.proof = whole;
        vm.assertFalse(send(verifier, leavesCall(c, 0, a.proof)), "no rows were kept");
        vm.assertTrue(finish(c, a), "the honest go on");
    }

    function test_a_context_with_any_bit_changed_is_refused() public {
        (Subject memory a,,) = subjects(fixture());
        (, Contexts memory c) = begin(a);
        for (uint256 pos = 0; pos < plan.rowsContext; pos += 13) {
            c.rows[pos] ^= 0x04;
            vm.assertFalse(send(rows, rowsCall(c, 0, a.proof)), "rows' context");
            c.rows[pos] ^= 0x04;
        }
        for (uint256 i = 0; i < plan.batches; ++i) send(rows, rowsCall(c, i, a.proof));
        for (uint256 pos = 0; pos < plan.leavesContext; pos += 13) {
            c.leaves[pos] ^= 0x04;
            vm.assertFalse(send(verifier, leavesCall(c, 0, a.proof)), "leaves' context");
            c.leaves[pos] ^= 0x04;
        }
        vm.assertTrue(finish(c, a), "as it was");
    }

    function test_calls_of_another_length_or_number_are_refused() public {
        (Subject memory a,,) = subjects(fixture());
        lengths(head, beginCall(a));
        (, Contexts memory c) = begin(a);
        lengths(rows, rowsCall(c, 0, a.proof));
        for (uint256 i = 0; i < plan.batches; ++i) send(rows, rowsCall(c, i, a.proof));
        lengths(verifier, leavesCall(c, 0, a.proof));
        for (uint256 shift = 0; shift < 256; shift += 51) {
            bytes memory call = rowsCall(c, 0, a.proof);
            writeWord(call, 4, plan.batches | (1 << shift));
            vm.assertFalse(send(rows, call), "a batch that is none");
            call = leavesCall(c, 0, a.proof);
            writeWord(call, 4, plan.calls | (1 << shift));
            vm.assertFalse(send(verifier, call), "a call that is none");
        }
    }

    function lengths(address to, bytes memory call) private {
        uint256 clean = vm.snapshotState();
        vm.assertFalse(send(to, bytes.concat(call, hex"00")), "a byte more");
        vm.assertFalse(send(to, bytes.concat(call, new bytes(32))), "a word more");
        vm.assertFalse(send(to, slice(call, 0, call.length - 1)), "a byte less");
        vm.assertFalse(send(to, slice(call, 0, call.length - 32)), "a word less");
        vm.assertFalse(send(to, slice(call, 0, 4)), "nothing");
        vm.assertFalse(send(to, slice(call, 0, 36)), "a word");
        vm.assertFalse(send(to, bytes.concat(call, call)), "twice");
        vm.assertTrue(send(to, call), "as it should be");
        vm.revertToState(clean);
    }
}

contract ToyVerifierTest is VerifierTest {
    function machine() internal pure override returns (string memory) {
        return "Toy";
    }
}

contract EvenVerifierTest is VerifierTest {
    function machine() internal pure override returns (string memory) {
        return "Even";
    }
}


/// The two tables of the outermost layer.
contract CircuitVerifierTest is VerifierTest {
    function machine() internal pure override returns (string memory) {
        return "Circuit";
    }
}
