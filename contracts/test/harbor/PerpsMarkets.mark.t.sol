// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PerpsBook} from "../../src/harbor/PerpsBook.sol";
import {PerpsEngine} from "../../src/harbor/PerpsEngine.sol";
import {PerpsMark} from "../../src/harbor/PerpsMark.sol";
import {PerpsMarkets} from "../../src/harbor/PerpsMarkets.sol";
import {IPriceFeed} from "../../src/oracle/IPriceFeed.sol";
import {HarborFixture} from "./HarborFixture.sol";

/// @notice Index and mark: what one bent update, or several, are good for.
contract PerpsMarkTest is HarborFixture {
    uint256 private constant STEP_BPS = 100;
    uint256 private constant STEP_SECONDS = 12;

    PerpsBook.Market private market;

    function setUp() external {
        _deployHarbor();
        _deposit(ALICE, 20_000e6);
        _deposit(BOB, 50_000e6);
    }

    /// @dev 1 % in a block.
    function _config(IPriceFeed feed) internal pure override returns (PerpsBook.MarketConfig memory config) {
        config = super._config(feed);
        (config.markStepBps, config.markStepSeconds) = (uint16(STEP_BPS), uint16(STEP_SECONDS));
        (config.feeBps, config.maxFundingPerSecondE18) = (0, 0);
    }

    function _mark() private view returns (uint256 markE8) {
        (, markE8) = engine.pricesOf(BTC);
    }

    // The mark

    function test_mark_followsAsFastAsItMay() external {
        _setPrice(btcFeed, 110_000e8);
        vm.assertEq(_mark(), 101_000e8);
        // Not by itself: the one step is what it has credit for.
        vm.warp(block.timestamp + 1 hours);
        vm.assertEq(_mark(), 101_000e8);
        engine.syncMark(BTC);
        // Once a block.
        engine.syncMark(BTC);
        vm.assertEq(_mark(), 101_000e8);
        vm.warp(block.timestamp + 6);
        vm.assertEq(_mark(), 101_505e8);
        vm.warp(block.timestamp + 6);
        engine.syncMark(BTC);
        vm.assertEq(_mark(), 102_010e8);
        _setPrice(btcFeed, 102_020e8);
        vm.assertEq(_mark(), 102_020e8);
        _setPrice(btcFeed, 50_000e8);
        vm.assertEq(_mark(), 102_010e8 - 1_020.1e8);
        (uint256 indexE8,) = engine.pricesOf(BTC);
        vm.assertEq(indexE8, 50_000e8);
    }

    /// @dev The bound that is stated: e^(s + s * T / S), whoever writes the mark and when.
    function testFuzz_mark_isBounded(uint256 seed, bool isUp) external {
        market.config.markStepBps = uint16(STEP_BPS);
        market.config.markStepSeconds = uint16(STEP_SECONDS);
        PerpsMark.follow(market, 100_000e8);
        vm.warp(block.timestamp + 1 hours);
        uint256 elapsed = 0;
        for (uint256 i = 0; i < 30; ++i) {
            PerpsMark.follow(market, PerpsMark.markNowE8(market, isUp ? 1e15 : 1));
            uint256 seconds_ = uint256(keccak256(abi.encode(seed, i))) % 30;
            elapsed += seconds_;
            vm.warp(block.timestamp + seconds_);
        }
        uint256 markE8 = PerpsMark.markNowE8(market, isUp ? 1e15 : 1);
        // s = 1 %, at most 75 steps: e^x is at most 1 + x + x^2 for x <= 1, and e^-x at least 1 - x.
        uint256 x = 1e16 + 1e16 * elapsed / STEP_SECONDS;
        if (isUp && x <= 1e18) vm.assertLe(markE8, 100_000e8 * (1e18 + x + x * x / 1e18) / 1e18 + 31);
        if (!isUp && x <= 1e18) vm.assertGe(markE8 + 31, 100_000e8 * (1e18 - x) / 1e18 * 99 / 100);
    }

    function test_mark_movesAtTheSmallestPriceToo() external {
        market.config.markStepBps = 1;
        market.config.markStepSeconds = 12;
        PerpsMark.follow(market, 1);
        vm.warp(block.timestamp + 1);
        vm.assertEq(PerpsMark.markNowE8(market, 5), 2);
    }

    // Trades

    function test_trades_areFilledAtTheWorseOfBoth() external {
        _setPrice(btcFeed, 105_000e8);
        _open(ALICE, BTC, true, 1e17);
        _open(BOB, BTC, false, 1e17);
        (, int256 aliceE8,,) = perps.positionOf(ALICE, BTC);
        (, int256 bobE8,,) = perps.positionOf(BOB, BTC);
        vm.assertEq(aliceE8, 105_000e8);
        vm.assertEq(bobE8, 101_000e8);
        _refuse(BOB, abi.encodeWithSelector(PerpsEngine.PriceBeyondLimit.selector, 101_000e8, 101_000e8 + 1));
        perps.open(BTC, false, 1e17, 101_000e8 + 1);
        // The profit that is shown, and what the vault is worth, is at the feed's price.
        vm.assertEq(_profitOf(BOB, BTC), -400e6);
        vm.assertEq(perps.unrealisedProfit(), -400e6);
    }

    /// @dev Bent down, bought; bent up, sold; and back. All in vain while the mark does not follow.
    function test_trades_gainNothingByABentUpdate() external {
        engine.syncMark(BTC);
        pass(1, 1);
        btcFeed.submit(90_000e8);
        _open(BOB, BTC, true, 3e18);
        for (uint256 i = 0; i < 3; ++i) {
            pass(1, 1);
            btcFeed.submit(110_000e8);
        }
        _close(BOB, BTC, 3e18);
        // A second of credit each: 1 / 12 % at most, of 300,000, four times and compounded.
        vm.assertLe(perps.cashOf(BOB), 50_000e6 + 1_005e6);
        vm.assertGe(vault.totalAssets() + 1_005e6, LIQUIDITY);
    }

    /// @dev Whatever is done at one price costs, but for what funding brings, which is none here.
    function testFuzz_trades_gainNothingAtOnePrice(uint256 price, uint256 sizeE18, bool isLong, uint256 wait_)
        external
    {
        _setPrice(btcFeed, int256(bound(price, 60_000e8, 140_000e8)));
        sizeE18 = bound(sizeE18, 1e12, 2e18);
        uint256 cash = perps.cashOf(BOB);
        vm.prank(BOB);
        try perps.open(BTC, isLong, sizeE18, isLong ? type(uint256).max : 0) {}
        catch {
            return;
        }
        pass(3 + bound(wait_, 0, 500), BLOCK_SECONDS);
        engine.syncMark(BTC);
        uint256 worth = vault.totalAssets();
        _close(BOB, BTC, sizeE18);
        vm.assertLe(perps.cashOf(BOB), cash);
        vm.assertLe(worth, vault.totalAssets() + 1);
        _assertBooks();
    }

    function test_margin_isAskedForAtTheWorseOfBoth() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 120_000e8);
        // The feed says that she has won 40,000, the mark 2,000: withdrawing counts neither, but the higher
        // price.
        (uint256 initial,) = perps.marginOf(ALICE);
        vm.assertEq(initial, 12_000e6);
        vm.prank(ALICE);
        perps.withdraw(8_000e6);
        _refuse(
            ALICE,
            abi.encodeWithSelector(PerpsEngine.MarginInsufficient.selector, int256(12_000e6 - 1), 12_000e6)
        );
        perps.withdraw(1);
    }

    // Liquidations

    function test_liquidation_needsBothPrices() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 91_000e8);
        // By the feed alone, she would be due: 2,000 of 4,550.
        vm.assertEq(perps.equityOf(ALICE), 18_000e6);
        vm.expectPartialRevert(PerpsEngine.AccountHealthy.selector);
        perps.liquidate(ALICE);
        // The feed was bent, and is straight again.
        _setPrice(btcFeed, 100_000e8);
        vm.assertEq(perps.equityOf(ALICE), 20_000e6);
    }

    /// @dev A true fall is followed, and the account closed at what the market says then.
    function test_liquidation_comesWhenTheMarkHasFollowed() external {
        _open(ALICE, BTC, true, 2e18);
        _setPrice(btcFeed, 91_000e8);
        uint256 blocks = 0;
        while (perps.equityOf(ALICE) >= 4_650e6) {
            engine.syncMark(BTC);
            pass(1, BLOCK_SECONDS);
            ++blocks;
        }
        vm.assertEq(blocks, 7);
        perps.liquidate(ALICE);
        (int256 sizeE18,,,) = perps.positionOf(ALICE, BTC);
        vm.assertTrue(sizeE18 < 2e18);
        vm.assertEq(perps.badDebt(), 0);
        _assertBooks();
    }

    // Feeds that are no use

    function test_priceAtItsBounds_opensNothing() external {
        _deposit(ALICE, 1_000e6);
        _open(ALICE, BTC, false, 1e15);
        _setPrice(btcFeed, 1e8);
        _refuse(ALICE, abi.encodeWithSelector(PerpsMarkets.PriceAtBound.selector, BTC, int256(1e8)));
        perps.open(BTC, false, 1e18, 0);
        _refuse(ALICE, abi.encodeWithSelector(PerpsMarkets.PriceAtBound.selector, BTC, int256(1e8)));
        perps.withdraw(1);
        // Closing goes on.
        _hold();
        _close(ALICE, BTC, 1e15);
    }
}
