// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IGuardianRegistry} from "../guardians/IGuardianRegistry.sol";
import {IGuardianProof} from "./IGuardianProof.sol";

/// @title The part of the breaker that asks whether guardians agreed
abstract contract GuardianProof is IGuardianProof, EIP712 {
    IGuardianRegistry private immutable _registry;

    /// @param registry_ Whose proofs count.
    constructor(IGuardianRegistry registry_) EIP712("Breakwater CircuitBreaker", "1") {
        _registry = registry_;
    }

    /// @inheritdoc IGuardianProof
    function registry() external view returns (IGuardianRegistry) {
        return _registry;
    }

    /// @dev Reverts unless a quorum of the guardians of `epoch` signed `digest`.
    function _requireCertified(bytes32 digest, uint64 epoch, Certificate calldata certificate) internal view {
        if (_registry.verifyCertificate(digest, epoch, certificate.bitmap, certificate.signatures)) return;
        _requireEpoch(epoch);
        revert CertificateInvalid(digest);
    }

    /// @dev Reverts unless the group key of `epoch` signed `digest`.
    function _requireGroupSigned(bytes32 digest, uint64 epoch, GroupSignature calldata signature)
        internal
        view
    {
        if (_registry.verifyGroup(digest, epoch, signature.rx, signature.ry, signature.z)) return;
        _requireEpoch(epoch);
        revert GroupSignatureInvalid(digest);
    }

    /// @dev The registry decides which epochs count; this only names the reason of its refusal.
    function _requireEpoch(uint64 epoch) private view {
        uint64 current = _registry.epoch();
        if (epoch != current) revert EpochMismatch(epoch, current);
    }
}
