// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title BrakeLedger in plain numbers
/// @notice The model checker cannot follow a struct that is changed in memory, so the ledger's arithmetic is
/// stated here once more; `Model.t.sol` compares the two on everything that fuzzing reaches. The one product,
/// idle seconds times half of the budget, is an argument: proofs hold whatever it is.
abstract contract BrakeModel {
    uint256 internal constant PERIOD = 30 days;

    /// @notice Of `used` seconds, those that did not come back yet.
    /// @param idleTimesHalf Seconds without a brake, times half of the budget.
    function _usedAfter(uint256 used, uint256 idleTimesHalf) internal pure returns (uint256) {
        uint256 refilled = idleTimesHalf / PERIOD;
        return used > refilled ? used - refilled : 0;
    }

    /// @notice Seconds without a brake at `time`.
    function _idle(uint256 delayedUntil, uint256 time) internal pure returns (uint256) {
        return time > delayedUntil ? time - delayedUntil : 0;
    }

    /// @notice Seconds by which a brake until `until` prolongs what holds.
    function _added(uint256 delayedUntil, uint256 until, uint256 time) internal pure returns (uint256) {
        uint256 end = delayedUntil > time ? delayedUntil : time;
        return until > end ? until - end : 0;
    }

    /// @notice The end of `level` once a brake of `braked` holds until `until`.
    function _extended(uint256 end, uint8 level, uint8 braked, uint256 until)
        internal
        pure
        returns (uint256)
    {
        return braked >= level && until > end ? until : end;
    }

    /// @notice The end of the tail after a pause, 0 when there is none.
    function _tailUntil(
        uint256 delayedUntil,
        uint256 reduceOnlyUntil,
        uint256 pauseUntil,
        uint256 tailSeconds,
        uint256 left
    ) internal pure returns (uint256) {
        uint256 wanted = pauseUntil + tailSeconds;
        uint256 longest = delayedUntil + left;
        uint256 until = wanted < longest ? wanted : longest;
        return until > reduceOnlyUntil ? until : 0;
    }

    /// @notice The end of a level once the brake was released at `time`.
    function _released(uint256 end, uint256 time) internal pure returns (uint256) {
        return end > time ? time : end;
    }
}
