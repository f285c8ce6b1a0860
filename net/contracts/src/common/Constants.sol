// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Type byte of a transaction that came from L1, first field of its canonical encoding.
uint256 constant PRIORITY_TX_TYPE = 0x7f;

// The address that stands for ETH where a token address is asked for, as in the ZK Stack.
address constant ETH_TOKEN = address(1);

// What a second bridge answers to the hub when it accepts a deposit.
bytes32 constant TWO_BRIDGES_MAGIC = bytes32(uint256(keccak256("TWO_BRIDGES_MAGIC_VALUE")) - 1);

// The gas per pubdata byte that deposits name: the value that the ZK Stack's SDKs send. What L2
// charges for a byte is in the chain's configuration.
uint256 constant GAS_PER_PUBDATA = 800;

// Most L1 gas that one byte of pubdata costs its operator: the calldata floor of EIP-7623.
uint256 constant L1_GAS_PER_PUBDATA_BYTE = 40;

// Where a chain's configuration (encode_chain_config, runtime/types) has the L2 gas that a byte of
// pubdata costs, eight bytes: so many bytes before its end.
uint256 constant CONFIG_PUBDATA_GAS_FROM_END = 48;

// Longest calldata of a deposit, in bytes: it has to fit in a batch beside everything else.
uint256 constant PRIORITY_DATA_BYTES_MAX = 65_536;

// Most gas that a priority operation may ever ask for, EIP-7825's cap of a transaction: what a proof
// holds is bounded by it, and an operation with more fails on L2.
uint64 constant PRIORITY_GAS_HIGHEST = 1 << 24;

// While operations are overdue, a batch takes them in order up to this sum of their gas limits, or
// one alone: whatever operations of so much gas do, one batch holds them (priority_limits.hpp).
uint64 constant PRIORITY_BATCH_GAS = 500_000;

// Words of a CommitHeader in calldata: all its members are static.
uint256 constant COMMIT_HEADER_WORDS = 14;

// Most batches that one proof or one execution may cover.
uint256 constant RUN_MAX = 256;

// Longest time that a chain's parameters may name.
uint40 constant TIME_MAX = 30 days;

// How much longer than the age that opens an escape a governor's call waits: time to prove and
// settle in the escape what was asked for when the call was scheduled.
uint256 constant EXIT_MARGIN = 2 days;

// How long a freeze lasts that the governor does not end, and how long after its end the next one
// has to wait. Longer than a governor has to wait for its calls (Factory), so that what was frozen
// for can be mended; and time enough between two freezes for everyone to leave.
uint40 constant FREEZE_TIME = 14 days;
uint40 constant FREEZE_PAUSE = 14 days;

// Depth of the L2->L1 log tree: 16,384 leaves.
uint256 constant LOG_TREE_DEPTH = 14;

// keccak256 of 88 zero bytes: a leaf without a log.
bytes32 constant EMPTY_LOG_LEAF =
    0x72abee45b59e344af8a6e520241c4744aff26ed411f4c4b00f8af09adada43ba;

// System addresses on L2.
address constant L2_BOOTLOADER = address(0x8001);
address constant L2_MESSENGER = address(0x8008);
address constant L2_BASE_TOKEN = address(0x800a);
address constant L2_BRIDGE = address(0x10003);
address constant L2_TOKEN_VAULT = address(0x10004);

// First four bytes of a base-token withdrawal message:
// finalizeEthWithdrawal(uint256,uint256,uint16,bytes,bytes32[]).
bytes4 constant ETH_WITHDRAWAL = 0x6c0960f9;

// First four bytes of a token withdrawal message:
// finalizeWithdrawal(uint256,uint256,uint16,bytes,bytes32[]).
bytes4 constant TOKEN_WITHDRAWAL = 0x11a2ccc1;

// Added to the address of an L1 contract to make its sender address on L2.
uint160 constant ALIAS_OFFSET = uint160(0x1111000000000000000000000000000000001111);
