// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IInsistence} from "./IInsistence.sol";

/// @title The right to cancel what is queued, and nothing else
/// @notice Base of the vetoes. Each holds the timelock's CANCELLER role, so it can cancel; none can schedule
/// or execute. A veto is final unless governance insists on exactly the same calls (`GovernorInsistence`):
/// what it insisted on cannot be vetoed again, by anyone. So no captured veto can block governance for ever,
/// its own removal included; and no governance can outrun a veto.
abstract contract TimelockVeto {
    TimelockController private immutable _timelock;
    IInsistence private immutable _governor;

    /// @notice An operation was cancelled.
    event Vetoed(bytes32 indexed operationId);

    /// @notice Governance insisted on the operation.
    error OperationInsisted(bytes32 operationId);

    constructor(TimelockController timelock_, IInsistence governor_) {
        _timelock = timelock_;
        _governor = governor_;
    }

    /// @notice Where operations are cancelled.
    function timelock() public view returns (TimelockController) {
        return _timelock;
    }

    /// @notice Who can insist.
    function governor() external view returns (IInsistence) {
        return _governor;
    }

    /// @dev Reverts when the operation is not pending, or was insisted on.
    function _cancel(bytes32 operationId) internal {
        if (_governor.isInsisted(operationId)) revert OperationInsisted(operationId);
        emit Vetoed(operationId);
        _timelock.cancel(operationId);
    }
}
