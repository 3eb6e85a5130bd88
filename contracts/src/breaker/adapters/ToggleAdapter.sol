// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrakeAdapter} from "./BrakeAdapter.sol";

/// @title For brakes without an end of their own
/// @notice The adapter puts the brake on and remembers that it did. When the time is over, anyone takes it
/// off by `release`: whoever is kept waiting, in the same transaction as what they want to do. A brake that
/// somebody else had put on before stays theirs: the adapter does not take it off. So a contract has one such
/// adapter, not two.
/// @dev An administrator who takes the brake off by hand, or wants to keep it on beyond its time, says so by
/// `takeOver`. Else the adapter still believes that it is its own when the administrator puts it on next, and
/// would let anyone take it off.
abstract contract ToggleAdapter is BrakeAdapter {
    bool private _isOurs;

    /// @notice The brake's time was over, and it was taken off.
    event Released(address caller);
    /// @notice From now on the brake is the owner's, who put it on or off by other means.
    event TakenOver();

    /// @notice The brake holds until `untilSeconds`, a block timestamp.
    error BrakeHolds(uint256 untilSeconds);
    /// @notice The adapter did not put a brake on.
    error NothingToRelease();

    /// @notice Takes the brake off once its time is over. Anyone may call.
    function release() external {
        uint256 until = untilSeconds();
        if (block.timestamp < until) revert BrakeHolds(until);
        if (!_isOurs) revert NothingToRelease();
        emit Released(msg.sender);
        _end(until);
    }

    /// @notice Leaves the brake as it is, to the owner. Only the owner. It neither shortens nor prolongs what
    /// the breaker counts.
    function takeOver() external onlyOwner {
        _isOurs = false;
        emit TakenOver();
    }

    /// @notice Whether the adapter put the brake on and has not taken it off.
    function isOurs() external view returns (bool) {
        return _isOurs;
    }

    function _hold(uint256) internal override {
        if (_isOn()) return;
        _isOurs = true;
        _putOn();
    }

    function _end(uint256) internal override {
        if (!_isOurs) return;
        _isOurs = false;
        if (_isOn()) _takeOff();
    }

    /// @dev Whether the brake holds: its time is not over, and nobody took it off.
    function _holds() internal view returns (bool) {
        return block.timestamp < untilSeconds() && _isOn();
    }

    function _isOn() internal view virtual returns (bool);

    function _putOn() internal virtual;

    function _takeOff() internal virtual;
}
