// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {GuardianSets} from "../../src/guardians/GuardianSets.sol";
import {Guardians} from "./Guardians.sol";
import {StakeToken} from "./StakeTokens.sol";

contract GuardianSetsTest is Guardians {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    bytes32 private constant DIGEST = keccak256("what was signed");
    /// @dev Guardians 0, 1 and 3 of 4.
    uint256 private constant THREE = 0x0b;

    GuardianRegistry private registry;

    function setUp() external {
        registry = newRegistry(guardianList(4));
    }

    function test_listsTheGuardiansInOrder() external view {
        vm.assertEq(registry.epoch(), 1);
        vm.assertEq(registry.guardianCount(), 4);
        vm.assertEq(registry.guardians(), guardianList(4));
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertTrue(registry.isGuardian(vm.addr(key(i))));
        }
        vm.assertFalse(registry.isGuardian(vm.addr(key(4))));
        vm.assertFalse(registry.isGuardian(address(0)));
    }

    function test_quorumIsWhatIsLeftWhenAThirdIsFaulty() external {
        uint8[10] memory quorums = [1, 2, 3, 3, 4, 5, 5, 6, 7, 7];
        for (uint256 n = 1; n <= 10; ++n) {
            GuardianRegistry other = newRegistry(guardianList(n));
            vm.assertEq(other.quorum(), quorums[n - 1]);
            vm.assertEq(other.faults(), n - quorums[n - 1]);
        }
    }

    function test_holdsUpTo255Guardians() external {
        address[] memory list = new address[](255);
        for (uint160 i = 0; i < 255; ++i) {
            list[i] = address(i + 1);
        }
        registry = newRegistry(list);
        vm.assertEq(registry.guardians(), list);
        vm.assertEq(registry.quorum(), 171);
    }

    function test_refusesAnEmptySet() external {
        _refuse(new address[](0), abi.encodeWithSelector(GuardianSets.GuardianCountOutOfRange.selector, 0));
    }

    function test_refuses256Guardians() external {
        address[] memory list = new address[](256);
        for (uint160 i = 0; i < 256; ++i) {
            list[i] = address(i + 1);
        }
        _refuse(list, abi.encodeWithSelector(GuardianSets.GuardianCountOutOfRange.selector, 256));
    }

    function test_refusesTheZeroAddress() external {
        address[] memory list = guardianList(3);
        list[2] = address(0);
        _refuse(list, abi.encodeWithSelector(GuardianSets.GuardianZero.selector, 2));
    }

    function test_refusesAGuardianTwice() external {
        address[] memory list = guardianList(4);
        list[3] = list[1];
        _refuse(list, abi.encodeWithSelector(GuardianSets.GuardianDuplicated.selector, list[1]));
    }

    function testFuzz_acceptsExactlyTheQuorums(uint256 n, uint256 bitmap, bytes32 digest) external {
        n = bound(n, 1, 13);
        bitmap &= (1 << n) - 1;
        registry = newRegistry(guardianList(n));
        bool enough = size(bitmap) >= registry.quorum();
        vm.assertEq(registry.verifyCertificate(digest, 1, bitmap, signaturesOf(bitmap, digest)), enough);
    }

    function test_refusesAnotherEpoch() external view {
        bytes memory signatures = signaturesOf(THREE, DIGEST);
        vm.assertTrue(registry.verifyCertificate(DIGEST, 1, THREE, signatures));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 0, THREE, signatures));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 2, THREE, signatures));
    }

    function test_refusesAnotherDigest() external view {
        vm.assertFalse(
            registry.verifyCertificate(keccak256("something else"), 1, THREE, signaturesOf(THREE, DIGEST))
        );
    }

    function test_refusesABitThatNobodyHas() external view {
        bytes memory signatures = bytes.concat(signaturesOf(THREE, DIGEST), signatureOf(4, DIGEST));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE | (1 << 4), signatures));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE | (1 << 255), signatures));
    }

    function test_refusesABitWithoutItsSignature() external view {
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, 0x0f, signaturesOf(THREE, DIGEST)));
    }

    function test_refusesASignatureWithoutItsBit() external view {
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE, signaturesOf(0x0f, DIGEST)));
    }

    function test_refusesAWrongLength() external view {
        bytes memory signatures = signaturesOf(THREE, DIGEST);
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE, bytes.concat(signatures, hex"00")));
        bytes memory cut = new bytes(signatures.length - 1);
        for (uint256 i = 0; i < cut.length; ++i) {
            cut[i] = signatures[i];
        }
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE, cut));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE, ""));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, 0, ""));
    }

    function test_refusesOneGuardianUnderTwoBits() external view {
        bytes memory twice =
            bytes.concat(signatureOf(0, DIGEST), signatureOf(1, DIGEST), signatureOf(1, DIGEST));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE, twice));
    }

    function test_refusesSignaturesOutOfOrder() external view {
        bytes memory swapped =
            bytes.concat(signatureOf(1, DIGEST), signatureOf(0, DIGEST), signatureOf(3, DIGEST));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE, swapped));
    }

    function test_refusesAStranger() external view {
        bytes memory forged =
            bytes.concat(signatureOf(0, DIGEST), signatureOf(1, DIGEST), signatureOf(9, DIGEST));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE, forged));
    }

    /// @dev ecrecover answers 0 to these, which must not count as anybody.
    function test_refusesSignaturesThatRecoverToNobody() external view {
        bytes memory nobody = new bytes(64);
        bytes memory forged = bytes.concat(signatureOf(0, DIGEST), signatureOf(1, DIGEST), nobody);
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE, forged));
    }

    /// @dev The second valid form of an ECDSA signature, s' = order - s with the other parity.
    function testFuzz_refusesTheOtherFormOfASignature(bytes32 digest) external view {
        (bytes32 r, bytes32 vs) = vm.signCompact(key(3), digest);
        uint256 parity = uint256(vs) >> 255;
        uint256 mirrored = ORDER - (uint256(vs) & (type(uint256).max >> 1));
        bytes memory last = bytes.concat(r, bytes32(mirrored | ((1 - parity) << 255)));
        bytes memory mutated = bytes.concat(signatureOf(0, digest), signatureOf(1, digest), last);
        vm.assertFalse(registry.verifyCertificate(digest, 1, THREE, mutated));
    }

    function testFuzz_refusesAnyFlippedBit(uint256 position) external view {
        bytes memory signatures = signaturesOf(THREE, DIGEST);
        position = bound(position, 0, signatures.length * 8 - 1);
        signatures[position / 8] ^= bytes1(uint8(1 << (position % 8)));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, THREE, signatures));
    }

    function testFuzz_garbageIsFalseAndNeverReverts(
        bytes32 digest,
        uint64 epoch,
        uint256 bitmap,
        bytes calldata signatures
    ) external view {
        vm.assertFalse(registry.verifyCertificate(digest, epoch, bitmap, signatures));
        vm.assertFalse(registry.verifyCertificate(digest, 1, bitmap & 0x0f, signatures));
    }

    function _refuse(address[] memory list, bytes memory reason) private {
        GuardianRegistry.Config memory config_ = config(new StakeToken());
        vm.expectRevert(reason);
        new GuardianRegistry(config_, list, TIMELOCK);
    }
}
