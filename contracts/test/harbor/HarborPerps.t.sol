// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {HarborPerps} from "../../src/harbor/HarborPerps.sol";
import {HarborVault} from "../../src/harbor/HarborVault.sol";
import {PerpsEngine} from "../../src/harbor/PerpsEngine.sol";
import {PerpsCash} from "../../src/harbor/PerpsCash.sol";
import {PerpsMarkets} from "../../src/harbor/PerpsMarkets.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice Trading: cash, opening, closing. Each call is a transaction of its own.
/// forge-config: default.isolate = true
contract HarborPerpsTest is HarborFixture {
    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
    }

    // Opening

    function test_open_takesAPositionAtTheFeedsPrice() external {
        vm.expectEmit(address(perps));
        emit HarborPerps.Opened(ALICE, BTC, true, 1e18, 100_000e8, 100e6);
        _open(ALICE, BTC, true, 1e18);
        (int256 sizeE18, int256 breakEvenE8, int256 profit, uint256 changedAt) = perps.positionOf(ALICE, BTC);
        vm.assertEq(sizeE18, 1e18);
        vm.assertEq(breakEvenE8, 100_000e8);
        vm.assertEq(profit, 0);
        vm.assertEq(changedAt, block.number);
        vm.assertEq(perps.cashOf(ALICE), 19_900e6);
        (uint256 longE18, uint256 shortE18) = perps.openInterest(BTC);
        vm.assertEq(longE18, 1e18);
        vm.assertEq(shortE18, 0);
        (uint256 initial, uint256 maintenance) = perps.marginOf(ALICE);
        vm.assertEq(initial, 5_000e6);
        vm.assertEq(maintenance, 2_500e6);
        _assertBooks();
    }

    function test_open_addsToAPosition() external {
        _open(ALICE, BTC, false, 1e18);
        _setPrice(btcFeed, 102_000e8);
        _open(ALICE, BTC, false, 1e18);
        (int256 sizeE18, int256 breakEvenE8, int256 profit,) = perps.positionOf(ALICE, BTC);
        vm.assertEq(sizeE18, -2e18);
        vm.assertApproxEqAbs(breakEvenE8, 101_000e8, 1e8);
        vm.assertApproxEqAbs(profit, -2_000e6, 1e6);
    }

    function test_open_keepsToTheLimitPrice() external {
        bytes4 selector = PerpsEngine.PriceBeyondLimit.selector;
        _refuse(ALICE, abi.encodeWithSelector(selector, 100_000e8, 100_000e8 - 1));
        perps.open(BTC, true, 1e18, 100_000e8 - 1);
        _refuse(ALICE, abi.encodeWithSelector(selector, 100_000e8, 100_000e8 + 1));
        perps.open(BTC, false, 1e18, 100_000e8 + 1);
        vm.prank(ALICE);
        perps.open(BTC, true, 1e18, 100_000e8);
    }

    function test_open_refusesTheOtherDirection() external {
        _open(ALICE, BTC, true, 1e18);
        _refuse(ALICE, abi.encodeWithSelector(PerpsEngine.PositionOpposite.selector, BTC));
        perps.open(BTC, false, 1e18, 0);
    }

    function test_open_refusesNothing() external {
        _refuse(ALICE, abi.encodePacked(PerpsEngine.SizeZero.selector));
        perps.open(BTC, true, 0, type(uint256).max);
    }

    function test_open_refusesAnUnknownMarket() external {
        _refuse(ALICE, abi.encodeWithSelector(PerpsMarkets.MarketUnknown.selector, bytes32("DOGE")));
        perps.open("DOGE", true, 1e18, type(uint256).max);
    }

    function test_open_needsAFreshPrice() external {
        uint256 updatedAt = block.timestamp;
        vm.warp(updatedAt + 7_200);
        _open(ALICE, BTC, true, 1e17);
        vm.warp(updatedAt + 7_201);
        _refuse(ALICE, abi.encodeWithSelector(PerpsMarkets.PriceStale.selector, BTC, updatedAt, 7_200));
        perps.open(BTC, true, 1e17, type(uint256).max);
        // What reduces risk goes on.
        _hold();
        _close(ALICE, BTC, 1e17);
    }

    function test_open_needsTheInitialMargin() external {
        // At 20 times, 20,000 less the fee of 400 would have to be 20,000.
        _refuse(
            ALICE, abi.encodeWithSelector(PerpsEngine.MarginInsufficient.selector, int256(19_600e6), 20_000e6)
        );
        perps.open(BTC, true, 4e18, type(uint256).max);
    }

    function test_open_countsALossAgainstTheMargin() external {
        _open(ALICE, BTC, true, 3e18);
        _setPrice(btcFeed, 97_000e8);
        vm.expectPartialRevert(PerpsEngine.MarginInsufficient.selector);
        vm.prank(ALICE);
        perps.open(ETH, true, 1e18, type(uint256).max);
    }

    function test_open_isBoundedByTheOpenInterest() external {
        _deposit(BOB, 100_000e6);
        _open(BOB, BTC, true, 5e18);
        _refuse(
            ALICE,
            abi.encodeWithSelector(
                PerpsEngine.OpenInterestExceeded.selector, BTC, MAX_OPEN_INTEREST + 100e6, MAX_OPEN_INTEREST
            )
        );
        perps.open(BTC, true, 1e15, type(uint256).max);
        // The other side has its own bound.
        _open(ALICE, BTC, false, 1e18);
    }

    // Closing

    function test_close_realisesAProfitFromTheVault() external {
        _open(ALICE, ETH, false, 10e18);
        _setPrice(ethFeed, 3_600e8);
        _hold();
        uint256 before = vault.bookedAssets();
        int256 profit = _profitOf(ALICE, ETH);
        vm.assertApproxEqAbs(profit, 4_000e6, 1e6);
        vm.expectEmit(address(perps));
        emit HarborPerps.Closed(ALICE, ETH, 10e18, 3_600e8, profit, 36e6);
        _close(ALICE, ETH, 10e18);
        uint256 fees = 40e6 + 36e6;
        vm.assertEq(int256(perps.cashOf(ALICE)), int256(20_000e6 - fees) + profit);
        vm.assertEq(int256(vault.bookedAssets()), int256(before + 36e6 * 4 / 5) - profit);
        (int256 sizeE18,,,) = perps.positionOf(ALICE, ETH);
        vm.assertEq(sizeE18, 0);
        vm.assertEq(perps.unrealisedProfit(), 0);
        _assertBooks();
    }

    function test_close_paysALossToTheVault() external {
        _open(ALICE, BTC, true, 1e18);
        _setPrice(btcFeed, 90_000e8);
        _hold();
        uint256 before = vault.bookedAssets();
        _close(ALICE, BTC, 1e18);
        vm.assertApproxEqAbs(perps.cashOf(ALICE), 20_000e6 - 100e6 - 90e6 - 10_000e6, 1e6);
        vm.assertApproxEqAbs(vault.bookedAssets(), before + 10_000e6 + 72e6, 1e6);
        _assertBooks();
    }

    function test_close_aPart() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 101_000e8);
        _hold();
        int256 whole = _profitOf(ALICE, BTC);
        _close(ALICE, BTC, 5e17);
        (int256 sizeE18, int256 breakEvenE8, int256 profit,) = perps.positionOf(ALICE, BTC);
        vm.assertEq(sizeE18, 15e17);
        vm.assertApproxEqAbs(breakEvenE8, 100_000e8, 1e8);
        vm.assertApproxEqAbs(profit, whole * 3 / 4, 1);
        _assertBooks();
    }

    function test_close_keepsToTheLimitPrice() external {
        _open(ALICE, BTC, true, 1e18);
        _open(ALICE, ETH, false, 1e18);
        _hold();
        bytes4 selector = PerpsEngine.PriceBeyondLimit.selector;
        _refuse(ALICE, abi.encodeWithSelector(selector, 100_000e8, 100_000e8 + 1));
        perps.close(BTC, 1e18, 100_000e8 + 1);
        _refuse(ALICE, abi.encodeWithSelector(selector, 4_000e8, 4_000e8 - 1));
        perps.close(ETH, 1e18, 4_000e8 - 1);
        vm.startPrank(ALICE);
        perps.close(BTC, 1e18, 100_000e8);
        perps.close(ETH, 1e18, 4_000e8);
        vm.stopPrank();
    }

    function test_close_atMostWhatThereIs() external {
        _open(ALICE, BTC, true, 1e18);
        _hold();
        _refuse(ALICE, abi.encodeWithSelector(PerpsEngine.PositionTooSmall.selector, BTC, 1e18 + 1, 1e18));
        perps.close(BTC, 1e18 + 1, 0);
        _refuse(ALICE, abi.encodePacked(PerpsEngine.SizeZero.selector));
        perps.close(BTC, 0, 0);
        _refuse(BOB, abi.encodeWithSelector(PerpsEngine.PositionTooSmall.selector, BTC, 1, 0));
        perps.close(BTC, 1, 0);
    }

    /// @dev Not in the block of the opening, nor in the two after it.
    function test_close_notBeforeItWasHeld() external {
        _open(ALICE, BTC, true, 1e18);
        uint256 closableFrom = block.number + 3;
        bytes memory reason = abi.encodeWithSelector(PerpsEngine.PositionTooYoung.selector, BTC, closableFrom);
        for (uint256 i = 0; i < 3; ++i) {
            _refuse(ALICE, reason);
            perps.close(BTC, 1e18, 0);
            pass(1, BLOCK_SECONDS);
        }
        vm.assertEq(block.number, closableFrom);
        _close(ALICE, BTC, 5e17);
        // What adds to it makes it young again.
        _open(ALICE, BTC, true, 1e17);
        vm.expectPartialRevert(PerpsEngine.PositionTooYoung.selector);
        vm.prank(ALICE);
        perps.close(BTC, 1e17, 0);
    }

    function test_close_refusesALossThatCashDoesNotCover() external {
        _open(ALICE, BTC, true, 1e18);
        _open(ALICE, ETH, false, 10e18);
        _setPrice(btcFeed, 75_000e8);
        ethFeed.submit(2_000e8);
        _hold();
        vm.expectPartialRevert(PerpsCash.CashInsufficient.selector);
        vm.prank(ALICE);
        perps.close(BTC, 1e18, 0);
        // The profit first, then the loss.
        _close(ALICE, ETH, 10e18);
        _close(ALICE, BTC, 1e18);
        _assertBooks();
    }

    function test_close_failsWhenTheVaultCannotPay() external {
        _open(ALICE, BTC, true, 3e18);
        for (int256 priceE8 = 200_000e8; priceE8 <= 800_000e8; priceE8 *= 2) {
            _setPrice(btcFeed, priceE8);
            engine.syncMark(BTC);
        }
        _hold();
        vm.expectPartialRevert(HarborVault.AssetsInsufficient.selector);
        vm.prank(ALICE);
        perps.close(BTC, 3e18, 0);
    }

    // Arithmetic

    /// @dev Nobody gains by splitting a trade, and the vault never pays more than the price says.
    function testFuzz_profitIsThePricesDifference(uint256 sizeE18, uint256 price, bool isLong, uint256 parts)
        external
    {
        sizeE18 = bound(sizeE18, 1e12, 1e18);
        price = bound(price, 85_000e8, 115_000e8);
        parts = bound(parts, 1, 5);
        _open(ALICE, BTC, isLong, sizeE18);
        uint256 cash = perps.cashOf(ALICE);
        // Of what differs, funding takes at most 0.02 % an hour, and the fees are rounded up.
        _setPrice(btcFeed, int256(price));
        _hold();
        for (uint256 i = 1; i < parts; ++i) {
            _close(ALICE, BTC, sizeE18 / parts);
        }
        (int256 leftE18,,,) = perps.positionOf(ALICE, BTC);
        _close(ALICE, BTC, uint256(isLong ? leftE18 : -leftE18));
        int256 move = (int256(price) - 100_000e8) * int256(sizeE18) / 1e20;
        int256 expected = int256(cash) + (isLong ? move : -move) - int256(sizeE18 * price / 1e23);
        vm.assertApproxEqAbs(int256(perps.cashOf(ALICE)), expected, 0.5e6);
        vm.assertLe(int256(perps.cashOf(ALICE)), expected + 1);
        vm.assertEq(perps.unrealisedProfit(), 0);
        _assertBooks();
    }
}
