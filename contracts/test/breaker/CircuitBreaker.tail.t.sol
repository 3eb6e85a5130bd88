// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrakeRegistrations} from "../../src/breaker/IBrakeRegistrations.sol";
import {ICircuitBreaker} from "../../src/breaker/ICircuitBreaker.sol";
import {BrakeableTarget, BreakerFixture} from "./BreakerFixture.sol";

/// @notice What follows on a pause, and what an early end is announced with.
contract CircuitBreakerTailTest is BreakerFixture {
    uint32 private constant TAIL_SECONDS = 4 hours;
    bytes32 private constant REPLAY_HASH = keccak256("report");

    BrakeableTarget private target;

    function setUp() external {
        _deployBreaker();
        target = _deployTarget(_tailed());
    }

    function _tailed() private pure returns (IBrakeRegistrations.Limits memory limits) {
        limits = _limits();
        limits.tailSeconds = TAIL_SECONDS;
    }

    function _left() private view returns (uint256) {
        return breaker.budgetLeftSeconds(address(target));
    }

    function test_tail_followsOnAPause() external {
        uint256 pausedUntil = block.timestamp + 1 hours;
        ICircuitBreaker.Action memory action = _action(address(target), 3, 1 hours);
        vm.expectEmit(address(breaker));
        emit ICircuitBreaker.TailHeld(address(target), pausedUntil + TAIL_SECONDS);
        _execute(action);
        _assertStatus(target, 3, pausedUntil);
        vm.assertEq(_left(), BUDGET_SECONDS / 2 - 1 hours - TAIL_SECONDS);
        vm.warp(pausedUntil);
        _assertStatus(target, 2, pausedUntil + TAIL_SECONDS);
        vm.warp(pausedUntil + TAIL_SECONDS - 1);
        _assertStatus(target, 2, pausedUntil + TAIL_SECONDS);
        vm.warp(pausedUntil + TAIL_SECONDS);
        _assertStatus(target, 0, 0);
    }

    function test_tail_followsOnNothingElse() external {
        _execute(_action(address(target), 2, 1 hours));
        vm.assertEq(_left(), BUDGET_SECONDS / 2 - 1 hours);
        vm.warp(block.timestamp + 1 hours);
        _assertStatus(target, 0, 0);
    }

    /// @dev The tail that was booked is what the next pause begins with.
    function test_tail_movesOnWithARenewal() external {
        _execute(_action(address(target), 3, 1 hours));
        vm.warp(block.timestamp + 45 minutes);
        _execute(_action(address(target), 3, 1 hours));
        uint256 pausedUntil = block.timestamp + 1 hours;
        vm.assertEq(_left(), BUDGET_SECONDS / 2 - 105 minutes - TAIL_SECONDS);
        vm.warp(pausedUntil);
        _assertStatus(target, 2, pausedUntil + TAIL_SECONDS);
        // In the tail, a pause is an escalation.
        vm.warp(block.timestamp + 1);
        _execute(_action(address(target), 3, 1 hours));
        _assertStatus(target, 3, block.timestamp + 1 hours);
    }

    function test_tail_addsNothingToALongerBrake() external {
        _execute(_action(address(target), 2, 12 hours));
        uint256 until = block.timestamp + 12 hours;
        _execute(_action(address(target), 3, 1 hours));
        vm.assertEq(_left(), BUDGET_SECONDS / 2 - 12 hours);
        vm.warp(until - 1);
        _assertStatus(target, 2, until);
        vm.warp(until);
        _assertStatus(target, 0, 0);
    }

    /// @dev Under a longer delay it tightens what is booked already.
    function test_tail_fitsUnderALongerDelay() external {
        _execute(_action(address(target), 1, 18 hours));
        uint256 until = block.timestamp + 18 hours;
        _execute(_action(address(target), 3, 1 hours));
        // Neither pause nor tail prolongs what holds.
        vm.assertEq(_left(), 6 hours);
        uint256 pausedUntil = block.timestamp + 1 hours;
        vm.warp(pausedUntil);
        _assertStatus(target, 2, pausedUntil + TAIL_SECONDS);
        vm.warp(pausedUntil + TAIL_SECONDS);
        _assertStatus(target, 1, until);
    }

    /// @dev No pause is refused for want of its tail.
    function test_tail_isAsLongAsTheBudgetGoes() external {
        _execute(_action(address(target), 2, 12 hours));
        vm.warp(block.timestamp + 12 hours);
        _execute(_action(address(target), 2, 5 hours));
        vm.warp(block.timestamp + 5 hours);
        vm.assertEq(_left(), 7 hours);
        _execute(_action(address(target), 3, 6 hours));
        uint256 pausedUntil = block.timestamp + 6 hours;
        vm.assertEq(_left(), 0);
        vm.warp(pausedUntil);
        _assertStatus(target, 2, pausedUntil + 1 hours);
    }

    function test_tail_endsWithALift() external {
        _execute(_action(address(target), 3, 1 hours));
        vm.prank(OWNER);
        breaker.scheduleLift(address(target), REPLAY_HASH);
        vm.warp(block.timestamp + 2 hours);
        vm.prank(OWNER);
        breaker.lift(address(target));
        _assertStatus(target, 0, 0);
        vm.assertEq(_left(), BUDGET_SECONDS / 2 - 2 hours);
    }

    // What a lift is announced with

    function test_scheduleLift_withoutAReportWaitsLonger() external {
        _execute(_action(address(target), 3, 6 hours));
        uint256 liftableAt = block.timestamp + 4 * LIFT_DELAY_SECONDS;
        vm.expectEmit(address(breaker));
        emit ICircuitBreaker.LiftScheduled(address(target), liftableAt, 0);
        vm.startPrank(OWNER);
        breaker.scheduleLift(address(target), 0);
        vm.warp(liftableAt - 1);
        vm.expectRevert(abi.encodeWithSelector(ICircuitBreaker.LiftTooEarly.selector, liftableAt));
        breaker.lift(address(target));
        vm.warp(liftableAt);
        breaker.lift(address(target));
        vm.stopPrank();
        _assertStatus(target, 0, 0);
    }

    function test_scheduleLift_withAReportIsSooner() external {
        _execute(_action(address(target), 3, 6 hours));
        vm.startPrank(OWNER);
        breaker.scheduleLift(address(target), 0);
        uint256 liftableAt = block.timestamp + LIFT_DELAY_SECONDS;
        breaker.scheduleLift(address(target), REPLAY_HASH);
        vm.warp(liftableAt);
        breaker.lift(address(target));
        vm.stopPrank();
    }
}
