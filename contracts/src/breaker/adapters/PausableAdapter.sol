// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrakeAdapter} from "./BrakeAdapter.sol";
import {ToggleAdapter} from "./ToggleAdapter.sol";

/// @notice OpenZeppelin's `Pausable`, as contracts usually expose it.
interface IPausable {
    function pause() external;
    function unpause() external;
    function paused() external view returns (bool);
}

/// @title Level 3 for OpenZeppelin's `Pausable`
/// @notice Needs the right to call `pause` and `unpause`.
contract PausableAdapter is ToggleAdapter {
    IPausable private immutable _target;

    /// @param target_ The contract to be paused.
    constructor(address breaker_, address owner_, IPausable target_) BrakeAdapter(breaker_, owner_) {
        _target = target_;
    }

    /// @notice Pauses for `durationSeconds` from now, unless already for longer.
    function pauseFor(uint256 durationSeconds) external {
        _brake(durationSeconds);
    }

    /// @notice Whether the contract is paused, and has to be.
    function isPaused() external view returns (bool) {
        return _holds();
    }

    /// @notice The contract that is paused.
    function target() external view returns (IPausable) {
        return _target;
    }

    function _isOn() internal view override returns (bool) {
        return _target.paused();
    }

    function _putOn() internal override {
        _target.pause();
    }

    function _takeOff() internal override {
        _target.unpause();
    }
}
