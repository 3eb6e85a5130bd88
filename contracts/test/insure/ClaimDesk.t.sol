// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ClaimDesk} from "../../src/insure/ClaimDesk.sol";
import {CoverBook} from "../../src/insure/CoverBook.sol";
import {InsurancePool} from "../../src/insure/InsurancePool.sol";
import {PoolLedger} from "../../src/insure/PoolLedger.sol";
import {InsuranceFixture} from "./InsuranceFixture.sol";

contract ClaimDeskTest is InsuranceFixture {
    address private constant STRANGER = address(0x5744);

    uint256 private coverId;

    function setUp() external {
        _deployInsurance();
        _underwrite(UNA, 1_000_000e6);
        coverId = _buyCover(500_000e6, 10);
        _wait(1 days);
    }

    function test_paysAClaimThatNobodyChallenges() external {
        ClaimDesk.Loss memory loss = _loss(coverId, 200_000e6);
        _wait(1 hours);
        uint256 due = block.timestamp + CHALLENGE;
        bytes memory signatures = signaturesOf(QUORUM, pool.hashLoss(loss));
        _fund(CLAIMANT, 2_000e6);
        vm.expectEmit(address(pool));
        emit ClaimDesk.ClaimOpened(1, coverId, loss.incidentId, 200_000e6, CLAIMANT, due);
        vm.prank(CLAIMANT);
        uint256 claimId = pool.openClaim(loss, QUORUM, signatures);
        vm.assertEq(usd.balanceOf(CLAIMANT), 0);
        vm.assertEq(pool.openClaimCount(), 1);
        vm.assertTrue(pool.isClaimed(coverId, loss.incidentId));
        ClaimDesk.Claim memory claim = pool.claimOf(claimId);
        vm.assertEq(uint256(claim.bond), 2_000e6);
        vm.assertEq(claim.claimant, CLAIMANT);

        vm.warp(due - 1);
        vm.expectRevert(abi.encodeWithSelector(ClaimDesk.ClaimNotDue.selector, claimId, due));
        pool.settle(claimId);
        vm.warp(due);
        uint256 assets = pool.totalAssets();
        vm.expectEmit(address(pool));
        emit ClaimDesk.ClaimClosed(claimId, ClaimDesk.ClaimState.Paid, 200_000e6);
        vm.prank(STRANGER);
        pool.settle(claimId);

        vm.assertEq(pool.totalAssets(), assets - 200_000e6);
        vm.assertEq(pool.activeCover(), 300_000e6);
        vm.assertEq(uint256(pool.coverOf(coverId).amount), 300_000e6);
        vm.assertEq(pool.openClaimCount(), 0);
        vm.assertEq(pool.creditOf(BENEFICIARY), 200_000e6);
        vm.expectEmit(address(pool));
        emit PoolLedger.CreditPaid(BENEFICIARY, 200_000e6);
        pool.payCredit(BENEFICIARY);
        pool.payCredit(CLAIMANT);
        vm.assertEq(usd.balanceOf(BENEFICIARY), 200_000e6);
        vm.assertEq(usd.balanceOf(CLAIMANT), 2_000e6);
        vm.assertEq(pool.owedAssets(), 0);
        _assertSolvent();
    }

    function test_aClosedClaimStaysClosed() external {
        uint256 claimId = _openClaim(_loss(coverId, 200_000e6));
        _wait(CHALLENGE);
        pool.settle(claimId);
        bytes memory refusal = abi.encodeWithSelector(
            ClaimDesk.ClaimStateMismatch.selector,
            claimId,
            ClaimDesk.ClaimState.Paid,
            ClaimDesk.ClaimState.Open
        );
        vm.expectRevert(refusal);
        pool.settle(claimId);
        vm.expectRevert(refusal);
        pool.challenge(claimId);
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimDesk.ClaimStateMismatch.selector,
                claimId,
                ClaimDesk.ClaimState.Paid,
                ClaimDesk.ClaimState.Challenged
            )
        );
        pool.decide(claimId, true);
        // A credit is paid once, and then is nothing.
        pool.payCredit(BENEFICIARY);
        pool.payCredit(BENEFICIARY);
        vm.assertEq(usd.balanceOf(BENEFICIARY), 200_000e6);
    }

    function test_aClaimThatIsNoneIsRefused() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimDesk.ClaimStateMismatch.selector, 9, ClaimDesk.ClaimState.None, ClaimDesk.ClaimState.Open
            )
        );
        pool.settle(9);
        ClaimDesk.Loss memory loss = _loss(9, 1e6);
        vm.expectRevert(abi.encodeWithSelector(CoverBook.CoverUnknown.selector, 9));
        pool.openClaim(loss, QUORUM, "");
    }

    function test_governanceRejectsAChallengedClaim() external {
        uint256 claimId = _openClaim(_loss(coverId, 200_000e6));
        uint256 assets = pool.totalAssets();
        _fund(CHALLENGER, 2_000e6);
        vm.expectEmit(address(pool));
        emit ClaimDesk.ClaimChallenged(claimId, CHALLENGER, block.timestamp + DECISION);
        vm.prank(CHALLENGER);
        pool.challenge(claimId);
        vm.expectEmit(address(pool));
        emit ClaimDesk.ClaimClosed(claimId, ClaimDesk.ClaimState.Rejected, 0);
        pool.decide(claimId, false);
        // Who was right has both bonds.
        vm.assertEq(pool.creditOf(CHALLENGER), 4_000e6);
        vm.assertEq(pool.creditOf(CLAIMANT), 0);
        vm.assertEq(pool.creditOf(BENEFICIARY), 0);
        vm.assertEq(pool.totalAssets(), assets);
        vm.assertEq(pool.activeCover(), 500_000e6);
        _assertSolvent();
    }

    function test_governanceGrantsAChallengedClaim() external {
        uint256 claimId = _openClaim(_loss(coverId, 200_000e6));
        _challenge(claimId);
        pool.decide(claimId, true);
        vm.assertEq(pool.creditOf(CLAIMANT), 4_000e6);
        vm.assertEq(pool.creditOf(CHALLENGER), 0);
        vm.assertEq(pool.creditOf(BENEFICIARY), 200_000e6);
        _assertSolvent();
    }

    function test_withoutADecisionNothingIsPaidAndBondsGoBack() external {
        uint256 claimId = _openClaim(_loss(coverId, 200_000e6));
        _challenge(claimId);
        uint256 due = block.timestamp + DECISION;
        vm.warp(due - 1);
        vm.expectRevert(abi.encodeWithSelector(ClaimDesk.ClaimNotDue.selector, claimId, due));
        pool.settle(claimId);
        vm.warp(due);
        vm.expectRevert(abi.encodeWithSelector(ClaimDesk.ClaimDue.selector, claimId, due));
        pool.decide(claimId, true);
        vm.expectEmit(address(pool));
        emit ClaimDesk.ClaimClosed(claimId, ClaimDesk.ClaimState.Undecided, 0);
        pool.settle(claimId);
        vm.assertEq(pool.creditOf(CLAIMANT), 2_000e6);
        vm.assertEq(pool.creditOf(CHALLENGER), 2_000e6);
        vm.assertEq(pool.creditOf(BENEFICIARY), 0);
        _assertSolvent();
    }

    function test_isChallengedOnceAndInTime() external {
        uint256 claimId = _openClaim(_loss(coverId, 200_000e6));
        uint256 due = block.timestamp + CHALLENGE;
        vm.warp(due);
        vm.expectRevert(abi.encodeWithSelector(ClaimDesk.ClaimDue.selector, claimId, due));
        pool.challenge(claimId);
        vm.warp(due - 1);
        _challenge(claimId);
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimDesk.ClaimStateMismatch.selector,
                claimId,
                ClaimDesk.ClaimState.Challenged,
                ClaimDesk.ClaimState.Open
            )
        );
        pool.challenge(claimId);
    }

    function test_onlyGovernanceDecides() external {
        uint256 claimId = _openClaim(_loss(coverId, 200_000e6));
        _challenge(claimId);
        vm.prank(CLAIMANT);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, CLAIMANT));
        pool.decide(claimId, true);
    }

    function test_anUnchallengedClaimIsNotDecided() external {
        uint256 claimId = _openClaim(_loss(coverId, 200_000e6));
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimDesk.ClaimStateMismatch.selector,
                claimId,
                ClaimDesk.ClaimState.Open,
                ClaimDesk.ClaimState.Challenged
            )
        );
        pool.decide(claimId, false);
    }

    function test_paysNoMoreThanTheCover() external {
        uint256 first = _openClaim(_loss(coverId, 700_000e6));
        vm.assertEq(uint256(pool.claimOf(first).amount), 500_000e6);
        // Both are open at once; together they get the cover.
        uint256 second = _openClaim(_loss(coverId, 400_000e6));
        _wait(CHALLENGE);
        pool.settle(second);
        pool.settle(first);
        vm.assertEq(pool.creditOf(BENEFICIARY), 500_000e6);
        vm.assertEq(pool.activeCover(), 0);
        ClaimDesk.Loss memory loss = _loss(coverId, 1e6);
        bytes memory signatures = signaturesOf(QUORUM, pool.hashLoss(loss));
        vm.expectRevert(abi.encodeWithSelector(ClaimDesk.NothingToClaim.selector, coverId));
        pool.openClaim(loss, QUORUM, signatures);
    }

    function test_anIncidentIsClaimedOnce() external {
        ClaimDesk.Loss memory loss = _loss(coverId, 200_000e6);
        _openClaim(loss);
        loss.amount = 300_000e6;
        bytes memory signatures = signaturesOf(QUORUM, pool.hashLoss(loss));
        vm.expectRevert(
            abi.encodeWithSelector(ClaimDesk.IncidentAlreadyClaimed.selector, coverId, loss.incidentId)
        );
        pool.openClaim(loss, QUORUM, signatures);
    }

    /// @dev With all their keys, guardians take nothing as long as one person challenges.
    function test_allGuardiansKeysStolenTakeNothingOnceChallenged() external {
        uint256 assets = pool.totalAssets();
        for (uint256 i = 0; i < 3; ++i) {
            ClaimDesk.Loss memory loss = _loss(coverId, 500_000e6);
            bytes memory signatures = signaturesOf(0x0f, pool.hashLoss(loss));
            _fund(CLAIMANT, 5_000e6);
            vm.prank(CLAIMANT);
            uint256 claimId = pool.openClaim(loss, 0x0f, signatures);
            _challenge(claimId);
        }
        // Governance rejects two, and misses one.
        pool.decide(1, false);
        pool.decide(2, false);
        _wait(DECISION);
        pool.settle(3);
        vm.assertEq(pool.creditOf(BENEFICIARY), 0);
        vm.assertGe(pool.totalAssets(), assets);
        vm.assertEq(pool.creditOf(CHALLENGER), 2 * 10_000e6 + 5_000e6);
    }

    function test_refusesTermsOutOfRange() external {
        ClaimDesk.ClaimTerms memory terms = pool.claimTerms();
        vm.assertEq(uint256(terms.challengeSeconds), CHALLENGE);
        terms.challengeSeconds = 0;
        _refuseTerms(terms);
        terms = _claimTerms();
        terms.decisionSeconds = 0;
        _refuseTerms(terms);
        terms = _claimTerms();
        terms.bondBps = 0;
        _refuseTerms(terms);
        terms.bondBps = 10_001;
        _refuseTerms(terms);
    }

    function _refuseTerms(ClaimDesk.ClaimTerms memory terms) private {
        vm.expectRevert(abi.encodeWithSelector(ClaimDesk.ClaimTermsOutOfRange.selector, terms));
        new InsurancePool(usd, address(this), registry, _coverTerms(), terms, _exitTerms());
    }
}
