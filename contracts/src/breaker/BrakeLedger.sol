// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Until when a target is braked, and how much of its budget that used
/// @notice All times are block timestamps in seconds.
/// @dev The budget B over a period W of 30 days is kept as a bucket of B/2 seconds. Braking empties it by one
/// second per second (booked ahead, when the action is taken); it refills at the rate (B/2)/W, only while the
/// target is not braked. Take any span of length W in which the target is braked for x seconds in total. They
/// came out of what was in the bucket at its beginning, counting what was booked ahead but not yet served (at
/// most B/2), and of the refill during the rest of the span: x <= B/2 + (W - x) * (B/2)/W <= B.
library BrakeLedger {
    using SafeCast for uint256;

    uint256 internal constant BUDGET_PERIOD_SECONDS = 30 days;

    /// @dev One slot.
    /// @param delayedUntil End of level 1 or higher: the end of the brake as a whole.
    /// @param reduceOnlyUntil End of level 2 or higher; never after `delayedUntil`.
    /// @param pausedUntil End of level 3; never after `reduceOnlyUntil`.
    /// @param executedAt Time of the last action, 0 before the first.
    /// @param liftableAt From when on the owner can lift, 0 when not announced.
    /// @param usedSeconds Taken out of the bucket, as of `delayedUntil`.
    struct Brake {
        uint40 delayedUntil;
        uint40 reduceOnlyUntil;
        uint40 pausedUntil;
        uint40 executedAt;
        uint40 liftableAt;
        uint32 usedSeconds;
    }

    /// @notice The strictest level in force, 0 when none is.
    function levelInForce(Brake memory brake) internal view returns (uint8) {
        if (brake.pausedUntil > block.timestamp) return 3;
        if (brake.reduceOnlyUntil > block.timestamp) return 2;
        if (brake.delayedUntil > block.timestamp) return 1;
        return 0;
    }

    /// @notice When `level`, or a higher one, ends or ended.
    function untilOf(Brake memory brake, uint8 level) internal pure returns (uint256) {
        if (level == 3) return brake.pausedUntil;
        return level == 2 ? brake.reduceOnlyUntil : brake.delayedUntil;
    }

    /// @notice Seconds that the bucket of `budgetSeconds` has left.
    function leftSeconds(Brake memory brake, uint256 budgetSeconds) internal view returns (uint256) {
        return budgetSeconds / 2 - _used(brake, budgetSeconds);
    }

    /// @notice Seconds by which a brake until `untilSeconds` prolongs what holds.
    function addedSeconds(Brake memory brake, uint256 untilSeconds) internal view returns (uint256) {
        return Math.saturatingSub(untilSeconds, Math.max(brake.delayedUntil, block.timestamp));
    }

    /// @notice Makes `level` hold until `untilSeconds`, and what milder levels hold at least as long. A lift
    /// that was announced for what held before is void.
    /// @dev The caller has checked that the seconds are left.
    function hold(Brake memory brake, uint8 level, uint256 untilSeconds, uint256 budgetSeconds)
        internal
        view
    {
        uint40 until = untilSeconds.toUint40();
        brake.usedSeconds = (_used(brake, budgetSeconds) + addedSeconds(brake, untilSeconds)).toUint32();
        if (level == 3 && until > brake.pausedUntil) brake.pausedUntil = until;
        if (level >= 2 && until > brake.reduceOnlyUntil) brake.reduceOnlyUntil = until;
        if (until > brake.delayedUntil) brake.delayedUntil = until;
        brake.executedAt = block.timestamp.toUint40();
        brake.liftableAt = 0;
    }

    /// @notice Ends the brake that holds now. Seconds that were booked but not served go back.
    function release(Brake memory brake) internal view {
        uint40 now_ = block.timestamp.toUint40();
        brake.usedSeconds -= uint256(brake.delayedUntil - now_).toUint32();
        brake.delayedUntil = now_;
        if (brake.reduceOnlyUntil > now_) brake.reduceOnlyUntil = now_;
        if (brake.pausedUntil > now_) brake.pausedUntil = now_;
        brake.liftableAt = 0;
    }

    function _used(Brake memory brake, uint256 budgetSeconds) private view returns (uint256) {
        uint256 idleSeconds = Math.saturatingSub(block.timestamp, brake.delayedUntil);
        uint256 refilled = idleSeconds * (budgetSeconds / 2) / BUDGET_PERIOD_SECONDS;
        return Math.saturatingSub(brake.usedSeconds, refilled);
    }
}
