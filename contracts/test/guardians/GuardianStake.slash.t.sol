// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GuardianSets} from "../../src/guardians/GuardianSets.sol";
import {GuardianStake} from "../../src/guardians/GuardianStake.sol";
import {RegistryParameters} from "../../src/guardians/RegistryParameters.sol";
import {VoteEvidence} from "../../src/guardians/VoteEvidence.sol";
import {RegistryFixture} from "./RegistryFixture.sol";

/// @dev A fault costs half of the stake, of which the reporter gets a tenth.
contract GuardianStakeSlashTest is RegistryFixture {
    uint64 private constant VIEW = 41;

    function setUp() external {
        _deployRegistry();
        _stakeAll(5);
        _startEpoch(guardianList(4));
        vm.warp(GENESIS_SECONDS + 1 days);
    }

    function test_slash_takesAShareOfTheStake() external {
        vm.expectEmit(address(registry));
        emit GuardianStake.Slashed(_guardian(1), 2, VIEW, 500e18, REPORTER, 50e18);
        _slash(1, 2, VIEW);

        vm.assertEq(_held(1), 500e18);
        vm.assertEq(registry.owedTo(REPORTER), 50e18);
        vm.assertEq(registry.slashedStake(), 450e18);
        vm.assertTrue(registry.isSlashed(_guardian(1), 2, VIEW));
        vm.assertFalse(registry.isSlashed(_guardian(1), 2, VIEW + 1));
        vm.assertFalse(registry.isSlashed(_guardian(2), 2, VIEW));
        _assertSolvent();
    }

    // Which votes are proof

    function test_slash_isForTheThreePairsThatNoHonestGuardianGives() external {
        VoteEvidence.SignedVote memory nullify = _vote(1, 2, VIEW, NULLIFY, 0);
        VoteEvidence.SignedVote memory finalizeA = _vote(1, 2, VIEW, FINALIZE, BLOCK_A);
        VoteEvidence.SignedVote memory finalizeB = _vote(1, 2, VIEW, FINALIZE, BLOCK_B);
        registry.slash(2, VIEW, finalizeA, finalizeB);

        nullify = _vote(2, 2, VIEW, NULLIFY, 0);
        finalizeA = _vote(2, 2, VIEW, FINALIZE, BLOCK_A);
        registry.slash(2, VIEW, nullify, finalizeA);

        nullify = _vote(3, 2, VIEW, NULLIFY, 0);
        finalizeA = _vote(3, 2, VIEW, FINALIZE, BLOCK_A);
        registry.slash(2, VIEW, finalizeA, nullify);
    }

    /// @dev All that an honest guardian may sign in one view: NOTARIZE of one block, then NULLIFY, or
    /// FINALIZE of a block that may be another.
    function testFuzz_slash_isNeverForAnHonestGuardian(bytes32 notarized, bytes32 finalized, bool nullified)
        external
    {
        VoteEvidence.SignedVote[2] memory votes;
        votes[0] = _vote(1, 2, VIEW, NOTARIZE, notarized);
        votes[1] = nullified ? _vote(1, 2, VIEW, NULLIFY, 0) : _vote(1, 2, VIEW, FINALIZE, finalized);
        for (uint256 i = 0; i < 4; ++i) {
            (VoteEvidence.SignedVote memory a, VoteEvidence.SignedVote memory b) =
                (votes[i % 2], votes[i / 2]);
            vm.expectRevert(abi.encodeWithSelector(GuardianStake.VotesNotInConflict.selector, a.kind, b.kind));
            registry.slash(2, VIEW, a, b);
        }
        vm.assertEq(_held(1), MIN_STAKE);
    }

    function testFuzz_slash_isForNothingThatIsNoVote(uint8 kindA, uint8 kindB) external {
        kindA = uint8(bound(kindA, 3, 255));
        VoteEvidence.SignedVote memory a = _vote(1, 2, VIEW, kindA, BLOCK_A);
        VoteEvidence.SignedVote memory b = _vote(1, 2, VIEW, kindA, BLOCK_B);
        VoteEvidence.SignedVote memory c = _vote(1, 2, VIEW, kindB, BLOCK_B);
        vm.expectRevert(abi.encodeWithSelector(GuardianStake.VotesNotInConflict.selector, kindA, kindA));
        registry.slash(2, VIEW, a, b);
        vm.expectRevert(abi.encodeWithSelector(GuardianStake.VotesNotInConflict.selector, kindA, kindB));
        registry.slash(2, VIEW, a, c);
    }

    function test_slash_needsBothVotesOfOneGuardian() external {
        VoteEvidence.SignedVote memory a = _vote(1, 2, VIEW, NOTARIZE, BLOCK_A);
        VoteEvidence.SignedVote memory b = _vote(2, 2, VIEW, NOTARIZE, BLOCK_B);
        vm.expectRevert(
            abi.encodeWithSelector(GuardianStake.SignersDiffer.selector, _guardian(1), _guardian(2))
        );
        registry.slash(2, VIEW, a, b);
    }

    /// @dev ecrecover answers 0 to these, and two of them are still nobody's.
    function test_slash_isForNobodyWhenNobodySigned() external {
        VoteEvidence.SignedVote memory a = VoteEvidence.SignedVote(NOTARIZE, BLOCK_A, 0, 0);
        VoteEvidence.SignedVote memory b = VoteEvidence.SignedVote(NOTARIZE, BLOCK_B, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(GuardianStake.SignersDiffer.selector, address(0), address(0)));
        registry.slash(2, VIEW, a, b);
    }

    function test_slash_needsVotesOfThisViewEpochChainAndRegistry() external {
        (VoteEvidence.SignedVote memory a, VoteEvidence.SignedVote memory b) = _evidence(1, 2, VIEW);
        vm.expectPartialRevert(GuardianStake.SignersDiffer.selector);
        registry.slash(2, VIEW + 1, a, b);
        vm.expectPartialRevert(GuardianStake.SignersDiffer.selector);
        registry.slash(1, VIEW, a, b);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(GuardianStake.SignersDiffer.selector);
        registry.slash(2, VIEW, a, b);
    }

    function test_slash_isForGuardiansOfThatEpoch() external {
        _refuseSlash(
            4, 2, VIEW, abi.encodeWithSelector(GuardianStake.NotGuardianInEpoch.selector, _guardian(4), 2)
        );
        _refuseSlash(1, 3, VIEW, abi.encodeWithSelector(GuardianSets.EpochUnknown.selector, 3));
    }

    // How often, how much and how long

    function test_slash_isOnceForAView() external {
        _slash(1, 2, VIEW);
        VoteEvidence.SignedVote memory a = _vote(1, 2, VIEW, FINALIZE, BLOCK_A);
        VoteEvidence.SignedVote memory b = _vote(1, 2, VIEW, FINALIZE, BLOCK_B);
        vm.expectRevert(abi.encodeWithSelector(GuardianStake.AlreadySlashed.selector, _guardian(1), 2, VIEW));
        registry.slash(2, VIEW, b, a);
        _slash(1, 2, VIEW + 1);
        _slash(2, 2, VIEW);
        vm.assertEq(_held(1), 250e18);
    }

    function test_slash_includesTheQueue() external {
        _requestUnstake(1, MIN_STAKE - 100e18);
        _slash(1, 2, VIEW);
        (uint256 staked, uint256 queued) = registry.stakeOf(_guardian(1));
        vm.assertEq(staked, 0);
        vm.assertEq(queued, 500e18);
    }

    /// @dev The attack: vote against the rules, ask for the stake at once, be gone before the evidence.
    function test_slash_findsTheStakeOfOneWhoLeft() external {
        _requestUnstake(1, MIN_STAKE);
        address[] memory list = guardianList(4);
        list[1] = _guardian(4);
        vm.warp(GENESIS_SECONDS + 60 days);
        _startEpoch(list);
        vm.warp(GENESIS_SECONDS + 74 days + 10 minutes);
        vm.expectPartialRevert(GuardianStake.StakeStillBound.selector);
        _claim(1);
        _slash(1, 2, VIEW);
        vm.assertEq(_held(1), 500e18);
    }

    function test_slash_endsWithTheTimeForEvidence() external {
        _startEpoch(guardianList(4));
        uint256 untilSeconds = GENESIS_SECONDS + 15 days + 10 minutes;
        vm.warp(untilSeconds);
        _slash(1, 2, VIEW);
        vm.warp(untilSeconds + 1);
        _refuseSlash(
            1, 2, VIEW + 1, abi.encodeWithSelector(GuardianStake.EvidenceTooLate.selector, untilSeconds)
        );
        _slash(1, 3, VIEW);
    }

    /// @dev What was staked for later epochs is not at stake for an earlier one.
    function test_slash_isOfTheStakeAsOfThatEpoch() external {
        _startEpoch(guardianList(4));
        _stake(1, 3 * uint256(MIN_STAKE));
        vm.assertEq(registry.stakeAsOf(_guardian(1), 1), MIN_STAKE);
        vm.assertEq(registry.stakeAsOf(_guardian(1), 2), MIN_STAKE);
        vm.assertEq(registry.stakeAsOf(_guardian(1), 3), 4 * uint256(MIN_STAKE));
        _slash(1, 2, VIEW);
        vm.assertEq(_held(1), 3_500e18);
        _slash(1, 3, VIEW);
        vm.assertEq(_held(1), 1_750e18);
    }

    function test_slash_neverTakesMoreThanWasAtStakeThen() external {
        _startEpoch(guardianList(4));
        _stake(1, MIN_STAKE);
        for (uint64 i = 0; i < 10; ++i) {
            _slash(1, 3, i);
        }
        vm.assertEq(registry.stakeAsOf(_guardian(1), 2), 0);
        uint256 held = _held(1);
        _slash(1, 2, VIEW);
        vm.assertEq(_held(1), held);
    }

    /// @dev One of the first epoch who never staked has nothing to lose but its name.
    function test_slash_isOnRecordForAnAppointedGuardianWithoutStake() external {
        registry = newRegistry(guardianList(4));
        _slash(1, 1, VIEW);
        vm.assertTrue(registry.isSlashed(_guardian(1), 1, VIEW));
        vm.assertEq(registry.owedTo(REPORTER), 0);
    }

    function testFuzz_slash_movesExactlyWhatItTakes(uint256 extra, uint16 slashBps, uint16 reporterBps)
        external
    {
        RegistryParameters.Parameters memory p = parameters();
        p.slashBps = uint16(bound(slashBps, 1_000, 10_000));
        p.reporterBps = uint16(bound(reporterBps, 0, 2_000));
        vm.prank(TIMELOCK);
        registry.setParameters(p);
        _stake(1, bound(extra, 1, 1e28));
        uint256 held = _held(1);
        _slash(1, 2, VIEW);

        uint256 lost = held - _held(1);
        vm.assertGe(lost * 10_000, held * p.slashBps);
        vm.assertLt(lost * 10_000, held * p.slashBps + 10_000);
        vm.assertEq(registry.owedTo(REPORTER) + registry.slashedStake(), lost);
        vm.assertLe(registry.owedTo(REPORTER) * 10_000, lost * p.reporterBps);
        _assertSolvent();
    }

    // Reporters

    /// @dev Anyone who sees a report in the mempool can be first with it, the guardian too. The bounty then
    /// is theirs, and the stake is lost all the same.
    function test_slash_cannotBeDodgedByReportingOneself() external {
        (VoteEvidence.SignedVote memory a, VoteEvidence.SignedVote memory b) = _evidence(1, 2, VIEW);
        vm.prank(_guardian(1));
        registry.slash(2, VIEW, b, a);
        vm.expectRevert(abi.encodeWithSelector(GuardianStake.AlreadySlashed.selector, _guardian(1), 2, VIEW));
        registry.slash(2, VIEW, a, b);
        vm.assertEq(_held(1) + registry.owedTo(_guardian(1)), 550e18);
    }

    function test_slash_makesAGuardianUnfitForTheNextEpoch() external {
        _slash(1, 2, VIEW);
        vm.expectRevert(
            abi.encodeWithSelector(GuardianStake.StakeBelowMinimum.selector, _guardian(1), 500e18, MIN_STAKE)
        );
        _startEpoch(guardianList(4));
    }

    /// @dev The dearest case: nobody was owed anything before. 21,000 and the calldata are added.
    function test_slash_costsLessThan120000GasAsATransaction() external {
        (VoteEvidence.SignedVote memory a, VoteEvidence.SignedVote memory b) = _evidence(3, 2, VIEW);
        bytes memory data = abi.encodeCall(registry.slash, (2, VIEW, a, b));
        uint256 intrinsic = 21_000;
        for (uint256 i = 0; i < data.length; ++i) {
            intrinsic += data[i] == 0 ? 4 : 16;
        }
        registry.slash(2, VIEW, a, b);
        vm.assertLe(intrinsic + vm.lastCallGas().gasTotalUsed, 120_000);
    }
}
