// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {BreakwaterGovernor} from "../../src/govern/BreakwaterGovernor.sol";
import {GovernorInsistence} from "../../src/govern/GovernorInsistence.sol";
import {GovernorMaturity} from "../../src/govern/GovernorMaturity.sol";
import {GovernanceFixture} from "./GovernanceFixture.sol";

contract BreakwaterGovernorTest is GovernanceFixture {
    function setUp() external {
        _deployGovernance();
    }

    function test_saysHowItWorks() external view {
        vm.assertEq(governor.name(), "Breakwater Governor");
        vm.assertEq(governor.votingDelay(), VOTING_DELAY);
        vm.assertEq(governor.votingPeriod(), VOTING_PERIOD);
        vm.assertEq(uint256(governor.lateQuorumVoteExtension()), LATE_QUORUM);
        vm.assertEq(governor.maturitySeconds(), MATURITY);
        vm.assertEq(governor.insistDelaySeconds(), INSIST_DELAY);
        vm.assertEq(governor.proposalThreshold(), THRESHOLD);
        vm.assertEq(governor.quorumFloor(), QUORUM_FLOOR);
        vm.assertEq(governor.timelock(), address(timelock));
        vm.assertEq(address(governor.token()), address(votes));
        vm.assertEq(governor.CLOCK_MODE(), "mode=timestamp");
    }

    function test_aDecisionIsCarriedOutAfterTheDelay() external {
        Proposal memory p = _setProposal(7, "seven");
        _passAndQueue(p);
        vm.assertTrue(timelock.isOperationPending(_operationOf(p)));
        vm.warp(block.timestamp + TIMELOCK_DELAY - 1);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        governor.execute(p.targets, p.values, p.calldatas, _hashOf(p));
        vm.warp(block.timestamp + 1);
        _execute(p);
        vm.assertEq(treasury.value(), 7);
        _assertState(p, IGovernor.ProposalState.Executed);
    }

    function test_nothingIsExecutedTwice() external {
        Proposal memory p = _setProposal(7, "seven");
        _enact(p);
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        governor.execute(p.targets, p.values, p.calldatas, _hashOf(p));
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        governor.queue(p.targets, p.values, p.calldatas, _hashOf(p));
        vm.prank(ALICE);
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        governor.propose(p.targets, p.values, p.calldatas, p.description);
    }

    function test_theQuorumIsAShareOfTheMatureSupply() external {
        vm.assertEq(governor.quorum(block.timestamp - 1), 400_000e18);
        // A flood of fresh votes does not raise it, so it cannot be used to stop others.
        _lock(MALLORY, 100_000_000e18, 104 weeks);
        vm.warp(block.timestamp + 1 days);
        vm.assertEq(governor.quorum(block.timestamp - 1), 400_000e18);
        _mature();
        vm.assertEq(governor.quorum(block.timestamp - 1), 10_400_000e18);
    }

    function test_theQuorumIsNeverBelowItsFloor() external {
        vm.assertEq(governor.quorum(0), QUORUM_FLOOR);
        vm.prank(ALICE);
        votes.giveNotice(1);
        vm.prank(BOB);
        votes.giveNotice(2);
        vm.prank(CAROL);
        votes.giveNotice(3);
        vm.warp(block.timestamp + 1);
        vm.assertEq(governor.quorum(block.timestamp - 1), QUORUM_FLOOR);
    }

    function test_withoutAQuorumNothingPasses() external {
        _lock(MALLORY, 399_999e18, 104 weeks);
        _mature();
        Proposal memory p = _setProposal(7, "few");
        _propose(MALLORY, p);
        _warpToVote(p);
        _vote(MALLORY, p, FOR);
        _warpPastVote(p);
        _assertState(p, IGovernor.ProposalState.Defeated);
    }

    function test_aLateQuorumProlongsTheVote() external {
        Proposal memory p = _setProposal(7, "late");
        _propose(ALICE, p);
        vm.warp(governor.proposalDeadline(_idOf(p)) - 1);
        _vote(ALICE, p, FOR);
        vm.assertEq(governor.proposalDeadline(_idOf(p)), block.timestamp + LATE_QUORUM);
        _vote(BOB, p, AGAINST);
        _vote(CAROL, p, AGAINST);
        _warpPastVote(p);
        _assertState(p, IGovernor.ProposalState.Defeated);
    }

    function test_proposingNeedsMatureVotes() external {
        _lock(MALLORY, 1_000_000e18, 104 weeks);
        vm.warp(block.timestamp + MATURITY - 1);
        Proposal memory p = _setProposal(7, "early");
        vm.prank(MALLORY);
        vm.expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector, MALLORY, 0, THRESHOLD
            )
        );
        governor.propose(p.targets, p.values, p.calldatas, p.description);
        vm.warp(block.timestamp + 2);
        _propose(MALLORY, p);
    }

    function test_settingsKeepTheirBounds() external {
        BreakwaterGovernor.Settings memory settings = _settings();
        settings.votingDelaySeconds = 1 days - 1;
        _refuse(
            settings,
            abi.encodeWithSelector(
                BreakwaterGovernor.VotingDelayOutOfRange.selector, 1 days - 1, 1 days, MATURITY
            )
        );
        settings.votingDelaySeconds = uint48(MATURITY);
        _refuse(
            settings,
            abi.encodeWithSelector(
                BreakwaterGovernor.VotingDelayOutOfRange.selector, MATURITY, 1 days, MATURITY
            )
        );
        settings = _settings();
        settings.votingPeriodSeconds = 1 days - 1;
        _refuse(
            settings,
            abi.encodeWithSelector(BreakwaterGovernor.VotingPeriodTooShort.selector, 1 days - 1, 1 days)
        );
        settings = _settings();
        settings.proposalThreshold = 0;
        _refuse(settings, abi.encodeWithSelector(BreakwaterGovernor.ProposalThresholdMissing.selector));
        settings = _settings();
        settings.quorumFloor = 0;
        _refuse(
            settings, abi.encodeWithSelector(GovernorMaturity.MaturityOrFloorMissing.selector, MATURITY, 0)
        );
        settings = _settings();
        settings.maturitySeconds = 0;
        _refuse(
            settings,
            abi.encodeWithSelector(GovernorMaturity.MaturityOrFloorMissing.selector, 0, QUORUM_FLOOR)
        );
        settings = _settings();
        settings.insistDelaySeconds = 0;
        _refuse(settings, abi.encodeWithSelector(GovernorInsistence.InsistDelayMissing.selector));
    }

    function test_settingsChangeByADecisionOnlyAndKeepTheirBounds() external {
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorOnlyExecutor.selector, address(this)));
        governor.setVotingDelay(3 days);

        _enact(_proposal(address(governor), abi.encodeCall(governor.setVotingDelay, (3 days)), "three"));
        vm.assertEq(governor.votingDelay(), 3 days);

        Proposal memory p = _proposal(address(governor), abi.encodeCall(governor.setVotingDelay, (0)), "none");
        _passAndQueue(p);
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        vm.expectRevert(
            abi.encodeWithSelector(BreakwaterGovernor.VotingDelayOutOfRange.selector, 0, 1 days, MATURITY)
        );
        governor.execute(p.targets, p.values, p.calldatas, _hashOf(p));
    }

    /// @dev Else somebody could take a proposal over and cancel it, again and again.
    function test_aProposalCanBeReservedForItsProposer() external {
        string memory mine = "seven#proposer=0x00000000000000000000000000000000000a11ce";
        Proposal memory p = _setProposal(7, mine);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorRestrictedProposer.selector, BOB));
        governor.propose(p.targets, p.values, p.calldatas, mine);
        _propose(ALICE, p);
        uint256 id = _idOf(p);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorUnableToCancel.selector, id, BOB));
        governor.cancel(p.targets, p.values, p.calldatas, _hashOf(p));
    }

    function test_onlyWhatWasVetoedCanBeInsistedOn() external {
        Proposal memory p = _setProposal(7, "seven");
        _propose(ALICE, p);
        bytes memory refusal = abi.encodeWithSelector(GovernorInsistence.ProposalNotVetoed.selector, _idOf(p));
        vm.prank(ALICE);
        vm.expectRevert(refusal);
        governor.insist(p.targets, p.values, p.calldatas, "again", _hashOf(p));
        // Its proposer's taking it back is no veto.
        vm.prank(ALICE);
        governor.cancel(p.targets, p.values, p.calldatas, _hashOf(p));
        vm.prank(ALICE);
        vm.expectRevert(refusal);
        governor.insist(p.targets, p.values, p.calldatas, "again", _hashOf(p));

        Proposal memory other = _setProposal(8, "eight");
        _enact(other);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(GovernorInsistence.ProposalNotVetoed.selector, _idOf(other)));
        governor.insist(other.targets, other.values, other.calldatas, "again", _hashOf(other));
    }

    function test_onlyTheSameCallsCanBeInsistedOn() external {
        Proposal memory p = _setProposal(7, "seven");
        _vetoByCouncil(_passAndQueue(p));
        Proposal memory worse = _setProposal(8, "seven");
        vm.prank(ALICE);
        // The number of a proposal that never was.
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorNonexistentProposal.selector, _idOf(worse)));
        governor.insist(worse.targets, worse.values, worse.calldatas, "again", _hashOf(p));
    }

    function test_insistingNeedsTheThreshold() external {
        Proposal memory p = _setProposal(7, "seven");
        _vetoByCouncil(_passAndQueue(p));
        vm.prank(MALLORY);
        vm.expectPartialRevert(IGovernor.GovernorInsufficientProposerVotes.selector);
        governor.insist(p.targets, p.values, p.calldatas, "again", _hashOf(p));
    }

    function test_insistingTakesTwoThirdsAndMoreTime() external {
        Proposal memory p = _setProposal(7, "seven");
        _vetoByCouncil(_passAndQueue(p));
        _assertState(p, IGovernor.ProposalState.Canceled);

        Proposal memory again = Proposal(p.targets, p.values, p.calldatas, "again");
        vm.expectEmit(address(governor));
        emit GovernorInsistence.Insisted(_idOf(again), _idOf(p));
        _insist(ALICE, p, "again");
        vm.assertTrue(governor.isInsisting(_idOf(again)));
        _warpToVote(again);
        _vote(ALICE, again, FOR);
        _vote(BOB, again, AGAINST);
        _warpPastVote(again);
        _assertState(again, IGovernor.ProposalState.Succeeded);
        uint256 queueableAt = governor.proposalDeadline(_idOf(again)) + INSIST_DELAY;
        vm.warp(queueableAt - 1);
        vm.expectRevert(
            abi.encodeWithSelector(GovernorInsistence.InsistenceTooEarly.selector, _idOf(again), queueableAt)
        );
        governor.queue(again.targets, again.values, again.calldatas, _hashOf(again));
        vm.warp(queueableAt);
        vm.assertFalse(governor.isInsisted(_operationOf(again)));
        _queue(again);
        vm.assertTrue(governor.isInsisted(_operationOf(again)));
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        _execute(again);
        vm.assertEq(treasury.value(), 7);
    }

    function test_aMereMajorityCannotInsist() external {
        _lock(MALLORY, 1e18, 104 weeks);
        _mature();
        Proposal memory p = _setProposal(7, "seven");
        _vetoByCouncil(_passAndQueue(p));
        Proposal memory again = _insist(ALICE, p, "again");
        _warpToVote(again);
        // Two million against one million and one.
        _vote(ALICE, again, FOR);
        _vote(BOB, again, AGAINST);
        _vote(MALLORY, again, AGAINST);
        _warpPastVote(again);
        _assertState(again, IGovernor.ProposalState.Defeated);
    }

    function test_abstainingDoesNotInsist() external {
        Proposal memory p = _setProposal(7, "seven");
        _vetoByCouncil(_passAndQueue(p));
        Proposal memory again = _insist(ALICE, p, "again");
        _warpToVote(again);
        _vote(ALICE, again, ABSTAIN);
        _warpPastVote(again);
        _assertState(again, IGovernor.ProposalState.Defeated);
    }

    function test_theSameCallsCanStillBeProposedWithoutInsisting() external {
        Proposal memory p = _setProposal(7, "seven");
        _vetoByCouncil(_passAndQueue(p));
        Proposal memory plain = _setProposal(7, "once more");
        bytes32 operationId = _passAndQueue(plain);
        vm.assertFalse(governor.isInsisted(operationId));
        _vetoByCouncil(operationId);
        _assertState(plain, IGovernor.ProposalState.Canceled);
    }

    function testFuzz_votesAreTheLesserOfNowAndThen(uint256 extra, uint256 age) external {
        extra = bound(extra, 1e18, 1_000_000e18);
        age = bound(age, 1, 3 * MATURITY);
        _lock(ALICE, extra, 104 weeks);
        uint256 lockedAt = block.timestamp;
        vm.warp(lockedAt + age);
        uint256 counted = governor.getVotes(ALICE, block.timestamp - 1);
        bool isMature = block.timestamp - 1 >= lockedAt + MATURITY;
        vm.assertEq(counted, isMature ? 2_000_000e18 + extra : 2_000_000e18);
    }

    function _refuse(BreakwaterGovernor.Settings memory settings, bytes memory reason) private {
        vm.expectRevert(reason);
        new BreakwaterGovernor(votes, timelock, settings);
    }
}
