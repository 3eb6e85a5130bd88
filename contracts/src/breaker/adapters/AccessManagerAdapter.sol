// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {BrakeAdapter} from "./BrakeAdapter.sol";
import {ToggleAdapter} from "./ToggleAdapter.sol";

/// @title Level 3 for a contract under OpenZeppelin's `AccessManager`: closes it
/// @notice Closing stops all `restricted` functions, those for administrators too. The manager knows no
/// lesser role for it than its administrator's, so the adapter must have that, without a delay, and the
/// target no administrator's delay. It cannot be made to call anything but `setTargetClosed` of its one
/// target.
contract AccessManagerAdapter is ToggleAdapter {
    IAccessManager private immutable _manager;
    address private immutable _target;

    /// @param manager_ Who manages the access.
    /// @param target_ The contract to be closed.
    constructor(address breaker_, address owner_, IAccessManager manager_, address target_)
        BrakeAdapter(breaker_, owner_)
    {
        _manager = manager_;
        _target = target_;
    }

    /// @notice Closes for `durationSeconds` from now, unless already for longer.
    function pauseFor(uint256 durationSeconds) external {
        _brake(durationSeconds);
    }

    /// @notice Whether the contract is closed, and has to be.
    function isPaused() external view returns (bool) {
        return _holds();
    }

    /// @notice The access manager.
    function manager() external view returns (IAccessManager) {
        return _manager;
    }

    /// @notice The contract that is closed.
    function target() external view returns (address) {
        return _target;
    }

    function _isOn() internal view override returns (bool) {
        return _manager.isTargetClosed(_target);
    }

    function _putOn() internal override {
        _manager.setTargetClosed(_target, true);
    }

    function _takeOff() internal override {
        _manager.setTargetClosed(_target, false);
    }
}
