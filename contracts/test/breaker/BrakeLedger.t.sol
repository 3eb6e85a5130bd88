// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrakeLedger} from "../../src/breaker/BrakeLedger.sol";
import {Test} from "../Test.sol";

/// @notice The promise of the budget, for budgets of all sizes and guardians who take what they can.
contract BrakeLedgerTest is Test {
    using BrakeLedger for BrakeLedger.Brake;

    uint256 private constant PERIOD = 30 days;
    uint256 private constant STEPS = 40;

    BrakeLedger.Brake private brake;
    /// @dev Stretches without a gap in which the target was braked.
    uint256[] private starts;
    uint256[] private ends;

    /// @dev As the breaker does it: no more than what is left.
    function _hold(uint8 level, uint256 durationSeconds, uint256 budget) private {
        BrakeLedger.Brake memory current = brake;
        uint256 until = block.timestamp + durationSeconds;
        if (until <= current.untilOf(level)) return;
        if (current.addedSeconds(until) > current.leftSeconds(budget)) return;
        if (current.levelInForce() == 0) {
            starts.push(block.timestamp);
            ends.push(until);
        } else if (until > current.delayedUntil) {
            ends[ends.length - 1] = until;
        }
        current.hold(level, until, budget);
        brake = current;
    }

    function _release() private {
        BrakeLedger.Brake memory current = brake;
        if (current.levelInForce() == 0) return;
        current.release();
        brake = current;
        ends[ends.length - 1] = block.timestamp;
    }

    function _brakedIn(uint256 from, uint256 to) private view returns (uint256 sum) {
        for (uint256 i = 0; i < starts.length; ++i) {
            uint256 start = from > starts[i] ? from : starts[i];
            uint256 end = to < ends[i] ? to : ends[i];
            if (end > start) sum += end - start;
        }
    }

    function testFuzz_noThirtyDaysHaveMoreThanTheBudget(uint256 seed, uint256 budget) external {
        vm.warp(1_760_000_000);
        budget = bound(budget, 2, PERIOD);
        brake.delayedUntil = uint40(block.timestamp);
        for (uint256 i = 0; i < STEPS; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 left = brake.leftSeconds(budget);
            vm.assertLe(left, budget / 2);
            if (random % 8 == 0) {
                _release();
            } else {
                // Half of the time all that is left, from the end of what holds.
                uint256 end = brake.untilOf(1);
                uint256 most = left + (end > block.timestamp ? end - block.timestamp : 0);
                _hold(
                    uint8(1 + (random >> 8) % 3), random % 2 == 0 ? most : (random >> 16) % (most + 2), budget
                );
            }
            // Moments, or about as long as the budget, or up to the period.
            uint256 kind = (random >> 64) % 4;
            uint256 longest = kind == 0 ? 2 : kind == 1 ? PERIOD : budget;
            vm.warp(block.timestamp + (random >> 128) % longest);
        }
        // The worst span begins where a stretch begins, or ends where one ends.
        for (uint256 i = 0; i < starts.length; ++i) {
            vm.assertLe(_brakedIn(starts[i], starts[i] + PERIOD), budget);
            vm.assertLe(_brakedIn(ends[i] - PERIOD, ends[i]), budget);
        }
    }

    /// @dev With tails, and budgets that rise and fall while braking goes on.
    function testFuzz_noThirtyDaysHaveMoreThanTheLargestBudget(uint256 seed, uint256 largest) external {
        vm.warp(1_760_000_000);
        largest = bound(largest, 2, PERIOD);
        uint256 budget = largest;
        brake.delayedUntil = uint40(block.timestamp);
        for (uint256 i = 0; i < STEPS; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 left = brake.leftSeconds(budget);
            if (random % 8 == 0) {
                _release();
            } else if (random % 8 == 1) {
                BrakeLedger.Brake memory current = brake;
                current.settle(budget);
                brake = current;
                vm.assertEq(brake.leftSeconds(budget), left);
                budget = 2 + (random >> 8) % (largest - 1);
            } else {
                uint256 until = block.timestamp + (random >> 16) % (left + 2);
                _hold(3, until - block.timestamp, budget);
                if (brake.pausedUntil == until && until > block.timestamp) _holdTail(until, random, budget);
            }
            uint256 longest = (random >> 64) % 2 == 0 ? PERIOD : largest;
            vm.warp(block.timestamp + (random >> 128) % longest);
        }
        for (uint256 i = 0; i < starts.length; ++i) {
            vm.assertLe(_brakedIn(starts[i], starts[i] + PERIOD), largest);
            vm.assertLe(_brakedIn(ends[i] - PERIOD, ends[i]), largest);
        }
    }

    function _holdTail(uint256 until, uint256 random, uint256 budget) private {
        BrakeLedger.Brake memory current = brake;
        uint256 tail = (random >> 32) % (budget / 2 + 1);
        uint256 left = current.leftSeconds(budget);
        uint256 outer = current.delayedUntil;
        uint256 reduceOnlyBefore = current.reduceOnlyUntil;
        uint256 tailUntil = current.holdTail(until, tail, budget);
        if (tailUntil == 0) {
            vm.assertEq(abi.encode(current), abi.encode(brake));
            return;
        }
        vm.assertGt(tailUntil, reduceOnlyBefore);
        vm.assertTrue(tailUntil == until + tail || tailUntil == outer + left);
        vm.assertEq(current.pausedUntil, until);
        brake = current;
        if (tailUntil > ends[ends.length - 1]) ends[ends.length - 1] = tailUntil;
    }

    /// @dev Taken at the end of one period and at the beginning of the next: nearly the budget, not more.
    /// @dev In the second in which a level ends it holds no more: what follows is an escalation.
    function test_eachLevelEndsInItsLastSecond() external {
        vm.warp(1_760_000_000);
        brake.delayedUntil = uint40(block.timestamp);
        _hold(3, 100, PERIOD);
        _hold(2, 200, PERIOD);
        _hold(1, 300, PERIOD);
        uint256 start = block.timestamp;
        for (uint8 level = 3; level > 0; --level) {
            uint256 end = start + 100 * (4 - uint256(level));
            vm.warp(end - 1);
            vm.assertEq(brake.levelInForce(), level);
            vm.warp(end);
            vm.assertEq(brake.levelInForce(), level - 1);
        }
    }

    function test_theBudgetCanNearlyBeReached() external {
        vm.warp(1_760_000_000);
        uint256 budget = 2 days;
        brake.delayedUntil = uint40(block.timestamp);
        _hold(1, 1 days, budget);
        for (uint256 i = 0; i < 29; ++i) {
            vm.warp(brake.delayedUntil + 1 days - 1 hours);
            _hold(1, brake.leftSeconds(budget), budget);
        }
        uint256 worst = _brakedIn(starts[0], starts[0] + PERIOD);
        vm.assertLe(worst, budget);
        vm.assertGt(worst, budget * 95 / 100);
    }
}
