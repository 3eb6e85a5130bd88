// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FlowLimiter} from "../../src/inline/FlowLimiter.sol";
import {FlowLimits} from "../../src/inline/FlowLimits.sol";
import {FlowQueue} from "../../src/inline/FlowQueue.sol";
import {FlowBatch, FlowPurse, TotallessPurse} from "./FlowPurse.sol";
import {FlowFixture} from "./FlowFixture.sol";
import {PlainToken, TaxedToken} from "./Tokens.sol";

/// @notice What leaves at once, what waits, and who gets around it. Each call of a test is a transaction of
/// its own, because what comes in and goes out during one is not counted.
/// forge-config: default.isolate = true
contract FlowLimiterTest is FlowFixture {
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);

    FlowPurse private purse;
    PlainToken private usd;

    function setUp() external {
        vm.warp(1_760_000_000);
        purse = new FlowPurse(GOVERNOR, QUEUE_DELAY);
        usd = new PlainToken(6);
        purse.setLimit(address(usd), _hourAndDay());
        _fill(purse, usd, 1_000_000e6);
    }

    function _take(address account, uint256 amount) private returns (uint256) {
        vm.prank(account);
        return purse.take(address(usd), account, amount);
    }

    function _assertPaid(address account, uint256 amount) private {
        uint256 before = usd.balanceOf(account);
        vm.assertEq(_take(account, amount), 0);
        vm.assertEq(usd.balanceOf(account) - before, amount);
    }

    function _assertQueued(address account, uint256 amount) private {
        uint256 before = usd.balanceOf(account);
        vm.assertGt(_take(account, amount), 0);
        vm.assertEq(usd.balanceOf(account), before);
    }

    // Windows

    function test_halfOfTheCapLeavesAtOnceAndNoMore() external {
        vm.assertEq(purse.flowLeft(address(usd)), 90_000e6);
        _assertQueued(ALICE, 90_000e6 + 1);
        // What waits is in the base no more.
        vm.assertEq(purse.flowLeft(address(usd)), uint256(910_000e6 - 1) * 9 / 100);
        _assertPaid(ALICE, purse.flowLeft(address(usd)));
    }

    function test_smallWithdrawalsUseTheWindowToItsLastUnit() external {
        FlowLimits.Limit memory limit = _hourAndDay();
        limit.windows[0] = FlowLimits.Window(200_000e6, 0, 1_000, 1 hours);
        limit.smallAmount = 20_000e6;
        purse.setLimit(address(usd), limit);
        _assertPaid(ALICE, 90_000e6);
        vm.assertEq(purse.smallFlowLeft(address(usd), BOB), 10_000e6);
        _assertPaid(BOB, 10_000e6);
        vm.assertEq(purse.smallFlowLeft(address(usd), BOB), 0);
    }

    function test_whatIsLeftIsPaidToTheUnit() external {
        _assertPaid(ALICE, 90_000e6);
        vm.assertEq(purse.flowLeft(address(usd)), 0);
        _assertQueued(ALICE, 10_001e6);
    }

    /// @dev 10 % of the base come back in an hour.
    function test_refillsEvenly() external {
        _assertPaid(ALICE, 90_000e6);
        vm.warp(block.timestamp + 30 minutes);
        vm.assertEq(purse.flowLeft(address(usd)), 45_500e6);
        vm.warp(block.timestamp + 30 minutes);
        // 90 % of half of 20 % of 910,000.
        vm.assertEq(purse.flowLeft(address(usd)), 81_900e6);
    }

    function test_theLongWindowHoldsWhenTheShortOneDoesNot() external {
        uint256 taken = 0;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 left = purse.flowLeft(address(usd));
            _assertPaid(ALICE, left);
            taken += left;
            vm.warp(block.timestamp + 1 hours);
        }
        // Half of 50 %, and what came back in two hours: 25 % * (1 + 2 / 24).
        vm.assertLe(taken, 270_834e6);
        vm.assertGt(taken, 220_000e6);
        // The hour alone would let 9 % go.
        vm.assertLt(purse.flowLeft(address(usd)), 30_000e6);
    }

    function test_theLowerCapHolds() external {
        FlowLimits.Limit memory limit = _hourAndDay();
        limit.windows[0].capAmount = 50_000e6;
        limit.windows[0].reserveBps = 0;
        purse.setLimit(address(usd), limit);
        vm.assertEq(purse.flowLeft(address(usd)), 25_000e6);
        limit.windows[0].capBps = 0;
        purse.setLimit(address(usd), limit);
        vm.assertEq(purse.flowLeft(address(usd)), 25_000e6);
        limit.windows[0].capAmount = type(uint128).max;
        limit.windows[1].capAmount = type(uint128).max;
        limit.windows[1].capBps = 0;
        purse.setLimit(address(usd), limit);
        _assertPaid(ALICE, 1_000_000e6);
    }

    function test_nothingLeavesWithoutALimit() external {
        PlainToken other = new PlainToken(18);
        _fill(purse, other, 1e18);
        vm.assertEq(purse.flowLeft(address(other)), 0);
        vm.expectRevert(abi.encodeWithSelector(FlowLimits.FlowLimitMissing.selector, address(other)));
        purse.take(address(other), ALICE, 1);
    }

    function test_nothingIsAlwaysPaid() external {
        _assertPaid(ALICE, 90_000e6);
        _assertPaid(ALICE, 0);
    }

    function test_whatIsSoonEmptyLetsItsLastUnitWait() external {
        FlowPurse small = new FlowPurse(GOVERNOR, QUEUE_DELAY);
        small.setLimit(address(usd), _hourAndDay());
        _fill(small, usd, 1);
        vm.assertEq(small.flowLeft(address(usd)), 0);
        vm.assertEq(small.take(address(usd), ALICE, 1), 1);
    }

    function testFuzz_whatIsLeftIsPaidAndAUnitMoreIsQueued(uint256 base, uint256 first, uint256 wait)
        external
    {
        FlowPurse other = new FlowPurse(GOVERNOR, QUEUE_DELAY);
        other.setLimit(address(usd), _hourAndDay());
        _fill(other, usd, bound(base, 1, 1e30));
        other.take(address(usd), BOB, bound(first, 0, other.flowLeft(address(usd))));
        vm.warp(block.timestamp + bound(wait, 0, 2 days));
        uint256 left = other.flowLeft(address(usd));
        // Or a small withdrawal could go on.
        vm.assume(left >= 1_000e6);
        vm.assertEq(other.take(address(usd), ALICE, left + 1), 1);
        // It has left the books; struck, it is back.
        vm.startPrank(GOVERNOR);
        other.announceStrike(1);
        vm.warp(block.timestamp + QUEUE_DELAY);
        other.strike(1);
        vm.stopPrank();
        left = other.flowLeft(address(usd));
        vm.assertEq(other.take(address(usd), ALICE, left), 0);
    }

    // Small withdrawals

    function test_smallWithdrawalsPassWhileALargeOneWaits() external {
        _assertPaid(ALICE, 90_000e6);
        _assertQueued(ALICE, 100_000e6);
        vm.assertEq(purse.smallFlowLeft(address(usd), BOB), 1_000e6);
        _assertPaid(BOB, 1_000e6);
        vm.assertEq(purse.smallFlowLeft(address(usd), BOB), 0);
        _assertQueued(BOB, 1);
        vm.warp(block.timestamp + 30 minutes);
        vm.assertEq(purse.smallFlowLeft(address(usd), BOB), 500e6);
        _assertPaid(BOB, 500e6);
    }

    /// @dev A large flow that takes all that refills leaves the reserve as it is.
    function test_theReserveLastsHoweverOftenTheLargeComeBack() external {
        for (uint256 i = 0; i < 20; ++i) {
            uint256 left = purse.flowLeft(address(usd));
            if (left != 0) _assertPaid(ALICE, left);
            _assertPaid(address(uint160(0x1000 + i)), 100e6);
            vm.warp(block.timestamp + 12);
        }
    }

    function test_oneAccountCannotSplitItsWayThrough() external {
        _assertPaid(ALICE, 90_000e6);
        uint256 paid = 0;
        for (uint256 i = 0; i < 100; ++i) {
            if (_take(ALICE, 50e6) == 0) paid += 50e6;
        }
        vm.assertEq(paid, 1_000e6);
    }

    /// @dev Many accounts use up the reserve: 10 % of the window, and not a unit more.
    function test_manyAccountsCannotSplitTheirWayThrough() external {
        _assertPaid(ALICE, 90_000e6);
        uint256 paid = 90_000e6;
        for (uint256 i = 0; i < 100; ++i) {
            if (_take(address(uint160(0x1000 + i)), 1_000e6) == 0) paid += 1_000e6;
        }
        vm.assertLe(paid, 100_000e6);
        vm.assertGe(paid, 98_000e6);
    }

    function test_smallWithdrawalsUseTheReserveOnlyWhenTheyMust() external {
        _assertPaid(BOB, 1_000e6);
        vm.assertEq(purse.smallFlowLeft(address(usd), BOB), 1_000e6);
    }

    // One transaction

    function test_aFlashLoanUsesNothingUp() external {
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 100_000_000e6);
        vm.assertEq(batch.putAndTake(purse, address(usd), 100_000_000e6, 100_000_000e6), 0);
        vm.assertEq(purse.flowLeft(address(usd)), 90_000e6);
    }

    function test_aFlashLoanRaisesNothing() external {
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 200_000_000e6);
        vm.assertEq(batch.putAndSee(purse, address(usd), 50_000_000e6), 90_000e6);
        vm.assertEq(purse.flowLeft(address(usd)), 51_000_000e6 * 9 / 100);
    }

    function test_aThiefWithAFlashLoanTakesNoMore() external {
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 1_000_000e6);
        uint256 id = batch.putAndTake(purse, address(usd), 1_000_000e6, 1_090_000e6 + 1);
        vm.assertEq(id, 1);
        vm.assertEq(usd.balanceOf(address(batch)), 0);
    }

    function test_anInnocentFlashLoanLeavesWithTheRest() external {
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 1_000_000e6);
        vm.assertEq(batch.putAndTake(purse, address(usd), 1_000_000e6, 1_090_000e6), 0);
        vm.assertEq(purse.flowLeft(address(usd)), 0);
    }

    /// @dev What came in goes out uncounted once.
    function test_whatCameInCountsOnce() external {
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 100_000e6);
        vm.assertEq(batch.putAndTakeTwice(purse, address(usd), 100_000e6), 1);
        vm.assertEq(usd.balanceOf(address(batch)), 100_000e6);
    }

    function test_whatCameInCountsOnceToTheUnit() external {
        _assertPaid(ALICE, 90_000e6);
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 1);
        FlowLimits.Limit memory limit = _hourAndDay();
        limit.smallAmount = 0;
        limit.smallSeconds = 0;
        purse.setLimit(address(usd), limit);
        vm.assertEq(purse.smallFlowLeft(address(usd), address(batch)), 0);
        vm.assertGt(batch.putAndTakeTwice(purse, address(usd), 1), 0);
        vm.assertEq(usd.balanceOf(address(batch)), 1);
    }

    function test_whatWentOutAgainIsNotRefunded() external {
        usd.mint(address(this), 1);
        usd.approve(address(purse), 1);
        purse.put(address(usd), 1);
        vm.assertEq(purse.take(address(usd), address(this), 1), 0);
        vm.expectRevert(
            abi.encodeWithSelector(FlowLimiter.RefundExceedsReceipts.selector, address(usd), 1, 0)
        );
        purse.putAndRefund(address(usd), 0, 1);
    }

    function test_whatCameInIsRefundedOnce() external {
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 100e6);
        vm.expectRevert(
            abi.encodeWithSelector(FlowLimiter.RefundExceedsReceipts.selector, address(usd), 100e6, 0)
        );
        batch.putAndRefundTwice(purse, address(usd), 100e6);
    }

    function test_refundsAreNeverHeldUp() external {
        _assertPaid(ALICE, 90_000e6);
        usd.mint(address(this), 500_000e6);
        usd.approve(address(purse), 500_000e6);
        purse.putAndRefund(address(usd), 500_000e6, 500_000e6);
        vm.assertEq(usd.balanceOf(address(this)), 500_000e6);
    }

    function test_onlyWhatCameInIsRefunded() external {
        usd.mint(address(this), 100e6);
        usd.approve(address(purse), 100e6);
        vm.expectRevert(
            abi.encodeWithSelector(FlowLimiter.RefundExceedsReceipts.selector, address(usd), 100e6 + 1, 100e6)
        );
        purse.putAndRefund(address(usd), 100e6, 100e6 + 1);
    }

    // The base

    function test_aDonationRaisesNothing() external {
        usd.mint(address(purse), 1e15);
        vm.assertEq(purse.flowLeft(address(usd)), 90_000e6);
    }

    function test_anInflowFromWithinCountsAsItAges() external {
        usd.mint(address(this), 9_000_000e6);
        usd.approve(address(purse), 9_000_000e6);
        purse.putDeferred(address(usd), 9_000_000e6);
        vm.assertEq(purse.flowLeft(address(usd)), 90_000e6);
        vm.warp(block.timestamp + 12 hours);
        vm.assertEq(purse.flowLeft(address(usd)), 5_500_000e6 * 9 / 100);
        purse.giveBack(address(usd), 4_500_000e6);
        vm.assertEq(purse.flowLeft(address(usd)), 5_500_000e6 * 9 / 100);
        vm.warp(block.timestamp + 12 hours);
        vm.assertEq(purse.flowLeft(address(usd)), 5_500_000e6 * 9 / 100);
    }

    function test_anInflowFromWithinAgesToTheUnitAndTheSecond() external {
        usd.approve(address(purse), type(uint256).max);
        usd.mint(address(this), 3);
        purse.putDeferred(address(usd), 1);
        vm.assertEq(purse.base(address(usd)), 1_000_000e6);
        vm.warp(block.timestamp + 12 hours);
        purse.putDeferred(address(usd), 0);
        vm.warp(block.timestamp + 12 hours - 1);
        vm.assertEq(purse.base(address(usd)), 1_000_000e6);
        vm.warp(block.timestamp + 1);
        vm.assertEq(purse.base(address(usd)), 1_000_000e6 + 1);
        purse.putDeferred(address(usd), 2);
        vm.warp(block.timestamp + 1 days - 1);
        vm.assertEq(purse.base(address(usd)), 1_000_000e6 + 2);
    }

    function test_whatGoesBackIsTakenOffToTheUnit() external {
        usd.approve(address(purse), type(uint256).max);
        usd.mint(address(this), 8);
        purse.putDeferred(address(usd), 8);
        purse.giveBack(address(usd), 1);
        vm.assertEq(purse.base(address(usd)), 1_000_000e6);
        vm.warp(block.timestamp + 12 hours);
        // Four of seven are left; three of them would be 5.25 at first, and count as 6.
        purse.giveBack(address(usd), 1);
        vm.assertEq(purse.base(address(usd)), 1_000_000e6 + 6 - 3);
        vm.warp(block.timestamp + 2.4 hours);
        vm.assertEq(purse.base(address(usd)), 1_000_000e6 + 6 - 3);
        vm.warp(block.timestamp + 1.6 hours);
        vm.assertEq(purse.base(address(usd)), 1_000_000e6 + 6 - 2);
    }

    function test_whatGoesToAndFroLeavesThingsAsTheyWere() external {
        usd.mint(address(this), 900_000e6);
        usd.approve(address(purse), type(uint256).max);
        for (uint256 i = 0; i < 10; ++i) {
            purse.putDeferred(address(usd), 900_000e6);
            purse.giveBack(address(usd), 900_000e6);
            vm.assertEq(purse.flowLeft(address(usd)), 90_000e6);
        }
        purse.giveBack(address(usd), 100_000e6);
        vm.assertEq(purse.flowLeft(address(usd)), 81_000e6);
    }

    // The total

    function _withTotal() private returns (PlainToken weth) {
        weth = new PlainToken(18);
        purse.setLimit(address(weth), _hourAndDay());
        _fill(purse, weth, 500e18);
        // In units of 1e-18 dollars: one of 6 decimals at $1, one of 18 at $2,000.
        purse.setUnitValue(address(usd), 1e12);
        purse.setUnitValue(address(weth), 2_000);
        FlowLimits.Limit memory limit = _hourAndDay();
        limit.windows[0].capBps = 1_000;
        limit.windows[0].reserveBps = 0;
        purse.setLimit(purse.TOTAL(), limit);
    }

    function test_theTotalHoldsOverAllAssets() external {
        PlainToken weth = _withTotal();
        // 5 % of $2,000,000.
        vm.assertEq(purse.flowLeft(purse.TOTAL()), 100_000e18);
        _assertPaid(ALICE, 60_000e6);
        vm.assertEq(purse.flowLeft(address(weth)), 45e18);
        vm.assertGt(purse.take(address(weth), ALICE, 25e18), 0);
        vm.assertEq(purse.flowLeft(address(weth)), uint256(475e18) * 9 / 100);
        vm.assertEq(purse.take(address(weth), ALICE, 15e18), 0);
    }

    /// @dev What does not fit into the total is booked nowhere.
    function test_theTotalRefusesAsAWhole() external {
        PlainToken weth = _withTotal();
        _assertPaid(ALICE, 80_000e6);
        uint256 left = purse.flowLeft(address(weth));
        vm.assertGt(purse.take(address(weth), ALICE, 40e18), 0);
        vm.assertEq(purse.flowLeft(address(weth)), left * 460 / 500);
    }

    function test_whatIsNotInTheTotalLeavesItAlone() external {
        _withTotal();
        _assertPaid(ALICE, 60_000e6);
        uint256 left = purse.flowLeft(purse.TOTAL());
        PlainToken other = new PlainToken(18);
        purse.setLimit(address(other), _hourAndDay());
        _fill(purse, other, 1e18);
        vm.assertEq(purse.take(address(other), ALICE, 1e16), 0);
        vm.assertEq(purse.flowLeft(purse.TOTAL()), left);
    }

    function test_withoutATotalTheAssetsLimitIsTheOnlyOne() external {
        TotallessPurse other = new TotallessPurse();
        other.setLimit(address(usd), _hourAndDay());
        usd.mint(address(other), 1_000);
        vm.assertEq(other.take(address(usd), 90), 0);
        vm.assertEq(usd.balanceOf(address(this)), 90);
    }

    function test_aTotalWithoutALimitLetsNothingGo() external {
        purse.setUnitValue(address(usd), 1);
        vm.expectRevert(abi.encodeWithSelector(FlowLimits.FlowLimitMissing.selector, address(0)));
        purse.take(address(usd), ALICE, 1);
    }

    function test_aFlashLoanLeavesTheTotalAlone() external {
        _withTotal();
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 100_000_000e6);
        vm.assertEq(batch.putAndTake(purse, address(usd), 100_000_000e6, 100_000_000e6), 0);
        vm.assertEq(purse.flowLeft(purse.TOTAL()), 100_000e18);
    }

    function test_anInflowFromWithinCountsInTheTotalAsItAges() external {
        _withTotal();
        usd.mint(address(this), 2_000_000e6);
        usd.approve(address(purse), 2_000_000e6);
        purse.putDeferred(address(usd), 2_000_000e6);
        vm.assertEq(purse.flowLeft(purse.TOTAL()), 100_000e18);
        purse.giveBack(address(usd), 1_000_000e6);
        vm.assertEq(purse.flowLeft(purse.TOTAL()), 100_000e18);
        vm.warp(block.timestamp + 1 days);
        vm.assertEq(purse.flowLeft(purse.TOTAL()), 150_000e18);
    }

    function test_whatCameAndWentIsForgottenInTheTotalToo() external {
        _withTotal();
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 500_000e6);
        vm.assertEq(batch.putAndTakeAndSeeTotal(purse, address(usd), 500_000e6), 100_000e18);
    }

    /// @dev A flash loan that is paid in and not out raises the total as little as the asset.
    function test_aRefundLeavesTheTotalAlone() external {
        _withTotal();
        usd.mint(address(this), 500_000e6);
        usd.approve(address(purse), 500_000e6);
        purse.putAndRefund(address(usd), 500_000e6, 400_000e6);
        vm.assertEq(purse.flowLeft(purse.TOTAL()), 105_000e18);
        FlowBatch batch = new FlowBatch();
        usd.mint(address(batch), 2_000_000e6);
        vm.assertEq(batch.putAndSeeTotal(purse, address(usd), 2_000_000e6), 105_000e18);
    }

    /// @dev What the total keeps for small withdrawals, asset by asset.
    function test_theReserveOfTheTotalIsForTheSmall() external {
        _withTotal();
        FlowLimits.Limit memory limit = purse.flowLimitOf(purse.TOTAL());
        limit.windows[0].reserveBps = 5_000;
        purse.setLimit(purse.TOTAL(), limit);
        _assertQueued(ALICE, 60_000e6);
        // Half of 5 % of what is left.
        uint256 left = purse.flowLeft(purse.TOTAL()) / 1e12;
        vm.assertEq(left, 48_500e6);
        _assertPaid(ALICE, left);
        _assertQueued(ALICE, 1_001e6);
        _assertPaid(BOB, 1_000e6);
    }

    // Tokens

    function test_aTaxedTokenIsBookedAsItArrives() external {
        TaxedToken taxed = new TaxedToken();
        purse.setLimit(address(taxed), _hourAndDay());
        _fill(purse, taxed, 1_000e18);
        vm.assertEq(purse.booked(address(taxed)), 990e18);
        vm.assertEq(purse.flowLeft(address(taxed)), 891e17);
        vm.assertEq(purse.take(address(taxed), ALICE, 10e18), 0);
        vm.assertEq(taxed.balanceOf(address(purse)), purse.booked(address(taxed)));
    }

    // Settings

    function test_setLimit_isSeen() external {
        FlowLimits.Limit memory limit = _hourAndDay();
        vm.expectEmit(address(purse));
        emit FlowLimits.FlowLimitSet(address(usd), limit);
        purse.setLimit(address(usd), limit);
        vm.assertEq(abi.encode(purse.flowLimitOf(address(usd))), abi.encode(limit));
        vm.assertEq(purse.flowLimitOf(address(1)).windows.length, 0);
    }

    function test_setLimit_doesNotEmptyTheBuckets() external {
        _assertPaid(ALICE, 90_000e6);
        purse.setLimit(address(usd), _hourAndDay());
        vm.assertEq(purse.flowLeft(address(usd)), 0);
    }

    function _refuse(FlowLimits.Limit memory limit, bytes memory reason) private {
        vm.expectRevert(reason);
        purse.setLimit(address(usd), limit);
    }

    function test_setLimit_refusesNonsense() external {
        FlowLimits.Limit memory limit = _hourAndDay();
        limit.windows[1].windowSeconds = 1 hours;
        bytes4 selector = FlowLimits.FlowWindowSecondsOutOfRange.selector;
        _refuse(limit, abi.encodeWithSelector(selector, 1, 1 hours, 1 hours + 1, 30 days));
        limit.windows[1].windowSeconds = 30 days + 1;
        _refuse(limit, abi.encodeWithSelector(selector, 1, 30 days + 1, 1 hours + 1, 30 days));
        limit.windows[0].windowSeconds = 0;
        _refuse(limit, abi.encodeWithSelector(selector, 0, 0, 1, 30 days));

        limit = _hourAndDay();
        limit.windows[1].capBps = 10_001;
        _refuse(limit, abi.encodeWithSelector(FlowLimits.FlowCapOutOfRange.selector, 1, 10_001, 0));
        limit.windows[1].capBps = 0;
        _refuse(limit, abi.encodeWithSelector(FlowLimits.FlowCapOutOfRange.selector, 1, 0, 0));

        limit = _hourAndDay();
        limit.windows[0].reserveBps = 10_000;
        _refuse(limit, abi.encodeWithSelector(FlowLimits.FlowReserveOutOfRange.selector, 0, 10_000));

        limit = _hourAndDay();
        limit.smallSeconds = 0;
        _refuse(limit, abi.encodeWithSelector(FlowLimits.FlowSmallSecondsMissing.selector));

        limit.windows = new FlowLimits.Window[](0);
        _refuse(limit, abi.encodeWithSelector(FlowLimits.FlowWindowCountOutOfRange.selector, 0, 4));
        limit.windows = new FlowLimits.Window[](5);
        _refuse(limit, abi.encodeWithSelector(FlowLimits.FlowWindowCountOutOfRange.selector, 5, 4));
    }

    function test_limitsAreTakenUpToTheirBounds() external {
        FlowLimits.Limit memory limit;
        limit.windows = new FlowLimits.Window[](4);
        limit.windows[0] = FlowLimits.Window(0, 10_000, 9_999, 1);
        limit.windows[1] = FlowLimits.Window(1, 0, 0, 2);
        limit.windows[2] = FlowLimits.Window(1, 1, 0, 3);
        limit.windows[3] = FlowLimits.Window(0, 1, 0, 30 days);
        purse.setLimit(address(usd), limit);
        vm.assertEq(purse.flowLeft(address(usd)), 0);
    }
}
