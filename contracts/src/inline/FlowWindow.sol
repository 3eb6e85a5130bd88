// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title The arithmetic of one window of a flow limit
/// @notice A window is a bucket that holds a capacity and refills evenly in w seconds. All of its state is
/// one number: the time at which it will be full again. Times and durations are in ticks of a nanosecond.
/// @dev `fullAt - nowTicks` is how much of w is used up at time `nowTicks`; it is 0 when `fullAt` is past.
/// Let a_1 … a_n leave at times t_1 <= … <= t_n, with F_i the time `fullAt` after a_i, w the window, and K_i
/// the capacity at t_i (it may change from one to the next). What `advance` and the check against `limit`
/// ensure is
///
///   (1) F_i >= max(F_(i-1), t_i) + a_i * w / K_i      rounding is upwards
///   (2) F_i <= t_i + w                                else nothing leaves
///
/// Theorem: sum(a_i / K_i) <= 1 + (t_n - t_1) / w. Proof: adding up (1), F_n >= max(F_0, t_1) + w * sum(a_i /
/// K_i) >= t_1 + w * sum(a_i / K_i). By (2), F_n <= t_n + w. The difference is the theorem.
///
/// So in any span of length x no more than K * (1 + x / w) leaves, where K is the largest capacity in it. A
/// cap C on what leaves in any w seconds is therefore kept with a capacity of C / 2: one half may leave at
/// once, the other comes back evenly. No rounding is lost over time, because nothing is booked but what
/// leaves.
library FlowWindow {
    using SafeCast for uint256;

    uint256 internal constant TICKS_PER_SECOND = 1e9;
    uint256 internal constant BPS = 10_000;
    /// @notice Returned for what never fits.
    uint256 internal constant NEVER = type(uint256).max;
    uint256 private constant STATE_BITS = 64;
    uint256 private constant TWICE_BPS = 2 * BPS;

    /// @notice The state of window `index`, 0 to 3, out of a word that holds four.
    function stateOf(uint256 states, uint256 index) internal pure returns (uint256) {
        return uint64(states >> (index * STATE_BITS));
    }

    /// @notice `states` with `fullAt`, below 2^64, as that of window `index`.
    function withState(uint256 states, uint256 index, uint256 fullAt) internal pure returns (uint256) {
        uint256 shift = index * STATE_BITS;
        return (states & ~(uint256(type(uint64).max) << shift)) | (uint256(fullAt.toUint64()) << shift);
    }

    /// @notice Half of a cap that is the lower one of a share and an amount.
    /// @param base What the share is of, in units of the asset, below 2^128.
    /// @param capBps Share, in hundredths of a percent, at most 10,000; 0: no share.
    /// @param capAmount In units of the asset, at most 2^128 - 1; 0: no amount.
    /// @return In units of the asset, at most 2^128 - 1; 0 when neither is given.
    function capacity(uint256 base, uint256 capBps, uint256 capAmount) internal pure returns (uint256) {
        if (capBps == 0) return capAmount / 2;
        uint256 share = base * capBps / TWICE_BPS;
        return capAmount == 0 ? share : Math.min(share, capAmount / 2);
    }

    /// @notice When the window will be full again once `amount` has left, or NEVER if it is above the
    /// capacity.
    /// @param fullAt When it will be full as things are, in ticks.
    /// @param nowTicks The present, in ticks, below 2^64.
    /// @param windowTicks Length of the window, below 2^64.
    /// @param capacity_ In units of the asset, below 2^128.
    /// @param amount In units of the asset.
    function advance(uint256 fullAt, uint256 nowTicks, uint256 windowTicks, uint256 capacity_, uint256 amount)
        internal
        pure
        returns (uint256)
    {
        if (amount == 0) return fullAt;
        if (amount > capacity_) return NEVER;
        return Math.max(fullAt, nowTicks) + Math.ceilDiv(amount * windowTicks, capacity_);
    }

    /// @notice The latest `fullAt` that may be booked at time `nowTicks`, in ticks.
    /// @param reserveBps Share of the window that must stay unused, in hundredths of a percent, at most
    /// 10,000.
    function limit(uint256 nowTicks, uint256 windowTicks, uint256 reserveBps)
        internal
        pure
        returns (uint256)
    {
        uint256 end = nowTicks + windowTicks;
        return reserveBps == 0 ? end : end - windowTicks * reserveBps / BPS;
    }

    /// @notice The most for which `advance` stays within `limit_`, in units of the asset.
    function left(uint256 fullAt, uint256 nowTicks, uint256 windowTicks, uint256 capacity_, uint256 limit_)
        internal
        pure
        returns (uint256)
    {
        return Math.saturatingSub(limit_, Math.max(fullAt, nowTicks)) * capacity_ / windowTicks;
    }
}
