// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianSets} from "../../src/guardians/GuardianSets.sol";
import {GroupSigner} from "./GroupSigner.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

contract GuardianSetsGroupTest is RegistryFixture {
    bytes32 private constant DIGEST = keccak256("what was signed");

    uint256 private x;
    uint256 private y;

    function setUp() external {
        _deployRegistry();
        (x, y) = GroupSigner.keyOf(GROUP_SECRET);
    }

    function test_aQuorumInstallsTheGroupsKey() external {
        bytes memory signatures = signaturesOf(QUORUM, registry.hashGroupKey(1, x, y));
        vm.expectEmit(address(registry));
        emit GuardianSets.GroupKeyInstalled(1, x, y);
        registry.installGroupKey(x, y, QUORUM, signatures);

        (uint256 installed, uint8 prefix) = registry.groupKeyOf(1);
        vm.assertEq(installed, x);
        vm.assertEq(prefix, 2 + y % 2);
    }

    function testFuzz_acceptsTheGroupsSignature(bytes32 digest, bytes32 other) external {
        installGroupKey(registry);
        (uint256 rx, uint256 ry, uint256 z) = groupSignatureOf(digest);
        vm.assertTrue(registry.verifyGroup(digest, 1, rx, ry, z));
        vm.assertEq(registry.verifyGroup(other, 1, rx, ry, z), other == digest);
    }

    function test_acceptsNothingWithoutAKey() external {
        (uint256 rx, uint256 ry, uint256 z) = groupSignatureOf(DIGEST);
        vm.assertFalse(registry.verifyGroup(DIGEST, 1, rx, ry, z));
        vm.assertFalse(registry.verifyGroup(DIGEST, 1, 0, 0, 0));
        (uint256 installed, uint8 prefix) = registry.groupKeyOf(1);
        vm.assertEq(installed, 0);
        vm.assertEq(prefix, 0);
    }

    function test_refusesAnotherEpoch() external {
        installGroupKey(registry);
        (uint256 rx, uint256 ry, uint256 z) = groupSignatureOf(DIGEST);
        vm.assertFalse(registry.verifyGroup(DIGEST, 0, rx, ry, z));
        vm.assertFalse(registry.verifyGroup(DIGEST, 2, rx, ry, z));
    }

    function testFuzz_garbageIsFalseAndNeverReverts(
        bytes32 digest,
        uint64 epoch,
        uint256 rx,
        uint256 ry,
        uint256 z
    ) external {
        installGroupKey(registry);
        vm.assertFalse(registry.verifyGroup(digest, epoch, rx, ry, z));
        vm.assertFalse(registry.verifyGroup(digest, 1, rx, ry, z));
    }

    function test_refusesAKeyOffTheCurve() external {
        _refuseKey(x, y ^ 2);
        _refuseKey(y, x);
        _refuseKey(0, 0);
        _refuseKey(GroupSigner.N, y);
        _refuseKey(x, y + 1);
    }

    function test_refusesAKeyThatNoQuorumAttestsTo() external {
        bytes32 digest = registry.hashGroupKey(1, x, y);
        bytes memory two = signaturesOf(0x03, digest);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.CertificateInvalid.selector, digest));
        registry.installGroupKey(x, y, 0x03, two);

        bytes memory stranger = bytes.concat(two, signatureOf(9, digest));
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.CertificateInvalid.selector, digest));
        registry.installGroupKey(x, y, QUORUM, stranger);
    }

    /// @dev The parity of y is attested to as well.
    function test_refusesTheMirrorImageOfTheKeyThatWasAttestedTo() external {
        bytes memory signatures = signaturesOf(QUORUM, registry.hashGroupKey(1, x, y));
        uint256 mirrored = GroupSigner.P - y;
        bytes32 digest = registry.hashGroupKey(1, x, mirrored);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.CertificateInvalid.selector, digest));
        registry.installGroupKey(x, mirrored, QUORUM, signatures);
    }

    function test_installsAKeyOnce() external {
        installGroupKey(registry);
        (uint256 x2, uint256 y2) = GroupSigner.keyOf(GROUP_SECRET + 1);
        bytes memory signatures = signaturesOf(0x0f, registry.hashGroupKey(1, x2, y2));
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.GroupKeyAlreadyInstalled.selector, 1));
        registry.installGroupKey(x2, y2, 0x0f, signatures);
    }

    function test_aKeyEndsWithItsEpochAndTheOverlap() external {
        installGroupKey(registry);
        _stakeAll(4);
        _startEpoch(guardianList(4));
        (uint256 rx, uint256 ry, uint256 z) = groupSignatureOf(DIGEST);
        vm.assertTrue(registry.verifyGroup(DIGEST, 1, rx, ry, z));
        vm.assertFalse(registry.verifyGroup(DIGEST, 2, rx, ry, z));
        vm.warp(GENESIS_SECONDS + 10 minutes - 1);
        vm.assertTrue(registry.verifyGroup(DIGEST, 1, rx, ry, z));
        vm.warp(GENESIS_SECONDS + 10 minutes);
        vm.assertFalse(registry.verifyGroup(DIGEST, 1, rx, ry, z));
    }

    /// @dev Neither what they signed for their own epoch, nor anything that they sign for the new one, nor
    /// while their certificates still count.
    function test_theQuorumOfTheOldEpochInstallsNoKeyForTheNewOne() external {
        for (uint256 i = 4; i < 8; ++i) {
            _stake(i, MIN_STAKE);
        }
        address[] memory list = new address[](4);
        for (uint256 i = 0; i < 4; ++i) {
            list[i] = _guardian(4 + i);
        }
        bytes memory before = signaturesOf(QUORUM, registry.hashGroupKey(1, x, y));
        _startEpoch(list);
        bytes32 digest = registry.hashGroupKey(2, x, y);
        bytes memory fresh = signaturesOf(QUORUM, digest);

        vm.expectRevert(abi.encodeWithSelector(GuardianSets.CertificateInvalid.selector, digest));
        registry.installGroupKey(x, y, QUORUM, before);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.CertificateInvalid.selector, digest));
        registry.installGroupKey(x, y, QUORUM, fresh);

        bytes memory own =
            bytes.concat(signatureOf(4, digest), signatureOf(5, digest), signatureOf(6, digest));
        registry.installGroupKey(x, y, QUORUM, own);
    }

    function _refuseKey(uint256 badX, uint256 badY) private {
        bytes memory signatures = signaturesOf(QUORUM, registry.hashGroupKey(1, badX, badY));
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.GroupKeyInvalid.selector, badX, badY));
        registry.installGroupKey(badX, badY, QUORUM, signatures);
    }
}
