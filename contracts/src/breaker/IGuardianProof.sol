// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IGuardianRegistry} from "../guardians/IGuardianRegistry.sol";

/// @title How guardians prove that a quorum of them agreed
/// @notice Both proofs are over the same EIP-712 digest, of the domain {"Breakwater CircuitBreaker", "1",
/// chain, breaker}, and carry the same authority. The certificate says who signed; the group signature costs
/// the same for any number of guardians, and does not.
interface IGuardianProof {
    /// @notice Signatures of at least n - f guardians. See `IGuardianRegistry.verifyCertificate`.
    /// @param bitmap Bit i is set when guardian i signed.
    /// @param signatures 64 bytes (EIP-2098) per set bit, lowest bit first.
    struct Certificate {
        uint256 bitmap;
        bytes signatures;
    }

    /// @notice One signature by the group key of an epoch (RFC 9591). See `IGuardianRegistry.verifyGroup`.
    /// @param rx First coordinate of the commitment R.
    /// @param ry Second coordinate of R.
    /// @param z The response.
    struct GroupSignature {
        uint256 rx;
        uint256 ry;
        uint256 z;
    }

    /// @notice Another epoch's guardians signed.
    error EpochMismatch(uint64 epoch, uint64 expected);
    /// @notice The signatures are not those of a quorum over `digest`.
    error CertificateInvalid(bytes32 digest);
    /// @notice The signature is not one by the epoch's group key over `digest`.
    error GroupSignatureInvalid(bytes32 digest);

    /// @notice The guardian registry whose proofs count.
    function registry() external view returns (IGuardianRegistry);
}
