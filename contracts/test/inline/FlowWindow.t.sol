// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FlowWindow} from "../../src/inline/FlowWindow.sol";
import {Test} from "../Test.sol";

/// @notice The theorem of the window, against a log that forgets nothing.
contract FlowWindowTest is Test {
    using FlowWindow for uint256;

    uint256 private constant STEPS = 24;
    uint256 private constant START = 1_760_000_000e9;

    struct Outflow {
        uint256 atTicks;
        uint256 amount;
        uint256 capacity;
    }

    /// @dev Whoever takes whatever fits, at whatever times, of a capacity that changes meanwhile.
    function testFuzz_noSpanHasMoreThanTheTheoremSays(uint256 seed, uint256 windowSeconds) external pure {
        uint256 window = bound(windowSeconds, 1, 30 days) * FlowWindow.TICKS_PER_SECOND;
        Outflow[] memory log = new Outflow[](STEPS);
        uint256 fullAt = 0;
        uint256 nowTicks = START;
        for (uint256 i = 0; i < STEPS; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 capacity = _capacity(random);
            uint256 limit = FlowWindow.limit(nowTicks, window, 0);
            uint256 left = FlowWindow.left(fullAt, nowTicks, window, capacity, limit);
            uint256 amount = random % 3 == 0 ? left : random % (left + 1);
            fullAt = FlowWindow.advance(fullAt, nowTicks, window, capacity, amount);
            vm.assertLe(fullAt, limit);
            log[i] = Outflow(nowTicks, amount, capacity);
            nowTicks += (random >> 128) % (window / (1 + (random >> 64) % 8) + 1);
        }
        for (uint256 i = 0; i < STEPS; ++i) {
            _assertSpansFrom(log, i, window);
        }
    }

    function _capacity(uint256 random) private pure returns (uint256) {
        uint256 magnitude = (random >> 200) % 4;
        uint256 scale = magnitude == 0 ? 1 : magnitude == 1 ? 1e6 : magnitude == 2 ? 1e18 : 1e36;
        return 1 + (random >> 8) % (100 * scale);
    }

    /// @dev The theorem as it stands, with each share rounded down to 1e-18, and its corollary for one
    /// window.
    function _assertSpansFrom(Outflow[] memory log, uint256 i, uint256 window) private pure {
        uint256 sharesE18 = 0;
        uint256 amount = 0;
        uint256 largest = 0;
        for (uint256 j = i; j < log.length; ++j) {
            uint256 span = log[j].atTicks - log[i].atTicks;
            sharesE18 += Math.mulDiv(log[j].amount, 1e18, log[j].capacity);
            vm.assertLe(sharesE18, 1e18 + Math.mulDiv(span, 1e18, window) + 1);
            amount += log[j].amount;
            largest = Math.max(largest, log[j].capacity);
            if (span <= window) vm.assertLe(amount, 2 * largest);
        }
    }

    /// @dev What is said to be left fits, and a unit more does not.
    function testFuzz_leftIsExact(uint256 used, uint256 windowSeconds, uint256 capacity, uint256 reserve)
        external
        pure
    {
        uint256 window = bound(windowSeconds, 1, 30 days) * FlowWindow.TICKS_PER_SECOND;
        uint256 fullAt = START + bound(used, 0, 2 * window) - window / 2;
        capacity = bound(capacity, 1, type(uint128).max);
        uint256 limit = FlowWindow.limit(START, window, bound(reserve, 0, 9_999));
        uint256 left = FlowWindow.left(fullAt, START, window, capacity, limit);
        vm.assertLe(left, capacity);
        if (left != 0) {
            vm.assertLe(FlowWindow.advance(fullAt, START, window, capacity, left), limit);
        }
        vm.assertGt(FlowWindow.advance(fullAt, START, window, capacity, left + 1), limit);
    }

    function test_nothingTakesNothing() external pure {
        vm.assertEq(FlowWindow.advance(7, START, 1, 0, 0), 7);
        vm.assertEq(FlowWindow.advance(7, START, 1, 0, 1), FlowWindow.NEVER);
    }

    function test_capacityIsHalfOfTheLowerCap() external pure {
        vm.assertEq(FlowWindow.capacity(1_000, 2_000, 0), 100);
        vm.assertEq(FlowWindow.capacity(1_000, 2_000, 201), 100);
        vm.assertEq(FlowWindow.capacity(1_000, 2_000, 199), 99);
        vm.assertEq(FlowWindow.capacity(1_000, 0, 199), 99);
        vm.assertEq(FlowWindow.capacity(1_000, 0, 0), 0);
        vm.assertEq(FlowWindow.capacity(0, 10_000, 199), 0);
        vm.assertEq(FlowWindow.capacity(type(uint128).max, 10_000, 0), type(uint128).max / 2);
    }

    function test_theReserveIsAShareOfTheWindow() external pure {
        vm.assertEq(FlowWindow.limit(START, 1_000, 0), START + 1_000);
        vm.assertEq(FlowWindow.limit(START, 1_000, 2_500), START + 750);
        vm.assertEq(FlowWindow.limit(START, 10_000, 1), START + 9_999);
        vm.assertEq(FlowWindow.limit(START, 1_000, 10_000), START);
    }

    function testFuzz_fourStatesShareAWord(uint256 states, uint256 index, uint64 state) external pure {
        index = bound(index, 0, 3);
        uint256 next = states.withState(index, state);
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertEq(next.stateOf(i), i == index ? state : states.stateOf(i));
        }
    }
}
