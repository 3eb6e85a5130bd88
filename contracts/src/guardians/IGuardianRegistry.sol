// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Who the guardians are, and whether enough of them signed
/// @notice A guardian set of n members tolerates f = (n - 1) / 3 faulty ones; n - f signatures are a
/// certificate. Each epoch has one set, and may have one group key that n - f of its guardians sign with
/// together. When an epoch ends, what its guardians signed counts a little longer, so that the change leaves
/// no gap; of the epochs before nothing counts.
interface IGuardianRegistry {
    /// @notice Number of the guardian set in force. The first is 1.
    function epoch() external view returns (uint64);

    /// @notice The guardians of the epoch in force. Their position here is their bit in a certificate.
    function guardians() external view returns (address[] memory);

    /// @notice Number of guardians, n.
    function guardianCount() external view returns (uint256);

    /// @notice How many guardians may be faulty, f = (n - 1) / 3.
    function faults() external view returns (uint256);

    /// @notice Signatures that make a certificate, n - f.
    function quorum() external view returns (uint256);

    /// @notice Whether `account` is a guardian of the epoch in force.
    function isGuardian(address account) external view returns (bool);

    /// @notice Whether a quorum of guardians signed `digest`. Anything malformed is `false`, never a revert.
    /// @param digest What was signed: an EIP-712 digest, used as it is.
    /// @param epoch_ The epoch whose guardians signed: the one in force, or the one before while it counts.
    /// @param bitmap Bit i is set when guardian i signed. No bit at or above n may be set.
    /// @param signatures One 64-byte compact signature (EIP-2098) per set bit, lowest bit first, nothing
    /// more.
    function verifyCertificate(bytes32 digest, uint64 epoch_, uint256 bitmap, bytes calldata signatures)
        external
        view
        returns (bool);

    /// @notice Whether the group signed `digest` with its key, by RFC 9591 FROST(secp256k1, SHA-256).
    /// Anything malformed is `false`, never a revert; so is everything while the epoch has no key.
    /// @dev It proves as much as a certificate, and not who signed.
    /// @param digest What was signed: an EIP-712 digest, used as it is.
    /// @param epoch_ The epoch whose group signed: the one in force, or the one before while it counts.
    /// @param rx x-coordinate of the signature's R, below the characteristic of the field.
    /// @param ry y-coordinate of the signature's R, below the characteristic of the field.
    /// @param z The signature's scalar, below the order of the group.
    function verifyGroup(bytes32 digest, uint64 epoch_, uint256 rx, uint256 ry, uint256 z)
        external
        view
        returns (bool);
}
