// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Harness, IVerifying} from "./Harness.sol";
import {IVerifier} from "./IVerifier.sol";

/// What a verification costs, transaction by transaction: isolation makes each call one of its own,
/// with its intrinsic gas, its calldata and EIP-7623's floor.
abstract contract GasTest is Harness {
    /// `floor`: 21,000 and 10 gas a zero byte, 40 another.
    event Cost(string what, uint256 gas, uint256 floor, uint256 dataBytes);
    /// Of the call's instructions alone.
    event Work(string what, uint256 gas);

    uint256 private total;
    uint256 private totalBytes;

    function measure(uint256 most) internal {
        (Subject memory a,,) = subjects(fixture());
        // The contexts, without a trace: as eth_call would.
        uint256 clean = vm.snapshotState();
        (, Contexts memory c) = begin(a);
        vm.revertToState(clean);
        cost("head", head, beginCall(a));
        for (uint256 b = 0; b < plan.batches; ++b) {
            cost("rows", rows, rowsCall(c, b, a.proof));
        }
        for (uint256 i = 0; i < plan.calls; ++i) {
            cost("leaves", verifier, leavesCall(c, i, a.proof));
        }
        cost("conclude", verifier, abi.encodeCall(IVerifying.conclude, (a.inputs)));
        vm.assertTrue(IVerifier(verifier).isVerified(a.output), "verified");
        emit Cost("all", total, 0, totalBytes);
        vm.assertTrue(total <= most, "no more than last time");
    }

    function cost(string memory what, address to, bytes memory data) private {
        uint256 zeros;
        for (uint256 i = 0; i < data.length; ++i) if (data[i] == 0) ++zeros;
        uint256 floor = 21_000 + 40 * data.length - 30 * zeros;
        vm.assertTrue(send(to, data), what);
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.assertTrue(gas >= floor && gas < 1 << 24, "within EIP-7623 and EIP-7825");
        vm.assertTrue(data.length < 128 * 1024 - 1024, "fits a mempool's limit");
        emit Cost(what, gas, floor, data.length);
        total += gas;
        totalBytes += data.length;
    }

    function measureWork() internal {
        (Subject memory a,,) = subjects(fixture());
        uint256 clean = vm.snapshotState();
        (, Contexts memory c) = begin(a);
        vm.revertToState(clean);
        work("head", head, beginCall(a));
        for (uint256 b = 0; b < plan.batches; ++b) {
            work("rows", rows, rowsCall(c, b, a.proof));
        }
        for (uint256 i = 0; i < plan.calls; ++i) {
            work("leaves", verifier, leavesCall(c, i, a.proof));
        }
        work("conclude", verifier, abi.encodeCall(IVerifying.conclude, (a.inputs)));
    }

    function work(string memory what, address to, bytes memory data) private {
        vm.assertTrue(send(to, data), what);
        emit Work(what, vm.lastCallGas().gasTotalUsed);
    }
}

contract ToyGasTest is GasTest {
    function machine() internal pure override returns (string memory) {
        return "Toy";
    }

    /// forge-config: default.isolate = true
    function test_gas() public {
        measure(1_385_000);
    }
}

contract EvenGasTest is GasTest {
    function machine() internal pure override returns (string memory) {
        return "Even";
    }

    /// forge-config: default.isolate = true
    function test_gas() public {
        measure(1_290_000);
    }
}

/// The size of the outermost layer, with its parameters: made by `solidity_fixture DIR outer`, which
/// takes a minute. Skipped, and said to be, where it was not made.
contract OuterGasTest is GasTest {
    modifier ifMade() {
        vm.skip(!isMade(), "its proof was not made: solidity_fixture DIR outer");
        _;
    }

    function isMade() private view returns (bool) {
        return vm.exists("fixtures/Outer.bin");
    }

    function machine() internal pure override returns (string memory) {
        return "Outer";
    }

    function setUp() public override {
        if (isMade()) super.setUp();
    }

    function test_work() public ifMade {
        measureWork();
    }

    /// forge-config: default.isolate = true
    function test_gas() public ifMade {
        measure(12_990_000);
    }
}
