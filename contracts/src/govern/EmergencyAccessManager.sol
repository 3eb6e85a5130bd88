// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title An access manager in which an emergency ends by itself
/// @notice OpenZeppelin's, and one power more: the emergency role can close a contract's restricted functions
/// for a stated time, at most a week, and then not again for a week. Its admin can reopen it at any time.
/// @dev Until the admin gives it to a role, `closeFor` is the admin's, as everything here.
contract EmergencyAccessManager is AccessManager {
    uint256 private constant MAX_CLOSURE_SECONDS = 7 days;
    uint256 private constant COOLDOWN_SECONDS = 7 days;

    mapping(address target => uint48) private _closedUntil;

    /// @notice The restricted functions of `target` are closed until a block timestamp, in seconds.
    event ClosedFor(address indexed target, uint256 untilSeconds);
    /// @notice The admin ended the closure of `target`.
    event Reopened(address indexed target);

    /// @notice The manager itself cannot be closed: nobody could reopen it.
    error ManagerNotClosable();
    /// @notice A closure lasts at least a second, and at most a week.
    error ClosureOutOfRange(uint256 durationSeconds, uint256 maxSeconds);
    /// @notice `target` cannot be closed before `untilSeconds`, a block timestamp.
    error ClosureCoolingDown(address target, uint256 untilSeconds);
    /// @notice There is nothing to reopen.
    error TargetNotClosed(address target);

    constructor(address initialAdmin) AccessManager(initialAdmin) {}

    /// @notice Closes the restricted functions of `target` for `durationSeconds`, for everybody. A brake must
    /// not be among them: it would be closed too.
    function closeFor(address target, uint256 durationSeconds) external onlyAuthorized {
        if (target == address(this)) revert ManagerNotClosable();
        if (durationSeconds == 0 || durationSeconds > MAX_CLOSURE_SECONDS) {
            revert ClosureOutOfRange(durationSeconds, MAX_CLOSURE_SECONDS);
        }
        uint256 last = _closedUntil[target];
        if (last != 0 && block.timestamp < last + COOLDOWN_SECONDS) {
            revert ClosureCoolingDown(target, last + COOLDOWN_SECONDS);
        }
        uint256 until = block.timestamp + durationSeconds;
        _closedUntil[target] = uint48(until);
        emit ClosedFor(target, until);
    }

    /// @notice Ends the closure of `target` early.
    function reopen(address target) external onlyAuthorized {
        if (block.timestamp >= _closedUntil[target]) revert TargetNotClosed(target);
        _closedUntil[target] = uint48(block.timestamp);
        emit Reopened(target);
    }

    /// @notice Until when `target` is, or was last, closed by `closeFor`: a block timestamp in seconds, 0 when
    /// it never was.
    function closedUntilSeconds(address target) external view returns (uint256) {
        return _closedUntil[target];
    }

    /// @inheritdoc AccessManager
    function isTargetClosed(address target) public view override returns (bool) {
        return block.timestamp < _closedUntil[target] || super.isTargetClosed(target);
    }
}
