// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ALIAS_OFFSET, EMPTY_LOG_LEAF, LOG_TREE_DEPTH} from "./Constants.sol";
import {CommitHeader, L2CanonicalTransaction, L2Log} from "./Types.sol";

/// Every hash that L1 and the node must compute alike. test/contracts/public_input.json holds
/// vectors of each.
library Hashes {
    /// How pubdata reaches L1; first byte of the pubdata commitment's preimage.
    uint8 internal constant MODE_CALLDATA = 0;

    /// The public input of a batch: keccak256 over the packed fields, integers big-endian.
    function publicInput(uint256 chainId, uint256 l1ChainId, address chain, CommitHeader calldata h)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            bytes.concat(
                abi.encodePacked(
                    h.protocolVersion,
                    chainId,
                    l1ChainId,
                    chain,
                    h.number,
                    h.stateBefore,
                    h.stateAfter
                ),
                abi.encodePacked(
                    h.firstBlock,
                    h.lastBlock,
                    h.firstTimestamp,
                    h.lastTimestamp,
                    h.pubdataCommitment,
                    h.priorityHashBefore,
                    h.priorityHashAfter,
                    h.priorityCount,
                    h.l2ToL1LogRoot,
                    h.configHash
                )
            )
        );
    }

    /// Commitment to pubdata that is published as calldata.
    function pubdataCommitment(bytes calldata pubdata) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(MODE_CALLDATA, keccak256(pubdata)));
    }

    /// Hash of a priority operation.
    function canonicalTransaction(L2CanonicalTransaction memory t) internal pure returns (bytes32) {
        return keccak256(abi.encode(t));
    }

    /// The rolling hash of the priority queue after one more operation; also the accumulator over
    /// the public inputs of a run of batches. Both start at zero.
    function roll(bytes32 hash, bytes32 next) internal pure returns (bytes32 rolled) {
        assembly ("memory-safe") {
            mstore(0, hash)
            mstore(32, next)
            rolled := keccak256(0, 64)
        }
    }

    /// Leaf of the L2->L1 log tree: keccak256 of the log's 88 bytes.
    function logLeaf(L2Log memory log) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                log.l2ShardId, log.isService, log.txNumberInBatch, log.sender, log.key, log.value
            )
        );
    }

    /// Root of the log tree that `leaf` at `index` and its path give, or zero where the path
    /// cannot be one. A path is 14 siblings, lowest first; one metadata word of the ZK Stack's
    /// proof format (version 1, 14 siblings, no batch path, final) may precede them.
    function logRoot(bytes32 leaf, uint256 index, bytes32[] calldata path)
        internal
        pure
        returns (bytes32 root)
    {
        uint256 start = 0;
        if (path.length == LOG_TREE_DEPTH + 1) {
            if (path[0] != bytes32(uint256(0x010e0001) << 224)) return 0;
            start = 1;
        } else if (path.length != LOG_TREE_DEPTH) {
            return 0;
        }
        if (leaf == EMPTY_LOG_LEAF || index >> LOG_TREE_DEPTH != 0) return 0;
        root = leaf;
        for (uint256 i = start; i < path.length; ++i) {
            root = index & 1 == 0 ? roll(root, path[i]) : roll(path[i], root);
            index >>= 1;
        }
    }

    /// The sender address on L2 of an L1 contract.
    function aliased(address l1) internal pure returns (address) {
        unchecked {
            return address(uint160(l1) + ALIAS_OFFSET);
        }
    }
}
