// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {GuardianRegistry} from "../../src/guardians/GuardianRegistry.sol";
import {GuardianSets} from "../../src/guardians/GuardianSets.sol";
import {GuardianStake} from "../../src/guardians/GuardianStake.sol";
import {RegistryParameters} from "../../src/guardians/RegistryParameters.sol";
import {RegistryFixture} from "./RegistryFixture.sol";
import {StakeToken} from "./StakeTokens.sol";

contract GuardianRegistryTest is RegistryFixture {
    bytes32 private constant DIGEST = keccak256("what was signed");

    function setUp() external {
        _deployRegistry();
    }

    // Epochs

    function test_theFirstGuardiansAreAppointedAndNeedNoStake() external view {
        vm.assertEq(registry.epoch(), 1);
        vm.assertEq(registry.guardians(), guardianList(4));
        (uint256 startedAt, uint256 expiresAt) = registry.spanOf(1);
        vm.assertEq(startedAt, GENESIS_SECONDS);
        vm.assertEq(expiresAt, type(uint40).max);
        vm.assertEq(registry.owner(), TIMELOCK);
    }

    function test_startEpoch_putsTheNextSetInForce() external {
        _stakeAll(7);
        vm.warp(GENESIS_SECONDS + 30 days);
        vm.expectEmit(address(registry));
        emit GuardianSets.EpochStarted(2, guardianList(7));
        _startEpoch(guardianList(7));

        vm.assertEq(registry.epoch(), 2);
        vm.assertEq(registry.guardianCount(), 7);
        vm.assertEq(registry.quorum(), 5);
        vm.assertTrue(registry.isGuardian(_guardian(6)));
        vm.assertEq(registry.guardiansOf(1), guardianList(4));
        vm.assertEq(registry.guardiansOf(2), guardianList(7));
        (, uint256 expiresAt) = registry.spanOf(1);
        vm.assertEq(expiresAt, GENESIS_SECONDS + 30 days + 10 minutes);
        vm.assertTrue(registry.verifyCertificate(DIGEST, 2, 0x1f, signaturesOf(0x1f, DIGEST)));
    }

    function test_startEpoch_isTheOwnersAlone() external {
        _stakeAll(4);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        registry.startEpoch(guardianList(4));
        vm.prank(_guardian(0));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, _guardian(0)));
        registry.startEpoch(guardianList(4));
    }

    function test_startEpoch_needsStake() external {
        _stakeAll(3);
        _stake(3, MIN_STAKE - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                GuardianStake.StakeBelowMinimum.selector, _guardian(3), MIN_STAKE - 1, MIN_STAKE
            )
        );
        _startEpoch(guardianList(4));
        _stake(3, 1);
        _startEpoch(guardianList(4));
    }

    function test_startEpoch_isWithoutThoseWhoLeave() external {
        _stakeAll(4);
        _requestUnstake(2, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                GuardianStake.StakeBelowMinimum.selector, _guardian(2), MIN_STAKE - 1, MIN_STAKE
            )
        );
        _startEpoch(guardianList(4));
        address[] memory list = guardianList(3);
        list[2] = _guardian(3);
        _startEpoch(list);
        vm.assertFalse(registry.isGuardian(_guardian(2)));
    }

    function test_startEpoch_refusesAGuardianTwiceAndNobody() external {
        _stakeAll(4);
        address[] memory list = guardianList(4);
        list[3] = list[0];
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.GuardianDuplicated.selector, list[0]));
        _startEpoch(list);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.GuardianCountOutOfRange.selector, 0));
        _startEpoch(new address[](0));
    }

    function test_anEpochThatNeverWasIsUnknown() external {
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.EpochUnknown.selector, 0));
        registry.guardiansOf(0);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.EpochUnknown.selector, 2));
        registry.spanOf(2);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.EpochUnknown.selector, 2));
        registry.groupKeyOf(2);
    }

    // What the epoch before signed

    function test_certificatesOfTheEpochBeforeCountThroughTheOverlap() external {
        _stakeAll(4);
        bytes memory signatures = signaturesOf(QUORUM, DIGEST);
        _startEpoch(guardianList(4));
        vm.assertTrue(registry.verifyCertificate(DIGEST, 1, QUORUM, signatures));
        vm.warp(GENESIS_SECONDS + 10 minutes - 1);
        vm.assertTrue(registry.verifyCertificate(DIGEST, 1, QUORUM, signatures));
        vm.warp(GENESIS_SECONDS + 10 minutes);
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, QUORUM, signatures));
        vm.assertTrue(registry.verifyCertificate(DIGEST, 2, QUORUM, signatures));
    }

    function test_withoutAnOverlapTheyEndAtOnce() external {
        RegistryParameters.Parameters memory p = parameters();
        p.overlapSeconds = 0;
        vm.prank(TIMELOCK);
        registry.setParameters(p);
        _stakeAll(4);
        _startEpoch(guardianList(4));
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, QUORUM, signaturesOf(QUORUM, DIGEST)));
    }

    /// @dev Not even when epochs follow each other faster than the overlap.
    function test_certificatesOfOlderEpochsNeverCount() external {
        _stakeAll(4);
        _startEpoch(guardianList(4));
        vm.warp(GENESIS_SECONDS + 1 minutes);
        _startEpoch(guardianList(4));
        bytes memory signatures = signaturesOf(QUORUM, DIGEST);
        vm.assertFalse(registry.verifyCertificate(DIGEST, 1, QUORUM, signatures));
        vm.assertTrue(registry.verifyCertificate(DIGEST, 2, QUORUM, signatures));
        (, uint256 expiresAt) = registry.spanOf(1);
        vm.assertEq(expiresAt, GENESIS_SECONDS + 1 minutes);

        // An epoch that expired by itself keeps its day.
        vm.warp(GENESIS_SECONDS + 1 days);
        _startEpoch(guardianList(4));
        (, expiresAt) = registry.spanOf(2);
        vm.assertEq(expiresAt, GENESIS_SECONDS + 11 minutes);
    }

    /// @dev The bits of the epoch before mean other guardians than those of this one.
    function test_eachEpochHasItsOwnBits() external {
        _stakeAll(5);
        address[] memory list = guardianList(4);
        list[0] = _guardian(4);
        _startEpoch(list);
        bytes memory signatures = signaturesOf(QUORUM, DIGEST);
        vm.assertFalse(registry.verifyCertificate(DIGEST, 2, QUORUM, signatures));
        vm.assertTrue(registry.verifyCertificate(DIGEST, 1, QUORUM, signatures));
    }

    // What is signed is for one chain and one registry

    function test_digestsAreOfThisChainAndThisRegistry() external {
        GuardianRegistry other = newRegistry(guardianList(4));
        bytes32 keyDigest = registry.hashGroupKey(1, 2, 3);
        bytes32 voteDigest = registry.hashVote(1, 2, NOTARIZE, BLOCK_A);
        vm.assertTrue(other.hashGroupKey(1, 2, 3) != keyDigest);
        vm.assertTrue(other.hashVote(1, 2, NOTARIZE, BLOCK_A) != voteDigest);
        vm.chainId(block.chainid + 1);
        vm.assertTrue(registry.hashGroupKey(1, 2, 3) != keyDigest);
        vm.assertTrue(registry.hashVote(1, 2, NOTARIZE, BLOCK_A) != voteDigest);
    }

    // The cost of what runs when money is at stake

    function test_aCertificateOfThreeIsCheap() external view {
        bytes memory signatures = signaturesOf(QUORUM, DIGEST);
        registry.verifyCertificate(DIGEST, 1, QUORUM, signatures);
        vm.assertLe(vm.lastCallGas().gasTotalUsed, 18_600);
    }

    function test_aGroupsSignatureIsCheap() external {
        installGroupKey(registry);
        (uint256 rx, uint256 ry, uint256 z) = groupSignatureOf(DIGEST);
        registry.verifyGroup(DIGEST, 1, rx, ry, z);
        vm.assertLe(vm.lastCallGas().gasTotalUsed, 11_600);
    }

    // Ownership

    function test_theTimelockIsReplacedInTwoSteps() external {
        address next = address(0x71E2);
        vm.prank(TIMELOCK);
        registry.transferOwnership(next);
        vm.assertEq(registry.owner(), TIMELOCK);
        vm.prank(next);
        registry.acceptOwnership();
        vm.assertEq(registry.owner(), next);
    }

    function test_isNeverWithoutAnOwner() external {
        vm.prank(TIMELOCK);
        vm.expectRevert(GuardianRegistry.OwnerRequired.selector);
        registry.renounceOwnership();
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        registry.renounceOwnership();
    }

    function test_needsAnOwner() external {
        GuardianRegistry.Config memory config_ = config(new StakeToken());
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        new GuardianRegistry(config_, guardianList(4), address(0));
    }
}
