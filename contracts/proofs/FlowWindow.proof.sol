// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FlowWindow} from "../src/inline/FlowWindow.sol";

/// @notice Booking an amount never makes a window full earlier, and what does not fit is never booked.
contract BookingOnlyPostpones {
    function prove(uint64 fullAt, uint64 nowTicks, uint64 windowTicks, uint128 capacity, uint128 amount)
        external
        pure
    {
        uint256 next = FlowWindow.advance(fullAt, nowTicks, windowTicks, capacity, amount);
        assert(next >= fullAt);
        if (amount > capacity) assert(next == FlowWindow.NEVER);
        if (amount != 0) assert(next >= nowTicks);
    }
}

/// @notice Inequality (1) of the limiter's theorem: an amount books at least its share of the window.
contract AmountBooksItsShare {
    function prove(uint64 fullAt, uint64 nowTicks, uint64 windowTicks, uint128 capacity, uint128 amount)
        external
        pure
    {
        require(amount != 0 && amount <= capacity);
        uint256 next = FlowWindow.advance(fullAt, nowTicks, windowTicks, capacity, amount);
        uint256 from = fullAt > nowTicks ? fullAt : nowTicks;
        assert((next - from) * capacity >= uint256(amount) * windowTicks);
    }
}

/// @notice Inequality (2) of the limiter's theorem: nothing is booked further ahead than the window.
contract BookingsStayInTheWindow {
    function prove(uint64 nowTicks, uint64 windowTicks, uint16 reserveBps) external pure {
        require(reserveBps <= FlowWindow.BPS);
        uint256 limit = FlowWindow.limit(nowTicks, windowTicks, reserveBps);
        assert(limit <= uint256(nowTicks) + windowTicks);
        assert(limit >= nowTicks);
    }
}

/// @dev The theorem, for a span in which the capacity is K or less, from (1) and (2): with `booked` the sum of
/// the ticks that the amounts book, fullAt >= start + booked before and after each.
///
/// @notice Step of the limiter's theorem: what is booked since the start of a span is all ahead of the start.
contract BookingsAddUp {
    function prove(uint64 start, uint64 fullAt, uint64 nowTicks, uint128 booked, uint64 ticks) external pure {
        require(start <= nowTicks);
        // Before the first amount of the span nothing is booked in it.
        require(booked == 0 || fullAt >= uint256(start) + booked);
        uint256 next = uint256(fullAt > nowTicks ? fullAt : nowTicks) + ticks;
        assert(next >= start + uint256(booked) + ticks);
    }
}

/// @notice The limiter's theorem: in a span that is as long as the window no more than twice the capacity
/// leaves, and at once no more than the capacity.
contract NoWindowExceedsItsCap {
    function prove(uint64 start, uint64 end, uint64 windowTicks, uint128 booked, uint64 fullAt)
        external
        pure
    {
        require(start <= end);
        require(fullAt >= uint256(start) + booked);
        require(fullAt <= uint256(end) + windowTicks);
        // Booked ticks are amounts times the window over the capacity, so one window of them is one capacity.
        if (end == start) assert(booked <= windowTicks);
        if (end - start <= windowTicks) assert(booked <= 2 * uint256(windowTicks));
    }
}

/// @notice A capacity is at most half of each cap that is given.
contract CapacityIsHalfACap {
    function prove(uint128 base, uint16 capBps, uint128 capAmount) external pure {
        require(capBps <= FlowWindow.BPS);
        uint256 capacity = FlowWindow.capacity(base, capBps, capAmount);
        if (capAmount != 0) assert(2 * capacity <= capAmount);
        if (capBps != 0) assert(2 * capacity * FlowWindow.BPS <= uint256(base) * capBps);
    }
}
