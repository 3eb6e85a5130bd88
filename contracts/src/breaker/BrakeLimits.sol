// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BrakeLedger} from "./BrakeLedger.sol";
import {IBrakeRegistrations} from "./IBrakeRegistrations.sol";

/// @title What can be registered, and what weakens it
library BrakeLimits {
    uint8 internal constant LEVELS = 3;
    uint256 private constant ARM_DELAY_MIN_SECONDS = 1 days;
    uint256 private constant ARM_DELAY_MAX_SECONDS = 14 days;
    uint256 private constant HEARTBEAT_MIN_SECONDS = 10 minutes;
    uint256 private constant HEARTBEAT_MAX_SECONDS = 30 days;

    /// @notice Reverts unless `limits` can be registered.
    function requireUsable(IBrakeRegistrations.Limits calldata limits) internal pure {
        uint256 budget = limits.budgetSeconds;
        if (budget > BrakeLedger.BUDGET_PERIOD_SECONDS) {
            revert IBrakeRegistrations.BudgetOutOfRange(budget, BrakeLedger.BUDGET_PERIOD_SECONDS);
        }
        _requireDelays(limits);
        bool anyAllowed = false;
        for (uint8 level = LEVELS; level > 0; --level) {
            IBrakeRegistrations.BoundedAction calldata action = limits.actions[level - 1];
            if (action.selector == 0) continue;
            anyAllowed = true;
            if (action.check == 0) revert IBrakeRegistrations.CheckMissing(level);
            uint256 maxSeconds = action.maxDurationSeconds;
            // The pause comes first: it fits into the half, or nothing gets here.
            uint256 longest = budget / 2 - reserveFor(limits, level);
            if (maxSeconds == 0 || maxSeconds > longest) {
                revert IBrakeRegistrations.MaxDurationOutOfRange(level, maxSeconds, longest);
            }
        }
        if (!anyAllowed) revert IBrakeRegistrations.NoLevelAllowed();
        _requireTail(limits);
        _requireDeadMode(limits);
    }

    /// @notice What an action of `level` must leave of the bucket, in seconds: milder levels leave the
    /// longest pause, where there is one.
    function reserveFor(IBrakeRegistrations.Limits calldata limits, uint8 level)
        internal
        pure
        returns (uint256)
    {
        IBrakeRegistrations.BoundedAction calldata pause = limits.actions[LEVELS - 1];
        return level == LEVELS || pause.selector == 0 ? 0 : pause.maxDurationSeconds;
    }

    /// @notice Whether `next` leaves guardians less to protect with than `current`, or the owner more to get
    /// around them with. See `IBrakeRegistrations`. Neither is what the protocol calls its service: longer
    /// pauses are more protection, though milder levels must leave more for them.
    function weaken(IBrakeRegistrations.Limits memory current, IBrakeRegistrations.Limits calldata next)
        internal
        pure
        returns (bool)
    {
        for (uint256 i = 0; i < LEVELS; ++i) {
            IBrakeRegistrations.BoundedAction memory before = current.actions[i];
            IBrakeRegistrations.BoundedAction calldata action = next.actions[i];
            if (before.selector == 0) continue;
            if (action.selector != before.selector || action.check != before.check) return true;
            if (action.maxDurationSeconds < before.maxDurationSeconds) return true;
        }
        return next.budgetSeconds < current.budgetSeconds || next.cooldownSeconds > current.cooldownSeconds
            || next.liftDelaySeconds < current.liftDelaySeconds || next.tailSeconds < current.tailSeconds
            || next.armDelaySeconds < current.armDelaySeconds
            || next.heartbeatSeconds != current.heartbeatSeconds || next.deadLevel != current.deadLevel;
    }

    function _requireDelays(IBrakeRegistrations.Limits calldata limits) private pure {
        uint256 liftDelay = limits.liftDelaySeconds;
        if (liftDelay == 0 || liftDelay < limits.cooldownSeconds) {
            revert IBrakeRegistrations.LiftDelayTooShort(liftDelay, limits.cooldownSeconds);
        }
        uint256 armDelay = limits.armDelaySeconds;
        uint256 least = Math.max(ARM_DELAY_MIN_SECONDS, liftDelay);
        if (armDelay < least || armDelay > ARM_DELAY_MAX_SECONDS) {
            revert IBrakeRegistrations.ArmDelayOutOfRange(armDelay, least, ARM_DELAY_MAX_SECONDS);
        }
    }

    function _requireTail(IBrakeRegistrations.Limits calldata limits) private pure {
        IBrakeRegistrations.BoundedAction calldata pause = limits.actions[2];
        uint256 longest = 0;
        if (limits.actions[1].selector != 0 && pause.selector != 0) {
            longest = limits.budgetSeconds / 2 - pause.maxDurationSeconds;
        }
        if (limits.tailSeconds > longest) {
            revert IBrakeRegistrations.TailOutOfRange(limits.tailSeconds, longest);
        }
    }

    function _requireDeadMode(IBrakeRegistrations.Limits calldata limits) private pure {
        uint8 deadLevel = limits.deadLevel;
        bool hasDeadMode = deadLevel != 0;
        if (hasDeadMode && (deadLevel > LEVELS || limits.actions[deadLevel - 1].selector == 0)) {
            revert IBrakeRegistrations.DeadLevelNotAllowed(deadLevel);
        }
        uint256 least = hasDeadMode ? HEARTBEAT_MIN_SECONDS : 0;
        uint256 most = hasDeadMode ? HEARTBEAT_MAX_SECONDS : 0;
        if (limits.heartbeatSeconds < least || limits.heartbeatSeconds > most) {
            revert IBrakeRegistrations.HeartbeatOutOfRange(limits.heartbeatSeconds, least, most);
        }
    }
}
