// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ObeysBreaker} from "./ObeysBreaker.sol";

/// @title Stands between the circuit breaker and a contract that has a brake of another kind
/// @notice The adapter is what is registered at the breaker; the adapted contract gives it the one right that
/// it needs. It obeys the breaker alone. Its owner, who registers it and announces lifts at the breaker, must
/// be the adapted contract's owner: a timelock, say. Nobody gains from an adapter of a stranger, to which the
/// adapted contract gave no right: its rehearsal fails.
/// @dev What the adapter holds, the adapted contract's own administrators can undo with the rights that they
/// have kept. Those should be behind the timelock, too.
abstract contract BrakeAdapter is ObeysBreaker {
    using SafeCast for uint256;

    /// @dev In one slot with the owner, which is never new.
    uint40 private _until;

    /// @notice The brake holds until `untilSeconds`, a block timestamp.
    event Braked(uint256 untilSeconds);
    /// @notice The brake ended early.
    event BrakeLifted();

    /// @param breaker_ The circuit breaker, or the set that the adapter is a part of.
    /// @param owner_ Owner of the adapted contract.
    constructor(address breaker_, address owner_) ObeysBreaker(breaker_, owner_) {}

    /// @notice Ends the brake now.
    function lift() external onlyBreaker {
        uint256 until = _until;
        if (until > block.timestamp) _until = block.timestamp.toUint40();
        emit BrakeLifted();
        _end(until);
    }

    /// @notice When the brake ends or ended, a block timestamp; 0 before the first.
    function untilSeconds() public view returns (uint256) {
        return _until;
    }

    /// @dev Holds for `durationSeconds` from now, unless already for longer.
    function _brake(uint256 durationSeconds) internal onlyBreaker {
        uint256 until = block.timestamp + durationSeconds;
        if (until > _until) _until = until.toUint40();
        else until = _until;
        emit Braked(until);
        _hold(until);
    }

    /// @dev Makes the adapted contract hold, or reverts.
    function _hold(uint256 until) internal virtual;

    /// @dev Ends what the adapter made hold `until` then, and nothing that others did.
    function _end(uint256 until) internal virtual;
}
