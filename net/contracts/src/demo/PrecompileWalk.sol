// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Calls the precompiles that a proof has room for beside other work, 0x01 to 0x07 and 0x09, with a
/// fixed valid input each, and demands the right answer of each.
contract PrecompileWalk {
    error WrongAnswer(address precompile, bytes answer);

    /// `digest` chains the answers: digest = keccak256(digest | answer), from zero.
    event Toured(uint256 stops, bytes32 digest);

    /// Visits all stops and returns the digest of their answers.
    function run() external returns (bytes32 digest) {
        uint256 all = STOPS();
        for (uint256 i = 0; i < all; ++i) {
            (uint160 precompile, bytes memory input, bytes memory expected) = stop(i);
            (bool ok, bytes memory answer) = address(precompile).staticcall(input);
            if (!ok || keccak256(answer) != keccak256(expected)) {
                revert WrongAnswer(address(precompile), answer);
            }
            digest = keccak256(bytes.concat(digest, answer));
        }
        emit Toured(all, digest);
    }

    /// How many stops there are.
    function STOPS() public pure virtual returns (uint256) {
        return 8;
    }

    /// The precompile, input and answer of one stop.
    function stop(uint256 i)
        public
        pure
        virtual
        returns (uint160 precompile, bytes memory input, bytes memory expected)
    {
        // An Ethereum signature and its signer.
        if (i == 0) {
            return (
                0x01,
                hex"18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"
                hex"000000000000000000000000000000000000000000000000000000000000001c"
                hex"73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f"
                hex"eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549",
                hex"000000000000000000000000a94f5374fce5edbc8e2a8697c15331677e6ebf0b"
            );
        }
        // SHA-256 of "abc" (FIPS 180-4).
        if (i == 1) {
            return (
                0x02,
                hex"616263",
                hex"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            );
        }
        // RIPEMD-160 of "abc".
        if (i == 2) {
            return (
                0x03,
                hex"616263",
                hex"0000000000000000000000008eb208f7e05d987a9b044a8e98c6b087f15a0bfc"
            );
        }
        // A copy.
        if (i == 3) {
            return (0x04, hex"6173686c6172", hex"6173686c6172");
        }
        // Fermat: 3^(p-1) mod p is one for secp256k1's prime.
        if (i == 4) {
            return (
                0x05,
                hex"0000000000000000000000000000000000000000000000000000000000000001"
                hex"0000000000000000000000000000000000000000000000000000000000000020"
                hex"0000000000000000000000000000000000000000000000000000000000000020"
                hex"03fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc"
                hex"2efffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc" hex"2f",
                hex"0000000000000000000000000000000000000000000000000000000000000001"
            );
        }
        // The generator of bn254, doubled.
        if (i == 5) {
            return (
                0x06,
                hex"0000000000000000000000000000000000000000000000000000000000000001"
                hex"0000000000000000000000000000000000000000000000000000000000000002"
                hex"0000000000000000000000000000000000000000000000000000000000000001"
                hex"0000000000000000000000000000000000000000000000000000000000000002",
                hex"030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3"
                hex"15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4"
            );
        }
        // And multiplied by two.
        if (i == 6) {
            return (
                0x07,
                hex"0000000000000000000000000000000000000000000000000000000000000001"
                hex"0000000000000000000000000000000000000000000000000000000000000002"
                hex"0000000000000000000000000000000000000000000000000000000000000002",
                hex"030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3"
                hex"15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4"
            );
        }
        // BLAKE2b of "abc" as one compression (EIP-152).
        return (
            0x09,
            hex"0000000c48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f"
            hex"3af54fa5d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e13"
            hex"19cde05b61626300000000000000000000000000000000000000000000000000"
            hex"0000000000000000000000000000000000000000000000000000000000000000"
            hex"0000000000000000000000000000000000000000000000000000000000000000"
            hex"0000000000000000000000000000000000000000000000000000000000000000"
            hex"000000000300000000000000000000000000000001",
            hex"ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            hex"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
        );
    }
}
