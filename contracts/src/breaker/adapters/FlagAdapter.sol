// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrakeAdapter} from "./BrakeAdapter.sol";
import {SetterAdapter} from "./SetterAdapter.sol";

/// @title Level 1 or 2 for a flag, such as reduce-only, that is set to true
contract FlagAdapter is SetterAdapter {
    /// @param flag Setter and getter of a boolean.
    constructor(address breaker_, address owner_, Value memory flag) SetterAdapter(breaker_, owner_, flag) {}

    function _isOn() internal view override returns (bool) {
        return _get() == 1;
    }

    function _putOn() internal override {
        _set(1);
    }

    function _takeOff() internal override {
        _set(0);
    }
}
