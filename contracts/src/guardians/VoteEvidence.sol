// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Which two votes of one guardian prove a fault
/// @notice Guardians vote on blocks of their log in numbered views. In one view of one epoch no honest
/// guardian ever signs two different NOTARIZE, two different FINALIZE, or a NULLIFY and a FINALIZE. It may
/// well sign NOTARIZE and NULLIFY, or NOTARIZE of one block and FINALIZE of another.
library VoteEvidence {
    /// @dev "This block may stand in this view."
    uint8 internal constant NOTARIZE = 0;
    /// @dev "This view shall pass without a block."
    uint8 internal constant NULLIFY = 1;
    /// @dev "This notarized block stands for ever."
    uint8 internal constant FINALIZE = 2;

    bytes32 private constant VOTE_TYPEHASH =
        keccak256("Vote(uint64 epoch,uint64 view,uint8 kind,bytes32 digest)");

    /// @param kind 0 NOTARIZE, 1 NULLIFY, 2 FINALIZE.
    /// @param digest The block's digest; zero for NULLIFY.
    /// @param r First half of the signature in its compact form (EIP-2098).
    /// @param vs Second half: s in the lower half of the order, and the parity in its highest bit.
    struct SignedVote {
        uint8 kind;
        bytes32 digest;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice Whether no honest guardian gives both votes in the same view of the same epoch.
    function conflict(SignedVote calldata a, SignedVote calldata b) internal pure returns (bool) {
        if (a.kind == b.kind) return (a.kind == NOTARIZE || a.kind == FINALIZE) && a.digest != b.digest;
        return (a.kind == NULLIFY && b.kind == FINALIZE) || (a.kind == FINALIZE && b.kind == NULLIFY);
    }

    /// @notice EIP-712 struct hash of a vote. It does not name the guardian: its signature does.
    function hashStruct(uint64 epoch, uint64 view_, uint8 kind, bytes32 digest)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(VOTE_TYPEHASH, epoch, view_, kind, digest));
    }
}
