// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {BreakwaterGovernor} from "../../src/govern/BreakwaterGovernor.sol";
import {Council} from "../../src/govern/Council.sol";
import {CouncilVeto} from "../../src/govern/CouncilVeto.sol";
import {EmergencyAccessManager} from "../../src/govern/EmergencyAccessManager.sol";
import {VoteLock} from "../../src/govern/VoteLock.sol";
import {GovernanceFixture, Treasury, VoteToken} from "./GovernanceFixture.sol";

/// @notice Lends any amount within one call.
contract FlashLender {
    VoteToken private immutable _token;

    constructor(VoteToken token) {
        _token = token;
    }

    function lend(uint256 amount) external {
        uint256 before = _token.balanceOf(address(this));
        _token.transfer(msg.sender, amount);
        FlashVoter(msg.sender).onLoan();
        require(_token.balanceOf(address(this)) >= before, "loan not returned");
    }
}

/// @notice Locks what it borrows, proposes and votes, and wants to give the loan back.
contract FlashVoter {
    FlashLender private immutable _lender;
    VoteToken private immutable _token;
    VoteLock private immutable _votes;
    BreakwaterGovernor private immutable _governor;
    uint256 public counted;
    uint256 public held;

    constructor(FlashLender lender, VoteToken token, VoteLock votes, BreakwaterGovernor governor) {
        (_lender, _token, _votes, _governor) = (lender, token, votes, governor);
    }

    function attack(uint256 amount) external {
        _lender.lend(amount);
    }

    function onLoan() external {
        uint256 amount = _token.balanceOf(address(this));
        _token.approve(address(_votes), amount);
        uint256 lockId = _votes.lock(amount, 1 weeks);
        held = _votes.getVotes(address(this));
        counted = _governor.getVotes(address(this), block.timestamp - 1);
        _votes.giveNotice(lockId);
        try _votes.withdraw(lockId) {} catch {}
        _token.transfer(msg.sender, _token.balanceOf(address(this)));
    }
}

