// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Harness, IVerifying} from "./Harness.sol";
import {IVerifier} from "./IVerifier.sol";

/// Real proofs of a small machine, honest and tampered with.
abstract contract VerifierTest is Harness {
    function test_an_honest_proof_is_accepted() public {
        (Subject memory a, Subject memory b,) = subjects(fixture());
        vm.assertFalse(IVerifying(verifier).isProved(a.list), "before");
        vm.assertTrue(attempt(a), "the first proof");
        vm.assertFalse(IVerifying(verifier).isProved(b.list), "the other");
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
        s.list = bytes32(readWord(f, pos + 32));
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
            vm.assertFalse(IVerifying(verifier).isProved(a.list), "verified early");
            vm.assertTrue(send(verifier, leavesCall(c, i - 1, a.proof)), "leaves in any order");
        }
        vm.assertTrue(IVerifying(verifier).isProved(a.list), "verified");
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
        vm.assertTrue(IVerifying(verifier).isProved(a.list), "the first");
        vm.assertTrue(IVerifying(verifier).isProved(b.list), "the other");
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
        vm.assertFalse(IVerifying(verifier).isProved(a.list), "the first is not done");
        vm.assertTrue(finish(ca, a), "and can go on");
    }

    function test_every_step_can_be_repeated() public {
        (Subject memory a,,) = subjects(fixture());
        vm.assertTrue(attempt(a), "first");
        vm.assertTrue(attempt(a), "again");
        (, Contexts memory c) = begin(a);
        vm.assertTrue(send(verifier, leavesCall(c, 0, a.proof)), "leaves again");
        vm.assertTrue(IVerifying(verifier).isProved(a.list), "still verified");
    }

    function test_what_fails_leaves_nothing_behind() public {
        (Subject memory a,,) = subjects(fixture());
        bytes memory whole = a.proof;
        (, Contexts memory c) = begin(a);
        for (uint256 q = 0; q < plan.queries; ++q) {
            uint256 pos = queryAt(q);
            a.proof = bytes.concat(whole);
            a.proof[pos] ^= 0x01;
            a.proof[pos + plan.row] ^= 0x01;
            vm.assertFalse(send(rows, rowsCall(c, q / plan.batch, a.proof)), "a wrong row");
        }
        a.proof = whole;
        vm.assertFalse(send(verifier, leavesCall(c, 0, a.proof)), "no rows were kept");
        vm.assertTrue(finish(c, a), "the honest go on");
    }

    /// Each call of a verification, in order.
    function step(Contexts memory c, Subject memory s, uint256 i)
        private
        view
        returns (address, bytes memory)
    {
        if (i == 0) return (head, beginCall(s));
        if (i <= plan.batches) return (rows, rowsCall(c, i - 1, s.proof));
        return (verifier, leavesCall(c, i - 1 - plan.batches, s.proof));
    }

    function test_what_one_abandons_anywhere_another_finishes() public {
        (Subject memory a,,) = subjects(fixture());
        uint256 clean = vm.snapshotState();
        (, Contexts memory c) = begin(a);
        vm.revertToState(clean);
        uint256 steps = 1 + plan.batches + plan.calls;
        for (uint256 stop = 1; stop < steps; stop += 1 + steps / 7) {
            for (uint256 i = 0; i < steps; ++i) {
                (address to, bytes memory call) = step(c, a, i);
                if (i >= stop) vm.prank(address(0xb0b));
                vm.assertTrue(send(to, call), "a step");
                bool done = IVerifying(verifier).isProved(a.list);
                vm.assertTrue(done == (i + 1 == steps), "verified by the last");
            }
            vm.revertToState(clean);
        }
    }

    function test_an_adversary_before_each_step_neither_helps_nor_hinders() public {
        (Subject memory a, Subject memory b,) = subjects(fixture());
        uint256 clean = vm.snapshotState();
        (, Contexts memory c) = begin(a);
        (, Contexts memory other) = begin(b);
        vm.revertToState(clean);
        for (uint256 i = 0; i < 1 + plan.batches + plan.calls; ++i) {
            uint256 before = progress(c, a);
            hinder(c, a, b.proof, i);
            (address to, bytes memory call) = step(other, b, i);
            vm.prank(address(0xb0b));
            vm.assertTrue(send(to, call), "another proof's step");
            vm.assertTrue(progress(c, a) <= before, "nothing is done for the honest");
            vm.assertFalse(IVerifying(verifier).isProved(a.list), "nor in the end");
            (to, call) = step(c, a, i);
            vm.assertTrue(send(to, call), "the honest goes on");
        }
        vm.assertTrue(IVerifying(verifier).isProved(a.list), "the honest");
        vm.assertTrue(IVerifying(verifier).isProved(b.list), "and the other proof's steps");
        vm.assertFalse(IVerifier(verifier).isVerified(a.output), "no output by itself");
    }

    /// Step `i` of `a` by another sender: any part of it changed, a byte more, another proof's data.
    function hinder(Contexts memory c, Subject memory a, bytes memory foreign, uint256 i) private {
        (address to, bytes memory call) = step(c, a, i);
        for (uint256 k = 0; k < 8; ++k) {
            bytes memory wrong = bytes.concat(call);
            wrong[4 + ((call.length - 5) * k) / 7] ^= 0x01;
            vm.prank(address(0xb0b));
            // A head that is changed in what only its rows are held to passes, as another head.
            vm.assertFalse(send(to, wrong) && i > 0, "a bit of it changed");
        }
        vm.prank(address(0xb0b));
        vm.assertFalse(send(to, bytes.concat(call, hex"00")), "a byte more");
        if (i == 0) return;
        bytes memory own = a.proof;
        a.proof = foreign;
        (, call) = step(c, a, i);
        a.proof = own;
        vm.prank(address(0xb0b));
        vm.assertFalse(send(to, call), "another proof's data");
    }

    /// What is verified is about batches, whose public inputs name both chains: the same verifier
    /// elsewhere comes to the same output, and no other.
    function test_a_proof_replayed_elsewhere_states_the_same_and_no_more() public {
        (Subject memory a, Subject memory b,) = subjects(fixture());
        vm.assertTrue(attempt(a) && conclude(a.inputs), "here");
        address here = verifier;
        vm.chainId(77);
        build(setRoot);
        vm.assertTrue(verifier != here, "another place");
        vm.assertFalse(IVerifier(verifier).isVerified(a.output), "what is known here is not there");
        vm.assertFalse(conclude(a.inputs), "before the proof");
        vm.assertTrue(attempt(a) && conclude(a.inputs), "there");
        vm.assertTrue(IVerifier(verifier).isVerified(a.output), "the same");
        a.inputs[0] ^= bytes32(uint256(1));
        vm.assertFalse(conclude(a.inputs), "the batch of another chain");
        vm.assertFalse(IVerifier(verifier).isVerified(b.output), "nothing else");
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

    function test_a_proof_of_another_set_of_programs_is_refused() public {
        (Subject memory a,,) = subjects(fixture());
        for (uint256 i = 0; i < 4; ++i) {
            build(bytes32(uint256(setRoot) ^ (1 << (64 * i))));
            vm.assertFalse(attempt(a), "another root");
        }
        build(setRoot);
        vm.assertTrue(attempt(a), "its own");
        vm.assertTrue(IVerifier(verifier).programSetRoot() == setRoot, "which it names");
    }

    function test_a_proof_concludes_its_own_list_and_no_other() public {
        (Subject memory a, Subject memory b,) = subjects(fixture());
        vm.assertFalse(conclude(a.inputs), "before the proof");
        vm.assertTrue(attempt(a), "the proof");
        vm.assertFalse(IVerifier(verifier).isVerified(a.output), "not by itself");
        vm.assertFalse(conclude(b.inputs), "another list");
        bytes32[] memory list = new bytes32[](a.inputs.length - 1);
        for (uint256 i = 0; i < list.length; ++i) list[i] = a.inputs[i];
        vm.assertFalse(conclude(list), "a batch less");
        list = new bytes32[](a.inputs.length + 1);
        for (uint256 i = 0; i < a.inputs.length; ++i) list[i] = a.inputs[i];
        vm.assertFalse(conclude(list), "a batch more");
        for (uint256 i = 0; i < a.inputs.length; ++i) {
            for (uint256 shift = 0; shift < 256; shift += 37) {
                a.inputs[i] ^= bytes32(1 << shift);
                vm.assertFalse(conclude(a.inputs), "a bit of an input");
                a.inputs[i] ^= bytes32(1 << shift);
            }
        }
        if (a.inputs.length > 1) {
            (a.inputs[0], a.inputs[1]) = (a.inputs[1], a.inputs[0]);
            vm.assertFalse(conclude(a.inputs), "another order");
            (a.inputs[0], a.inputs[1]) = (a.inputs[1], a.inputs[0]);
        }
        vm.prank(address(0xb0b));
        vm.assertTrue(conclude(a.inputs), "anyone may");
        vm.assertTrue(IVerifier(verifier).isVerified(a.output), "verified");
        vm.assertTrue(conclude(a.inputs), "again");
        vm.assertFalse(IVerifier(verifier).isVerified(b.output), "nothing else");
        vm.assertFalse(IVerifier(verifier).isVerified(a.list), "the list is no output");
    }

    function test_an_empty_or_too_long_list_or_loose_calldata_concludes_nothing() public {
        (Subject memory a,,) = subjects(fixture());
        vm.assertTrue(attempt(a), "the proof");
        vm.assertFalse(conclude(new bytes32[](0)), "nothing");
        vm.assertFalse(conclude(new bytes32[](257)), "too many");
        bytes memory call = abi.encodeCall(IVerifying.conclude, (a.inputs));
        uint256 n = a.inputs.length;
        vm.assertFalse(send(verifier, bytes.concat(call, hex"00")), "a byte more");
        vm.assertFalse(send(verifier, slice(call, 0, call.length - 1)), "a byte less");
        bytes memory far = bytes.concat(
            slice(call, 0, 4), abi.encode(uint256(64), uint256(0)), slice(call, 36, 32 * (n + 1))
        );
        vm.assertFalse(send(verifier, far), "another place");
        vm.assertTrue(send(verifier, call), "as it should be");
    }

    function test_progress_is_counted_through_all_steps() public {
        (Subject memory a,,) = subjects(fixture());
        uint256 clean = vm.snapshotState();
        (, Contexts memory c) = begin(a);
        vm.revertToState(clean);
        uint256 steps;
        vm.assertEq(progress(c, a), steps, "nothing");
        begin(a);
        vm.assertEq(progress(c, a), ++steps, "the head");
        for (uint256 i = plan.batches; i > 1; --i) {
            send(rows, rowsCall(c, i - 1, a.proof));
            vm.assertEq(progress(c, a), steps, "rows, and not the first");
        }
        send(rows, rowsCall(c, 0, a.proof));
        steps += plan.batches;
        for (uint256 i = 0; i < plan.calls; ++i) {
            vm.assertEq(progress(c, a), steps + i, "leaves");
            send(verifier, leavesCall(c, i, a.proof));
        }
        steps += plan.calls;
        vm.assertEq(progress(c, a), steps, "the proof");
        conclude(a.inputs);
        vm.assertEq(progress(c, a), steps + 1, "all");
        // Whatever the contexts are: another proof of the same does as well.
        c.leavesHash = 0;
        vm.assertEq(progress(c, a), steps + 1, "by the output");
        a.output = 0;
        vm.assertEq(progress(c, a), steps, "by the list");
        a.list = 0;
        vm.assertEq(progress(c, a), 0, "of nothing known");
    }

    function test_the_publishers_calls_verify_and_their_progress_is_seen() public {
        (Subject memory a,,) = subjects(fixture());
        bytes memory f = vm.readFileBinary(string.concat("fixtures/", machine(), "Calls.bin"));
        uint256 count = readWord(f, 0);
        vm.assertEq(count, plan.batches + plan.calls + 2, "their number");
        bytes memory ask = lastText(f, count);
        uint256 pos = 32;
        address[3] memory receivers = [head, rows, verifier];
        for (uint256 i = 0; i < count; ++i) {
            vm.assertEq(asked(ask), i, "before the call");
            address to = receivers[readWord(f, pos)];
            uint256 gas = readWord(f, pos + 32);
            vm.assertTrue(gas <= 1 << 24, "EIP-7825");
            bytes memory data;
            (data, pos) = readText(f, pos + 64);
            vm.assertTrue(gas >= 21_000 + 40 * data.length, "EIP-7623");
            (bool ok,) = to.call{gas: gas - 21_000 - 16 * data.length}(data);
            vm.assertTrue(ok, "the call");
        }
        vm.assertEq(asked(ask), count, "in the end");
        vm.assertTrue(IVerifier(verifier).isVerified(a.output), "verified");
    }

    /// The text behind the calls.
    function lastText(bytes memory f, uint256 count) private pure returns (bytes memory text) {
        uint256 pos = 32;
        for (uint256 i = 0; i < count; ++i) pos += 96 + readWord(f, pos + 64);
        (text, pos) = readText(f, pos);
        require(pos == f.length, "the end");
    }

    function asked(bytes memory ask) private view returns (uint256) {
        (bool ok, bytes memory answer) = verifier.staticcall(ask);
        vm.assertTrue(ok && answer.length == 32, "an answer");
        return readWord(answer, 0);
    }

    function progress(Contexts memory c, Subject memory s) private view returns (uint256) {
        return IVerifying(verifier).progress(keccak256(c.rows), c.leavesHash, s.list, s.output);
    }

    function conclude(bytes32[] memory inputs) private returns (bool) {
        return send(verifier, abi.encodeCall(IVerifying.conclude, (inputs)));
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
/// The outermost layer itself, over real recursion.
contract RecursedVerifierTest is VerifierTest {
    function machine() internal pure override returns (string memory) {
        return "Recursed";
    }
}

/// The two digests of a list of batches, against the native functions.
contract ListTest is Harness {
    function machine() internal pure override returns (string memory) {
        return "Toy";
    }

    event Cost(uint256 batches, uint256 gas);

    function test_the_longest_list_fits_a_transaction() public {
        bytes32[] memory inputs = new bytes32[](256);
        for (uint256 i = 0; i < 256; ++i) inputs[i] = keccak256(abi.encode(i));
        uint256 before = gasleft();
        IVerifying(verifier).listOf(inputs);
        uint256 gas = before - gasleft();
        emit Cost(256, gas);
        // With its bytes and what it records, EIP-7825.
        vm.assertTrue(gas + 16 * 32 * 256 + 150_000 < 1 << 24, "in 2^24 gas");
    }

    function test_digests_of_lists_are_the_native_ones() public {
        bytes memory f = vm.readFileBinary("fixtures/Lists.bin");
        uint256 count = readWord(f, 0);
        uint256 pos = 32;
        vm.assertTrue(count >= 8, "there are lists");
        for (uint256 i = 0; i < count; ++i) {
            bytes32[] memory inputs;
            (inputs, pos) = readWords(f, pos);
            uint256 before = gasleft();
            (bytes32 list, bytes32 accumulator) = IVerifying(verifier).listOf(inputs);
            emit Cost(inputs.length, before - gasleft());
            vm.assertTrue(list == bytes32(readWord(f, pos)), "the list");
            bytes32 output = keccak256(abi.encode(bytes32(0), accumulator));
            vm.assertTrue(output == bytes32(readWord(f, pos + 32)), "the run");
            pos += 64;
        }
        vm.assertTrue(pos == f.length, "all of them");
    }
}
