// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FlowWindow} from "../inline/FlowWindow.sol";

/// @title How far and which way a parameter moves
/// @notice Moves are counted like what leaves through a window, up and down alike, so that going to and fro
/// is no way around. With a cap C on moves and a period p, the moves in any p seconds add up to at most C of
/// the largest value in them, half of it at once; so they carry the value no further than C from where it
/// was at any time in the last p seconds.
/// @dev The theorem is that of `FlowWindow`: take the distances |v_i - v_(i-1)| for the amounts that leave.
library ParameterStewardStep {
    /// @notice When the allowance for moves will be whole again after a move from `value` to `next`, in ticks
    /// of `FlowWindow`; FlowWindow.NEVER if it is more than can ever be moved at once. The move is allowed if
    /// this is not above `FlowWindow.limit`.
    /// @param fullAt When it will be whole as things are, in ticks.
    /// @param periodTicks Length of the period, in ticks.
    /// @param maxStepBps Cap as a share of `value`, in hundredths of a percent; 0: none.
    /// @param maxStep Cap in the parameter's unit; 0: none.
    function advance(
        uint256 fullAt,
        uint256 nowTicks,
        uint256 periodTicks,
        uint256 value,
        uint256 next,
        uint256 maxStepBps,
        uint256 maxStep
    ) internal pure returns (uint256) {
        uint256 capacity = FlowWindow.capacity(value, maxStepBps, maxStep);
        return FlowWindow.advance(fullAt, nowTicks, periodTicks, capacity, distance(value, next));
    }

    /// @notice |a - b|.
    function distance(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a - b : b - a;
    }

    /// @notice Whether going from `value` to `next` weakens the protection.
    /// @param tightensUp Whether a higher value protects more.
    function loosens(uint256 value, uint256 next, bool tightensUp) internal pure returns (bool) {
        return tightensUp ? next < value : next > value;
    }
}
