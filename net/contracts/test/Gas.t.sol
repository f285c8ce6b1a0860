// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommitHeader} from "../src/common/Types.sol";
import {Base} from "./Base.sol";

/// What the steps cost on L1, whole transactions. Isolation makes each call a transaction of its own,
/// with cold storage, intrinsic gas and calldata.
contract GasTest is Base {
    event Cost(string what, uint256 gas);

    function setUp() public override {
        super.setUp();
        setVerifier();
        request(0, "a");
        request(0, "b");
        settle(1, LOG_ROOT);
        commitNext(0);
    }

    /// forge-config: default.isolate = true
    function test_a_commit_with_one_kilobyte_costs_at_most_150_000_gas() public {
        // given pubdata as incompressible as it gets, and a priority operation
        bytes memory pubdata;
        for (uint256 i = 0; i < 32; ++i) {
            pubdata = bytes.concat(pubdata, keccak256(abi.encode(i)));
        }
        CommitHeader memory h = header(1, pubdata);
        bytes memory call = abi.encodeCall(chain.commitBatch, (h, pubdata));
        uint256 gas = transactionGas(COMMITTER, call);
        emit Cost("commit, 1,024 bytes of pubdata", gas);
        vm.assertLe(gas, 150_000);
    }

    /// forge-config: default.isolate = true
    function test_leaving_an_overdue_operation_out_costs_the_same_however_many_there_are() public {
        operationGas = 21_000;
        for (uint256 i = 0; i < 800; ++i) {
            request(0, "");
        }
        bytes memory pubdata = new bytes(1_024);
        uint256 all = chain.getTotalPriorityTxs() - chain.getFirstUncommittedPriorityTx();
        uint256 most = BATCH_GAS / operationGas;
        vm.warp(block.timestamp + DEADLINE + 1);
        CommitHeader memory h = header(uint64(1 + most), pubdata);
        vm.assertLe(h.priorityCount + 1, all);
        uint256 some = transactionGas(COMMITTER, abi.encodeCall(chain.commitBatch, (h, pubdata)));
        h = header(uint64(all - h.priorityCount), pubdata);
        uint256 rest = transactionGas(COMMITTER, abi.encodeCall(chain.commitBatch, (h, pubdata)));
        emit Cost("commit that leaves an overdue operation out", some);
        emit Cost("commit that leaves none out", rest);
        vm.assertLe(some, rest + 12_000);
    }

    /// forge-config: default.isolate = true
    function test_proving_and_executing_one_batch() public {
        CommitHeader memory h = header(1, "diff");
        CommitHeader[] memory hs = new CommitHeader[](1);
        vm.prank(COMMITTER);
        chain.revertBatches(1);
        h = commitNext(1);
        hs[0] = h;
        verify(hs);
        uint256 gas = transactionGas(PROVER, abi.encodeCall(chain.proveBatches, (2, 2)));
        emit Cost("prove one batch, without the verifier's own work", gas);
        vm.assertLe(gas, 80_000);
        gas = transactionGas(EXECUTOR, abi.encodeCall(chain.executeBatches, (hs)));
        emit Cost("execute one batch", gas);
        vm.assertLe(gas, 120_000);
    }

    /// Whatever one batch publishes, anyone settles it in a transaction that L1 takes.
    /// forge-config: default.isolate = true
    function test_the_largest_batch_is_settled_by_an_escape_in_one_transaction() public {
        // given as much pubdata as a batch has at most (pubdata_limits.hpp), none of it zero
        bytes[] memory pubdata = new bytes[](1);
        bytes memory one_ = bytes.concat(keccak256("x"), keccak256("y"));
        while (one_.length < 126_000) one_ = bytes.concat(one_, one_);
        assembly ("memory-safe") {
            mstore(one_, 126000)
        }
        pubdata[0] = one_;
        vm.prank(COMMITTER);
        chain.revertBatches(1);
        vm.warp(block.timestamp + ESCAPE + 1);
        CommitHeader[] memory hs = one(header(1, one_));
        verify(hs);
        bytes memory call = abi.encodeCall(chain.escapeSettle, (hs, pubdata));
        uint256 gas = transactionGas(USER, call);
        emit Cost("escape with 126,000 bytes of pubdata", gas);
        // a byte may cost 40 gas (EIP-7623), where this revision counts 16
        vm.assertLe(gas + 24 * call.length, 1 << 24);
        // 128 KiB, less what the transaction has beside its calldata
        vm.assertLe(call.length, 131_072 - 256);
    }

    /// forge-config: default.isolate = true
    function test_every_second_operation_finds_its_slot_in_use() public {
        uint256[2] memory gas;
        for (uint256 i = 0; i < 4; ++i) {
            bool even = chain.getTotalPriorityTxs() % 2 == 0;
            request(0, "");
            gas[even ? 0 : 1] = vm.lastCallGas().gasTotalUsed;
        }
        emit Cost("deposit of ETH, of an even index", gas[0]);
        emit Cost("deposit of ETH, of an odd index", gas[1]);
        // A slot that is written first costs 22,100, again 5,000.
        vm.assertLe(gas[1] + 15_000, gas[0]);
    }

    function transactionGas(address sender, bytes memory call) private returns (uint256) {
        vm.prank(sender, sender);
        (bool ok,) = address(chain).call(call);
        vm.assertTrue(ok);
        return vm.lastCallGas().gasTotalUsed;
    }
}