/// @notice Attacks on the whole of governance, and what each attacker gets.
contract TakeoverTest is GovernanceFixture {
    function setUp() external {
        _deployGovernance();
    }

    // Votes that are not one's own.

    function test_aFlashLoanCannotEvenBeReturned() external {
        FlashLender lender = new FlashLender(token);
        token.mint(address(lender), 100_000_000e18);
        FlashVoter voter = new FlashVoter(lender, token, votes, governor);
        // The tokens are locked for a week at least, so the loan fails as a whole.
        vm.expectRevert(bytes("loan not returned"));
        voter.attack(100_000_000e18);
    }

    /// @dev Who can repay from elsewhere has a lock then; within the transaction, its votes count for nothing.
    function test_votesCountForNothingInTheTransactionThatLocksThem() external {
        FlashVoter voter = new FlashVoter(FlashLender(address(0)), token, votes, governor);
        token.mint(address(voter), 1_000_000e18);
        voter.onLoan();
        vm.assertGt(voter.held(), 0);
        vm.assertEq(voter.counted(), 0);
        vm.assertEq(token.balanceOf(address(voter)), 0);
    }

    function test_votesBoughtBeforeTheSnapshotCountForNothing() external {
        Proposal memory p = _setProposal(666, "everything to Mallory");
        _lock(CAROL, THRESHOLD, 104 weeks);
        _propose(CAROL, p);
        // In the voting delay, Mallory buys ten times what all others have.
        _lock(MALLORY, 40_000_000e18, 104 weeks);
        _warpToVote(p);
        vm.assertEq(votes.getVotes(MALLORY), 40_000_000e18);
        vm.assertEq(_vote(MALLORY, p, FOR), 0);
        _warpPastVote(p);
        _assertState(p, IGovernor.ProposalState.Defeated);
    }

    function test_votesDelegatedBeforeTheSnapshotCountForNothing() external {
        Proposal memory p = _setProposal(666, "rented");
        _propose(ALICE, p);
        // Alice rents her votes out, mature as they are.
        vm.prank(ALICE);
        votes.delegate(MALLORY);
        _warpToVote(p);
        vm.assertEq(votes.getVotes(MALLORY), 2_000_000e18);
        vm.assertEq(_vote(MALLORY, p, FOR), 0);
        // And they are not hers meanwhile.
        vm.assertEq(_vote(ALICE, p, FOR), 0);
    }

    /// @dev The most that refilling a delegate with fresh votes brings: what it had been entrusted with.
    function test_freshVotesFillUpNoFurtherThanWhatWasMature() external {
        vm.prank(BOB);
        votes.delegate(MALLORY);
        _mature();
        vm.prank(BOB);
        votes.delegate(BOB);
        _lock(MALLORY, 40_000_000e18, 104 weeks);
        vm.warp(block.timestamp + 1);
        uint256 timepoint = block.timestamp - 1;
        vm.assertEq(governor.getVotes(MALLORY, timepoint), 1_000_000e18);
        vm.assertEq(governor.getVotes(BOB, timepoint), 0);
    }

    function testFuzz_allVotesTogetherNeverExceedTheMatureSupply(uint256[6] calldata moves) external {
        address[4] memory holders = [ALICE, BOB, CAROL, MALLORY];
        for (uint256 i = 0; i < moves.length; ++i) {
            address holder = holders[moves[i] % 4];
            if (moves[i] % 3 == 0) {
                _lock(holder, bound(moves[i], 1e18, 10_000_000e18), 104 weeks);
            } else {
                vm.prank(holder);
                votes.delegate(holders[(moves[i] >> 8) % 4]);
            }
            vm.warp(block.timestamp + bound(moves[i] >> 16, 1, MATURITY));
        }
        uint256 timepoint = block.timestamp - 1;
        uint256 sum = 0;
        for (uint256 i = 0; i < 4; ++i) {
            sum += governor.getVotes(holders[i], timepoint);
        }
        vm.assertLe(sum, votes.getPastTotalSupply(timepoint));
        vm.assertLe(sum, votes.getPastTotalSupply(timepoint - MATURITY));
    }

    function test_aLockWhoseNoticeIsGivenCountsForNothing() external {
        Proposal memory p = _setProposal(666, "on the way out");
        _propose(ALICE, p);
        vm.prank(ALICE);
        votes.giveNotice(1);
        _warpToVote(p);
        vm.assertEq(_vote(ALICE, p, FOR), 0);
    }

    // A payload that does harm, decided by a hostile majority: each of the three alone is enough.

    function test_theCouncilAloneStopsAPayload() external {
        Proposal memory p = _hostileUpgrade();
        _vetoByCouncil(_passAndQueue(p));
        _assertStopped(p);
    }

    function test_theGuardiansAloneStopAPayload() external {
        Proposal memory p = _hostileUpgrade();
        _vetoByGuardians(_passAndQueue(p));
        _assertStopped(p);
    }

    function test_theUnderwritersAloneStopAPayload() external {
        Proposal memory p = _hostileUpgrade();
        bytes32 operationId = _passAndQueue(p);
        vm.prank(UNA);
        underwriterVeto.object(operationId);
        _assertStopped(p);
    }

    function test_removingTheVetoCanBeVetoed() external {
        bytes memory revoke =
            abi.encodeCall(IAccessControl.revokeRole, (timelock.CANCELLER_ROLE(), address(guardianVeto)));
        Proposal memory p = _proposal(address(timelock), revoke, "no more guardians");
        _vetoByGuardians(_passAndQueue(p));
        _assertStopped(p);
        vm.assertTrue(timelock.hasRole(timelock.CANCELLER_ROLE(), address(guardianVeto)));
    }

    /// @dev Guardians, all of them captured, veto everything. Governance gets rid of them in: vote, veto,
    /// vote, insist delay, timelock delay.
    function test_capturedGuardiansCannotStopGovernanceForEver() external {
        bytes32 canceller = timelock.CANCELLER_ROLE();
        bytes memory revoke = abi.encodeCall(IAccessControl.revokeRole, (canceller, address(guardianVeto)));
        Proposal memory p = _proposal(address(timelock), revoke, "they are captured");
        uint256 start = block.timestamp;
        _vetoByGuardians(_passAndQueue(p));
        Proposal memory again = _insist(ALICE, p, "we insist");
        _warpToVote(again);
        _vote(ALICE, again, FOR);
        _warpPastVote(again);
        vm.warp(block.timestamp + INSIST_DELAY);
        _queue(again);
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        _execute(again);
        vm.assertFalse(timelock.hasRole(canceller, address(guardianVeto)));
        uint256 longest = 2 * (VOTING_DELAY + VOTING_PERIOD) + INSIST_DELAY + TIMELOCK_DELAY + 1 hours;
        vm.assertLe(block.timestamp - start, longest);
    }

    // Keys of the council.

    function test_oneStolenCouncilKeyDoesNothing() external {
        bytes32 operationId = _passAndQueue(_setProposal(7, "seven"));
        Council.Call memory call =
            _call(address(councilVeto), abi.encodeCall(CouncilVeto.veto, (operationId)));
        _approve(call, 1);
        vm.assertTrue(timelock.isOperationPending(operationId));
        vm.prank(_member(0));
        vm.expectPartialRevert(IAccessManager.AccessManagerUnauthorizedAccount.selector);
        manager.closeFor(address(treasury), 1 days);
    }

    function test_stolenCouncilKeysVetoAndCloseForAWhileAndNothingElse() external {
        _vetoByCouncil(_passAndQueue(_setProposal(7, "seven")));
        _approve(
            _call(address(manager), abi.encodeCall(EmergencyAccessManager.closeFor, (address(pool), 7 days))),
            3
        );
        vm.assertTrue(manager.isTargetClosed(address(pool)));

        address[] memory targets = new address[](1);
        bytes[] memory payloads = new bytes[](1);
        (targets[0], payloads[0]) = (address(treasury), abi.encodeCall(Treasury.set, (666)));
        _councilFails(address(treasury), abi.encodeCall(Treasury.set, (666)));
        _councilFails(
            address(timelock),
            abi.encodeCall(
                TimelockController.scheduleBatch, (targets, new uint256[](1), payloads, 0, 0, 7 days)
            )
        );
        _councilFails(
            address(timelock),
            abi.encodeCall(TimelockController.executeBatch, (targets, new uint256[](1), payloads, 0, 0))
        );
        _councilFails(
            address(timelock), abi.encodeCall(IAccessControl.grantRole, (bytes32(0), address(council)))
        );
        _councilFails(address(manager), abi.encodeCall(IAccessManager.grantRole, (0, address(council), 0)));
        _councilFails(
            address(council), abi.encodeCall(Council.startTerm, (_members(), 3, block.timestamp + 300 days))
        );
    }

    function test_aCouncilThatVetoesItsSuccessorsIsReplacedNonetheless() external {
        address[] memory successors = new address[](2);
        (successors[0], successors[1]) = (ALICE, BOB);
        uint256 end = block.timestamp + 300 days;
        Proposal memory p = _proposal(
            address(council), abi.encodeCall(Council.startTerm, (successors, 2, end)), "successors"
        );
        _vetoByCouncil(_passAndQueue(p));
        Proposal memory again = _insist(ALICE, p, "we insist");
        _warpToVote(again);
        _vote(ALICE, again, FOR);
        _warpPastVote(again);
        vm.warp(block.timestamp + INSIST_DELAY);
        _queue(again);
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        _execute(again);
        vm.assertEq(council.members(), successors);
    }

    function _hostileUpgrade() private view returns (Proposal memory) {
        bytes memory grab = abi.encodeCall(Ownable.transferOwnership, (MALLORY));
        return _proposal(address(pool), grab, "housekeeping");
    }

    function _assertStopped(Proposal memory p) private {
        vm.warp(block.timestamp + TIMELOCK_DELAY);
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        governor.execute(p.targets, p.values, p.calldatas, _hashOf(p));
        vm.assertEq(pool.owner(), address(timelock));
    }

    function _councilFails(address target, bytes memory data) private {
        Council.Call memory call = _call(target, data);
        _approve(call, 2);
        vm.prank(_member(2));
        vm.expectRevert();
        council.approve(call);
    }
}
