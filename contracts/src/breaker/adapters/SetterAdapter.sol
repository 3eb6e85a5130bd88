// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {BrakeAdapter} from "./BrakeAdapter.sol";
import {ToggleAdapter} from "./ToggleAdapter.sol";

/// @title For brakes that are a value which an administrator sets
/// @notice Guardians choose neither the function nor the value: both are here from the start. Needs the right
/// to call the setter. Registered for level 1 or 2, whichever the value serves.
abstract contract SetterAdapter is ToggleAdapter {
    /// @notice What is called, and with what before the value.
    /// @param target The contract whose value is set.
    /// @param setter Selector of the setter and its leading arguments, ABI encoded; the value comes last.
    /// @param getter Selector and all arguments of the view function that returns the value.
    struct Value {
        address target;
        bytes setter;
        bytes getter;
    }

    address private immutable _target;
    bytes private _setter;
    bytes private _getter;

    constructor(address breaker_, address owner_, Value memory value) BrakeAdapter(breaker_, owner_) {
        _target = value.target;
        _setter = value.setter;
        _getter = value.getter;
    }

    /// @notice For level 1: holds for `durationSeconds` from now, unless already for longer.
    function delayWithdrawalsFor(uint256 durationSeconds) external {
        _brake(durationSeconds);
    }

    /// @notice For level 1: whether the value is in force, and has to be.
    function areWithdrawalsDelayed() external view returns (bool) {
        return _holds();
    }

    /// @notice For level 2: holds for `durationSeconds` from now, unless already for longer.
    function reduceOnlyFor(uint256 durationSeconds) external {
        _brake(durationSeconds);
    }

    /// @notice For level 2: whether the value is in force, and has to be.
    function isReduceOnly() external view returns (bool) {
        return _holds();
    }

    /// @notice What is called.
    function adapted() external view returns (Value memory) {
        return Value(_target, _setter, _getter);
    }

    function _get() internal view returns (uint256) {
        return abi.decode(Address.functionStaticCall(_target, _getter), (uint256));
    }

    function _set(uint256 value) internal {
        Address.functionCall(_target, bytes.concat(_setter, bytes32(value)));
    }
}
