// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../src/breaker/IBrakeRegistrations.sol";
import {IBrakeTarget} from "../src/breaker/IBrakeTarget.sol";
import {ICircuitBreaker} from "../src/breaker/ICircuitBreaker.sol";
import {Brakeable} from "../src/harbor/Brakeable.sol";

/// @title How the owner of a target puts it under protection: examples
library Protection {
    /// @notice What guardians may do, and how the owner can change it. Read docs/integration.md for what each
    /// number means.
    function limits() internal pure returns (IBrakeRegistrations.Limits memory terms) {
        terms.actions[0] = IBrakeRegistrations.BoundedAction(
            IBrakeTarget.delayWithdrawalsFor.selector, IBrakeTarget.areWithdrawalsDelayed.selector, 24 hours
        );
        terms.actions[1] = IBrakeRegistrations.BoundedAction(
            IBrakeTarget.reduceOnlyFor.selector, IBrakeTarget.isReduceOnly.selector, 12 hours
        );
        terms.actions[2] = IBrakeRegistrations.BoundedAction(
            IBrakeTarget.pauseFor.selector, IBrakeTarget.isPaused.selector, 6 hours
        );
        terms.cooldownSeconds = 10 minutes;
        terms.budgetSeconds = 72 hours;
        terms.tailSeconds = 6 hours;
        terms.liftDelaySeconds = 1 hours;
        terms.armDelaySeconds = 3 days;
        terms.heartbeatSeconds = 1 hours;
        terms.deadLevel = 1;
    }

    /// @notice The same for a target that can be paused and nothing else.
    function pauseLimits() internal pure returns (IBrakeRegistrations.Limits memory terms) {
        terms = limits();
        delete terms.actions[0];
        delete terms.actions[1];
        // A tail needs level 2, and the dead mode a level that is allowed.
        terms.tailSeconds = 0;
        terms.heartbeatSeconds = 0;
        terms.deadLevel = 0;
    }

    /// @notice Has `target` obey the breaker, and registers it. For its owner.
    /// @param specHash What `breakwater spec hash FILE` prints.
    function protect(ICircuitBreaker breaker, Brakeable target, bytes32 specHash) internal {
        target.setBreaker(address(breaker));
        breaker.register(address(target), specHash, limits());
    }

    /// @notice Whether the brake on `target` could be pulled now. For anyone, by eth_call.
    function isPullable(ICircuitBreaker breaker, address target) internal returns (bool) {
        try breaker.rehearse(target) {
            return false;
        } catch (bytes memory outcome) {
            return bytes4(outcome) == IBrakeRegistrations.Rehearsed.selector;
        }
    }
}
