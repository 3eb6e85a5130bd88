// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianRewards} from "../../src/guardians/GuardianRewards.sol";
import {GuardianSets} from "../../src/guardians/GuardianSets.sol";
import {GuardianStake} from "../../src/guardians/GuardianStake.sol";
import {TokenLedger} from "../../src/guardians/TokenLedger.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

contract GuardianRewardsTest is RegistryFixture {
    function setUp() external {
        _deployRegistry();
    }

    function test_fundRewards_addsToThePot() external {
        token.mint(address(this), 90);
        token.approve(address(registry), 90);
        vm.expectEmit(address(registry));
        emit GuardianRewards.RewardsFunded(address(this), 90);
        registry.fundRewards(90);
        _fund(10);
        vm.assertEq(registry.pot(), 100);
        _assertSolvent();
        vm.expectRevert(GuardianStake.AmountZero.selector);
        registry.fundRewards(0);
    }

    function test_shareRewards_isEvenAmongThoseWhoTookPart() external {
        _fund(100);
        GuardianRewards.Participation memory period = _period(1, 1, 50, 0x0d);
        bytes memory signatures = signaturesOf(QUORUM, registry.hashParticipation(period));
        vm.expectEmit(address(registry));
        emit GuardianRewards.RewardsShared(1, 1, 50, 0x0d, 33);
        registry.shareRewards(period, QUORUM, signatures);

        vm.assertEq(registry.owedTo(_guardian(0)), 33);
        vm.assertEq(registry.owedTo(_guardian(1)), 0);
        vm.assertEq(registry.owedTo(_guardian(2)), 33);
        vm.assertEq(registry.owedTo(_guardian(3)), 33);
        vm.assertEq(registry.pot(), 1);
        vm.assertEq(registry.nextViewOf(1), 51);
    }

    function test_rewardsGoToTheOperator() external {
        _fund(100);
        vm.prank(_guardian(0));
        registry.setOperator(_guardian(0), address(0x09E4));
        _share(_period(1, 1, 50, 0x01));
        vm.assertEq(registry.owedTo(address(0x09E4)), 100);

        vm.expectEmit(address(registry));
        emit TokenLedger.Withdrawn(address(0x09E4), 100);
        registry.withdraw(address(0x09E4));
        vm.assertEq(token.balanceOf(address(0x09E4)), 100);
        _assertSolvent();
        vm.expectRevert(abi.encodeWithSelector(TokenLedger.NothingOwed.selector, address(0x09E4)));
        registry.withdraw(address(0x09E4));
    }

    function test_periodsFollowEachOtherAndNeverOverlap() external {
        _share(_period(1, 10, 20, 1));
        _refusePeriod(_period(1, 10, 20, 1), 21);
        _refusePeriod(_period(1, 20, 30, 1), 21);
        _refusePeriod(_period(1, 1, 5, 1), 21);
        _refusePeriod(_period(1, 30, 29, 1), 21);
        _refusePeriod(_period(1, 21, type(uint64).max, 1), 21);
        _share(_period(1, 21, 21, 1));
        _share(_period(1, 40, type(uint64).max - 1, 1));
    }

    function test_onlyGuardiansCanHaveTakenPart() external {
        uint256[3] memory wrong = [uint256(0), 0x10, 1 << 255];
        for (uint256 i = 0; i < wrong.length; ++i) {
            GuardianRewards.Participation memory period = _period(1, 1, 2, wrong[i]);
            bytes memory signatures = signaturesOf(QUORUM, registry.hashParticipation(period));
            vm.expectRevert(abi.encodeWithSelector(GuardianRewards.ParticipantsInvalid.selector, wrong[i], 4));
            registry.shareRewards(period, QUORUM, signatures);
        }
    }

    function test_aQuorumCertifies() external {
        GuardianRewards.Participation memory period = _period(1, 1, 50, 0x03);
        bytes32 digest = registry.hashParticipation(period);
        bytes memory signatures = signaturesOf(0x03, digest);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.CertificateInvalid.selector, digest));
        registry.shareRewards(period, 0x03, signatures);

        signatures = signaturesOf(QUORUM, digest);
        period.participants = 0x04;
        digest = registry.hashParticipation(period);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.CertificateInvalid.selector, digest));
        registry.shareRewards(period, QUORUM, signatures);
    }

    /// @dev Guardians whose epoch is over cannot take what is paid in later.
    function test_theQuorumOfAnOldEpochSharesNothing() external {
        _stakeAll(4);
        _startEpoch(guardianList(4));
        _share(_period(1, 1, 50, 0x0f));
        vm.warp(GENESIS_SECONDS + 10 minutes);
        GuardianRewards.Participation memory period = _period(1, 51, 60, 0x0f);
        bytes32 digest = registry.hashParticipation(period);
        bytes memory signatures = signaturesOf(QUORUM, digest);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.CertificateInvalid.selector, digest));
        registry.shareRewards(period, QUORUM, signatures);
        vm.expectRevert(abi.encodeWithSelector(GuardianSets.EpochUnknown.selector, 3));
        registry.shareRewards(_period(3, 1, 2, 1), QUORUM, signatures);
        // Views are counted anew in each epoch.
        _share(_period(2, 1, 50, 0x0f));
    }

    function testFuzz_sharesNeverExceedThePot(uint256 amount, uint256 participants) external {
        amount = bound(amount, 1, 1e30);
        participants = bound(participants, 1, 15);
        _fund(amount);
        _share(_period(1, 1, 50, participants));
        uint256 owed = 0;
        for (uint256 i = 0; i < 4; ++i) {
            owed += registry.owedTo(_guardian(i));
        }
        vm.assertEq(owed + registry.pot(), amount);
        vm.assertLt(registry.pot(), size(participants));
        _assertSolvent();
    }

    function _period(uint64 epoch, uint64 fromView, uint64 toView, uint256 participants)
        private
        pure
        returns (GuardianRewards.Participation memory)
    {
        return GuardianRewards.Participation(epoch, fromView, toView, participants);
    }

    function _share(GuardianRewards.Participation memory period) private {
        bytes memory signatures = signaturesOf(QUORUM, registry.hashParticipation(period));
        registry.shareRewards(period, QUORUM, signatures);
    }

    function _refusePeriod(GuardianRewards.Participation memory period, uint64 nextView) private {
        bytes memory signatures = signaturesOf(QUORUM, registry.hashParticipation(period));
        vm.expectRevert(
            abi.encodeWithSelector(
                GuardianRewards.PeriodInvalid.selector, period.fromView, period.toView, nextView
            )
        );
        registry.shareRewards(period, QUORUM, signatures);
    }
}
