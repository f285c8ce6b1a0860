// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Code for an account to delegate to by EIP-7702: its owner, or whoever brings the owner's
/// signature, runs several calls in one transaction.
contract Delegate {
    struct Call {
        address to;
        uint256 value;
        bytes data;
    }

    /// Signatures used so far by this account. ERC-7201 namespace "ashlar.demo.delegate": other
    /// code that the account delegates to must not step on it.
    bytes32 private constant NONCE_SLOT = keccak256(
        abi.encode(uint256(keccak256("ashlar.demo.delegate")) - 1)
    ) & ~bytes32(uint256(0xff));

    error OnlyOwner(address caller);
    error SignatureInvalid(address signer);
    error CallFailed(uint256 index, bytes reason);

    event Executed(address indexed account, uint256 calls);

    receive() external payable {}

    /// Runs the calls in order, all or none. Only for the account itself.
    function execute(Call[] calldata calls) external payable {
        if (msg.sender != address(this)) revert OnlyOwner(msg.sender);
        _run(calls);
    }

    /// The same for anyone who holds the owner's signature over `digest(calls)`.
    function executeSigned(Call[] calldata calls, uint8 v, bytes32 r, bytes32 s) external payable {
        address signer = ecrecover(digest(calls), v, r, s);
        if (signer == address(0) || signer != address(this)) revert SignatureInvalid(signer);
        bytes32 slot = NONCE_SLOT;
        assembly ("memory-safe") {
            sstore(slot, add(sload(slot), 1))
        }
        _run(calls);
    }

    /// What the owner signs for the next executeSigned.
    function digest(Call[] calldata calls) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), nonce(), calls));
    }

    function nonce() public view returns (uint256 value) {
        bytes32 slot = NONCE_SLOT;
        assembly ("memory-safe") {
            value := sload(slot)
        }
    }

    function _run(Call[] calldata calls) private {
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool ok, bytes memory answer) = calls[i].to.call{value: calls[i].value}(calls[i].data);
            if (!ok) revert CallFailed(i, answer);
        }
        emit Executed(address(this), calls.length);
    }
}
