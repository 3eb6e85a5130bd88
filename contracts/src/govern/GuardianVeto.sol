// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IGuardianRegistry} from "../guardians/IGuardianRegistry.sol";
import {IInsistence} from "./IInsistence.sol";
import {TimelockVeto} from "./TimelockVeto.sol";

/// @title The guardians' veto
/// @notice Guardians execute each queued operation on a fork before its time. When it would do harm, a quorum
/// of them certifies a veto, and anyone carries it.
contract GuardianVeto is TimelockVeto, EIP712 {
    bytes32 private constant VETO_TYPEHASH =
        keccak256("Veto(address timelock,bytes32 operationId,uint64 epoch,uint64 deadlineSeconds)");

    IGuardianRegistry private immutable _registry;

    /// @notice The veto may no longer be carried. Block timestamps in seconds.
    error DeadlinePassed(uint64 deadlineSeconds, uint256 nowSeconds);
    /// @notice The signatures are not those of a quorum of the epoch over `digest`.
    error CertificateInvalid(bytes32 digest);

    /// @param registry_ Whose certificates count.
    constructor(TimelockController timelock_, IInsistence governor_, IGuardianRegistry registry_)
        TimelockVeto(timelock_, governor_)
        EIP712("Breakwater GuardianVeto", "1")
    {
        _registry = registry_;
    }

    /// @notice The guardian registry whose certificates count.
    function registry() external view returns (IGuardianRegistry) {
        return _registry;
    }

    /// @notice Cancels a queued operation. Anyone may call; all authority is in the certificate.
    /// @param operationId The timelock's number for the operation.
    /// @param epoch Epoch of the guardians that signed.
    /// @param deadlineSeconds Last block timestamp at which the veto may be carried.
    /// @param bitmap See `IGuardianRegistry.verifyCertificate`.
    /// @param signatures See `IGuardianRegistry.verifyCertificate`.
    function veto(
        bytes32 operationId,
        uint64 epoch,
        uint64 deadlineSeconds,
        uint256 bitmap,
        bytes calldata signatures
    ) external {
        if (block.timestamp > deadlineSeconds) {
            revert DeadlinePassed(deadlineSeconds, block.timestamp);
        }
        bytes32 digest = hashVeto(operationId, epoch, deadlineSeconds);
        if (!_registry.verifyCertificate(digest, epoch, bitmap, signatures)) {
            revert CertificateInvalid(digest);
        }
        _cancel(operationId);
    }

    /// @notice The EIP-712 digest that guardians sign: typed data of the domain {"Breakwater GuardianVeto",
    /// "1", chain, this contract}.
    function hashVeto(bytes32 operationId, uint64 epoch, uint64 deadlineSeconds)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(abi.encode(VETO_TYPEHASH, address(timelock()), operationId, epoch, deadlineSeconds))
        );
    }
}
