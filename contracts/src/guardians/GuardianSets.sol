// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {FrostVerifier} from "./FrostVerifier.sol";
import {IGuardianRegistry} from "./IGuardianRegistry.sol";
import {SignerTable} from "./SignerTable.sol";

/// @title One guardian set an epoch
/// @notice Keeps the sets, verifies their certificates and their group's signatures, and installs the
/// group's key. Who is in a set is decided elsewhere.
abstract contract GuardianSets is IGuardianRegistry, EIP712 {
    using SignerTable for bytes;

    uint256 private constant MAX_GUARDIANS = 255;
    uint256 private constant SIGNATURE_BYTES = 64;
    uint40 private constant IN_FORCE = type(uint40).max;
    bytes32 private constant GROUP_KEY_TYPEHASH = keccak256("GroupKey(uint64 epoch,uint256 x,uint256 y)");

    /// @dev The first slot is all that a certificate needs, a group's signature needs the second one too.
    /// An epoch that never was has no guardians; one that is in force expires at the end of time.
    struct GuardianSet {
        address table;
        uint8 count;
        uint40 startedAt;
        uint40 expiresAt;
        uint8 keyPrefix; // 2 or 3 by the parity of the key's y; 0 while there is no key
        uint256 keyX;
    }

    uint64 private _epoch;
    mapping(uint64 epoch => GuardianSet) private _sets;

    /// @notice A guardian set came into force.
    event EpochStarted(uint64 indexed epoch, address[] guardians);
    /// @notice The group of this epoch has a key.
    event GroupKeyInstalled(uint64 indexed epoch, uint256 x, uint256 y);

    /// @notice There must be between 1 and 255 guardians.
    error GuardianCountOutOfRange(uint256 count);
    /// @notice The zero address cannot sign.
    error GuardianZero(uint256 index);
    /// @notice One guardian, one vote.
    error GuardianDuplicated(address guardian);
    /// @notice There is no such epoch.
    error EpochUnknown(uint64 epoch);
    /// @notice The point is not on the curve, is infinity, or has an x that no signature can have.
    error GroupKeyInvalid(uint256 x, uint256 y);
    /// @notice The key of an epoch is installed once.
    error GroupKeyAlreadyInstalled(uint64 epoch);
    /// @notice A quorum of the guardians did not sign this digest.
    error CertificateInvalid(bytes32 digest);

    constructor() EIP712("Breakwater Guardian", "1") {}

    /// @notice Installs the public key with which the guardians of the epoch in force sign together. Anyone
    /// may carry it. A key ends with its epoch: a group that kept its key could sign after its stake is gone.
    /// @param x x-coordinate of the key, from 1 to the order of the group - 1.
    /// @param y y-coordinate of the key.
    /// @param bitmap Which guardians attest to the key; see `verifyCertificate`.
    /// @param signatures Their signatures over `hashGroupKey` of this epoch.
    function installGroupKey(uint256 x, uint256 y, uint256 bitmap, bytes calldata signatures) external {
        uint64 epoch_ = _epoch;
        GuardianSet storage set = _sets[epoch_];
        if (set.keyPrefix != 0) revert GroupKeyAlreadyInstalled(epoch_);
        if (!FrostVerifier.isKey(x, y)) revert GroupKeyInvalid(x, y);
        _requireCertificate(hashGroupKey(epoch_, x, y), epoch_, bitmap, signatures);
        set.keyPrefix = FrostVerifier.prefixOf(y);
        set.keyX = x;
        emit GroupKeyInstalled(epoch_, x, y);
    }

    /// @inheritdoc IGuardianRegistry
    function epoch() public view returns (uint64) {
        return _epoch;
    }

    /// @inheritdoc IGuardianRegistry
    function guardians() external view returns (address[] memory) {
        return guardiansOf(_epoch);
    }

    /// @notice The guardians of any epoch, in the order of their bits.
    function guardiansOf(uint64 epoch_) public view returns (address[] memory list) {
        bytes memory entries = SignerTable.load(_knownSet(epoch_).table);
        list = new address[](entries.count());
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = entries.signerAt(i);
        }
    }

    /// @notice When an epoch began, and when what its guardians sign ceases to count, in seconds of block
    /// time. The epoch in force expires at the largest number of 40 bits.
    function spanOf(uint64 epoch_) external view returns (uint256 startedAt, uint256 expiresAt) {
        GuardianSet storage set = _knownSet(epoch_);
        return (set.startedAt, set.expiresAt);
    }

    /// @notice The group's key of an epoch: its x-coordinate, and 2 or 3 for an even or odd y as in the
    /// compressed form of a point. Zeros while there is none.
    function groupKeyOf(uint64 epoch_) external view returns (uint256 x, uint8 prefix) {
        GuardianSet storage set = _knownSet(epoch_);
        return (set.keyX, set.keyPrefix);
    }

    /// @inheritdoc IGuardianRegistry
    function guardianCount() external view returns (uint256) {
        return _sets[_epoch].count;
    }

    /// @inheritdoc IGuardianRegistry
    function faults() external view returns (uint256) {
        return _faultsOf(_sets[_epoch].count);
    }

    /// @inheritdoc IGuardianRegistry
    function quorum() external view returns (uint256) {
        return _quorumOf(_sets[_epoch].count);
    }

    /// @inheritdoc IGuardianRegistry
    function isGuardian(address account) external view returns (bool) {
        return _isIn(_sets[_epoch].table, account);
    }

    /// @notice What guardians sign to attest to their group's key (EIP-712).
    function hashGroupKey(uint64 epoch_, uint256 x, uint256 y) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(GROUP_KEY_TYPEHASH, epoch_, x, y)));
    }

    /// @inheritdoc IGuardianRegistry
    function verifyCertificate(bytes32 digest, uint64 epoch_, uint256 bitmap, bytes calldata signatures)
        public
        view
        returns (bool)
    {
        GuardianSet storage set = _sets[epoch_];
        (address table, uint256 count) = (set.table, set.count);
        // An epoch that never was has expired at 0.
        if (block.timestamp >= set.expiresAt || bitmap >> count != 0) return false;
        if (signatures.length < _quorumOf(count) * SIGNATURE_BYTES) return false;

        return _haveSigned(SignerTable.load(table), bitmap, digest, signatures);
    }

    /// @inheritdoc IGuardianRegistry
    function verifyGroup(bytes32 digest, uint64 epoch_, uint256 rx, uint256 ry, uint256 z)
        external
        view
        returns (bool)
    {
        GuardianSet storage set = _sets[epoch_];
        uint8 keyPrefix = set.keyPrefix;
        if (keyPrefix == 0 || block.timestamp >= set.expiresAt) return false;
        return FrostVerifier.verify(digest, set.keyX, keyPrefix, rx, ry, z);
    }

    /// @dev Puts the next set in force. What the set before signs counts for `overlapSeconds` more, what any
    /// earlier one signs no longer. The caller has checked that the guardians are different.
    function _startEpoch(address[] memory list, uint256 overlapSeconds) internal {
        uint256 n = list.length;
        if (n == 0 || n > MAX_GUARDIANS) revert GuardianCountOutOfRange(n);
        for (uint256 i = 0; i < n; ++i) {
            if (list[i] == address(0)) revert GuardianZero(i);
        }
        uint64 ended = _epoch;
        uint64 started = ended + 1;
        uint40 now_ = uint40(block.timestamp);
        if (ended > 0) _sets[ended].expiresAt = uint40(now_ + overlapSeconds);
        if (ended > 1 && _sets[ended - 1].expiresAt > now_) _sets[ended - 1].expiresAt = now_;

        _epoch = started;
        GuardianSet storage set = _sets[started];
        set.table = SignerTable.store(list);
        set.count = uint8(n);
        set.startedAt = now_;
        set.expiresAt = IN_FORCE;
        emit EpochStarted(started, list);
    }

    function _requireCertificate(bytes32 digest, uint64 epoch_, uint256 bitmap, bytes calldata signatures)
        internal
        view
    {
        if (!verifyCertificate(digest, epoch_, bitmap, signatures)) revert CertificateInvalid(digest);
    }

    /// @dev The set of an epoch that was or is.
    function _knownSet(uint64 epoch_) internal view returns (GuardianSet storage set) {
        set = _sets[epoch_];
        if (set.count == 0) revert EpochUnknown(epoch_);
    }

    /// @dev When what an epoch's guardians sign ceases to count; 0 for an epoch that never was.
    function _expiryOf(uint64 epoch_) internal view returns (uint256) {
        return _sets[epoch_].expiresAt;
    }

    /// @dev Whether `account` is in the set kept at `table`.
    function _isIn(address table, address account) internal view returns (bool) {
        bytes memory entries = SignerTable.load(table);
        for (uint256 i = 0; i < entries.count(); ++i) {
            if (entries.signerAt(i) == account) return true;
        }
        return false;
    }

    function _faultsOf(uint256 count) private pure returns (uint256) {
        return (count - 1) / 3;
    }

    function _quorumOf(uint256 count) private pure returns (uint256) {
        return count - _faultsOf(count);
    }

    /// @dev Whether `signatures` are those of the guardians in `bitmap`. ECDSA.tryRecover refuses an s in the
    /// upper half of the order and a recovery to the zero address, so each signature has one valid form, and
    /// a guardian counts once because it has one bit.
    function _haveSigned(bytes memory entries, uint256 bitmap, bytes32 digest, bytes calldata signatures)
        private
        pure
        returns (bool)
    {
        uint256 offset = 0;
        // Neither counter can overflow: there are at most 256 bits.
        unchecked {
            for (uint256 i = 0; bitmap != 0; (bitmap >>= 1, ++i)) {
                if (bitmap & 1 == 0) continue;
                if (offset + SIGNATURE_BYTES > signatures.length) return false;
                (bytes32 r, bytes32 vs) = _signatureAt(signatures, offset);
                (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, r, vs);
                if (failure != ECDSA.RecoverError.NoError || signer != entries.signerAt(i)) return false;
                offset += SIGNATURE_BYTES;
            }
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
