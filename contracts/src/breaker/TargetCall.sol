// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ICircuitBreaker} from "./ICircuitBreaker.sol";

/// @title Calls to targets, which are not trusted
/// @dev Of what a target returns or reverts with, a bounded part is copied. No call is capped in gas, because
/// a failure of any reverts the whole and leaves no trace; whoever carries the action chooses its gas.
library TargetCall {
    uint256 private constant REASON_BYTES_MAX = 1_024;

    /// @notice Calls a function that takes a duration.
    function brake(address target, bytes4 selector, uint256 durationSeconds) internal {
        send(target, abi.encodeWithSelector(selector, durationSeconds));
    }

    /// @notice Calls `target`; what it reverts with is wrapped, so that no target can speak as the breaker.
    function send(address target, bytes memory data) internal {
        if (LowLevelCall.callNoReturn(target, data)) return;
        uint256 size = LowLevelCall.returnDataSize();
        bytes memory reason = new bytes(size < REASON_BYTES_MAX ? size : REASON_BYTES_MAX);
        assembly ("memory-safe") {
            returndatacopy(add(reason, 0x20), 0, mload(reason))
        }
        revert ICircuitBreaker.TargetReverted(target, reason);
    }

    /// @notice Reverts unless the view function `check` answers true, and nothing but true.
    function requireInForce(address target, bytes4 check) internal view {
        (bool success, bytes32 result,) =
            LowLevelCall.staticcallReturn64Bytes(target, abi.encodePacked(check));
        if (!success || LowLevelCall.returnDataSize() < 0x20 || result != bytes32(uint256(1))) {
            revert ICircuitBreaker.CheckFailed(target, check);
        }
    }
}
