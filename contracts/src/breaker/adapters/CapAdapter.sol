// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrakeAdapter} from "./BrakeAdapter.sol";
import {SetterAdapter} from "./SetterAdapter.sol";

/// @title Level 1 or 2 for a cap, such as one on deposits or open interest, that is lowered
/// @notice Afterwards the cap is what it was before, unless it was set to something else meanwhile: then that
/// stays, higher or lower. (To exactly the lowered value is not something else; who means that to stay calls
/// `takeOver`.) A cap that is low enough already is left alone.
contract CapAdapter is SetterAdapter {
    uint256 private immutable _loweredCap;
    uint256 private _capBefore;

    /// @param cap Setter and getter of the cap.
    /// @param loweredCap_ What it is lowered to, in its own unit.
    constructor(address breaker_, address owner_, Value memory cap, uint256 loweredCap_)
        SetterAdapter(breaker_, owner_, cap)
    {
        _loweredCap = loweredCap_;
    }

    /// @notice What the cap is lowered to, in its own unit.
    function loweredCap() external view returns (uint256) {
        return _loweredCap;
    }

    /// @notice What the cap was when it was last lowered, in its own unit.
    function capBefore() external view returns (uint256) {
        return _capBefore;
    }

    function _isOn() internal view override returns (bool) {
        return _get() <= _loweredCap;
    }

    function _putOn() internal override {
        _capBefore = _get();
        _set(_loweredCap);
    }

    function _takeOff() internal override {
        if (_get() == _loweredCap) _set(_capBefore);
    }
}
