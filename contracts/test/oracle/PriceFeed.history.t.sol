// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PriceFeed} from "../../src/oracle/PriceFeed.sol";
import {Test} from "../Test.sol";

/// @notice What the feed says about its past.
contract PriceFeedHistoryTest is Test {
    uint256 private constant START = 1_760_000_000;
    uint256 private constant HEARTBEAT = 60;

    PriceFeed private feed;

    function setUp() external {
        vm.warp(START);
        vm.roll(100);
        feed = _feed(100_000_000e8);
    }

    function _feed(int256 highest) private returns (PriceFeed feed_) {
        feed_ = new PriceFeed(address(this), "BTC / USD", 1e8, highest, 10_000, HEARTBEAT);
        feed_.setReporter(address(this));
    }

    function _submitAt(uint256 time, int256 answer) private {
        vm.roll(block.number + 1);
        vm.warp(time);
        feed.submit(answer);
    }

    function _assertSums(uint80 roundId, uint256 time, uint256 priceSecondsE8, uint256 staleSeconds)
        private
        view
    {
        (uint256 sum, uint256 stale) = feed.sumsAt(roundId, time);
        vm.assertEq(sum, priceSecondsE8);
        vm.assertEq(stale, staleSeconds);
        vm.assertEq(feed.roundAt(time), roundId);
    }

    function test_sumsWhatStoodForHowLong() external {
        _submitAt(START, 100e8);
        _submitAt(START + 10, 130e8);
        _submitAt(START + 40, 110e8);
        vm.warp(START + 100);
        _assertSums(1, START, 0, 0);
        _assertSums(1, START + 9, 900e8, 0);
        // From the second of an update on, the new answer stands.
        _assertSums(2, START + 10, 1_000e8, 0);
        _assertSums(2, START + 39, 1_000e8 + 29 * 130e8, 0);
        _assertSums(3, START + 40, 1_000e8 + 30 * 130e8, 0);
        _assertSums(3, START + 99, 1_000e8 + 30 * 130e8 + 59 * 110e8, 0);
    }

    function test_countsTheSecondsBeyondTheHeartbeat() external {
        _submitAt(START, 100e8);
        _submitAt(START + HEARTBEAT, 100e8);
        _submitAt(START + 200, 100e8);
        vm.warp(START + 1_000);
        _assertSums(1, START + 59, 59 * 100e8, 0);
        _assertSums(2, START + 120, 120 * 100e8, 0);
        _assertSums(2, START + 121, 121 * 100e8, 1);
        _assertSums(2, START + 199, 199 * 100e8, 79);
        _assertSums(3, START + 200, 200 * 100e8, 80);
        _assertSums(3, START + 260, 260 * 100e8, 80);
        _assertSums(3, START + 999, 999 * 100e8, 80 + 739);
    }

    function test_saysNothingOfThePresentOrTheFuture() external {
        _submitAt(START, 100e8);
        bytes4 selector = PriceFeed.TimeNotPast.selector;
        for (uint256 ahead = 0; ahead < 2; ++ahead) {
            vm.expectRevert(abi.encodeWithSelector(selector, START + ahead, START));
            feed.sumsAt(1, START + ahead);
            vm.expectRevert(abi.encodeWithSelector(selector, START + ahead, START));
            feed.roundAt(START + ahead);
        }
        // Not even when the second may bring no further block.
        vm.warp(START + 1);
        feed.sumsAt(1, START);
    }

    function test_refusesRoundsThatDidNotStand() external {
        _submitAt(START, 100e8);
        _submitAt(START + 10, 130e8);
        _submitAt(START + 20, 110e8);
        vm.warp(START + 100);
        for (uint80 wrong = 1; wrong <= 3; wrong += 2) {
            vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundNotInForce.selector, wrong, START + 15));
            feed.sumsAt(wrong, START + 15);
        }
        for (uint80 unknown = 0; unknown <= 4; unknown += 4) {
            vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundUnknown.selector, unknown));
            feed.sumsAt(unknown, START + 15);
        }
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundUnknown.selector, type(uint80).max));
        feed.sumsAt(type(uint80).max, START + 15);
    }

    /// @dev Where blocks come faster than seconds, only the last update of a second stood.
    function test_ofTwoUpdatesInASecondTheLastOneStood() external {
        _submitAt(START, 100e8);
        _submitAt(START + 10, 130e8);
        _submitAt(START + 10, 110e8);
        vm.warp(START + 100);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundNotInForce.selector, 2, START + 10));
        feed.sumsAt(2, START + 10);
        _assertSums(3, START + 10, 1_000e8, 0);
        _assertSums(3, START + 20, 1_000e8 + 1_100e8, 0);
    }

    function test_hasNoPastBeforeTheFirstAnswer() external {
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.HistoryMissing.selector, START - 1));
        feed.roundAt(START - 1);
        _submitAt(START + 10, 100e8);
        vm.warp(START + 20);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.HistoryMissing.selector, START + 9));
        feed.roundAt(START + 9);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.RoundNotInForce.selector, 1, START + 9));
        feed.sumsAt(1, START + 9);
    }

    function test_theHighestAnswerFitsForEver() external {
        int256 highest = int256(uint256(type(uint64).max));
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.AnswerRangeInvalid.selector, 1e8, highest + 1));
        new PriceFeed(address(this), "", 1e8, highest + 1, 10_000, HEARTBEAT);
        feed = _feed(highest);
        _submitAt(START, highest);
        // The year 36,812.
        uint256 last = type(uint40).max;
        _submitAt(last, highest);
        vm.warp(last + 1);
        _assertSums(2, last, (last - START) * uint256(highest), last - START - HEARTBEAT);
        (, int256 answer,,,) = feed.latestRoundData();
        vm.assertEq(answer, highest);
    }

    struct Update {
        uint256 time;
        uint256 answer;
    }

    /// @dev Against a count second by second: exactly one round is accepted, and it gives the sums.
    function testFuzz_exactlyOneRoundAndItsSums(uint256 seed, uint256 when) external {
        Update[12] memory updates;
        uint256 time = START;
        for (uint256 i = 0; i < updates.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            updates[i] = Update(time, 1e8 + random % 1e8);
            _submitAt(time, int256(updates[i].answer));
            // Seconds with two updates, gaps beyond the heartbeat, and all between.
            time += (random >> 128) % (random % 3 == 0 ? 4 * HEARTBEAT : 12);
        }
        when = bound(when, START, time + 2 * HEARTBEAT);
        vm.warp(time + 2 * HEARTBEAT + 1);
        (uint256 sum, uint256 stale) = _naive(updates, when);
        uint256 accepted = 0;
        for (uint80 roundId = 0; roundId < 15; ++roundId) {
            try feed.sumsAt(roundId, when) returns (uint256 priceSecondsE8, uint256 staleSeconds) {
                ++accepted;
                vm.assertEq(priceSecondsE8, sum);
                vm.assertEq(staleSeconds, stale);
                vm.assertEq(feed.roundAt(when), roundId);
            } catch {}
        }
        vm.assertEq(accepted, 1);
    }

    function _naive(Update[12] memory updates, uint256 when)
        private
        pure
        returns (uint256 sum, uint256 stale)
    {
        for (uint256 second = START; second < when; ++second) {
            uint256 last = 0;
            while (last + 1 < updates.length && updates[last + 1].time <= second) ++last;
            sum += updates[last].answer;
            // The second from t to t + 1 is stale when the answer is at least as old as the heartbeat at t.
            if (second - updates[last].time >= HEARTBEAT) ++stale;
        }
    }

    function test_anUpdateCostsTheSlotOfItsRound() external {
        _submitAt(START, 100e8);
        _submitAt(START + 12, 101e8);
        _submitAt(START + 24, 102e8);
        vm.assertLe(uint256(vm.lastCallGas().gasTotalUsed), 33_000);
    }
}
