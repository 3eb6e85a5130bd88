// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrakeAdapter} from "./BrakeAdapter.sol";

/// @notice A contract that is paused for a time, and refuses to be while it is.
interface IPausableUntil {
    function pauseFor(uint256 durationSeconds) external;
    function resume() external;
    function isPaused() external view returns (bool);
    function getResumeSinceTimestamp() external view returns (uint256);
}

/// @title Level 3 for contracts with `pauseFor(uint256)`
/// @notice Needs the right to call `pauseFor` and `resume`. The pause ends by itself, where it was taken. A
/// contract that prolongs its own pauses, has an `owner()` and obeys the breaker needs no adapter.
contract PauseForAdapter is BrakeAdapter {
    IPausableUntil private immutable _target;

    /// @param target_ The contract to be paused.
    constructor(address breaker_, address owner_, IPausableUntil target_) BrakeAdapter(breaker_, owner_) {
        _target = target_;
    }

    /// @notice Pauses for `durationSeconds` from now, unless already for longer, by whomever.
    function pauseFor(uint256 durationSeconds) external {
        _brake(durationSeconds);
    }

    /// @notice Whether the contract is paused, and has to be.
    function isPaused() external view returns (bool) {
        return block.timestamp < untilSeconds() && _target.isPaused();
    }

    /// @notice The contract that is paused.
    function target() external view returns (IPausableUntil) {
        return _target;
    }

    /// @dev A pause that ends earlier is replaced, in one transaction.
    function _hold(uint256 until) internal override {
        if (_target.isPaused()) {
            if (_target.getResumeSinceTimestamp() >= until) return;
            _target.resume();
        }
        _target.pauseFor(until - block.timestamp);
    }

    /// @dev A pause that ends at another time is somebody else's.
    function _end(uint256 until) internal override {
        if (_target.isPaused() && _target.getResumeSinceTimestamp() == until) _target.resume();
    }
}
