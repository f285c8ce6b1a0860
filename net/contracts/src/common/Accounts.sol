// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "./Hashes.sol";

/// Under which address an account of L1 acts on L2: a wallet under its own, whose key is the same
/// there; a contract under its alias, since its address may belong to someone else there.
library Accounts {
    /// True for a wallet that delegates to code (EIP-7702): it has its key still. No contract can
    /// have such code (EIP-3541).
    function isDelegated(address account) internal view returns (bool) {
        return account.code.length == 23 && bytes3(account.code) == 0xef0100;
    }

    /// True for a caller with a key: the transaction's origin, or a wallet that delegates, whoever
    /// sent the transaction. An account without code may be a contract that is being made.
    function isWallet(address caller) internal view returns (bool) {
        // solhint-disable-next-line avoid-tx-origin
        return caller == tx.origin || isDelegated(caller);
    }

    /// The address of a caller on L2.
    function senderOnL2(address caller) internal view returns (address) {
        return isWallet(caller) ? caller : Hashes.aliased(caller);
    }

    /// The address on L2 of an account that somebody names: who has no code is taken for a wallet.
    function namedOnL2(address account) internal view returns (address) {
        bool own = account.code.length == 0 || isDelegated(account);
        return own ? account : Hashes.aliased(account);
    }
}
