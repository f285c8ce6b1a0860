// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a chain asks of the verifier of a protocol version, and all that it relies on.
///
/// A proof is too large to be checked in one transaction. Anyone sends it to the verifier in stages,
/// by functions of the verifier's own that this interface does not name; the last stage records the
/// proof's public output. A chain never sees a proof: it computes the one output that stands for
/// its own stored batches and asks whether that was recorded.
///
/// An output is keccak256(programSetRoot | accumulator), where acc = keccak256(acc | publicInput)
/// over a run of batches, from zero. A public input names protocol version, chain id, L1 chain id
/// and the chain's contract, so one verifier serves any number of chains and no output counts for
/// two of them.
///
/// What an implementation owes:
/// - `isVerified(output)` becomes true only by a complete, valid proof whose public output is
///   exactly `output`, of the programs that `programSetRoot` commits to. Stages that were abandoned,
///   mixed with another's or sent by an adversary never do it, and never undo what is recorded.
/// - Both answers are views without side effects; `programSetRoot` never changes (an immutable).
///   Another program set, or other proof parameters, is another contract under another protocol
///   version.
/// - Nobody owns it: no role can record an output.
interface IVerifier {
    /// Root over the keys of all programs whose proofs count. Never zero.
    function programSetRoot() external view returns (bytes32);

    /// True once a whole proof with this output was verified here, and from then on for ever.
    function isVerified(bytes32 output) external view returns (bool);
}
