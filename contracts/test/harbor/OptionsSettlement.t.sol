// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {OptionsSeries} from "../../src/harbor/OptionsSeries.sol";
import {OptionsSettlement} from "../../src/harbor/OptionsSettlement.sol";
import {TestDollar} from "../../src/harbor/TestDollar.sol";
import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {OptionsFixture} from "./OptionsFixture.sol";

contract OptionsSettlementTest is OptionsFixture {
    uint256 private constant DEFERRAL = 2 hours;

    function setUp() external {
        _deployOptions(new TestDollar(address(this)));
        _write(ALICE, call_, 100);
    }

    function _priceE8() private view returns (uint256 priceE8) {
        (, priceE8,) = options.settlementOf(BTC, EXPIRY);
    }

    /// @dev Alternates between two prices through the window, a minute each.
    function _passZigzag() private {
        for (uint256 i = 0; i <= WINDOW / HEARTBEAT; ++i) {
            _submitAt(EXPIRY - WINDOW + i * HEARTBEAT, i % 2 == 0 ? 100_000e8 : 120_000e8);
        }
    }

    // One result

    function test_settlesAtTheAverageBeforeTheExpiry() external {
        _passZigzag();
        vm.warp(EXPIRY + 1);
        (uint80 first, uint80 last) = options.settlementRounds(BTC, EXPIRY);
        vm.expectEmit(address(options));
        emit OptionsSettlement.Settled(BTC, EXPIRY, 110_000e8, EXPIRY);
        vm.prank(STRANGER);
        options.settle(BTC, EXPIRY, first, last);
        (bool isSettled, uint256 priceE8, uint256 deferrals) = options.settlementOf(BTC, EXPIRY);
        vm.assertTrue(isSettled);
        vm.assertEq(priceE8, 110_000e8);
        vm.assertEq(deferrals, 0);
        vm.assertEq(options.payoffOf(call_), 10e6);
    }

    function test_settlesOnceAndForAll() external {
        _passZigzag();
        vm.warp(EXPIRY + 1);
        _settle();
        (uint80 first, uint80 last) = options.settlementRounds(BTC, EXPIRY);
        vm.expectRevert(
            abi.encodeWithSelector(OptionsSettlement.AlreadySettled.selector, BTC, EXPIRY, 110_000e8)
        );
        options.settle(BTC, EXPIRY, first, last);
    }

    /// @dev Of all pairs of rounds just one is accepted: none earlier or later, none that skips another.
    function test_wrongRoundsAreRefused() external {
        _passZigzag();
        vm.warp(EXPIRY + 1);
        (uint80 first, uint80 last) = options.settlementRounds(BTC, EXPIRY);
        for (uint80 i = 0; i <= last + 1; ++i) {
            if (i != first) {
                vm.expectRevert();
                options.settle(BTC, EXPIRY, i, last);
            }
            if (i != last) {
                vm.expectRevert();
                options.settle(BTC, EXPIRY, first, i);
            }
        }
        vm.expectRevert(
            abi.encodeWithSelector(PriceFeed.RoundNotInForce.selector, first - 1, EXPIRY - WINDOW)
        );
        options.settle(BTC, EXPIRY, first - 1, last);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundNotInForce.selector, last - 1, EXPIRY));
        options.settle(BTC, EXPIRY, first, last - 1);
        options.settle(BTC, EXPIRY, first, last);
    }

    function test_waitsUntilTheSecondOfTheExpiryHasPassed() external {
        _passZigzag();
        vm.warp(EXPIRY);
        vm.expectRevert(abi.encodeWithSelector(OptionsSettlement.SettlementTooEarly.selector, EXPIRY, EXPIRY));
        options.settle(BTC, EXPIRY, 1, 1);
        vm.warp(EXPIRY + 1);
        _settle();
        vm.expectRevert(abi.encodeWithSelector(OptionsSettlement.AssetUnknown.selector, bytes32("DOGE")));
        options.settle("DOGE", EXPIRY, 1, 1);
    }

    /// @dev An update in the second of the expiry stands for none of the window; one a second before for one.
    function test_anUpdateAtTheSecondOfTheExpiryComesTooLate() external {
        for (uint256 time = EXPIRY - WINDOW; time < EXPIRY - 1; time += HEARTBEAT) {
            _submitAt(time, 100_000e8);
        }
        _submitAt(EXPIRY, 200_000e8);
        vm.warp(EXPIRY + 1);
        _settle();
        vm.assertEq(_priceE8(), 100_000e8);

        _deployOptions(new TestDollar(address(this)));
        for (uint256 time = EXPIRY - WINDOW; time < EXPIRY - 1; time += HEARTBEAT) {
            _submitAt(time, 100_000e8);
        }
        _submitAt(EXPIRY - 1, 200_000e8);
        vm.warp(EXPIRY + 1);
        _settle();
        vm.assertEq(_priceE8(), uint256(1_799 * 100_000e8 + 200_000e8) / 1_800);
    }

    /// @dev What happens later, and when somebody calls, has no part in it.
    function testFuzz_nobodyPicksThePriceByWaiting(uint256 waitSeconds, uint256 laterE8) external {
        _passZigzag();
        waitSeconds = bound(waitSeconds, 1, 365 days);
        _submitAt(EXPIRY + waitSeconds, bound(laterE8, 60_000e8, 200_000e8));
        vm.warp(EXPIRY + waitSeconds + 1);
        _settle();
        vm.assertEq(_priceE8(), 110_000e8);
    }

    function test_aSeriesIsNotWrittenOnceItsWindowHasBegun() external {
        usd.mint(BOB, 100e6);
        vm.startPrank(BOB);
        usd.approve(address(options), 100e6);
        bytes memory reason =
            abi.encodeWithSelector(OptionsSeries.SeriesClosed.selector, call_, EXPIRY - WINDOW);
        uint256[4] memory times = [EXPIRY - WINDOW, EXPIRY - 1, EXPIRY, uint256(EXPIRY) + 1];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.warp(times[i]);
            vm.expectRevert(reason);
            options.write(call_, 1);
        }
        vm.warp(EXPIRY - WINDOW - 1);
        options.write(call_, 1);
        vm.stopPrank();
        // Pairs may leave to the last, and beyond.
        vm.warp(EXPIRY + 1);
        vm.prank(BOB);
        options.redeemPair(call_, 1);
    }

    // Attacks

    /// @dev The brake is tripped before the expiry, and the price moves before it ends.
    function test_aBrakeDelaysThePayoutAndDoesNotBendIt() external {
        vm.warp(EXPIRY - 10 minutes);
        options.pauseFor(1 days);
        vm.warp(START);
        _passZigzag();
        _submitAt(EXPIRY + 12, 200_000e8);
        _submitAt(EXPIRY + 1 hours, 190_000e8);
        vm.assertTrue(options.isPaused());
        _settle();
        vm.assertEq(_priceE8(), 110_000e8);
        vm.expectRevert();
        vm.prank(ALICE);
        options.redeem(call_, 100);
        vm.warp(EXPIRY + 1 days);
        vm.assertEq(_redeemAll(ALICE, call_), 100 * 10e6);
    }

    /// @dev With the reporter's key, five blocks before the expiry of an option at the money: the long gains
    /// what the bound says, 0.2 % of the asset, and not the 10 % by which the price is bent in the end.
    function test_bendingThePriceBeforeAThinExpiryGainsItsShareOfTheTime() external {
        feed = new PriceFeed(address(this), "BTC / USD", 1_000e8, 1_000_000e8, 200, HEARTBEAT);
        feed.setReporter(address(this));
        _submitAt(START, 100_000e8);
        options.addAsset("thin", feed, UNIT_E18);
        vm.warp(START + 1);
        for (uint256 time = EXPIRY - WINDOW; time < EXPIRY - 60; time += HEARTBEAT) {
            _submitAt(time, 100_000e8);
        }
        uint256 priceE8 = 100_000e8;
        for (uint256 time = EXPIRY - 60; time < EXPIRY; time += BLOCK_SECONDS) {
            priceE8 += priceE8 * 200 / 10_000;
            _submitAt(time, priceE8);
        }
        vm.warp(EXPIRY + 1);
        (uint80 first, uint80 last) = options.settlementRounds("thin", EXPIRY);
        options.settle("thin", EXPIRY, first, last);
        (, uint256 settledE8,) = options.settlementOf("thin", EXPIRY);
        // 12 / 1,800 * (1.02 + 1.02^2 + … + 1.02^5 - 5) of 100,000 is 205.41.
        vm.assertEq(settledE8 / 1e6, 100_205_41);
        vm.assertGt(priceE8, 110_000e8);
    }

    /// @dev Who buys or sells between settlement and payout buys the payout, once.
    function test_aTokenIsPaidOnceWhoeverHoldsIt() external {
        _passZigzag();
        vm.warp(EXPIRY + 1);
        _settle();
        vm.prank(ALICE);
        options.transfer(BOB, call_, 100);
        vm.assertEq(_redeemAll(BOB, call_), 1_000e6);
        vm.expectRevert();
        vm.prank(ALICE);
        options.redeem(call_, 1);
        vm.expectRevert();
        vm.prank(BOB);
        options.redeem(call_, 1);
        vm.assertEq(_redeemAll(ALICE, call_ + 1), 4_000e6);
        _assertBooks();
    }

    /// @dev One by one or at once, the sum is the same.
    function test_dustGainsNothing() external {
        _passExpiryAt(112_345_67890123);
        _settle();
        vm.startPrank(ALICE);
        for (uint256 i = 0; i < 50; ++i) {
            options.redeem(call_, 1);
        }
        vm.assertEq(usd.balanceOf(ALICE), 50 * 12_345_678);
        options.redeem(call_, 50);
        options.redeem(call_ + 1, 100);
        vm.stopPrank();
        vm.assertEq(usd.balanceOf(ALICE), 100 * 50e6);
        vm.assertEq(options.totalClaims(), 0);
    }

    /// @dev A put at the feed's floor pays as if the price were there: it lacks what the floor is at most.
    function test_aPriceBelowTheFeedsFloorCostsAPutTheFloorAtMost() external {
        _write(ALICE, put, 1);
        _passExpiryAt(1_000e8);
        _settle();
        vm.assertEq(options.payoffOf(put), options.maxPayoffOf(put) - 1e6);
    }

    // A feed that fails

    function test_aStaleWindowMovesOn() external {
        // The feed stops 511 seconds before the expiry: more than a quarter of the window without a
        // heartbeat.
        for (uint256 time = EXPIRY - WINDOW; time <= EXPIRY - 511; time += 1) {
            if ((time - (EXPIRY - WINDOW)) % HEARTBEAT == 0 || time == EXPIRY - 511) {
                _submitAt(time, 100_000e8);
            }
        }
        vm.warp(EXPIRY + 1);
        (uint80 first, uint80 last) = options.settlementRounds(BTC, EXPIRY);
        vm.expectEmit(address(options));
        emit OptionsSettlement.SettlementDeferred(BTC, EXPIRY, 451, EXPIRY + DEFERRAL);
        options.settle(BTC, EXPIRY, first, last);
        (bool isSettled,, uint256 deferrals) = options.settlementOf(BTC, EXPIRY);
        vm.assertFalse(isSettled);
        vm.assertEq(deferrals, 1);
        (uint256 start, uint256 end) = options.settlementWindow(BTC, EXPIRY);
        vm.assertEq(end, EXPIRY + DEFERRAL);
        vm.assertEq(start, EXPIRY + DEFERRAL - WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(
                OptionsSettlement.SettlementTooEarly.selector, EXPIRY + DEFERRAL, EXPIRY + 1
            )
        );
        options.settle(BTC, EXPIRY, first, last);
        // Nobody writes meanwhile, though the window lies ahead again.
        vm.expectRevert(abi.encodeWithSelector(OptionsSeries.SeriesClosed.selector, call_, EXPIRY - WINDOW));
        options.write(call_, 1);

        for (uint256 time = start; time <= end; time += HEARTBEAT) {
            _submitAt(time, 90_000e8);
        }
        vm.warp(end + 1);
        (first, last) = options.settlementRounds(BTC, EXPIRY);
        vm.expectEmit(address(options));
        emit OptionsSettlement.Settled(BTC, EXPIRY, 90_000e8, EXPIRY + DEFERRAL);
        options.settle(BTC, EXPIRY, first, last);
    }

    function test_aQuarterOfTheWindowMayBeStale() external {
        for (uint256 time = EXPIRY - WINDOW; time < EXPIRY - 510; time += 30) {
            _submitAt(time, 100_000e8);
        }
        _submitAt(EXPIRY - 510, 110_000e8);
        vm.warp(EXPIRY + 1);
        _settle();
        vm.assertEq(_priceE8(), uint256(1_290 * 100_000e8 + 510 * 110_000e8) / WINDOW);
    }

    /// @dev The feed dies for good: after a day the first window stands, as stale as it is.
    function test_aDeadFeedSettlesAtTheFirstWindow() external {
        for (uint256 time = EXPIRY - WINDOW; time < EXPIRY - 900; time += HEARTBEAT) {
            _submitAt(time, 100_000e8);
        }
        _submitAt(EXPIRY - 900, 130_000e8);
        vm.warp(EXPIRY + 2 days);
        for (uint256 i = 0; i < options.MAX_DEFERRALS(); ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(OptionsSettlement.NotSettled.selector, BTC, uint256(EXPIRY))
            );
            options.payoffOf(call_);
            _settle();
        }
        (uint80 first, uint80 last) = options.settlementRounds(BTC, EXPIRY);
        vm.expectEmit(address(options));
        emit OptionsSettlement.Settled(BTC, EXPIRY, 115_000e8, EXPIRY);
        options.settle(BTC, EXPIRY, first, last);
        vm.assertEq(_redeemAll(ALICE, call_), 100 * 15e6);
    }

    /// @dev The last window counts if it is fit.
    function test_aFeedThatComesBackAtLastSettlesAtItsPriceThen() external {
        vm.warp(EXPIRY + 1 days - WINDOW - 1);
        for (uint256 i = 0; i < 11; ++i) {
            _settle();
        }
        uint256 end = EXPIRY + 1 days;
        for (uint256 time = end - WINDOW; time <= end; time += HEARTBEAT) {
            _submitAt(time, 120_000e8);
        }
        vm.warp(end + 1);
        _settle();
        _settle();
        vm.assertEq(_priceE8(), 120_000e8);
    }
}
