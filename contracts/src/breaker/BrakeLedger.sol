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
/// A pause's tail is braked time like any other: this holds with all tails counted.
/// When B changes, it holds for the largest B under which the span's brakes were taken. For let the bucket
/// lack u seconds: u <= B/2 after every action. What is braked in the span was booked at its beginning, which
/// is at most u at that time, or taken since, which is by how much u rose, and the refill. So x is at most u
/// at the end of the span, and the refill. `settle` credits the time before a change at the rate of that
/// time.
library BrakeLedger {
    using SafeCast for uint256;

    uint256 internal constant BUDGET_PERIOD_SECONDS = 30 days;

    /// @dev One slot.
    /// @param delayedUntil End of level 1 or higher: the end of the brake as a whole.
    /// @param reduceOnlyUntil End of level 2 or higher; never after `delayedUntil`.
    /// @param pausedUntil End of level 3; never after `reduceOnlyUntil`.
    /// @param executedAt Time of the last action, 0 before the first.
    /// @param anchorNumber Block in which the cause of the last action was seen, 0 before the first.
    /// @param usedSeconds Taken out of the bucket, as of `delayedUntil`.
    struct Brake {
        uint40 delayedUntil;
        uint40 reduceOnlyUntil;
        uint40 pausedUntil;
        uint40 executedAt;
        uint48 anchorNumber;
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

    /// @notice Seconds that the bucket of `budgetSeconds` has left; 0 when more was used, under a larger one.
    function leftSeconds(Brake memory brake, uint256 budgetSeconds) internal view returns (uint256) {
        return Math.saturatingSub(budgetSeconds / 2, _used(brake, budgetSeconds));
    }

    /// @notice Seconds by which a brake until `untilSeconds` prolongs what holds.
    function addedSeconds(Brake memory brake, uint256 untilSeconds) internal view returns (uint256) {
        return Math.saturatingSub(untilSeconds, Math.max(brake.delayedUntil, block.timestamp));
    }

    /// @notice Makes `level` hold until `untilSeconds`, and what milder levels hold at least as long, out of
    /// the bucket.
    /// @dev The caller has checked that the seconds are left.
    function hold(Brake memory brake, uint8 level, uint256 untilSeconds, uint256 budgetSeconds)
        internal
        view
    {
        brake.usedSeconds = (_used(brake, budgetSeconds) + addedSeconds(brake, untilSeconds)).toUint32();
        extend(brake, level, untilSeconds);
        brake.executedAt = block.timestamp.toUint40();
    }

    /// @notice Lets reduce-only follow on a pause until `pausedUntilSeconds` that was just taken, with
    /// nothing in between: for `tailSeconds`, or as long as the bucket goes.
    /// @dev A pause must not be refused for want of its tail, so the tail takes what is left.
    /// @return tailUntilSeconds End of the tail, 0 when it adds nothing to what holds.
    function holdTail(
        Brake memory brake,
        uint256 pausedUntilSeconds,
        uint256 tailSeconds,
        uint256 budgetSeconds
    ) internal pure returns (uint256 tailUntilSeconds) {
        // The bucket is as of now, because the target is braked.
        uint256 left = Math.saturatingSub(budgetSeconds / 2, brake.usedSeconds);
        tailUntilSeconds = Math.min(pausedUntilSeconds + tailSeconds, brake.delayedUntil + left);
        if (tailUntilSeconds <= brake.reduceOnlyUntil) return 0;
        brake.usedSeconds += Math.saturatingSub(tailUntilSeconds, brake.delayedUntil).toUint32();
        extend(brake, 2, tailUntilSeconds);
    }

    /// @notice Makes `level` hold until `untilSeconds`, and what milder levels hold at least as long, without
    /// taking it out of the bucket.
    function extend(Brake memory brake, uint8 level, uint256 untilSeconds) internal pure {
        uint40 until = untilSeconds.toUint40();
        if (level == 3 && until > brake.pausedUntil) brake.pausedUntil = until;
        if (level >= 2 && until > brake.reduceOnlyUntil) brake.reduceOnlyUntil = until;
        if (until > brake.delayedUntil) brake.delayedUntil = until;
    }

    /// @notice Ends the brake that holds now, if any. Seconds that were booked but not served go back.
    function release(Brake memory brake) internal view {
        uint40 now_ = block.timestamp.toUint40();
        if (brake.delayedUntil <= now_) return;
        brake.usedSeconds -= uint256(brake.delayedUntil - now_).toUint32();
        brake.delayedUntil = now_;
        if (brake.reduceOnlyUntil > now_) brake.reduceOnlyUntil = now_;
        if (brake.pausedUntil > now_) brake.pausedUntil = now_;
    }

    /// @notice Credits what came back so far, at the rate of `budgetSeconds`: to be called before the budget
    /// changes.
    function settle(Brake memory brake, uint256 budgetSeconds) internal view {
        if (brake.delayedUntil >= block.timestamp) return;
        brake.usedSeconds = _used(brake, budgetSeconds).toUint32();
        brake.delayedUntil = block.timestamp.toUint40();
    }

    function _used(Brake memory brake, uint256 budgetSeconds) private view returns (uint256) {
        uint256 idleSeconds = Math.saturatingSub(block.timestamp, brake.delayedUntil);
        uint256 refilled = idleSeconds * (budgetSeconds / 2) / BUDGET_PERIOD_SECONDS;
        return Math.saturatingSub(brake.usedSeconds, refilled);
    }
}
