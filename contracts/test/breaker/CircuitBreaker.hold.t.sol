// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {IGuardianProof} from "../../src/breaker/IGuardianProof.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";
import {
    HostileTarget,
    NumberTarget,
    PretendingTarget,
    ReenteringTarget,
    RefusingCheckTarget,
    RevertingTarget,
    SilentTarget
} from "./HostileTargets.sol";

/// @notice What an action adds to what holds, and targets that do not play along.
contract CircuitBreakerHoldTest is BreakerFixture {
    BrakeableTarget private target;

    function setUp() external {
        _deployBreaker();
        target = _deployTarget();
    }

    // What holds is never relaxed

    function test_execute_escalatesWithoutCooldown() external {
        _execute(_action(address(target), 1, 2 hours));
        uint256 until = block.timestamp + 2 hours;
        pass(1, 12);
        _execute(_action(address(target), 2, 1 hours));
        _assertStatus(target, 2, block.timestamp + 1 hours);
        pass(1, 12);
        _execute(_action(address(target), 3, 30 minutes));
        _assertStatus(target, 3, block.timestamp + 30 minutes);
        // The stricter levels end before the milder ones.
        vm.warp(until - 61 minutes);
        _assertStatus(target, 2, until - 1 hours + 12);
        vm.warp(until - 1);
        _assertStatus(target, 1, until);
        // Nothing but the first action used budget.
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2 - 2 hours);
    }

    function test_execute_addsAMilderLevelThatEndsLater() external {
        _execute(_action(address(target), 3, 1 hours));
        uint256 pausedUntil = block.timestamp + 1 hours;
        pass(60, 12);
        _execute(_action(address(target), 1, 3 hours));
        uint256 delayedUntil = block.timestamp + 3 hours;
        _assertStatus(target, 3, pausedUntil);
        vm.warp(pausedUntil);
        _assertStatus(target, 1, delayedUntil);
    }

    function test_execute_refusesWhatAddsNothing() external {
        _execute(_action(address(target), 2, 2 hours));
        uint256 until = block.timestamp + 2 hours;
        pass(60, 12);
        bytes4 selector = ICircuitBreaker.BrakeAlreadyHolds.selector;
        uint32 same = uint32(until - block.timestamp);
        _refuse(_action(address(target), 2, same), abi.encodeWithSelector(selector, 2, until));
        _refuse(_action(address(target), 1, same), abi.encodeWithSelector(selector, 1, until));
        _execute(_action(address(target), 2, same + 1));
        _assertStatus(target, 2, until + 1);
    }

    function test_execute_waitsForTheCooldown() external {
        _execute(_action(address(target), 2, 1 hours));
        uint256 cooledAt = block.timestamp + COOLDOWN_SECONDS;
        bytes memory reason = abi.encodeWithSelector(ICircuitBreaker.CoolingDown.selector, cooledAt);
        vm.warp(cooledAt - 1);
        _refuse(_action(address(target), 2, 2 hours), reason);
        _refuse(_action(address(target), 1, 2 hours), reason);
        vm.warp(cooledAt);
        _execute(_action(address(target), 2, 2 hours));
    }

    /// @dev A pause after a delay that has ended is no escalation.
    function test_execute_waitsForTheCooldownWhenNothingHolds() external {
        _execute(_action(address(target), 1, 1 minutes));
        uint256 cooledAt = block.timestamp + COOLDOWN_SECONDS;
        vm.warp(block.timestamp + 2 minutes);
        _refuse(
            _action(address(target), 3, 1 hours),
            abi.encodeWithSelector(ICircuitBreaker.CoolingDown.selector, cooledAt)
        );
    }

    function test_execute_staysWithinTheBudget() external {
        for (uint256 i = 0; i < 4; ++i) {
            _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
            vm.warp(block.timestamp + MAX_PAUSE_SECONDS);
        }
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 0);
        // Half of the budget comes back in 30 days without a brake: one second each 30 seconds.
        pass(1, 30);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 1);
        _refuse(
            _action(address(target), 3, 2),
            abi.encodeWithSelector(ICircuitBreaker.BudgetExceeded.selector, 2, 1)
        );
        _execute(_action(address(target), 3, 1));
        vm.warp(block.timestamp + 30 days + 1);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2);
    }

    /// @dev Else whoever trips a mild level again and again has no pause to fear.
    function test_execute_milderLevelsLeaveAPause() external {
        for (uint256 i = 0; i < 3; ++i) {
            _execute(_action(address(target), uint8(1 + i % 2), 6 hours));
            vm.warp(block.timestamp + 6 hours);
        }
        bytes memory reason = abi.encodeWithSelector(ICircuitBreaker.BudgetExceeded.selector, 1, 0);
        _refuse(_action(address(target), 1, 1), reason);
        _refuse(_action(address(target), 2, 1), reason);
        _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
        _assertStatus(target, 3, block.timestamp + MAX_PAUSE_SECONDS);
    }

    function test_execute_withoutAPauseThereIsNoneToLeave() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.actions[0].maxDurationSeconds = BUDGET_SECONDS / 2;
        limits.actions[2].selector = 0;
        target = _deployTarget(limits);
        _execute(_action(address(target), 1, BUDGET_SECONDS / 2));
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 0);
    }

    // Targets that misbehave

    /// @notice Registers a target that can be paused and nothing else, before it turns.
    function _registerPause(HostileTarget other) private returns (address) {
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.actions[0].selector = 0;
        limits.actions[1].selector = 0;
        breaker.register(address(other), SPEC_HASH, limits);
        other.turn();
        return address(other);
    }

    function test_execute_catchesATargetThatPretends() external {
        address[4] memory others = [
            _registerPause(new PretendingTarget()),
            _registerPause(new SilentTarget()),
            _registerPause(new NumberTarget()),
            _registerPause(new RefusingCheckTarget())
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            _refuse(
                _action(others[i], 3, 1 hours),
                abi.encodeWithSelector(
                    ICircuitBreaker.CheckFailed.selector, others[i], _limits().actions[2].check
                )
            );
        }
    }

    /// @dev As an upgrade could make it.
    function test_rehearse_tellsWhenTheBrakeNoLongerWorks() external {
        address other = _registerPause(new PretendingTarget());
        vm.expectRevert(
            abi.encodeWithSelector(ICircuitBreaker.CheckFailed.selector, other, _limits().actions[2].check)
        );
        breaker.rehearse(other);
    }

    function test_execute_passesOnWhyATargetRefused() external {
        address other = _registerPause(new RevertingTarget(32));
        bytes memory reason = abi.encode(type(uint256).max);
        _refuse(
            _action(other, 3, 1 hours),
            abi.encodeWithSelector(ICircuitBreaker.TargetReverted.selector, other, reason)
        );
    }

    function test_execute_cutsOffALongReason() external {
        address other = _registerPause(new RevertingTarget(100_000));
        ICircuitBreaker.Action memory action = _action(other, 3, 1 hours);
        IGuardianProof.Certificate memory certificate = _certificate(action, QUORUM);
        try breaker.execute(action, certificate) {
            vm.assertTrue(false);
        } catch (bytes memory failure) {
            vm.assertEq(bytes32(bytes4(failure)), bytes32(ICircuitBreaker.TargetReverted.selector));
            // Selector, target, offset, length, and 1,024 bytes of the reason.
            vm.assertEq(failure.length, 4 + 3 * 32 + 1_024);
        }
        (, uint256 executedAt) = breaker.lastActionOf(other);
        vm.assertEq(executedAt, 0);
    }

    function test_execute_givesAReenteringTargetNothing() external {
        ReenteringTarget other = new ReenteringTarget();
        _registerPause(other);
        ICircuitBreaker.Action memory action = _action(address(other), 3, 1 hours);
        other.prepare(action, _certificate(action, QUORUM));
        _execute(action);
        vm.assertEq(
            other.failure(),
            abi.encodeWithSelector(ICircuitBreaker.IncidentAlreadyHandled.selector, action.incidentId)
        );
        (uint8 level, uint256 until,) = breaker.statusOf(address(other));
        vm.assertEq(level, 3);
        vm.assertEq(until, block.timestamp + 1 hours);
    }
}
