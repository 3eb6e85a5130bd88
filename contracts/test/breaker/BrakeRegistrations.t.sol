// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {BrakeableTarget} from "./BreakerFixture.sol";
import {ChangeFixture} from "./ChangeFixture.sol";
import {PretendingTarget} from "./HostileTargets.sol";

/// @notice Refuses to be reduce-only for long.
contract ShortReduceOnlyTarget {
    address public immutable owner = msg.sender;
    uint256 private immutable _maxSeconds;

    constructor(uint256 maxSeconds) {
        _maxSeconds = maxSeconds;
    }

    function reduceOnlyFor(uint256 durationSeconds) external view {
        require(durationSeconds <= _maxSeconds);
    }

    function pauseFor(uint256) external {}

    function isReduceOnly() external pure returns (bool) {
        return true;
    }

    function isPaused() external pure returns (bool) {
        return true;
    }
}

/// @notice How a registration changes: what strengthens at once, and the rest with notice.
contract BrakeRegistrationsTest is ChangeFixture {
    function _refuseRegistration(IBrakeRegistrations.Limits memory limits, bytes memory reason) private {
        BrakeableTarget other = _wiredTarget();
        vm.startPrank(OWNER);
        vm.expectRevert(reason);
        breaker.register(address(other), SPEC_HASH, limits);
        vm.expectRevert(reason);
        breaker.change(address(target), SPEC_HASH, limits);
        vm.stopPrank();
    }

    // What can be registered

    function test_register_needsATailThatFits() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        bytes4 selector = IBrakeRegistrations.TailOutOfRange.selector;
        uint32 longest = BUDGET_SECONDS / 2 - MAX_PAUSE_SECONDS;
        limits.tailSeconds = longest + 1;
        _refuseRegistration(limits, abi.encodeWithSelector(selector, longest + 1, longest));
        limits.tailSeconds = 1;
        delete limits.actions[1];
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 1, 0));
        limits = _limits();
        limits.tailSeconds = 1;
        delete limits.actions[2];
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 1, 0));
        limits = _limits();
        limits.tailSeconds = longest;
        _deployTarget(limits);
        limits.tailSeconds = 1;
        (, IBrakeRegistrations.Limits memory taken) = breaker.registrationOf(address(_deployTarget(limits)));
        vm.assertEq(taken.tailSeconds, 1);
    }

    function test_register_needsAnArmingDelayWithinBounds() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        bytes4 selector = IBrakeRegistrations.ArmDelayOutOfRange.selector;
        limits.armDelaySeconds = 1 days - 1;
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 1 days - 1, 1 days, 14 days));
        limits.armDelaySeconds = 14 days + 1;
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 14 days + 1, 1 days, 14 days));
        (limits.armDelaySeconds, limits.liftDelaySeconds) = (3 days - 1, 3 days);
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 3 days - 1, 3 days, 14 days));
        limits.armDelaySeconds = 3 days;
        _deployTarget(limits);
        limits.armDelaySeconds = 14 days;
        _deployTarget(limits);
    }

    function test_register_needsADeadModeThatCanBeTaken() external {
        IBrakeRegistrations.Limits memory limits = _limits();
        bytes4 selector = IBrakeRegistrations.DeadLevelNotAllowed.selector;
        (limits.deadLevel, limits.heartbeatSeconds) = (4, 1 hours);
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 4));
        limits.deadLevel = 2;
        delete limits.actions[1];
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 2));

        limits = _limits();
        selector = IBrakeRegistrations.HeartbeatOutOfRange.selector;
        limits.heartbeatSeconds = 1;
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 1, 0, 0));
        (limits.deadLevel, limits.heartbeatSeconds) = (3, 10 minutes - 1);
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 10 minutes - 1, 10 minutes, 30 days));
        limits.heartbeatSeconds = 30 days + 1;
        _refuseRegistration(limits, abi.encodeWithSelector(selector, 30 days + 1, 10 minutes, 30 days));
        limits.heartbeatSeconds = 30 days;
        _deployTarget(limits);
    }

    // What changes at once

    /// @dev Changes one field for better or worse. Returns false where there is no better or worse.
    function _alter(IBrakeRegistrations.Limits memory limits, uint256 field, bool strengthens)
        private
        pure
        returns (bool)
    {
        uint32 more = strengthens ? 1 : 0;
        uint32 less = 1 - more;
        if (field < 3) {
            limits.actions[field].maxDurationSeconds = limits.actions[field].maxDurationSeconds + more - less;
        } else if (field == 3) {
            limits.cooldownSeconds = limits.cooldownSeconds + less - more;
        } else if (field == 4) {
            limits.budgetSeconds = limits.budgetSeconds + more - less;
        } else if (field == 5) {
            limits.liftDelaySeconds = limits.liftDelaySeconds + more - less;
        } else if (field == 6) {
            limits.tailSeconds = limits.tailSeconds + more - less;
        } else if (field == 7) {
            limits.armDelaySeconds = limits.armDelaySeconds + more - less;
        } else {
            return false;
        }
        return true;
    }

    function test_change_strengthensAtOnce() external {
        IBrakeRegistrations.Limits memory limits = _armed();
        for (uint256 field = 0; _alter(limits, field, true); ++field) {
            vm.expectEmit(address(breaker));
            emit IBrakeRegistrations.ChangeApplied(address(target), SPEC_HASH, limits);
            _change(SPEC_HASH, limits);
            _assertInForce(SPEC_HASH, limits);
            (bytes32 changeHash,) = _pending();
            vm.assertEq(changeHash, 0);
        }
    }

    function test_change_weakensWithNotice() external {
        for (uint256 field = 0; _alter(_armed(), field, false); ++field) {
            target = _deployTarget(_armed());
            IBrakeRegistrations.Limits memory limits = _armed();
            _alter(limits, field, false);
            _change(SPEC_HASH, limits);
            _assertInForce(SPEC_HASH, _armed());
            (bytes32 changeHash, uint256 effectiveAt) = _pending();
            vm.assertEq(effectiveAt, block.timestamp + ARM_DELAY_SECONDS);
            vm.assertEq(changeHash, _hashOf(SPEC_HASH, limits, effectiveAt));
        }
    }

    /// @dev However much else gets stronger.
    function testFuzz_change_oneWeakeningMakesAllWait(uint256 weaker, uint256 stronger) external {
        weaker = bound(weaker, 0, 7);
        stronger = bound(stronger, 0, 7);
        vm.assume(weaker != stronger);
        IBrakeRegistrations.Limits memory limits = _armed();
        _alter(limits, weaker, false);
        _alter(limits, stronger, true);
        _change(SPEC_HASH, limits);
        _assertInForce(SPEC_HASH, _armed());
    }

    function _assertWaits(bytes32 specHash, IBrakeRegistrations.Limits memory limits) private {
        _change(specHash, limits);
        (bytes32 registered, IBrakeRegistrations.Limits memory inForce) =
            breaker.registrationOf(address(target));
        vm.assertFalse(keccak256(abi.encode(specHash, limits)) == keccak256(abi.encode(registered, inForce)));
        vm.prank(OWNER);
        breaker.cancelChange(address(target));
    }

    function test_change_ofWhatCannotBeComparedWaits() external {
        _assertWaits(NEXT_HASH, _armed());
        IBrakeRegistrations.Limits memory limits = _armed();
        limits.actions[2].selector = _selector(2);
        limits.actions[2].check = limits.actions[1].check;
        _assertWaits(SPEC_HASH, limits);
        limits = _armed();
        limits.actions[1].check = limits.actions[2].check;
        _assertWaits(SPEC_HASH, limits);
        limits = _armed();
        delete limits.actions[0];
        _assertWaits(SPEC_HASH, limits);
        // The dead mode brakes without guardians: it takes notice in either direction.
        limits = _armed();
        limits.deadLevel = 3;
        _assertWaits(SPEC_HASH, limits);
        limits = _armed();
        limits.heartbeatSeconds -= 1;
        _assertWaits(SPEC_HASH, limits);
        limits.heartbeatSeconds += 2;
        _assertWaits(SPEC_HASH, limits);
    }

    function test_change_addsALevelAtOnceIfItWorks() external {
        IBrakeRegistrations.Limits memory limits = _pauseLimits();
        target = _deployTarget(limits);
        limits.actions[0] = IBrakeRegistrations.BoundedAction(
            bytes4(keccak256("delay(uint256)")), _limits().actions[0].check, MAX_DELAY_SECONDS
        );
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.TargetReverted.selector, address(target), ""));
        _change(SPEC_HASH, limits);
        limits.actions[0] = _limits().actions[0];
        _change(SPEC_HASH, limits);
        _execute(_action(address(target), 1, MAX_DELAY_SECONDS));
    }

    // What waits

    function test_applyChange_waitsWhileAllStaysInForce() external {
        IBrakeRegistrations.Limits memory limits = _armed();
        limits.actions[2].maxDurationSeconds = 1 hours;
        uint256 effectiveAt = block.timestamp + ARM_DELAY_SECONDS;
        bytes32 changeHash = _hashOf(NEXT_HASH, limits, effectiveAt);
        vm.expectEmit(address(breaker));
        emit IBrakeRegistrations.ChangeAnnounced(
            address(target), changeHash, NEXT_HASH, limits, effectiveAt, true
        );
        _change(NEXT_HASH, limits);

        vm.warp(effectiveAt - 1);
        _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
        vm.expectRevert(abi.encodeWithSelector(IBrakeRegistrations.ChangeTooEarly.selector, effectiveAt));
        breaker.applyChange(address(target), NEXT_HASH, limits);

        // Anyone, and not only at once.
        vm.warp(effectiveAt + 1 days);
        ICircuitBreaker.Action memory late = _action(address(target), 3, MAX_PAUSE_SECONDS);
        vm.expectEmit(address(breaker));
        emit IBrakeRegistrations.ChangeApplied(address(target), NEXT_HASH, limits);
        vm.prank(CARRIER);
        breaker.applyChange(address(target), NEXT_HASH, limits);
        _assertInForce(NEXT_HASH, limits);
        _refuse(
            late, abi.encodeWithSelector(ICircuitBreaker.SpecificationMismatch.selector, SPEC_HASH, NEXT_HASH)
        );
        (changeHash, effectiveAt) = _pending();
        vm.assertEq(changeHash, 0);
        vm.assertEq(effectiveAt, 0);
    }

    /// @dev Else a change that nobody minded could wait for the day of the attack.
    function test_applyChange_isNotForEver() external {
        _change(NEXT_HASH, _armed());
        (, uint256 effectiveAt) = _pending();
        vm.warp(effectiveAt + 7 days);
        vm.expectRevert(
            abi.encodeWithSelector(IBrakeRegistrations.ChangeExpired.selector, effectiveAt + 7 days)
        );
        breaker.applyChange(address(target), NEXT_HASH, _armed());
        vm.warp(effectiveAt + 7 days - 1);
        breaker.applyChange(address(target), NEXT_HASH, _armed());
    }

    function test_applyChange_needsWhatWasAnnounced() external {
        IBrakeRegistrations.Limits memory limits = _armed();
        bytes4 selector = IBrakeRegistrations.ChangeMismatch.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, _hashOf(NEXT_HASH, limits, 0), bytes32(0)));
        breaker.applyChange(address(target), NEXT_HASH, limits);

        _change(NEXT_HASH, limits);
        (bytes32 announced, uint256 effectiveAt) = _pending();
        vm.warp(effectiveAt);
        limits.cooldownSeconds += 1;
        vm.expectRevert(abi.encodeWithSelector(selector, _hashOf(NEXT_HASH, limits, effectiveAt), announced));
        breaker.applyChange(address(target), NEXT_HASH, limits);
        // The same for another target is another change.
        address other = address(_deployTarget());
        vm.expectPartialRevert(selector);
        breaker.applyChange(other, NEXT_HASH, _armed());
    }

    /// @dev What worked when it was announced need not work any more.
    function test_applyChange_needsARehearsal() external {
        PretendingTarget other = new PretendingTarget();
        breaker.register(address(other), SPEC_HASH, _pauseLimits());
        breaker.change(address(other), NEXT_HASH, _pauseLimits());
        vm.warp(block.timestamp + ARM_DELAY_SECONDS);
        other.turn();
        bytes4 check = _pauseLimits().actions[2].check;
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.CheckFailed.selector, address(other), check));
        breaker.applyChange(address(other), NEXT_HASH, _pauseLimits());
        (bytes32 inForce,) = breaker.registrationOf(address(other));
        vm.assertEq(inForce, SPEC_HASH);
    }

    /// @dev The tail is rehearsed as it would be taken: after the longest pause.
    function test_register_needsATargetThatTakesTheTail() external {
        ShortReduceOnlyTarget other = new ShortReduceOnlyTarget(MAX_REDUCE_ONLY_SECONDS);
        IBrakeRegistrations.Limits memory limits = _limits();
        delete limits.actions[0];
        limits.tailSeconds = MAX_REDUCE_ONLY_SECONDS - MAX_PAUSE_SECONDS + 1;
        vm.expectPartialRevert(ICircuitBreaker.TargetReverted.selector);
        breaker.register(address(other), SPEC_HASH, limits);
        limits.tailSeconds -= 1;
        breaker.register(address(other), SPEC_HASH, limits);
    }

    function test_change_isOneAtATime() external {
        IBrakeRegistrations.Limits memory limits = _armed();
        _change(NEXT_HASH, limits);
        (bytes32 changeHash,) = _pending();
        bytes memory reason = abi.encodeWithSelector(IBrakeRegistrations.ChangePending.selector, changeHash);
        limits.cooldownSeconds -= 1;
        vm.startPrank(OWNER);
        vm.expectRevert(reason);
        breaker.change(address(target), SPEC_HASH, limits);
        vm.expectRevert(reason);
        breaker.disarm(address(target));
        vm.expectEmit(address(breaker));
        emit IBrakeRegistrations.ChangeCancelled(address(target), changeHash);
        breaker.cancelChange(address(target));
        vm.expectRevert(
            abi.encodeWithSelector(IBrakeRegistrations.ChangeMismatch.selector, bytes32(0), bytes32(0))
        );
        breaker.cancelChange(address(target));
        breaker.change(address(target), SPEC_HASH, limits);
        vm.stopPrank();
        _assertInForce(SPEC_HASH, limits);
    }

    function test_change_isForTheOwner() external {
        bytes memory reason =
            abi.encodeWithSelector(IBrakeRegistrations.CallerNotTargetOwner.selector, address(this), OWNER);
        vm.expectRevert(reason);
        breaker.change(address(target), SPEC_HASH, _armed());
        vm.expectRevert(reason);
        breaker.disarm(address(target));
        vm.expectRevert(reason);
        breaker.cancelChange(address(target));
    }

    function test_change_needsARegistration() external {
        address other = address(_wiredTarget());
        bytes memory reason = abi.encodeWithSelector(IBrakeRegistrations.TargetNotRegistered.selector, other);
        vm.startPrank(OWNER);
        vm.expectRevert(reason);
        breaker.change(other, SPEC_HASH, _armed());
        vm.expectRevert(reason);
        breaker.disarm(other);
        vm.expectRevert(IBrakeRegistrations.SpecificationMissing.selector);
        breaker.change(address(target), 0, _armed());
        vm.stopPrank();
    }

    function test_disarm_endsTheProtectionWithNotice() external {
        vm.prank(OWNER);
        breaker.disarm(address(target));
        IBrakeRegistrations.Limits memory none;
        (, uint256 effectiveAt) = _pending();
        vm.assertEq(effectiveAt, block.timestamp + ARM_DELAY_SECONDS);
        vm.warp(effectiveAt - 1);
        _execute(_action(address(target), 3, MAX_PAUSE_SECONDS));
        vm.warp(effectiveAt);
        breaker.applyChange(address(target), 0, none);
        _assertInForce(0, none);
        _refuse(
            _action(address(target), 3, 1 hours),
            abi.encodeWithSelector(IBrakeRegistrations.TargetNotRegistered.selector, address(target))
        );
        vm.prank(OWNER);
        breaker.register(address(target), SPEC_HASH, _armed());
        // What was used stays used, and nothing came back in between.
        vm.assertEq(
            breaker.budgetLeftSeconds(address(target)), BUDGET_SECONDS / 2 - MAX_PAUSE_SECONDS - 2 hours
        );
    }

    // Budgets that change

    function test_change_ofTheBudgetCountsTheTimeBeforeAtTheOldRate() external {
        target = _deployTarget(_limits());
        _execute(_action(address(target), 1, MAX_DELAY_SECONDS));
        vm.warp(block.timestamp + MAX_DELAY_SECONDS + 30 hours);
        // Half of the budget comes back in 30 days, a second each 30 seconds.
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 7 hours);
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.budgetSeconds = 2 * BUDGET_SECONDS;
        _change(SPEC_HASH, limits);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 31 hours);
        vm.warp(block.timestamp + 15 hours);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 32 hours);
    }

    function test_change_toASmallerBudgetLeavesNothingBelowZero() external {
        target = _deployTarget(_limits());
        IBrakeRegistrations.Limits memory limits = _limits();
        limits.budgetSeconds = 2 hours;
        for (uint256 i = 0; i < 3; ++i) {
            limits.actions[i].maxDurationSeconds = 30 minutes;
        }
        _change(SPEC_HASH, limits);
        vm.warp(block.timestamp + ARM_DELAY_SECONDS);
        _execute(_action(address(target), 1, MAX_DELAY_SECONDS));
        breaker.applyChange(address(target), SPEC_HASH, limits);
        vm.assertEq(breaker.budgetLeftSeconds(address(target)), 0);
        vm.warp(block.timestamp + MAX_DELAY_SECONDS);
        _refuse(
            _action(address(target), 3, 1),
            abi.encodeWithSelector(ICircuitBreaker.BudgetExceeded.selector, 1, 0)
        );
    }
}
