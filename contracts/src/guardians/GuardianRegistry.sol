// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IGuardianRegistry} from "./IGuardianRegistry.sol";
import {SignerTable} from "./SignerTable.sol";

/// @title A guardian set that never changes
contract GuardianRegistry is IGuardianRegistry {
    using SignerTable for bytes;

    uint256 private constant MAX_GUARDIANS = 255;
    uint256 private constant SIGNATURE_BYTES = 64;
    uint64 private constant ONLY_EPOCH = 1;

    address private immutable _table;
    uint256 private immutable _count;

    /// @notice There must be between 1 and 255 guardians.
    error GuardianCountOutOfRange(uint256 count);
    /// @notice The zero address cannot sign.
    error GuardianZero(uint256 index);
    /// @notice One guardian, one vote.
    error GuardianDuplicated(address guardian);

    /// @param guardians_ 1 to 255 different addresses.
    constructor(address[] memory guardians_) {
        uint256 n = guardians_.length;
        if (n == 0 || n > MAX_GUARDIANS) revert GuardianCountOutOfRange(n);
        for (uint256 i = 0; i < n; ++i) {
            if (guardians_[i] == address(0)) revert GuardianZero(i);
            for (uint256 j = 0; j < i; ++j) {
                if (guardians_[j] == guardians_[i]) revert GuardianDuplicated(guardians_[i]);
            }
        }
        _table = SignerTable.store(guardians_);
        _count = n;
    }

    /// @inheritdoc IGuardianRegistry
    function epoch() external pure returns (uint64) {
        return ONLY_EPOCH;
    }

    /// @inheritdoc IGuardianRegistry
    function guardians() external view returns (address[] memory list) {
        bytes memory entries = SignerTable.load(_table);
        list = new address[](entries.count());
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = entries.signerAt(i);
        }
    }

    /// @inheritdoc IGuardianRegistry
    function guardianCount() external view returns (uint256) {
        return _count;
    }

    /// @inheritdoc IGuardianRegistry
    function faults() public view returns (uint256) {
        return (_count - 1) / 3;
    }

    /// @inheritdoc IGuardianRegistry
    function quorum() public view returns (uint256) {
        return _count - faults();
    }

    /// @inheritdoc IGuardianRegistry
    function isGuardian(address account) external view returns (bool) {
        bytes memory entries = SignerTable.load(_table);
        for (uint256 i = 0; i < entries.count(); ++i) {
            if (entries.signerAt(i) == account) return true;
        }
        return false;
    }

    /// @inheritdoc IGuardianRegistry
    /// @dev ECDSA.tryRecover refuses an s in the upper half of the order and a recovery to the zero address,
    /// so each signature has one valid form, and a guardian counts once because it has one bit.
    function verifyCertificate(bytes32 digest, uint64 epoch_, uint256 bitmap, bytes calldata signatures)
        external
        view
        returns (bool)
    {
        if (epoch_ != ONLY_EPOCH || bitmap >> _count != 0) return false;
        if (signatures.length < quorum() * SIGNATURE_BYTES) return false;

        bytes memory entries = SignerTable.load(_table);
        uint256 offset = 0;
        for (uint256 i = 0; bitmap >> i != 0; ++i) {
            if ((bitmap >> i) & 1 == 0) continue;
            if (offset + SIGNATURE_BYTES > signatures.length) return false;
            (bytes32 r, bytes32 vs) = _signatureAt(signatures, offset);
            (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, r, vs);
            if (failure != ECDSA.RecoverError.NoError || signer != entries.signerAt(i)) return false;
            offset += SIGNATURE_BYTES;
        }
        return offset == signatures.length;
    }

    /// @dev The caller has checked that `signatures` goes on for 64 bytes from `offset`.
    function _signatureAt(bytes calldata signatures, uint256 offset)
        private
        pure
        returns (bytes32 r, bytes32 vs)
    {
        assembly ("memory-safe") {
            r := calldataload(add(signatures.offset, offset))
            vs := calldataload(add(signatures.offset, add(offset, 0x20)))
        }
    }
}
