// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {TimeWeightedPrice} from "../../src/oracle/TimeWeightedPrice.sol";
import {Test} from "../Test.sol";

contract TimeWeightedPriceTest is Test {
    uint256 private constant START = 1_760_000_000;
    uint256 private constant WINDOW = 1_800;
    uint256 private constant BLOCK_SECONDS = 12;
    uint256 private constant STEP_BPS = 200;
    int256 private constant TRUE_PRICE = 100_000e8;

    PriceFeed private feed;

    function setUp() external {
        vm.warp(START);
        vm.roll(100);
        feed = new PriceFeed(address(this), "BTC / USD", 1e8, 100_000_000e8, STEP_BPS, 60);
        feed.setReporter(address(this));
        feed.submit(TRUE_PRICE);
    }

    function _submit(int256 answer) private {
        pass(1, BLOCK_SECONDS);
        feed.submit(answer);
    }

    /// @dev Over the window that begins at START.
    function _average() private view returns (uint256 averageE8, uint256 staleSeconds) {
        return TimeWeightedPrice.over(
            feed, feed.roundAt(START), feed.roundAt(START + WINDOW), START, START + WINDOW
        );
    }

    function test_weighsByTime() external {
        // 1,740 seconds at 100,000 and 60 at 102,000.
        while (block.timestamp < START + 1_728) _submit(TRUE_PRICE);
        _submit(102_000e8);
        vm.warp(START + WINDOW + 1);
        (uint256 averageE8, uint256 staleSeconds) = _average();
        vm.assertEq(averageE8, (1_740 * 100_000e8 + 60 * 102_000e8) / WINDOW);
        vm.assertEq(staleSeconds, 0);
    }

    function test_anUpdateInTheLastSecondOfTheWindowCountsForOneAndAtItsEndForNone() external {
        while (block.timestamp < START + 1_788) _submit(TRUE_PRICE);
        vm.roll(block.number + 1);
        vm.warp(START + WINDOW);
        feed.submit(102_000e8);
        vm.warp(START + WINDOW + 1);
        (uint256 averageE8,) = _average();
        vm.assertEq(averageE8, 100_000e8);

        // Two windows that end a second later.
        (uint256 later,) = TimeWeightedPrice.over(
            feed, feed.roundAt(START), feed.roundAt(START + WINDOW), START, START + WINDOW
        );
        vm.assertEq(later, averageE8);
        vm.warp(START + WINDOW + 2);
        (later,) =
            TimeWeightedPrice.over(feed, 1, feed.roundAt(START + WINDOW + 1), START, START + WINDOW + 1);
        vm.assertEq(later, (1_800 * 100_000e8 + 102_000e8) / (WINDOW + 1));
    }

    function test_saysHowLongTheFeedWasStale() external {
        while (block.timestamp < START + 900) _submit(TRUE_PRICE);
        pass(1, 600);
        feed.submit(TRUE_PRICE);
        while (block.timestamp < START + WINDOW) _submit(TRUE_PRICE);
        pass(1, 1);
        (, uint256 staleSeconds) = _average();
        vm.assertEq(staleSeconds, 600 - 60);
    }

    /// @dev The stated bound: whoever holds the reporter's key for the last k updates bends the average by at
    /// most i / w * sum((1 + s)^j - 1) of the price.
    function testFuzz_bendingIsBounded(uint256 updates, bool up) external {
        updates = bound(updates, 0, WINDOW / BLOCK_SECONDS - 1);
        uint256 bentFrom = START + WINDOW - updates * BLOCK_SECONDS;
        while (block.timestamp + BLOCK_SECONDS < bentFrom) _submit(TRUE_PRICE);
        int256 price = TRUE_PRICE;
        uint256 boundSumE8 = 0;
        uint256 reachE8 = uint256(TRUE_PRICE);
        for (uint256 j = 0; j < updates; ++j) {
            price += (up ? price : -price) * int256(STEP_BPS) / 10_000;
            _submit(price);
            reachE8 += reachE8 * STEP_BPS / 10_000;
            boundSumE8 += reachE8 - uint256(TRUE_PRICE);
        }
        vm.warp(START + WINDOW + 1);
        (uint256 averageE8,) = _average();
        uint256 bent = up ? averageE8 - uint256(TRUE_PRICE) : uint256(TRUE_PRICE) - averageE8;
        vm.assertLe(bent, boundSumE8 * BLOCK_SECONDS / WINDOW + 1);
        if (up) vm.assertGe(bent + 1, boundSumE8 * BLOCK_SECONDS / WINDOW);
    }

    /// @dev In numbers: one bent update before the end of half an hour, at a step of 2 %, moves a price of
    /// 100,000 by 13.33; five of them by 202.
    function test_oneBentUpdateMovesAHundredthOfItsStep() external {
        while (block.timestamp < START + 1_776) _submit(TRUE_PRICE);
        _submit(102_000e8);
        vm.warp(START + WINDOW + 1);
        (uint256 averageE8,) = _average();
        vm.assertEq(averageE8, 100_013_33333333);
    }
}
