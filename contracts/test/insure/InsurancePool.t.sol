// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {ClaimDesk} from "../../src/insure/ClaimDesk.sol";
import {InsurancePool} from "../../src/insure/InsurancePool.sol";
import {InsuranceFixture} from "./InsuranceFixture.sol";

contract InsurancePoolTest is InsuranceFixture {
    address private constant STRANGER = address(0x5744);

    uint256 private shares;

    function setUp() external {
        _deployInsurance();
        shares = _underwrite(UNA, 1_000_000e6);
    }

    function test_startsWithItsTerms() external view {
        vm.assertEq(pool.name(), "Breakwater Insurance Pool");
        vm.assertEq(pool.asset(), address(usd));
        vm.assertEq(uint256(pool.decimals()), 12);
        vm.assertEq(address(pool.registry()), address(registry));
        vm.assertEq(uint256(pool.exitTerms().delaySeconds), EXIT_DELAY);
        vm.assertEq(uint256(pool.exitTerms().collectSeconds), COLLECT);
        vm.assertEq(pool.CLOCK_MODE(), "mode=timestamp");
        vm.assertEq(shares, 1_000_000e12);
    }

    function test_sharesVoteWithoutADelegation() external {
        vm.assertEq(pool.getVotes(UNA), shares);
        vm.prank(UNA);
        pool.transfer(STRANGER, shares / 4);
        vm.assertEq(pool.getVotes(STRANGER), shares / 4);
        vm.assertEq(pool.getVotes(UNA), shares - shares / 4);
    }

    function test_leavingTakesARequestAndADelay() external {
        vm.prank(UNA);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, UNA, shares, 0));
        pool.redeem(shares, UNA, UNA);

        uint256 ripe = block.timestamp + EXIT_DELAY;
        vm.expectEmit(address(pool));
        emit InsurancePool.RedeemRequested(UNA, shares, ripe, ripe + COLLECT);
        _request(UNA, shares);
        vm.assertEq(pool.requestedShares(), shares);
        vm.warp(ripe - 1);
        vm.assertEq(pool.maxRedeem(UNA), 0);
        vm.assertEq(pool.maxWithdraw(UNA), 0);
        vm.warp(ripe);
        vm.assertEq(pool.maxRedeem(UNA), shares);
        vm.assertEq(_redeem(UNA, shares), 1_000_000e6);
        vm.assertEq(usd.balanceOf(UNA), 1_000_000e6);
        vm.assertEq(pool.requestedShares(), 0);
        vm.assertEq(uint256(pool.requestOf(UNA).shares), 0);
    }

    function test_withdrawTakesFromTheRequestToo() external {
        _request(UNA, shares);
        _wait(EXIT_DELAY);
        vm.prank(UNA);
        uint256 burned = pool.withdraw(250_000e6, UNA, UNA);
        vm.assertEq(burned, shares / 4);
        vm.assertEq(uint256(pool.requestOf(UNA).shares), shares - burned);
        vm.assertEq(pool.maxRedeem(UNA), shares - burned);
    }

    function test_aRequestLapses() external {
        _request(UNA, shares);
        _wait(EXIT_DELAY + COLLECT);
        vm.assertEq(pool.maxRedeem(UNA), shares);
        _wait(1);
        vm.assertEq(pool.maxRedeem(UNA), 0);
        vm.prank(UNA);
        vm.expectPartialRevert(ERC4626.ERC4626ExceededMaxRedeem.selector);
        pool.redeem(1, UNA, UNA);
    }

    function test_anotherRequestReplacesTheFirstAndBeginsAnew() external {
        _request(UNA, shares);
        _wait(EXIT_DELAY);
        _request(UNA, shares / 2);
        vm.assertEq(pool.maxRedeem(UNA), 0);
        vm.assertEq(pool.requestedShares(), shares / 2);
        _request(UNA, 0);
        vm.assertEq(pool.requestedShares(), 0);
    }

    function test_onlyWhatOneHasIsRequested() external {
        vm.prank(UNA);
        vm.expectRevert(
            abi.encodeWithSelector(InsurancePool.RequestExceedsBalance.selector, UNA, shares + 1, shares)
        );
        pool.requestRedeem(shares + 1);
    }

    function test_requestedSharesStayWhereTheyAreUntilTheyLapse() external {
        _request(UNA, shares / 2);
        vm.startPrank(UNA);
        pool.transfer(STRANGER, shares / 2);
        vm.expectRevert(
            abi.encodeWithSelector(InsurancePool.SharesRequested.selector, UNA, shares / 2, shares / 2 - 1)
        );
        pool.transfer(STRANGER, 1);
        vm.warp(block.timestamp + EXIT_DELAY + COLLECT + 1);
        pool.transfer(STRANGER, 1);
        vm.stopPrank();
        // A lapsed request does not outlive the shares it was for.
        vm.assertEq(pool.requestedShares(), 0);
        vm.assertEq(uint256(pool.requestOf(UNA).shares), 0);
    }

    function test_somebodyElseRedeemsOnlyWithAnAllowance() external {
        _request(UNA, shares);
        _wait(EXIT_DELAY);
        vm.prank(STRANGER);
        vm.expectRevert();
        pool.redeem(shares, STRANGER, UNA);
        vm.prank(UNA);
        pool.approve(STRANGER, shares);
        vm.prank(STRANGER);
        pool.redeem(shares, STRANGER, UNA);
        vm.assertEq(usd.balanceOf(STRANGER), 1_000_000e6);
    }

    // Nobody outruns a claim.

    function test_aRequestBearsTheLossOfAClaimOpenedBeforeItMatured() external {
        uint256 coverId = _buyCover(500_000e6, 10);
        _underwrite(UDO, 1_000_000e6);
        _request(UNA, shares);
        _wait(EXIT_DELAY - 1);
        uint256 claimId = _openClaim(_loss(coverId, 400_000e6));
        _wait(1);
        // Mature, and held by the claim.
        vm.assertEq(pool.maxRedeem(UNA), 0);
        _wait(CHALLENGE);
        pool.settle(claimId);
        _request(UNA, shares);
        _wait(EXIT_DELAY);
        vm.assertApproxEqAbs(_redeem(UNA, shares), 801_000e6, 2_000e6);
    }

    function test_aMatureRequestBearsTheLossUntilItIsPaid() external {
        uint256 coverId = _buyCover(500_000e6, 10);
        _underwrite(UDO, 1_000_000e6);
        _request(UNA, shares);
        _wait(EXIT_DELAY);
        uint256 claimId = _openClaim(_loss(coverId, 500_000e6));
        _wait(CHALLENGE - 1 hours);
        vm.assertEq(pool.maxRedeem(UNA), 0);
        _wait(1 hours);
        pool.settle(claimId);
        // Within its time to collect still.
        vm.assertApproxEqAbs(_redeem(UNA, shares), 750_000e6, 2_000e6);
    }

    /// @dev Whoever asks at the incident or later finds each claim for it open, closed or barred.
    function testFuzz_whoAsksAfterTheIncidentCannotLeaveBeforeItsClaim(uint256 askAfter, uint256 claimAfter)
        external
    {
        uint256 coverId = _buyCover(500_000e6, 10);
        _underwrite(UDO, 1_000_000e6);
        uint256 incident = block.timestamp + 1 days;
        askAfter = bound(askAfter, 0, CLAIM_WINDOW);
        claimAfter = bound(claimAfter, 0, CLAIM_WINDOW);
        vm.warp(incident);
        ClaimDesk.Loss memory loss = _loss(coverId, 500_000e6);
        loss.deadlineSeconds = type(uint64).max;
        uint256 asked = incident + askAfter;
        uint256 claimed = incident + claimAfter;
        if (asked <= claimed) {
            vm.warp(asked);
            _request(UNA, shares);
        }
        vm.warp(claimed);
        vm.assertEq(pool.maxRedeem(UNA), 0);
        uint256 claimId = _openClaim(loss);
        vm.assertEq(pool.maxRedeem(UNA), 0);
        vm.warp(claimed + CHALLENGE);
        pool.settle(claimId);
        vm.assertApproxEqAbs(pool.convertToAssets(shares), 750_000e6, 2_000e6);
    }

    function test_whileAClaimIsOpenNobodyComesIn() external {
        uint256 coverId = _buyCover(500_000e6, 10);
        _wait(1);
        _openClaim(_loss(coverId, 500_000e6));
        vm.assertEq(pool.maxDeposit(UDO), 0);
        vm.assertEq(pool.maxMint(UDO), 0);
        _fund(UDO, 1e6);
        vm.prank(UDO);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxDeposit.selector, UDO, 1e6, 0));
        pool.deposit(1e6, UDO);
    }

    function test_theDelayIsNeverShorterThanTheClaimWindow() external {
        InsurancePool.ExitTerms memory terms = InsurancePool.ExitTerms(CLAIM_WINDOW - 1, COLLECT);
        vm.expectRevert(
            abi.encodeWithSelector(
                InsurancePool.ExitTermsOutOfRange.selector, CLAIM_WINDOW - 1, COLLECT, CLAIM_WINDOW
            )
        );
        new InsurancePool(usd, address(this), registry, _coverTerms(), _claimTerms(), terms);
        terms = InsurancePool.ExitTerms(EXIT_DELAY, 0);
        vm.expectPartialRevert(InsurancePool.ExitTermsOutOfRange.selector);
        new InsurancePool(usd, address(this), registry, _coverTerms(), _claimTerms(), terms);
    }

    // Cover in force holds its assets.

    function test_leavingWaitsForTheCoverInForce() external {
        uint256 coverId = _buyCover(600_000e6, 4);
        _request(UNA, shares);
        _wait(EXIT_DELAY);
        // 600,000 of cover holds 750,000 at 80 %.
        uint256 earned = pool.totalAssets() - 1_000_000e6;
        vm.assertApproxEqAbs(pool.maxWithdraw(UNA), 250_000e6 + earned, 1);
        _redeem(UNA, pool.maxRedeem(UNA));
        vm.assertEq(pool.maxWithdraw(UNA), 0);
        _assertSolvent();

        // Once the cover is over, the rest can go.
        vm.warp(pool.coverOf(coverId).endSeconds + CLAIM_WINDOW + 1);
        pool.releaseCover(coverId);
        _request(UNA, pool.balanceOf(UNA));
        _wait(EXIT_DELAY);
        vm.assertEq(pool.maxRedeem(UNA), pool.balanceOf(UNA));
        _redeem(UNA, pool.balanceOf(UNA));
        vm.assertEq(pool.totalSupply(), 0);
    }

    // Shares that cannot be bent.

    function test_aDonationChangesNothing() external {
        uint256 price = pool.convertToAssets(1e24);
        usd.mint(address(pool), 5_000_000e6);
        vm.assertEq(pool.convertToAssets(1e24), price);
        vm.assertEq(pool.totalAssets(), 1_000_000e6);
        vm.assertEq(pool.capacityFor(PROTOCOL), 800_000e6);
    }

    function testFuzz_theFirstDepositorCannotInflate(uint256 first, uint256 donation, uint256 second)
        external
    {
        first = bound(first, 1, 1e6);
        donation = bound(donation, 0, 1_000_000e6);
        second = bound(second, 1e6, 1_000_000e6);
        _deployInsurance();
        _underwrite(UNA, first);
        usd.mint(address(pool), donation);
        uint256 got = _underwrite(UDO, second);
        vm.assertApproxEqAbs(pool.convertToAssets(got), second, 1);
        vm.assertLe(pool.convertToAssets(pool.balanceOf(UNA)), first);
    }

    function testFuzz_comingAndGoingGainsNothing(uint256 assets, uint256 premiumWeeks) external {
        assets = bound(assets, 1, 10_000_000e6);
        _buyCover(300_000e6, bound(premiumWeeks, 1, 51));
        _wait(3 days);
        uint256 got = _underwrite(UDO, assets);
        vm.assertLe(pool.previewRedeem(got), assets);
        vm.assertGe(pool.previewMint(got), 0);
        vm.assertGe(pool.previewWithdraw(assets), got);
    }

    function test_atFullUtilisationAllCoverCanBePaid() external {
        InsurancePool.CoverTerms memory terms = _coverTerms();
        terms.utilisationBps = 10_000;
        pool = new InsurancePool(usd, address(this), registry, terms, _claimTerms(), _exitTerms());
        pool.listProtocol(PROTOCOL, BENEFICIARY, 10_000_000e6);
        pool.setRate(PROTOCOL, RATE_BPS);
        _underwrite(UNA, 1_000e6);
        uint256 coverId = _buyCover(1_000e6, 2);
        _wait(1);
        uint256 claimId = _openClaim(_loss(coverId, 1_000e6));
        _wait(CHALLENGE);
        pool.settle(claimId);
        vm.assertEq(pool.creditOf(BENEFICIARY), 1_000e6);
        pool.payCredit(BENEFICIARY);
        _assertSolvent();
    }
}
